"""A gateway process with many connectors that have nothing to do: its memory and its CPU time."""

import asyncio
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from smsc import migrate, sids
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres, EmbeddedValkey
from smsc.provisioning import carriers
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.transaction import changing
from smsc.vault import Vault

PATIENCE_SECONDS = 120.0
SETTLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Idle:
    """What connectors cost that are bound and idle."""

    bound: int
    seconds_to_bind: float
    memory_mb: float
    memory_mb_without: float
    cpu_percent: float
    postgres_percent: float


def measure_idle(sink_port: int, connectors: int, seconds: float) -> Idle:
    """Run a gateway without and with so many connectors; watch it while it is idle."""
    with tempfile.TemporaryDirectory(prefix="smsc-bench-") as folder:
        home = Path(folder)
        postgres, valkey = EmbeddedPostgres(home), EmbeddedValkey(home)
        postgres.start()
        try:
            migrate.upgrade(postgres.url)
            environment = os.environ | {
                "SMSC_HOME": folder,
                "SMSC_DATABASE_URL": postgres.url,
                "SMSC_REDIS_URL": valkey.start(),
                "SMSC_SECRET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
                "SMSC_METRICS_PORT": "0",
                "SMSC_LOG_LEVEL": "error",
            }
            with _gateway(environment) as process:
                time.sleep(SETTLE_SECONDS)
                without = process.memory_info().rss
                vault = Vault(SecretStr(environment["SMSC_SECRET_KEY"]))
                started = time.monotonic()
                asyncio.run(provision(postgres.url, vault, sink_port, connectors))
                bound = asyncio.run(await_bound(postgres.url, connectors))
                to_bind = time.monotonic() - started
                time.sleep(SETTLE_SECONDS)
                server = psutil.Process(postgres.pid)
                before = _seconds(process), _postgres_seconds(server)
                time.sleep(seconds)
                after = _seconds(process), _postgres_seconds(server)
                memory = process.memory_info().rss
            valkey.stop()
        finally:
            postgres.stop()
            postgres.folders.remove_state()
    return Idle(
        bound=bound,
        seconds_to_bind=to_bind,
        memory_mb=memory / 2**20,
        memory_mb_without=without / 2**20,
        cpu_percent=100 * (after[0] - before[0]) / seconds,
        postgres_percent=100 * (after[1] - before[1]) / seconds,
    )


@contextmanager
def _gateway(environment: dict[str, str]) -> Iterator[psutil.Process]:
    started = subprocess.Popen([sys.executable, "-m", "workers", "gateway"], env=environment)
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(60)


async def provision(url: str, vault: Vault, port: int, count: int) -> None:
    """Make the connectors in one statement: it is not their making that is measured."""

    async def nobody_need_be_told() -> None:
        """The gateway looks for itself within a second."""

    async with await Database.connect(url, size=2, name="bench") as database:
        async with changing(database, nobody_need_be_told) as db:
            carrier = await carriers.create(db, CarrierDraft(name="Bench"))
        made = [sids.make(sids.Prefix.CONNECTOR) for _ in range(count)]
        async with database.begin() as connection:
            await connection.execute(
                """INSERT INTO connectors (sid, carrier_sid, name, host, port, system_id,
                     password_sealed, bind_type, interface_version, system_type, address_range,
                     window_size, enquire_link_seconds, response_timeout_seconds,
                     default_alphabet, in_doubt_policy, paused)
                   SELECT sid, $2, sid, '127.0.0.1', $3, right(sid, 12), password, 'transceiver',
                     52, '', '', 10, 30, 60, 'gsm7', 'resubmit', false
                   FROM unnest($1::text[], $4::text[]) AS made (sid, password)""",
                made,
                carrier.sid,
                port,
                [vault.seal("secret") for _ in made],
            )
            await connection.execute(
                """INSERT INTO connector_leases (connector_sid, carrier_sid, epoch, state, reason)
                   SELECT sid, $2, 0, 'unowned', '' FROM unnest($1::text[]) AS made (sid)""",
                made,
                carrier.sid,
            )


async def await_bound(url: str, count: int) -> int:
    async with await Database.connect(url, size=1, name="bench") as database:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            async with database.single() as connection:
                bound = await connection.fetchval(
                    "SELECT count(*) FROM connector_leases WHERE state = 'bound'"
                )
            if bound == count or time.monotonic() > deadline:
                return int(bound)
            await asyncio.sleep(0.2)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _postgres_seconds(server: psutil.Process) -> float:
    """Return the CPU time of the server and its backends, those that have ended too."""
    times = server.cpu_times()
    ended = times.children_user + times.children_system
    return _seconds(server) + ended + sum(_seconds(backend) for backend in server.children())
