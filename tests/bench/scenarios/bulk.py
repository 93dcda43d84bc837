"""Bulks: what a message of many costs, and how soon one of the otp lane leaves meanwhile.

First one bulk alone, whose CPU time counts. Then one with messages of the otp lane beside it, that
come by the door for Kannel's programs, whose `priority` is that lane.
"""

import base64
import hashlib
import json
import time
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.bench import sinks, system
from tests.bench.figures import Figure, by_kind, latencies
from tests.bench.options import SETTLE_SECONDS, Options
from tests.bench.ours import LIFE_SECONDS
from tests.bench.rows import fetch, number, wait_for
from tests.bench.traffic import Request as Traffic
from tests.bench.traffic import send

OTP_RATE = 20  # a second
CACHED_SECONDS = 2.5  # what a process knows of an account
FIRST_OTP = 5_000_001  # above every number of a bulk
BODY = "Dear {name}, your appointment is on {day}. Please bring your card."
OPEN = "SELECT count(*) FROM bulks WHERE finished_at IS NULL"
UNDELIVERED = "SELECT count(*) FROM messages WHERE bulk_sid IS NOT NULL AND status <> 'delivered'"
WAITING = "SELECT count(*) FROM bulk_batches"
OTP = """
SELECT extract(epoch FROM s.submitted_at - m.created_at)
FROM messages m JOIN segments s ON s.message_sid = m.sid WHERE m.lane = 1
"""
DOUBLED = "SELECT count(*) FROM double_submits"


def measure(options: Options) -> list[Figure]:
    """Warm up, then run both."""
    with (
        sinks.smsc(options.tools, LIFE_SECONDS, receipt_delay=options.receipt_delay) as smsc,
        system.running(smsc.port, options.window) as running,
    ):
        _await_delivered(running, _create(running, 2000))
        figures = _alone(running, options.bulk)
        return [*figures, *_with_otp(running, options.bulk)]


def _alone(running: system.System, count: int) -> list[Figure]:
    before, began = running.usage(), time.monotonic()
    _create(running, count)
    accepted = time.monotonic()
    used_to_accept = running.usage().since(before)
    _await_delivered(running, count)
    done = time.monotonic()
    used = running.usage().since(before)
    figures = [
        Figure("recipients", "recipients", count),
        Figure("accept_seconds", "until the answer, s", accepted - began, 2),
        *by_kind(
            "accept_cpu_ms", "of it until the answer, CPU-ms a message", used_to_accept, count
        ),
        Figure("end_to_end_per_second", "end to end a second", count / (done - began)),
        *by_kind("cpu_ms", "CPU-ms a message", used, count),
    ]
    doubled = number(running.database_url, DOUBLED)
    return [*figures, Figure("doubled", "submitted twice", doubled)]


def _with_otp(running: system.System, count: int) -> list[Figure]:
    """Send the otp lane's messages while the bulk waits, and none after its end."""
    path = "/cgi-bin/sendsms?" + urlencode(_login(running))
    path += "&to=1201{n}&text=Code+{n}&priority=1"
    _create(running, count)
    began, sent = time.monotonic(), 0
    while number(running.database_url, WAITING):
        send(Traffic(running.http_port, path), OTP_RATE, 4, first=FIRST_OTP + sent, rate=OTP_RATE)
        sent += OTP_RATE
    _await_delivered(running, count)
    delays = [float(row[0]) for row in fetch(running.database_url, OTP)]
    rate = count / (time.monotonic() - began)
    return [
        Figure("otp", "messages of the otp lane beside a bulk", len(delays)),
        *latencies("otp_submit", "otp lane beside a bulk, accept to submit_sm", delays),
        Figure("beside_otp_per_second", "the bulk meanwhile, a second", rate),
    ]


def _create(running: system.System, count: int) -> int:
    """Make a bulk of so many recipients; return how many were accepted."""
    lines = (
        json.dumps({"to": f"+1201{n:07}", "name": f"Sok {n}", "day": "Monday"})
        for n in range(1, count + 1)
    )
    query = urlencode({"From": system.NUMBER, "Body": BODY})
    user = base64.b64encode(f"{running.account_sid}:{running.auth_token}".encode()).decode()
    request = Request(
        f"http://127.0.0.1:{running.http_port}/v1/Messages/Bulk?{query}",
        data="\n".join(lines).encode(),
        headers={"Content-Type": "application/x-ndjson", "Authorization": f"Basic {user}"},
    )
    with urlopen(request, timeout=SETTLE_SECONDS) as answer:
        return int(json.load(answer)["accepted"])


def _await_delivered(running: system.System, count: int) -> None:
    url = running.database_url
    wait_for(url, OPEN, lambda left: not left, SETTLE_SECONDS)
    wait_for(url, UNDELIVERED, lambda left: not left, SETTLE_SECONDS)


def _login(running: system.System) -> dict[str, str]:
    """Make a login of the door for Kannel's programs, of an account whose codes nobody suspects."""
    fetch(
        running.database_url,
        "UPDATE accounts SET pumping_guard = 'off' WHERE sid = $1",
        running.account_sid,
    )
    time.sleep(CACHED_SECONDS)
    fetch(
        running.database_url,
        """
        INSERT INTO kannel_users (sid, carrier_sid, account_sid, username, digest, default_sender)
        SELECT 'KU' || repeat('0', 32), carrier_sid, sid, 'bench', $2, $3
        FROM accounts WHERE sid = $1 ON CONFLICT DO NOTHING
        """,
        running.account_sid,
        hashlib.sha256(b"bench").digest(),
        system.NUMBER,
    )
    return {"username": "bench", "password": "bench"}
