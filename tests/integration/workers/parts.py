"""The webhook worker and the listener in this event loop, and what they are given to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from smsc import sids, vault
from smsc.messaging import processes
from smsc.messaging.receiving.inbound import take
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.statuses import Advance, advance
from smsc.smpp.lockout import Lockout
from smsc.smpp.server import ServerSettings
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.conversations import Conversations
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.webhooks.web_server import Received
from workers.glances import Glances
from workers.listener import Listener
from workers.webhooks import Deliverer

PATIENCE = 15.0
PASSWORD = "s3cret!"
_PASSWORD_HASH = vault.hash_password(PASSWORD)


async def until(claim: Callable[[], Awaitable[object]]) -> None:
    """Wait until `claim` holds, for a bounded time."""
    async with asyncio.timeout(PATIENCE):
        while not await claim():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def deliverer_at_rest(house: House, redis_url: str) -> AsyncIterator[Deliverer]:
    """A webhooks process of its own name, whose loops don't run."""
    sid = sids.make(sids.Prefix.PROCESS)
    await processes.beat(house.database, sid, "webhooks")
    client = WebhookClient(allow_private=True)
    async with Conversations(redis_url, house.vault) as conversations:
        try:
            yield Deliverer(
                sid,
                house.database,
                house.directory,
                house.bells,
                house.outbound,
                client,
                conversations,
                redis_url,
                glances=Glances(house.database),
            )
        finally:
            await client.aclose()
            await processes.leave(house.database, sid)


@contextlib.asynccontextmanager
async def delivering(house: House, redis_url: str) -> AsyncIterator[Deliverer]:
    """A webhooks process of its own name."""
    async with deliverer_at_rest(house, redis_url) as deliverer:
        task = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def listening(
    house: House, lockout: Lockout | None = None, settings: ServerSettings | None = None
) -> AsyncIterator[Listener]:
    """A listener process of its own name, on a free port."""
    sid = sids.make(sids.Prefix.PROCESS)
    await processes.beat(house.database, sid, "listener")
    listener = Listener(
        sid, house.database, house.directory, house.bells, house.outbound, lockout, settings
    )
    await listener.listen("127.0.0.1", 0)
    task = asyncio.create_task(listener.run())
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await processes.leave(house.database, sid)


async def tell(house: House, sid: str, **counts: int) -> None:
    """Let segments of a message become sent, failed, delivered or undelivered, and ring."""
    async with house.database.begin() as connection:
        await advance(connection, [Advance(message_sid=sid, **counts)])  # type: ignore[arg-type]
    house.bells.ring_webhooks()
    house.bells.ring_esmes()


async def hand_in(
    house: House, text: str, destination: str = NUMBER, *, handset: str = HANDSET
) -> None:
    """Let a handset's message come in, and ring."""
    received = received_part(house, text, destination, handset)
    async with house.database.begin() as connection:
        await take(connection, house.directory, [received])
    house.bells.ring_webhooks()
    house.bells.ring_esmes()


def received_part(
    house: House, text: str, destination: str = NUMBER, handset: str = HANDSET
) -> ReceivedPart:
    """A handset's message as it came over the fixture's connector."""
    return ReceivedPart(
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=handset,
        destination_addr=destination,
        data_coding=8,
        default_alphabet=Alphabet.GSM7,
        part=Part(0, 0, 1, 1, text.encode("utf-16-be")),
        pdu=text.encode(),
    )


async def point_number_at(house: House, **urls: str | None) -> None:
    """Change the fixture's number: sms_url, sms_method, sms_fallback_url, sms_fallback_method."""
    assignments = ", ".join(f"{column} = ${n}" for n, column in enumerate(urls, start=1))
    await house.value(f"UPDATE phone_numbers SET {assignments}", *urls.values())
    house.directory.clear()


async def add_account(house: House, number: str) -> str:
    """Give another account of the carrier a number to send from; return its SID."""
    account = sids.make(sids.Prefix.ACCOUNT)
    await house.value(
        """INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
           VALUES ($1, $2, 'Other', 'active', $3)""",
        account,
        house.account.carrier_sid,
        house.vault.seal("other token"),
    )
    await house.value(
        """INSERT INTO phone_numbers (sid, carrier_sid, account_sid, phone_number, kind,
             friendly_name, sms_method, sms_fallback_method)
           VALUES ($1, $2, $3, $4, 'e164', '', 'POST', 'POST')""",
        sids.make(sids.Prefix.PHONE_NUMBER),
        house.account.carrier_sid,
        account,
        number,
    )
    return account


@dataclass(frozen=True, slots=True)
class Credential:
    """What an ESME of the fixture's account binds with."""

    sid: str
    system_id: str


async def add_credential(
    house: House,
    system_id: str = "clinic",
    *,
    window: int = 100,
    receives_inbound: bool = True,
    **limits: object,
) -> Credential:
    """Let the fixture's account bind; `limits` are further columns."""
    sid = sids.make(sids.Prefix.SMPP_CREDENTIAL)
    await house.value(
        """INSERT INTO smpp_credentials (sid, carrier_sid, account_sid, system_id, password_hash,
             window_size, receives_inbound) VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        sid,
        house.account.carrier_sid,
        house.account.sid,
        system_id,
        _PASSWORD_HASH,
        window,
        receives_inbound,
    )
    if limits:
        await limit(house, sid, **limits)
    house.directory.clear()
    return Credential(sid, system_id)


async def limit(house: House, credential_sid: str, **limits: object) -> None:
    """Change columns of a credential."""
    assignments = ", ".join(f"{column} = ${n}" for n, column in enumerate(limits, start=2))
    statement = f"UPDATE smpp_credentials SET {assignments} WHERE sid = $1"
    await house.value(statement, credential_sid, *limits.values())


def form(received: Received) -> dict[str, str]:
    """Return the parameters of a POST or GET."""
    query = received.path.partition("?")[2]
    return dict(parse_qsl(received.body.decode() or query, keep_blank_values=True))
