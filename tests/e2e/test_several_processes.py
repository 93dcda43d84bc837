"""API and workers as processes of their own, several of each, on servers given by URL."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from smsc.db import Database
from smsc.provisioning import accounts, carriers, connectors, phone_numbers, routes
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.connector_fields import ConnectorDraft
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing
from smsc.simulator import Behaviour, SimBox
from smsc.vault import Vault
from tests.e2e.up import free_ports

NUMBER = "+12025550141"
HANDSET = "+12025551178"
CONNECTORS = 4


@dataclass
class Fleet:
    """Processes that share a database and a Redis, and nothing else."""

    environment: dict[str, str]
    logs: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, *module: str) -> None:
        words = [sys.executable, "-m", *module]
        with (self.logs / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                words, env=self.environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(30)


async def until_true(database: Database, query: str, seconds: float = 60) -> None:
    """Wait until the query says true, or fail."""
    async with asyncio.timeout(seconds):
        while True:
            async with database.single() as connection:
                if await connection.fetchval(query):
                    return
            await asyncio.sleep(0.1)


@pytest.fixture
async def fleet(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    http_port, smpp_port = free_ports(2)
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SMSC_")}
    fleet = Fleet(
        own
        | {
            "SMSC_DATABASE_URL": database_url,
            "SMSC_REDIS_URL": redis_url,
            "SMSC_SECRET_KEY": key,
            "SMSC_HTTP_PORT": str(http_port),
            "SMSC_SMPP_PORT": str(smpp_port),
            "SMSC_METRICS_PORT": "0",
        },
        tmp_path,
    )
    yield fleet
    for name in list(fleet.running):
        fleet.stop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with await Database.connect(database_url) as database:
        yield database


async def provision(database: Database, fleet: Fleet, boxes: list[SimBox]) -> tuple[str, str]:
    """Make an account, and a connector and a route for each box; return SID and token."""

    async def told_by_the_sweep() -> None:
        """No bell: every process looks for itself within a second."""

    vault = Vault(SecretStr(fleet.environment["SMSC_SECRET_KEY"]))
    async with changing(database, told_by_the_sweep) as db:
        carrier = await carriers.create(db, CarrierDraft(name="Carrier"))
        account = await accounts.create(
            db, vault, carrier.sid, AccountDraft(friendly_name="Account")
        )
        number = PhoneNumberDraft(phone_number=NUMBER, account_sid=account.sid)
        await phone_numbers.create(db, carrier.sid, number)
        for index, box in enumerate(boxes):
            draft = ConnectorDraft(
                name=f"box {index}",
                host="127.0.0.1",
                port=box.port,
                system_id="user",
                password="secret",
            )
            made = await connectors.create(db, vault, carrier.sid, draft)
            # Handsets +1202555<index>… go by the connector of that number.
            route = RouteDraft(prefix=f"1202555{index}", connector_sid=made.connector.sid)
            await routes.create(db, carrier.sid, route)
    return account.sid, vault.open(account.auth_token_sealed)


ALL_BOUND = f"""
SELECT count(*) = {CONNECTORS} FROM connector_leases
WHERE state = 'bound' AND expires_at > now()
"""


EQUAL_SHARES = """
SELECT array_agg(held) = '{2,2}' FROM (SELECT count(*) AS held FROM connector_leases GROUP BY owner)
"""


ALL_BOUND_BY_ONE = f"""
SELECT ({ALL_BOUND}) AND (SELECT count(DISTINCT owner) = 1 FROM connector_leases)
"""


async def test_connectors_are_shared_and_a_killed_process_loses_its_own_within_the_lease(
    fleet: Fleet, database: Database
) -> None:
    async with AsyncExitStack() as stack:
        boxes = [await stack.enter_async_context(SimBox(Behaviour())) for _ in range(CONNECTORS)]
        sid, token = await provision(database, fleet, boxes)
        for name in ("first", "second"):
            fleet.start(name, "workers", "gateway")
        await until_true(database, ALL_BOUND)
        await until_true(database, EQUAL_SHARES)
        fleet.start("api", "api")
        fleet.start("webhooks", "workers", "webhooks")
        fleet.start("clock", "workers", "clock")
        http_client = TwilioHttpClient()
        stack.callback(http_client.session.close)
        client = Client(sid, token, http_client=http_client)
        client.api.base_url = f"http://127.0.0.1:{fleet.environment['SMSC_HTTP_PORT']}"
        await api_is_ready(client)

        async def send(number: int) -> None:
            to = f"+1202555{number % CONNECTORS}{100 + number // CONNECTORS}"
            await asyncio.to_thread(
                client.messages.create, to=to, from_=NUMBER, body=f"message {number}"
            )

        for number in range(20):
            await send(number)
        fleet.kill("first")
        for number in range(20, 40):
            await send(number)
        await until_true(database, ALL_BOUND_BY_ONE)
        await until_true(database, "SELECT count(*) = 40 FROM messages WHERE status = 'delivered'")
        bound = [len(box.sessions) for box in boxes]
        arrived = {m.text for box in boxes for h in box.handsets.all() for m in h.messages}
    assert bound == [1] * CONNECTORS
    assert arrived == {f"message {number}" for number in range(40)}


async def api_is_ready(client: Client) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await asyncio.to_thread(client.messages.list, limit=1)
            except OSError:  # requests' ConnectionError is one
                await asyncio.sleep(0.1)
            else:
                return


async def test_sigterm_drains_and_gives_the_connector_up_at_once(
    fleet: Fleet, database: Database
) -> None:
    async with SimBox(Behaviour()) as box:
        await provision(database, fleet, [box])
        bound = "SELECT bool_and(state = 'bound') FROM connector_leases"
        fleet.start("first", "workers", "all")
        await until_true(database, bound)
        assert await asyncio.to_thread(fleet.stop, "first") == 0
        async with database.single() as connection:
            rows = await connection.fetch("SELECT owner, state, reason FROM connector_leases")
            claims = await connection.fetchval("SELECT count(*) FROM worker_processes")
    assert [tuple(row) for row in rows] == [(None, "unowned", "the process stopped")]
    assert claims == 0
    assert box.sessions == []


async def test_a_process_without_its_settings_says_which_in_one_line(fleet: Fleet) -> None:
    del fleet.environment["SMSC_REDIS_URL"]
    for words in (("api",), ("workers", "gateway")):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *words),
            env=fleet.environment,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
        assert process.returncode == 2
        assert errors.decode().strip().count("\n") == 0
        assert "SMSC_REDIS_URL" in errors.decode()


async def test_a_listener_without_its_certificate_says_so_in_one_line(fleet: Fleet) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers", "listener"),
        env=fleet.environment | {"SMSC_SMPP_TLS_PORT": "0"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().startswith("error: SMSC_SMPP_TLS_CERTIFICATE is not set")
    assert errors.decode().count("\n") == 1
