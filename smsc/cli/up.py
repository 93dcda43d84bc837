"""`smsc up`: everything on one machine, in the foreground, until Ctrl-C."""

import asyncio
import importlib
import importlib.util
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import typer
from pydantic import SecretStr
from rich.console import Console

from smsc.cli.child import ChildSpec
from smsc.cli.home import listens, reachable_host, secret_key, settle_ports
from smsc.cli.migrating import migrate
from smsc.cli.screen import Screen
from smsc.cli.supervisor import Supervisor
from smsc.embedded import EmbeddedPostgres, EmbeddedValkey, Folders, HomeLock
from smsc.embedded.launch import launched
from smsc.embedded.postgres import STOP_STEPS as POSTGRES_STOP_STEPS
from smsc.errors import GatewayError
from smsc.log import configure
from smsc.settings import Settings

_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is local
_DEMO: Final = "smsc.cli.demo"
WORKERS: Final = ("gateway", "listener", "webhooks", "clock")


def command(
    split: Annotated[
        bool, typer.Option("--split", help="Each worker in a process of its own.")
    ] = False,
    simulator: Annotated[bool, typer.Option(help="Run the simulated SIM box, too.")] = True,
) -> None:
    """Start database, API, workers and simulator here, and keep them running until Ctrl-C."""
    settings = Settings.read()
    configure(settings.log_level)
    folders = Folders.of(settings.home)
    lock = HomeLock(folders.home / "lock").acquire()
    metrics_ports = len(WORKERS) if split else 1
    settings = settle_ports(settings, metrics_ports=metrics_ports, simulator=simulator)
    key = settings.secret_key or SecretStr(secret_key(folders.home))
    settings = settings.model_copy(update={"home": folders.home, "secret_key": key})
    try:
        asyncio.run(_run(settings, Screen(Console()), split=split, simulator=simulator))
    finally:
        lock.release()


async def _run(settings: Settings, screen: Screen, *, split: bool, simulator: bool) -> None:
    supervisor = Supervisor(screen.report)
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            supervisor.hurry()
        stop.set()

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signum, on_signal)
    starting = asyncio.create_task(
        _start(settings, screen, supervisor, split=split, simulator=simulator)
    )
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stopped
    finally:
        starting.cancel()
        stopped.cancel()
        await asyncio.gather(starting, stopped, return_exceptions=True)
        screen.stopping()
        await supervisor.stop()


async def _start(
    settings: Settings, screen: Screen, supervisor: Supervisor, *, split: bool, simulator: bool
) -> None:
    database_url = settings.database_url
    if database_url is None:
        postgres = EmbeddedPostgres(settings.home)
        with screen.step("PostgreSQL"):
            await asyncio.to_thread(postgres.prepare)
            await supervisor.start(
                ChildSpec(
                    name=postgres.name,
                    argv=postgres.command(),
                    env=postgres.environment,
                    log=postgres.log,
                    cwd=postgres.folder,
                    prepare=postgres.prepare,
                    ready=postgres.is_ready,
                    stop_steps=POSTGRES_STOP_STEPS,
                )
            )
        database_url = postgres.url
    redis_url = settings.redis_url
    if redis_url is None:
        valkey = EmbeddedValkey(settings.home)
        with screen.step("Valkey"):
            await supervisor.start(
                ChildSpec(
                    name=valkey.name,
                    argv=valkey.command(),
                    env=valkey.environment,
                    log=valkey.log,
                    cwd=valkey.folder,
                    prepare=valkey.prepare,
                    ready=valkey.is_ready,
                )
            )
        redis_url = valkey.url
    with screen.step("Migrations"):
        await migrate(database_url)
    settings = settings.model_copy(update={"database_url": database_url, "redis_url": redis_url})
    children = program_specs(settings, split=split, simulator=simulator)
    with screen.step(", ".join(spec.name for spec in children)):
        await supervisor.start(*children)
    if simulator:
        await _first_start(settings, screen)
    screen.say(f"API: {settings.api_url}")
    screen.say(f"SMPP listener: {settings.bind}:{settings.smpp_port}")
    screen.say(f"Logs: {settings.home / 'logs'}")
    screen.say("Ctrl-C stops all of it.")


async def _first_start(settings: Settings, screen: Screen) -> None:
    """Show a newcomer one message's way; the demo knows whether it ran before."""
    if importlib.util.find_spec(_DEMO) is None:
        return
    try:
        await importlib.import_module(_DEMO).prepare(settings, screen.console)
    except GatewayError as error:
        screen.say(f"The demo could not be prepared: {error}")


def program_specs(settings: Settings, *, split: bool, simulator: bool) -> list[ChildSpec]:
    """Return our own programs in the order of their start: who is asked before who asks.

    So the API, by which work comes in, starts last and stops first.
    """
    host = reachable_host(settings.bind)
    specs: list[ChildSpec] = []

    def add(name: str, *module: str, port: int, **variables: int) -> None:
        specs.append(
            ChildSpec(
                name=name,
                argv=_python(module),
                env=_environment(settings, variables),
                log=settings.home / "logs" / f"{name}.log",
                ready=lambda _: listens(host, port),
            )
        )

    if simulator:
        add("simulator", "smsc.cli", "simulate", "simbox", port=settings.simulator_http_port)
    roles = WORKERS if split else ("all",)
    for number, role in enumerate(roles):
        port = settings.metrics_port + number
        add(f"workers-{role}", "workers", role, port=port, metrics_port=port)
    specs.append(
        ChildSpec(
            name="api",
            argv=_python(["api"]),
            env=_environment(settings, {}),
            log=settings.home / "logs" / "api.log",
            ready=lambda _: _answers_ok(_local_url(host, settings.http_port) + "/readyz"),
        )
    )
    return specs


def _python(words: Sequence[str]) -> list[str]:
    """Return the command line of one of our modules, which dies with us."""
    return launched([sys.executable, "-m", *words])


def _environment(settings: Settings, variables: Mapping[str, int]) -> dict[str, str]:
    """Return ours, plus what was settled here: secrets go this way, never by `argv`."""
    assert settings.secret_key is not None  # noqa: S101 settled by `command`
    settled: dict[str, object] = {
        "home": settings.home,
        "http_port": settings.http_port,
        "smpp_port": settings.smpp_port,
        "simulator_port": settings.simulator_port,
        "simulator_http_port": settings.simulator_http_port,
        "metrics_port": settings.metrics_port,
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "secret_key": settings.secret_key.get_secret_value(),
    } | dict(variables)
    return {**os.environ, **{f"SMSC_{name.upper()}": str(v) for name, v in settled.items()}}


def _local_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _answers_ok(url: str) -> bool:
    """Say whether a GET answers 200."""
    try:
        with _DIRECT.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
