"""`python -m workers gateway | listener | webhooks | clock | all`."""

import asyncio
import signal
import ssl
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Final

import structlog
import uvloop

from smsc import garbage, sids
from smsc import log as logging
from smsc.db import UNAVAILABLE, Database
from smsc.errors import SettingError
from smsc.jobs import CHANGES_CHANNEL, ESMES_CHANNEL, Bells, hear
from smsc.messaging import processes
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import Directory
from smsc.settings import Settings
from smsc.smpp.tls import server_context
from smsc.vault import Vault
from smsc.webhooks.client import client_from
from smsc.webhooks.conversations import Conversations
from workers.alarms import Alarms
from workers.bulk_callbacks import BulkCaller
from workers.clock import Clock
from workers.dial_in import DialIns
from workers.event_caller import EventCaller
from workers.gateway import Gateway
from workers.glances import Glances
from workers.hours import Hours
from workers.listener import Listener
from workers.mailer import Mailer
from workers.metrics import Metrics
from workers.probes import Prober
from workers.pulse import pulse
from workers.webhooks import Deliverer

log = structlog.get_logger()

KINDS: Final = ("gateway", "listener", "webhooks", "clock")
BEAT_SECONDS: Final = 2.0
STOP_SECONDS: Final = 25.0  # less than what supervisors wait before they kill


async def run(kinds: Sequence[str], settings: Settings) -> None:
    """Run the kinds in this process until SIGINT or SIGTERM."""
    _, redis_url, secret_key = settings.require_servers()
    listener_tls = _listener_tls(settings) if "listener" in kinds else None
    process_sid = sids.make(sids.Prefix.PROCESS)
    stopping = _stopping()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            await Database.from_settings(settings, name=f"smsc {'+'.join(kinds)}")
        )
        bells = await stack.enter_async_context(Bells(redis_url))
        vault = Vault(secret_key, settings.secret_key_old)
        directory = Directory(database, vault)
        outbound = Outbound(database, directory, bells)
        glances = Glances(database)
        metrics = Metrics()
        work = [_beat(database, process_sid, ",".join(kinds))]
        changed = [directory.clear]

        def tell_changed() -> None:
            for tell in changed:
                tell()

        deliverer: Deliverer | None = None
        if "webhooks" in kinds:
            client = client_from(settings)
            stack.push_async_callback(client.aclose)
            conversations = await stack.enter_async_context(Conversations(redis_url, vault))
            deliverer = Deliverer(
                process_sid,
                database,
                directory,
                bells,
                outbound,
                client,
                conversations,
                redis_url,
                glances=glances,
            )
            metrics.watch_webhooks(deliverer)
            work += [
                deliverer.run(),
                BulkCaller(database, directory, client, glances).run(),
                EventCaller(database, vault, client, glances).run(),
            ]
        # A listener runs the connectors of the devices that dial in to it.
        if "gateway" in kinds or "listener" in kinds:
            gateway = Gateway(
                process_sid,
                database,
                directory,
                bells,
                vault,
                redis_url,
                deliverer,
                dials="gateway" in kinds,
                glances=glances if {"webhooks", "clock"} & set(kinds) else None,
            )
            metrics.watch_gateway(gateway)
            changed.append(gateway.changed)
            work.append(gateway.run())
        if "gateway" in kinds:
            work.append(Prober(process_sid, database, bells, vault, redis_url, glances).run())
        if "listener" in kinds:
            devices = DialIns(database, vault, gateway)
            listener = Listener(process_sid, database, directory, bells, outbound, dial_ins=devices)
            await _listen(listener, settings, listener_tls)
            metrics.watch_listener(listener)
            work += [listener.run(), hear(redis_url, ESMES_CHANNEL, listener.wake)]
        if "clock" in kinds:
            work += [
                Clock(database, directory, bells, glances).run(),
                *_clockwork(settings, database, vault),
            ]
        work.append(hear(redis_url, CHANGES_CHANNEL, tell_changed))
        stop_metrics = metrics.serve(settings.bind, settings.metrics_port)
        if stop_metrics is not None:
            stack.callback(stop_metrics)
        garbage.set_aside()
        log.info("worker.started", kinds=kinds, process_sid=process_sid)
        await _until(stopping, work)
        await outbound.drain()
        await processes.leave(database, process_sid)
    log.info("worker.stopped", process_sid=process_sid)


def _stopping() -> asyncio.Event:
    """Return what is set once somebody wants us to stop."""
    stopping = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    return stopping


def _clockwork(
    settings: Settings, database: Database, vault: Vault
) -> list[Coroutine[None, None, None]]:
    """Return the clock, who looks at rules, who counts traffic, and who sends mails."""
    clockwork = [Alarms(database, vault).run(), Hours(database).run()]
    if settings.smtp_url is not None:
        clockwork.append(Mailer(database, vault, settings).run())
    return clockwork


async def _until(stopping: asyncio.Event, parts: Sequence[Coroutine[None, None, None]]) -> None:
    """Run the parts until the signal comes, or one of them fails; then let them end."""

    async def signalled() -> None:
        await stopping.wait()

    tasks = [asyncio.create_task(part) for part in (signalled(), *parts)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    log.info("worker.stopping")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
    for task in done:
        task.result()  # raises what a part died of


async def _listen(listener: Listener, settings: Settings, tls: ssl.SSLContext | None) -> None:
    await listener.listen(settings.bind, settings.smpp_port)
    if settings.smpp_tls_port is not None:
        await listener.listen(settings.bind, settings.smpp_tls_port, tls)


def _listener_tls(settings: Settings) -> ssl.SSLContext | None:
    """Return what the listener's TLS port shows its ESMEs; None without such a port.

    Raises:
        SettingError: the certificate is missing or can't be used.
    """
    if settings.smpp_tls_port is None:
        return None
    if settings.smpp_tls_certificate is None:
        raise SettingError(
            "SMSC_SMPP_TLS_CERTIFICATE is not set; SMSC_SMPP_TLS_PORT needs a PEM file there."
        )
    try:
        return server_context(settings.smpp_tls_certificate, settings.smpp_tls_key)
    except ValueError as error:
        raise SettingError(f"SMSC_SMPP_TLS_CERTIFICATE: {error}") from None


async def _beat(database: Database, process_sid: str, kinds: str) -> None:
    while True:
        try:
            await processes.beat(database, process_sid, kinds)
        except UNAVAILABLE as error:
            log.warning("heartbeat.missed", error=str(error))
        await pulse(BEAT_SECONDS)


def main(arguments: Sequence[str]) -> int:
    """Start; return the exit code."""
    if len(arguments) != 1 or arguments[0] not in {*KINDS, "all"}:
        print(f"usage: python -m workers {' | '.join(KINDS)} | all", file=sys.stderr)  # noqa: T201
        return 2
    kinds = KINDS if arguments[0] == "all" else (arguments[0],)
    try:
        settings = Settings.read()
        settings.require_servers()
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    logging.configure(settings.log_level)
    try:
        uvloop.run(run(kinds, settings))
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except UNAVAILABLE as error:
        log.error("worker.failed", error=str(error))  # noqa: TRY400 the cause says it all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
