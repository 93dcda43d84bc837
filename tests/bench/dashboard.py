"""`make bench-dashboard`: what each page of the dashboard takes among a million messages.

One person who sees a whole carrier asks for each page again and again over one connection; the
time is from the request to the last octet of its answer, so the server's and the loopback's. Beside
it stands the CPU time that API and PostgreSQL took for it: other work on the machine changes the
first, and hardly the second.
"""

import argparse
import asyncio
import http.client
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import asyncpg

from api.dashboard.routing import PAGES
from api.dashboard.visitors import COOKIE
from smsc.db import Database
from smsc.messaging import traffic_hours
from smsc.models import Role
from smsc.provisioning import users
from smsc.provisioning.transaction import changing
from smsc.provisioning.users import UserDraft
from tests.bench import machine, made_rows, sinks, system

JSON = Path("build/bench-dashboard.json")
LIFE_SECONDS = 3600
WINDOW = 10
NOT_THERE = frozenset({"/conversation", "/handset", "/platform"})
SPAN = "90 days"  # of made_rows.HISTORY
_OF_PAGES = ("api", "postgres")  # kinds of processes


@dataclass(frozen=True, slots=True)
class Timed:
    """One page: milliseconds, and octets of its answer."""

    path: str
    first: float  # nothing is cached yet
    median: float
    p95: float
    cpu: float  # of API and PostgreSQL, the mean of all but the first
    octets: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-dashboard")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=90, help="over which they are spread")
    parser.add_argument("--turns", type=int, default=40, help="of each page")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between turns")
    parser.add_argument("--json", type=Path, default=JSON)
    arguments = parser.parse_args()
    statement = made_rows.HISTORY.replace(SPAN, f"{arguments.days} days")
    with (
        sinks.smsc(None, LIFE_SECONDS) as smsc,
        system.running(smsc.port, WINDOW) as running,
    ):
        token = asyncio.run(_fill(running, statement, arguments.messages))
        paths = asyncio.run(_paths(running))
        timed = [_time(running, path, token, arguments.turns, arguments.pause) for path in paths]
    print(f"{machine.describe()}\n{arguments.messages:,} messages of {arguments.days} days\n")
    print(f"{'page':44}{'first':>8}{'median':>8}{'p95':>8}{'cpu':>8}{'octets':>9}")
    for one in timed:
        times = (one.first, one.median, one.p95, one.cpu)
        print(f"{one.path:44}{''.join(f'{time:8.1f}' for time in times)}{one.octets:9,}")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([asdict(one) for one in timed], indent=1))
    return 0


async def _fill(running: system.System, statement: str, count: int) -> str:
    """Make the messages and somebody who sees them; return their session's token."""
    connection = await asyncpg.connect(running.database_url)
    try:
        await connection.execute("UPDATE carriers SET created_at = now() - interval '90 days'")
        await made_rows.make(connection, statement, running.account_sid, count)
        await connection.execute("DELETE FROM traffic_through")  # of before these messages
        carrier_sid = await connection.fetchval(
            "SELECT carrier_sid FROM accounts WHERE sid = $1", running.account_sid
        )
    finally:
        await connection.close()
    async with await Database.connect(running.database_url, size=1, name="bench") as database:
        began = time.perf_counter()
        while await traffic_hours.count_next(database, datetime.now(UTC)):
            pass  # as the clock does
        print(f"hours counted in {time.perf_counter() - began:.1f} s", file=sys.stderr)
        draft = UserDraft(email="reader@bench.example", role=Role.OWNER)
        async with changing(database, _quiet) as db:
            user = await users.create(db, carrier_sid, draft, password_hash="none")
            return await users.begin_session(db, user, ip="127.0.0.1", user_agent="bench")


async def _quiet() -> None:
    """Announce to nobody."""


async def _paths(running: system.System) -> Sequence[str]:
    """Return the pages that need nothing in their path, and those of a message and a connector."""
    connection = await asyncpg.connect(running.database_url)
    try:
        message = await connection.fetchval("SELECT max(sid) FROM messages")
        connector = await connection.fetchval("SELECT max(sid) FROM connectors")
    finally:
        await connection.close()
    account = f"?account={running.account_sid}"
    named = {
        "/messages/{sid}": f"/messages/{message}",
        "/connectors/{sid}": f"/connectors/{connector}",
    }
    paths = [named.get(path, path) for path, _, __ in PAGES]
    with_account = {"/services", "/opt-outs", "/keys", "/tokens", "/webhooks", "/alerts"}
    return [
        path + (account if path in with_account else "")
        for path in paths
        if "{" not in path and "csv" not in path and path not in NOT_THERE
    ]


def _time(running: system.System, path: str, token: str, turns: int, pause: float) -> Timed:
    connection = http.client.HTTPConnection("127.0.0.1", running.http_port, timeout=60)
    took: list[float] = []
    octets = 0
    before = running.usage()
    for turn in range(turns):
        if turn == 1:
            before = running.usage()
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": f"{COOKIE}={token}"})
        answer = connection.getresponse()
        octets = len(answer.read())
        took.append(1000 * (time.perf_counter() - began))
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path} answers {answer.status}")
        time.sleep(pause)
    used = running.usage().since(before)
    connection.close()
    cuts = quantiles(took[1:], n=100)
    cpu = 1000 * sum(used.get(kind, 0.0) for kind in _OF_PAGES) / (turns - 1)
    return Timed(path.partition("?")[0][:42], took[0], cuts[49], cuts[94], cpu, octets)


if __name__ == "__main__":
    sys.exit(main())
