import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from smsc import migrate
from smsc.embedded import EmbeddedPostgres
from smsc.settings import Settings
from tests.contract.running_api import HANDSET, make_settings, provision, serving

WAIT_SECONDS = 20.0


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """Lend a server that a test may stop."""
    home = Path(tempfile.mkdtemp(prefix="smsc-test-"))
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    yield server
    server.stop()
    server.folders.remove_state()
    shutil.rmtree(home)


def wait_for(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def status(url: str, **options: str) -> int:
    try:
        return requests.get(url, headers=options, timeout=15).status_code
    except requests.ConnectionError:
        return 0


async def test_while_the_database_is_away_nothing_is_accepted_and_then_all_works_again(
    own_postgres: EmbeddedPostgres, redis_url: str
) -> None:
    migrate.upgrade(own_postgres.url)
    settings = make_settings(own_postgres.url, redis_url)
    with serving(settings) as url:
        customer = await provision(settings, url)
        bearer = f"Bearer {customer.bearer}"

        def send() -> requests.Response:
            return requests.post(
                f"{url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json",
                data={"To": HANDSET, "From": customer.sender, "Body": "x"},
                auth=(customer.account_sid, customer.auth_token),
                timeout=30,
            )

        assert send().status_code == 201
        own_postgres.stop()
        refused = send()
        assert (refused.status_code, refused.json()["code"]) == (503, 20500)
        assert refused.headers["Retry-After"] == "1"
        assert status(f"{url}/carrier/v1/accounts", Authorization=bearer) == 503
        assert status(f"{url}/readyz") == 503
        assert status(f"{url}/healthz") == 200
        own_postgres.start()
        wait_for(lambda: status(f"{url}/readyz") == 200)
        assert send().status_code == 201
        assert status(f"{url}/carrier/v1/accounts", Authorization=bearer) == 200


def test_a_process_that_starts_before_its_database_waits_for_it(
    own_postgres: EmbeddedPostgres, redis_url: str
) -> None:
    url_of_database = own_postgres.url
    own_postgres.stop()
    with serving(make_settings(url_of_database, redis_url)) as url:
        answer = requests.get(f"{url}/readyz", timeout=10)
        assert answer.status_code == 503
        assert "database" in answer.json()["reason"]
        assert status(f"{url}/2010-04-01/Accounts/AC1/Messages.json") == 503
        own_postgres.start()
        wait_for(lambda: "migrate" in requests.get(f"{url}/readyz", timeout=10).text)
        migrate.upgrade(url_of_database)
        wait_for(lambda: status(f"{url}/readyz") == 200)


def test_without_redis_it_is_not_ready(database_url: str) -> None:
    with serving(make_settings(database_url, "unix:///nowhere/redis.sock")) as url:
        answer = requests.get(f"{url}/readyz", timeout=10)
        assert (answer.status_code, answer.json()["reason"]) == (503, "Redis can't be reached")


@contextmanager
def process(**variables: str) -> Iterator["subprocess.Popen[str]"]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SMSC_")}
    started = subprocess.Popen(
        [sys.executable, "-m", "api"], env=env | variables, stderr=subprocess.PIPE, text=True
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def test_a_missing_setting_is_one_line_and_exit_code_2() -> None:
    with process(SMSC_DATABASE_URL="postgresql://x/y") as started:
        _, said = started.communicate(timeout=30)
    assert started.returncode == 2
    assert said.count("\n") == 1
    assert "SMSC_REDIS_URL" in said


def test_on_sigterm_the_process_answers_who_is_connected_and_ends_well(
    database_url: str, redis_url: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = make_settings(database_url, redis_url)
    with process(**environment(settings, port)) as started:
        wait_for(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200)
        with socket.create_connection(("127.0.0.1", port)) as connected:
            # One that is connected as the process is told to end, and asks then.
            wait_for(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200)
            started.send_signal(signal.SIGTERM)
            wait_for(lambda: status(f"http://127.0.0.1:{port}/healthz") == 0)
            connected.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connected.recv(100).startswith(b"HTTP/1.1 200")
        assert started.wait(timeout=20) in {0, -signal.SIGTERM}


def environment(settings: Settings, port: int) -> dict[str, str]:
    database_url, redis_url, secret_key = settings.require_servers()
    return {
        "SMSC_DATABASE_URL": database_url,
        "SMSC_REDIS_URL": redis_url,
        "SMSC_SECRET_KEY": secret_key.get_secret_value(),
        "SMSC_HTTP_PORT": str(port),
    }
