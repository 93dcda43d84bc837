"""A fleet with an account, two connectors and the parties around it; one round of traffic."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from smsc.db import Database
from smsc.models.connector import InDoubtPolicy
from smsc.provisioning import accounts, carriers, connectors, phone_numbers, routes
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.connector_fields import ConnectorDraft
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing
from smsc.simulator import Behaviour, SimBox
from smsc.simulator.simbox import Limits
from smsc.vault import Vault
from tests.chaos import fleet as fleets
from tests.chaos.fleet import Fleet
from tests.chaos.parties import Customer, Program, Traffic, handset_sends

NUMBER = "+12025550141"
WINDOW = 10  # of each connector: what one crash may double
PREFIXES = {InDoubtPolicy.RESUBMIT: "1202555", InDoubtPolicy.HOLD: "1202666"}
BOUND_SECONDS = 60


@dataclass
class World:
    """All of it, while it stands. Each policy has a connector and an SMSC of its own."""

    fleet: Fleet
    boxes: dict[InDoubtPolicy, SimBox]
    customer: Customer
    program: Program
    rounds: int = 0

    async def round(self, messages: int, seconds: float, dice: random.Random) -> Traffic:
        """Send so many messages both ways over so long; return when the last one is sent."""
        self.rounds += 1
        traffic = Traffic()
        async with asyncio.TaskGroup() as sending:
            for index in range(messages):
                policy = dice.choice(list(PREFIXES))
                number = f"+{PREFIXES[policy]}{1000 + index % 9000:04d}"
                words = f"{policy} {self.rounds} {index}"
                sending.create_task(self.program.send(traffic, number, f"out {words}"))
                if index % 3 == 0:
                    handset_sends(self.boxes[policy], traffic, number, NUMBER, f"in {words}")
                await asyncio.sleep(dice.expovariate(messages / seconds))
        return traffic

    def seen(self, policy: InDoubtPolicy) -> Counter[str]:
        """Return how often an SMSC took each text of this round."""
        begin = f"out {policy} {self.rounds} ".encode()
        return Counter(
            submit.pdu.message_octets.decode()
            for submit in self.boxes[policy].submits
            if submit.message_id and submit.pdu.message_octets.startswith(begin)
        )


@asynccontextmanager
async def standing(home: Path) -> AsyncIterator[World]:
    """Build a world in `home`, its connectors bound; tear it down at the end."""
    # Slow enough that a fault finds half a window unanswered.
    behaviour = Behaviour(
        response_delay=timedelta(milliseconds=150),
        receipt_delay=timedelta(milliseconds=50),
        receipt_retry=timedelta(seconds=1),
    )
    limits = Limits(submits=50_000)
    async with (
        fleets.running(home) as fleet,
        SimBox(behaviour, limits=limits) as first,
        SimBox(behaviour, limits=limits) as second,
    ):
        boxes = dict(zip(PREFIXES, (first, second), strict=True))
        customer = Customer()
        await customer.start()
        try:
            program = await _provision(fleet, boxes, customer)
            yield World(fleet, boxes, customer, program)
        finally:
            await customer.stop()


async def _provision(
    fleet: Fleet, boxes: dict[InDoubtPolicy, SimBox], customer: Customer
) -> Program:
    async def told_by_the_sweep() -> None:
        """No bell: every process looks for itself within a second."""

    vault = Vault(SecretStr(fleet.environment["SMSC_SECRET_KEY"]))
    async with await Database.connect(fleet.database_url, size=2, name="chaos") as database:
        async with changing(database, told_by_the_sweep) as db:
            carrier = await carriers.create(db, CarrierDraft(name="Chaos"))
            account = await accounts.create(
                db, vault, carrier.sid, AccountDraft(friendly_name="Chaos")
            )
            number = PhoneNumberDraft(
                phone_number=NUMBER,
                account_sid=account.sid,
                sms_url=f"http://127.0.0.1:{customer.port}/inbound",
            )
            await phone_numbers.create(db, carrier.sid, number)
            for policy, box in boxes.items():
                draft = ConnectorDraft(
                    name=policy.value,
                    host=box.host,
                    port=box.port,
                    system_id="chaos",
                    password="chaos",
                    window=WINDOW,
                    in_doubt_policy=policy,
                )
                made = await connectors.create(db, vault, carrier.sid, draft)
                route = RouteDraft(prefix=PREFIXES[policy], connector_sid=made.connector.sid)
                await routes.create(db, carrier.sid, route)
        async with asyncio.timeout(BOUND_SECONDS), database.single() as connection:
            while not await connection.fetchval(
                "SELECT count(*) = 2 FROM connector_leases WHERE state = 'bound'"
            ):
                await asyncio.sleep(0.1)
    return Program(
        fleet.http_port,
        account.sid,
        vault.open(account.auth_token_sealed),
        NUMBER,
        f"http://127.0.0.1:{customer.port}/status",
    )
