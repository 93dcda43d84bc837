"""A fleet with an account, two connectors and the parties around it; one round of traffic."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from smsc.db import Database
from smsc.models.connector import InDoubtPolicy
from smsc.provisioning import (
    accounts,
    carriers,
    connectors,
    phone_numbers,
    routes,
    smpp_credentials,
)
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.connector_fields import ConnectorDraft
from smsc.provisioning.credential_fields import SmppCredentialDraft
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing
from smsc.simulator import Behaviour, SimBox
from smsc.simulator.simbox import Limits
from smsc.vault import Vault
from tests.chaos import fleet as fleets
from tests.chaos import proxy
from tests.chaos.customer import Customer
from tests.chaos.esme import Esme
from tests.chaos.fleet import Fleet
from tests.chaos.parties import Program, Traffic, esme_submits, handset_sends
from tests.chaos.proxy import Proxy
from tests.integration.smpp import certificates

NUMBER = "+12025550141"
WINDOW = 10  # of each connector: what one crash may double
PREFIXES = {InDoubtPolicy.RESUBMIT: "1202555", InDoubtPolicy.HOLD: "1202666"}
BOUND_SECONDS = 60
ESME_SHARE = 0.3  # of what the customer sends
ESME_WINDOW = 10  # of what we deliver to it
ANSWER_SECONDS = 5  # that a response may take before its segment is in doubt


@dataclass
class World:
    """All of it, while it stands. Each policy has a connector and an SMSC of its own."""

    fleet: Fleet
    boxes: dict[InDoubtPolicy, SimBox]
    links: dict[InDoubtPolicy, Proxy]  # before each of them
    customer: Customer
    program: Program
    esme: Esme  # of the same customer
    behaviour: Behaviour  # of the SMSCs on a good day
    rounds: int = 0

    async def connect(self, name: str = "chaos") -> "asyncpg.Connection[asyncpg.Record]":
        """Open a connection of our own to the database."""
        return await asyncpg.connect(
            self.fleet.database_url, server_settings={"application_name": name}
        )

    async def execute(self, statement: str, *values: object) -> None:
        """Run one statement in a connection of its own."""
        connection = await self.connect()
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def change_connectors(self, **changes: object) -> None:
        """Change columns of both connectors; their gateways notice."""
        assignments = ", ".join(f"{column} = ${n}" for n, column in enumerate(changes, start=1))
        await self.execute(f"UPDATE connectors SET {assignments}", *changes.values())

    async def until_bound(self) -> None:
        """Wait until both connectors are, and the ESME.

        Raises:
            TimeoutError: they never were.
        """
        async with asyncio.timeout(BOUND_SECONDS):
            connection = await self.connect()
            while not await connection.fetchval(
                "SELECT count(*) = 2 FROM connector_leases WHERE state = 'bound'"
            ):
                await asyncio.sleep(0.1)
            await connection.close()
            await self.esme.until_bound()

    async def round(self, messages: int, seconds: float, dice: random.Random) -> Traffic:
        """Send so many messages both ways over so long; return when the last one is sent."""
        self.rounds += 1
        traffic = Traffic()
        async with asyncio.TaskGroup() as sending:
            for index in range(messages):
                policy = dice.choice(list(PREFIXES))
                number = f"+{PREFIXES[policy]}{1000 + index % 9000:04d}"
                words = f"{policy} {self.rounds} {index}"
                if dice.random() < ESME_SHARE:
                    sending.create_task(esme_submits(self.esme, traffic, number, f"out {words}"))
                else:
                    sending.create_task(self.program.send(traffic, number, f"out {words}"))
                if index % 3 == 0:
                    handset_sends(self.boxes[policy], traffic, number, NUMBER, f"in {words}")
                await asyncio.sleep(dice.expovariate(messages / seconds))
        return traffic

    def forget(self) -> None:
        """Remember nothing of earlier rounds: a day of them is long."""
        self.customer.callbacks.clear()
        self.customer.inbound.clear()
        self.esme.receipts.clear()
        self.esme.inbound.clear()

    def seen(self, policy: InDoubtPolicy) -> Counter[str]:
        """Return how often an SMSC took each text of this round."""
        begin = f"out {policy} {self.rounds} ".encode()
        return Counter(
            submit.pdu.message_octets.decode()
            for submit in self.boxes[policy].submits
            if submit.message_id and submit.pdu.message_octets.startswith(begin)
        )


@asynccontextmanager
async def standing(home: Path, *, together: bool = False) -> AsyncIterator[World]:
    """Build a world in `home`, its connectors bound; tear it down at the end.

    `together`: see `fleet.running`.
    """
    # Slow enough that a fault finds half a window unanswered.
    behaviour = Behaviour(
        response_delay=timedelta(milliseconds=150),
        receipt_delay=timedelta(milliseconds=50),
        receipt_retry=timedelta(seconds=1),
    )
    limits = Limits(submits=50_000)
    async with (
        fleets.running(home, together=together) as fleet,
        SimBox(behaviour, limits=limits) as first,
        SimBox(behaviour, limits=limits) as second,
        proxy.before(first.host, first.port) as before_first,
        proxy.before(second.host, second.port) as before_second,
    ):
        boxes = dict(zip(PREFIXES, (first, second), strict=True))
        links = dict(zip(PREFIXES, (before_first, before_second), strict=True))
        expired = home / "expired"
        expired.mkdir()
        certificates.make(expired, "127.0.0.1", valid_for=timedelta(minutes=-1))
        customer = Customer(tls=certificates.server_context(expired))
        await customer.start()
        try:
            program, esme = await _provision(fleet, links, customer)
            world = World(fleet, boxes, links, customer, program, esme, behaviour)
            async with esme:
                await world.until_bound()
                yield world
        finally:
            await customer.stop()


async def _provision(
    fleet: Fleet, links: dict[InDoubtPolicy, Proxy], customer: Customer
) -> tuple[Program, Esme]:
    async def told_by_the_sweep() -> None:
        """No bell: every process looks for itself within a second."""

    vault = Vault(SecretStr(fleet.environment["SMSC_SECRET_KEY"]))
    async with (
        await Database.connect(fleet.database_url, size=2, name="chaos") as database,
        changing(database, told_by_the_sweep) as db,
    ):
        carrier = await carriers.create(db, CarrierDraft(name="Chaos"))
        account = await accounts.create(db, vault, carrier.sid, AccountDraft(friendly_name="Chaos"))
        number = PhoneNumberDraft(
            phone_number=NUMBER,
            account_sid=account.sid,
            sms_url=f"http://127.0.0.1:{customer.port}/inbound",
        )
        await phone_numbers.create(db, carrier.sid, number)
        for policy, link in links.items():
            draft = ConnectorDraft(
                name=policy.value,
                host="127.0.0.1",
                port=link.own_port,
                system_id="chaos",
                password="chaos",
                window=WINDOW,
                session_init_seconds=3,
                enquire_link_seconds=2,
                enquire_link_response_seconds=2,
                response_timeout_seconds=ANSWER_SECONDS,
                in_doubt_policy=policy,
            )
            made = await connectors.create(db, vault, carrier.sid, draft)
            route = RouteDraft(prefix=PREFIXES[policy], connector_sid=made.connector.sid)
            await routes.create(db, carrier.sid, route)
        mine = SmppCredentialDraft(
            account_sid=account.sid, system_id="chaos", password="chaos", window=ESME_WINDOW
        )
        await smpp_credentials.create(db, carrier.sid, mine)
    program = Program(
        fleet.http_port,
        account.sid,
        vault.open(account.auth_token_sealed),
        NUMBER,
        f"http://127.0.0.1:{customer.port}/status",
    )
    return program, Esme(fleet.listeners.own_port, "chaos", "chaos", NUMBER)
