"""Runs a SIM box and its HTTP API until told to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import structlog
import uvicorn

from smsc.errors import SettingError
from smsc.simulator.http_api import create_app
from smsc.simulator.simbox import SimBox

log = structlog.get_logger()

_CALL_SECONDS = 5.0  # from one OUTBIND to the next
_STOP_SECONDS = 2  # for HTTP requests at work: a reader that waits for messages waits long


class _HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers: signals are ours, since they stop the box too."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@dataclass(frozen=True, slots=True)
class Calls:
    """Whom a box asks by OUTBIND to bind, and as whom, whenever nobody is bound."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)


async def serve(
    box: SimBox, http_port: int, started: Callable[[str], None], calls: Calls | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; `started` is told the HTTP API's URL.

    Raises:
        SettingError: one of the two addresses can't be had.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    try:
        await _listen(box)
        try:
            async with serving_http(box, http_port) as url:
                log.info("simulator.started", host=box.host, port=box.port, http=url)
                started(url)
                async with _calling(box, calls):
                    await stop.wait()
                log.info("simulator.stopping")
        finally:
            await box.stop()
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(signum)


@contextlib.asynccontextmanager
async def serving_http(box: SimBox, port: int) -> AsyncIterator[str]:
    """Serve the box's HTTP API while the block runs; yield its URL. Port 0: any free one.

    Raises:
        SettingError: the address can't be had.
    """
    family = socket.AF_INET6 if ":" in box.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((box.host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise _taken("SMSC_SIMULATOR_HTTP_PORT", box.host, port, error) from error
    config = uvicorn.Config(
        create_app(box),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    server = _HttpServer(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    host = f"[{box.host}]" if ":" in box.host else box.host
    try:
        yield f"http://{host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@contextlib.asynccontextmanager
async def _calling(box: SimBox, calls: Calls | None) -> AsyncIterator[None]:
    task = None if calls is None else asyncio.create_task(_keep_calling(box, calls))
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


async def _keep_calling(box: SimBox, calls: Calls) -> None:
    while True:
        if not box.sessions:
            try:
                await box.call(calls.host, calls.port, calls.system_id, calls.password)
            except OSError as error:
                log.warning("simulator.call_failed", host=calls.host, why=str(error))
        await asyncio.sleep(_CALL_SECONDS)


async def _listen(box: SimBox) -> None:
    try:
        await box.start()
    except OSError as error:
        raise _taken("SMSC_SIMULATOR_PORT", box.host, box.port, error) from error


def _taken(variable: str, host: str, port: int, error: OSError) -> SettingError:
    return SettingError(
        f"{variable}: port {port} on {host} can't be had ({error.strerror}). "
        f"Stop what uses it, or set {variable} to another one."
    )
