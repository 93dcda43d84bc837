"""The system under test: `smsc up` in a folder of its own, with an account and a connector."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil
from pydantic import SecretStr

from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.provisioning import accounts, carriers, connectors, phone_numbers, routes
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.connector_fields import ConnectorDraft
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing
from smsc.vault import Vault
from tests.bench import cpu
from tests.bench.pgbouncer import pgbouncer
from tests.bench.traffic import Request

NUMBER = "+12025550141"
START_SECONDS = 180  # on a busy machine
ALL_BOUND = "SELECT bool_and(state = 'bound') FROM connector_leases"


@dataclass(frozen=True, slots=True)
class System:
    """A running system."""

    process: psutil.Process
    http_port: int
    database_url: str
    account_sid: str
    auth_token: str
    vault: Vault  # that opens its texts
    beside: tuple[tuple[psutil.Process, str], ...] = ()  # what it needs and did not start: kinds

    def usage(self) -> cpu.Usage:
        """Return the CPU time and memory of all its processes."""
        return cpu.measure(self.process, self.beside)

    def request(self, callback: str = "", body: str = "Message+{n}") -> Request:
        """Return the request for one message to the handset +1201{n}."""
        form = f"To=%2B1201{{n}}&From={quote(NUMBER, safe='')}&Body={body}"
        if callback:
            form += f"&StatusCallback={quote(callback, safe='')}"
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages.json"
        return Request(self.http_port, path, form, f"{self.account_sid}:{self.auth_token}")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(
    smsc_port: int,
    window: int,
    *,
    sms_url: str | None = None,
    binds: int = 1,
    counts_statements: bool = False,
    through_pgbouncer: bool = False,
) -> Iterator[System]:
    """Start everything, bound to the SMSC on `smsc_port`; stop and remove it at the end.

    `sms_url` is the number's inbound webhook. Of several connectors the first has the route.
    """
    with (
        tempfile.TemporaryDirectory(prefix="smsc-bench-") as folder,
        _pooled(Path(folder), wanted=through_pgbouncer) as (pooler, beside),
    ):
        home = Path(folder)
        http_port = free_port()
        environment = os.environ | {
            "SMSC_HOME": folder,
            "SMSC_HTTP_PORT": str(http_port),
            "SMSC_SMPP_PORT": str(free_port()),
            "SMSC_METRICS_PORT": str(free_port()),
            "SMSC_WEBHOOK_ALLOW_PRIVATE": "true",
        }
        for name in ("SMSC_DATABASE_URL", "SMSC_REDIS_URL", "SMSC_SECRET_KEY"):
            environment.pop(name, None)
        environment |= pooler
        if counts_statements:
            _load_statement_counter(home)
        log = home / "up.log"
        with log.open("w") as output:
            started = subprocess.Popen(
                [sys.executable, "-m", "smsc.cli", "up", "--no-simulator"],
                env=environment,
                stdout=output,
                stderr=output,
            )
        try:
            _await_start(started, log)
            database_url = EmbeddedPostgres(home).url
            vault = Vault(SecretStr((home / "secret").read_text().strip()))
            sid, token = asyncio.run(
                _provision(database_url, vault, smsc_port, window, sms_url, binds)
            )
            process = psutil.Process(started.pid)
            yield System(process, http_port, database_url, sid, token, vault, beside)
        finally:
            started.send_signal(signal.SIGINT)
            started.wait(60)
            if not through_pgbouncer:
                EmbeddedPostgres(home).folders.remove_state()


@contextmanager
def _pooled(
    home: Path, *, wanted: bool
) -> Iterator[tuple[dict[str, str], tuple[tuple[psutil.Process, str], ...]]]:
    """Run the home's server ourselves, with PgBouncer before it; yield the settings for it."""
    if not wanted:
        yield {}, ()
        return
    server = EmbeddedPostgres(home)
    server.start()
    try:
        with pgbouncer(server) as (url, bouncer):
            settings = {"SMSC_DATABASE_URL": url, "SMSC_DATABASE_POOLER": "transaction"}
            yield settings, ((psutil.Process(server.pid), "postgres"), (bouncer, "pgbouncer"))
    finally:
        server.stop()
        server.folders.remove_state()


def _load_statement_counter(home: Path) -> None:
    """Have the server of a home, made for it, load pg_stat_statements when it starts next."""
    server = EmbeddedPostgres(home)
    server.start()
    try:
        asyncio.run(_preload(server.url))
    finally:
        server.stop()


async def _preload(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        await connection.execute("CREATE EXTENSION pg_stat_statements")
    finally:
        await connection.close()


def _await_start(started: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Ctrl-C stops" not in log.read_text():
        if started.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"smsc up did not start:\n{log.read_text()}")
        time.sleep(0.1)


async def _provision(
    database_url: str, vault: Vault, smsc_port: int, window: int, sms_url: str | None, binds: int
) -> tuple[str, str]:
    async def nobody_listens_yet() -> None:
        """Every process looks for itself within a second."""

    async with await Database.connect(database_url, size=2, name="bench") as database:
        async with changing(database, nobody_listens_yet) as db:
            carrier = await carriers.create(db, CarrierDraft(name="Bench"))
            account = await accounts.create(
                db, vault, carrier.sid, AccountDraft(friendly_name="Bench")
            )
            number = PhoneNumberDraft(phone_number=NUMBER, account_sid=account.sid, sms_url=sms_url)
            await phone_numbers.create(db, carrier.sid, number)
            made = [
                await connectors.create(
                    db,
                    vault,
                    carrier.sid,
                    ConnectorDraft(
                        name=f"bench{place}",
                        host="127.0.0.1",
                        port=smsc_port,
                        system_id="bench",
                        password="bench",
                        window=window,
                    ),
                )
                for place in range(binds)
            ]
            route = RouteDraft(prefix="", connector_sid=made[0].connector.sid)
            await routes.create(db, carrier.sid, route)
        await _await_bound(database)
    return account.sid, vault.open(account.auth_token_sealed)


async def _await_bound(database: Database) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            async with database.single() as connection:
                if await connection.fetchval(ALL_BOUND):
                    return
            await asyncio.sleep(0.1)
