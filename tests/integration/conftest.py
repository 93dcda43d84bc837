"""A carrier with an account, a number, a connector and a route, and the parts that use them."""

import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from smsc import sids
from smsc.db import Database
from smsc.jobs import Bells
from smsc.messaging.accept.outbound import Accepted, Draft, Outbound
from smsc.messaging.directory import AccountFacts, Directory
from smsc.messaging.reading import journey
from smsc.messaging.sending import leases
from smsc.messaging.sending.leases import Lease
from smsc.vault import Vault

OWNER = "WP" + "0" * 32
NUMBER = "+15555550100"
HANDSET = "+85512345678"


@dataclass
class House:
    """The parts of one process over a database of its own."""

    database: Database
    directory: Directory
    bells: Bells
    outbound: Outbound
    account: AccountFacts
    connector_sid: str
    lease: Lease
    vault: Vault

    async def accept(self, **changes: object) -> Accepted:
        draft: dict[str, object] = {
            "account": self.account,
            "to": HANDSET,
            "from_": NUMBER,
            "body": "Hello",
        }
        return await self.outbound.accept(Draft(**draft | changes))  # type: ignore[arg-type]

    async def value(self, query: str, *args: object) -> object:
        async with self.database.single() as connection:
            return await connection.fetchval(query, *args)

    async def rows(self, query: str, *args: object) -> list[tuple[object, ...]]:
        async with self.database.single() as connection:
            return [tuple(row) for row in await connection.fetch(query, *args)]

    async def status(self, sid: str) -> object:
        return await self.value("SELECT status FROM messages WHERE sid = $1", sid)

    async def history(self, sid: str) -> list[tuple[str, str | None]]:
        """Return what happened to a message, and why, as its page has it."""
        traced = await journey.trace(self.database, self.account.carrier_sid, sid)
        assert traced is not None
        return [(event.event, event.why) for event in traced.events]


@pytest.fixture
def seals() -> bool:
    """Texts lie plain, so that tests can look into rows; one that wants them sealed overrides."""
    return False


@pytest.fixture
async def house(database_url: str, redis_url: str, seals: bool) -> AsyncIterator[House]:  # noqa: FBT001 a fixture's value
    vault = Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))
    carrier, account, connector = (
        sids.make(prefix)
        for prefix in (sids.Prefix.CARRIER, sids.Prefix.ACCOUNT, sids.Prefix.CONNECTOR)
    )
    async with (
        await Database.connect(database_url, vault=vault, seals=seals) as database,
        Bells(redis_url) as bells,
    ):
        async with database.begin() as connection:
            await connection.execute(
                "INSERT INTO carriers (sid, name) VALUES ($1, 'Carrier')", carrier
            )
            await connection.execute(
                """INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
                   VALUES ($1, $2, 'Account', 'active', $3)""",
                account,
                carrier,
                vault.seal("token"),
            )
            await connection.execute(
                """INSERT INTO phone_numbers (sid, carrier_sid, account_sid, phone_number, kind,
                     friendly_name, sms_url, sms_method, sms_fallback_method)
                   VALUES ($1, $2, $3, $4, 'e164', '', 'http://127.0.0.1/sms', 'POST', 'POST')""",
                sids.make(sids.Prefix.PHONE_NUMBER),
                carrier,
                account,
                NUMBER,
            )
            await connection.execute(
                """INSERT INTO connectors (sid, carrier_sid, name, host, port, system_id,
                     password_sealed, bind_type, interface_version, system_type, address_range,
                     window_size, enquire_link_seconds, response_timeout_seconds, default_alphabet,
                     in_doubt_policy, paused)
                   VALUES ($1, $2, 'box', '127.0.0.1', 1, 'user', $3, 'transceiver', 52, '', '',
                     10, 30, 60, 'gsm7', 'resubmit', false)""",
                connector,
                carrier,
                vault.seal("secret"),
            )
            await connection.execute(
                """INSERT INTO connector_leases (connector_sid, carrier_sid, epoch, state, reason)
                   VALUES ($1, $2, 0, 'unowned', '')""",
                connector,
                carrier,
            )
            await connection.execute(
                """INSERT INTO routes (sid, carrier_sid, prefix, connector_sid, priority)
                   VALUES ($1, $2, '', $3, 1)""",
                sids.make(sids.Prefix.ROUTE),
                carrier,
                connector,
            )
        (lease,) = await leases.take(database, OWNER, 5)
        directory = Directory(database, vault)
        facts = await directory.account(account)
        assert facts is not None
        yield House(
            database,
            directory,
            bells,
            Outbound(database, directory, bells),
            facts,
            connector,
            lease,
            vault,
        )
