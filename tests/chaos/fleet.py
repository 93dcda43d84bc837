"""The real processes of one installation, each of which can be killed, stopped and started."""

import asyncio
import base64
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from smsc import migrate
from smsc.embedded import EmbeddedPostgres, EmbeddedValkey
from smsc.embedded.launch import launched
from tests.chaos import proxy, replica
from tests.chaos.proxy import Proxy
from tests.chaos.skew import Skew
from tests.e2e.up import free_ports

START_SECONDS = 300  # of ten processes, on a machine that has much else to do
STOP_SECONDS = 40
APIS = ("api-1", "api-2")
GATEWAYS = ("gateway-1", "gateway-2")
LISTENERS = ("listener-1", "listener-2")
OURS = (*APIS, *GATEWAYS, *LISTENERS, "webhooks", "clock")
SERVERS = ("postgres", "valkey")


@dataclass(frozen=True, slots=True)
class Program:
    """How to start one process, and how to know that it works."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None
    prepare: Callable[[], None]
    is_ready: Callable[[int], bool]


@dataclass
class Fleet:
    """An installation: its servers and two gateways, so that one can take over from the other."""

    home: Path
    postgres: EmbeddedPostgres  # the one that takes writes
    standby: EmbeddedPostgres  # where it fails over to
    skew: Skew | None  # of the clock of all processes; None: this machine can't
    programs: dict[str, Program] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    http_port: int = 0
    listeners: Proxy = field(default_factory=lambda: Proxy("127.0.0.1", 0))  # before both
    database_url: str = ""

    async def start(self, *names: str) -> None:
        """Start these and wait until they work; all at once."""
        for name in names:
            program = self.programs[name]
            await asyncio.to_thread(program.prepare)
            with (self.home / f"{name}.log").open("ab") as log:
                # On this thread: what is launched ends with the thread that started it.
                self.running[name] = subprocess.Popen(  # noqa: ASYNC220 it returns at once
                    program.argv, env=program.env, cwd=program.cwd, stdout=log, stderr=log
                )
        async with asyncio.timeout(START_SECONDS):
            for name in names:
                process = self.running[name]
                while not await asyncio.to_thread(self.programs[name].is_ready, process.pid):
                    if process.poll() is not None:  # it came too early: the others are starting
                        await self.start(name)
                        break
                    await asyncio.sleep(0.02)

    def kill(self, *names: str) -> None:
        """Kill -9."""
        killed = [self.running.pop(name) for name in names]
        for process in killed:
            process.kill()
        for process in killed:
            process.wait()

    def signal(self, name: str, signum: signal.Signals) -> None:
        """Send another signal; the process stays on the list."""
        self.running[name].send_signal(signum)

    async def fail_over(self) -> None:
        """Make the standby, let it follow, kill the primary, promote; the two change names."""
        primary, standby = self.postgres, self.standby
        await replica.make_standby(primary, standby)
        self.programs["standby"] = self.server(standby)
        await self.start("standby")
        await replica.replicate_synchronously(primary)
        self.kill("postgres")
        await replica.promote(standby)
        self.running["postgres"] = self.running.pop("standby")
        self.programs["postgres"] = self.programs.pop("standby")
        self.postgres, self.standby = standby, primary

    @property
    def clock(self) -> dict[str, str]:
        """What a process needs to run by the fleet's clock."""
        return {} if self.skew is None else self.skew.environment

    def server(self, server: EmbeddedPostgres | EmbeddedValkey) -> Program:
        """Return how one of the servers is started."""
        return Program(
            server.command(),
            server.environment | self.clock,
            server.folder,
            server.prepare,
            server.is_ready,
        )

    async def stop(self, *names: str) -> dict[str, int]:
        """SIGTERM, one after the other; return their exit codes."""
        codes = {}
        for name in names:
            process = self.running.pop(name)
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
            codes[name] = await asyncio.to_thread(process.wait, STOP_SECONDS)
        return codes


@asynccontextmanager
async def running(home: Path, *, together: bool) -> AsyncIterator[Fleet]:
    """Start everything in `home`; stop and remove it at the end.

    `together`: whether gateways carry the other kinds, too, so that they make the callbacks of
    what they change themselves.
    """
    postgres, standby = (EmbeddedPostgres(home / name) for name in ("first", "second"))
    valkey = EmbeddedValkey(home)
    fleet = Fleet(home, postgres, standby, Skew.make())
    for server in (postgres, valkey):
        await asyncio.to_thread(server.prepare)
        fleet.programs[server.name] = fleet.server(server)
    try:
        await fleet.start(*SERVERS)
        await asyncio.to_thread(migrate.upgrade, postgres.url)
        fleet.database_url = replica.url_of_both(postgres, standby)
        ports = dict(zip(OURS, free_ports(len(OURS)), strict=True))
        own = {name: value for name, value in os.environ.items() if not name.startswith("SMSC_")}
        fleet.environment = (
            own
            | fleet.clock
            | {
                "SMSC_HOME": str(home),
                "SMSC_DATABASE_URL": fleet.database_url,
                "SMSC_REDIS_URL": valkey.url,
                "SMSC_SECRET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
                "SMSC_WEBHOOK_ALLOW_PRIVATE": "true",
                "SMSC_WEBHOOK_TIMEOUT": "3",
            }
        )
        smpp_ports = dict(zip(LISTENERS, free_ports(len(LISTENERS)), strict=True))
        for name, port in ports.items():
            kind = "all" if together and name in GATEWAYS else name.partition("-")[0]
            fleet.programs[name] = _ours(kind, fleet, port, smpp_ports.get(name, 0))
        await fleet.start(*OURS)
        first, *others = (ports[name] for name in APIS)
        async with (
            proxy.before("127.0.0.1", first, *others) as balancer,
            proxy.before("127.0.0.1", *smpp_ports.values()) as fleet.listeners,
        ):
            fleet.http_port = balancer.own_port
            yield fleet
    finally:
        for process in fleet.running.values():
            process.send_signal(signal.SIGCONT)
        await fleet.stop(*(name for name in reversed(OURS) if name in fleet.running))
        await fleet.stop(*(name for name in SERVERS if name in fleet.running))
        for server in (postgres, standby, valkey):
            server.stop()
            server.folders.remove_state()
        if fleet.skew is not None:
            fleet.skew.remove()


def _ours(kind: str, fleet: Fleet, port: int, smpp_port: int) -> Program:
    words = ["api"] if kind == "api" else ["workers", kind]
    return Program(
        launched([sys.executable, "-m", *words]),
        fleet.environment
        | {
            "SMSC_METRICS_PORT": str(port),
            "SMSC_HTTP_PORT": str(port),
            "SMSC_SMPP_PORT": str(smpp_port),
        },
        None,
        lambda: None,
        lambda _: _answers(port, "/readyz" if kind == "api" else "/metrics"),
    )


def _answers(port: int, path: str) -> bool:
    """Say whether a GET on the loopback is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
