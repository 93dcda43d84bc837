"""Nothing accepted is lost, whatever is killed with messages in flight."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
import requests
from twilio.base.exceptions import TwilioException

from smsc.embedded import EmbeddedPostgres
from tests.e2e.up import Up, home, until

MESSAGES = 120
WINDOW = 10  # the demo connector's: what one crash may double


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with home(tmp_path / "home") as up:
        up.start()
        yield up


def send(up: Up, numbers: range) -> list[str]:
    """Send one message a number; return the bodies of those that were accepted."""
    client, sender = up.client, up.demo["phone_numbers"][0]

    def one(number: int) -> str | None:
        try:
            client.messages.create(to=handset(number), from_=sender, body=f"message {number}")
        except (TwilioException, OSError):
            return None  # not accepted: nothing is promised
        return f"message {number}"

    with ThreadPoolExecutor(8) as pool:
        return [body for body in pool.map(one, numbers) if body is not None]


def handset(number: int) -> str:
    """A handset that the simulator has no special fate for, as it has for …0001 to …0005."""
    return f"+1202555{1000 + number:04d}"


def statuses(up: Up) -> Counter[str]:
    return Counter(
        message.status
        for message in up.client.messages.list(page_size=1000)
        if message.body.startswith("message ")
    )


def all_delivered(up: Up, count: int) -> bool:
    try:
        return statuses(up)["delivered"] >= count
    except (TwilioException, OSError):
        return False  # the API is starting again


def received(up: Up, numbers: range) -> Counter[str]:
    """How often each body reached its handset."""
    return Counter(body for number in numbers for body in up.inbox(handset(number)))


@pytest.mark.parametrize(
    "words",
    ["-m workers all", "-m api", "bin/postgres", "valkey-server"],
    ids=["workers", "API", "PostgreSQL", "Valkey"],
)
def test_a_killed_process_loses_nothing_that_was_accepted(up: Up, words: str) -> None:
    numbers = range(MESSAGES)
    with ThreadPoolExecutor(1) as background:
        sending = background.submit(send, up, numbers)
        until(lambda: len(received(up, range(20))) >= 5)
        os.kill(up.pid_of(words), signal.SIGKILL)
        accepted = sending.result()
    until(lambda: all_delivered(up, len(accepted)))
    arrived = received(up, numbers)
    assert [body for body in accepted if body not in arrived] == []
    assert sum(arrived.values()) - len(arrived) <= WINDOW


def send_bulk(up: Up, numbers: range) -> None:
    client = up.client
    people = "\n".join(f'{{"to": "{handset(n)}", "n": {n}}}' for n in numbers)
    made = requests.post(
        f"{client.api.base_url}/v1/Messages/Bulk",
        params={"From": up.demo["phone_numbers"][0], "Body": "message {n}"},
        data=people,
        headers={"Content-Type": "application/x-ndjson"},
        auth=client.auth,
        timeout=60,
    )
    assert made.status_code == 201, made.text


def ask(up: Up, statement: str) -> int | None:
    """Return the number that a statement yields; None while the database is away."""

    async def asked() -> int:
        connection = await asyncpg.connect(EmbeddedPostgres(up.home).url)
        try:
            return int(await connection.fetchval(statement) or 0)
        finally:
            await connection.close()

    try:
        return asyncio.run(asked())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


def test_a_bulk_under_hold_outlives_the_api_and_the_database_and_doubles_nothing(up: Up) -> None:
    ask(up, "UPDATE connectors SET in_doubt_policy = 'hold'")
    numbers = range(3 * MESSAGES)
    send_bulk(up, numbers)
    until(lambda: (ask(up, "SELECT count(*) FROM segments") or 0) >= 20)
    for pid in [up.pid_of("-m api"), up.pid_of("bin/postgres")]:
        os.kill(pid, signal.SIGKILL)
    unsettled = """SELECT count(*) FROM messages m WHERE status <> 'delivered' AND NOT EXISTS
      (SELECT FROM in_flight f WHERE f.message_sid = m.sid AND f.held_at IS NOT NULL)"""
    until(lambda: ask(up, unsettled) == 0)
    arrived = received(up, numbers)
    assert max(arrived.values()) == 1
    held = ask(up, "SELECT count(*) FROM in_flight")
    assert held is not None
    assert held <= WINDOW
    assert len(arrived) + held >= len(numbers)


def test_a_bulk_outlives_a_killed_worker(up: Up) -> None:
    numbers = range(MESSAGES)
    send_bulk(up, numbers)
    until(lambda: len(received(up, range(20))) >= 5)
    os.kill(up.pid_of("-m workers all"), signal.SIGKILL)
    until(lambda: all_delivered(up, MESSAGES))
    arrived = received(up, numbers)
    assert len(arrived) == MESSAGES
    assert sum(arrived.values()) - MESSAGES <= WINDOW


def test_an_inbound_sms_that_was_acknowledged_survives_the_worker(up: Up) -> None:
    number = up.demo["phone_numbers"][0]

    def one(index: int) -> str | None:
        try:
            up.handset_sends(handset(index), number, f"inbound {index}")
        except OSError:
            return None  # not acknowledged in time: the box still has it
        return f"inbound {index}"

    def stored() -> set[str]:
        return {message.body for message in up.client.messages.list(to=number, page_size=1000)}

    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(one, index) for index in range(60)]
        until(lambda: len(stored()) >= 10)
        os.kill(up.pid_of("-m workers all"), signal.SIGKILL)
        acknowledged = {body for body in (future.result() for future in sending) if body}
    assert len(acknowledged) >= 10
    until(lambda: acknowledged <= stored())


def test_a_killed_tree_loses_nothing_and_the_next_start_recovers(up: Up) -> None:
    numbers = range(MESSAGES)
    with ThreadPoolExecutor(1) as background:
        sending = background.submit(send, up, numbers)
        until(lambda: len(received(up, range(20))) >= 5)
        up.kill_all()
        accepted = sending.result()
    assert accepted
    up.start()  # the simulator has forgotten its handsets; our statuses say what was delivered
    later = send(up, range(MESSAGES, MESSAGES + 5))
    until(lambda: all_delivered(up, len(later)))
    until(lambda: settled(up, len(accepted) + len(later)))


def settled(up: Up, count: int) -> bool:
    """Say whether each accepted message is delivered, or sent with its receipt lost in the crash.

    The simulator dies with the tree, and with it the receipts that it had not sent.
    """
    found = statuses(up)
    return found["delivered"] + found["sent"] >= count and not found["queued"]
