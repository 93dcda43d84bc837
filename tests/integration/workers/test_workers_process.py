"""`python -m workers` as a process of its own: start, metrics, stop, and a missing setting."""

import asyncio
import base64
import contextlib
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.messaging.statuses import Advance, advance
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from tests.integration.conftest import HANDSET, House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import add_credential, form, until
from tests.integration.workers.program import program, submit_sm

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def worker(kind: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker with these settings and no others; kill it if it does not end by itself."""
    environment = {name: value for name, value in os.environ.items() if name[:5] != "SMSC_"}
    environment["PYTHONPATH"] = str(ROOT)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "workers",
        kind,
        cwd=ROOT / "tests",  # where no .env lies
        env=environment | {f"SMSC_{name.upper()}": value for name, value in settings.items()},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def settings(house: House, database_url: str, redis_url: str) -> dict[str, str]:
    key: bytes = house.vault._newest._signing_key + house.vault._newest._encryption_key
    return {
        "database_url": database_url,
        "redis_url": redis_url,
        "secret_key": base64.urlsafe_b64encode(key).decode(),
        "smpp_port": str(free_port()),
        "metrics_port": str(free_port()),
        "webhook_allow_private": "true",
    }


def scrape(port: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
            body: bytes = response.read()
            return body.decode()
    except OSError:
        return ""


async def test_all_in_one_process_carry_a_message_and_stop_cleanly(
    house: House, settings: dict[str, str]
) -> None:
    await add_credential(house)
    async with SimBox(Behaviour()) as box, serve(respond()) as server:
        await house.value("UPDATE connectors SET port = $1", box.port)
        await house.value("UPDATE connector_leases SET owner = NULL, expires_at = now()")
        await house.value("UPDATE phone_numbers SET sms_url = $1", server.url("/sms"))
        async with worker("all", **settings) as process:

            async def shows_its_connector() -> bool:
                shown = await asyncio.to_thread(scrape, settings["metrics_port"])
                return f'smsc_connector_bound{{connector="{house.connector_sid}"}} 1.0' in shown

            await until(shows_its_connector)
            message = await house.accept(status_callback=server.url("/status"))
            await until(lambda: is_told(house, message.sid))
            async with program(int(settings["smpp_port"])) as esme:
                (response,) = await esme.submit(submit_sm("by SMPP"))
                await until(lambda: esme.has_heard(1))
                assert getattr(response, "message_id", "") in esme.receipts[0]
                shown = await asyncio.to_thread(scrape, settings["metrics_port"])
                assert "smsc_esme_sessions 1.0" in shown
                assert "smsc_webhooks_in_flight 0.0" in shown
                labels = f'connector="{house.connector_sid}",outcome="matched"'
                assert f"smsc_connector_receipts_total{{{labels}}}" in shown
            await box.handset(HANDSET).send("+15555550100", "Hi")
            await until(lambda: has_requests(house, 3))
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 20) == 0
    events = [form(received).get("MessageStatus", "received") for received in server.requests]
    assert events == ["sent", "delivered", "received"]
    assert await house.rows("SELECT owner, state FROM connector_leases") == [(None, "unowned")]
    assert await house.value("SELECT count(*) FROM worker_processes") == 0


async def is_told(house: House, sid: str) -> bool:
    told = await house.value(
        "SELECT count(*) FROM webhook_attempts WHERE message_sid = $1 AND http_status = 200", sid
    )
    return told == 2


async def has_requests(house: House, count: int) -> bool:
    return await house.value("SELECT count(*) FROM webhook_attempts") == count


async def test_a_stopped_process_frees_its_claims(house: House, settings: dict[str, str]) -> None:
    async with worker("clock", **settings) as process:
        await until(lambda: has_processes(house, 1))
        sid = await house.value("SELECT sid FROM worker_processes")
        message = await house.accept(status_callback="http://127.0.0.1/")
        async with house.database.begin() as connection:
            await advance(connection, [Advance(message_sid=message.sid, sent=1)])
        claim = "UPDATE webhooks SET claimed_by = $1, due_at = now() + interval '5 minutes'"
        await house.value(claim, sid)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    assert await house.value("SELECT claimed_by FROM webhooks") is None


async def has_processes(house: House, count: int) -> bool:
    return await house.value("SELECT count(*) FROM worker_processes") == count


@pytest.mark.parametrize("missing", ["database_url", "redis_url", "secret_key"])
async def test_a_missing_setting_is_one_line(settings: dict[str, str], missing: str) -> None:
    del settings[missing]
    async with worker("all", **settings) as process:
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    (line,) = errors.decode().splitlines()
    assert line.startswith(f"error: SMSC_{missing.upper()} is not set.")


async def test_a_wrong_setting_is_one_line(settings: dict[str, str]) -> None:
    async with worker("all", **settings | {"smpp_port": "many"}) as process:
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    (line,) = errors.decode().splitlines()
    assert line.startswith("error: SMSC_SMPP_PORT")


async def test_an_unknown_kind_is_told_the_known_ones() -> None:
    async with worker("everything") as process:
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert errors.decode().startswith("usage: python -m workers gateway")


async def test_a_taken_port_ends_the_start(settings: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(settings["smpp_port"]))):
        async with worker("listener", **settings) as process:
            _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert "worker.failed" in errors.decode()


async def test_a_taken_metrics_port_stops_no_worker(house: House, settings: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(settings["metrics_port"]))):
        async with worker("clock", **settings) as process:
            await until(lambda: has_processes(house, 1))
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
