"""Customers' servers that fail: paused after so many failures in a row, probed, and resumed.

What is due to a paused endpoint is parked: it is no longer due, uses up no try of its schedule,
and costs the claims of others nothing. One of it goes out now and then; if that arrives, all does.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from smsc import audit
from smsc.audit import Deed
from smsc.db import Connection, Database
from smsc.webhooks import claiming, delivery, kannel
from smsc.webhooks.delivery import DueWebhook, Result

PAUSED_AFTER: Final = 50  # failures in a row
FIRST_PROBE_SECONDS: Final = 5  # then twice as long each time
LONGEST_PROBE_SECONDS: Final = 300
MOST_AT_ONCE: Final = 5000
_PORTS: Final = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """A server of an account: `https://example.org:443`."""

    account_sid: str
    origin: str


class FailingEndpoint(NamedTuple):
    """What is known of one that fails."""

    account_sid: str
    origin: str
    failures: int
    waiting: int
    failing_since: datetime
    paused_at: datetime | None
    next_try_at: datetime | None


def endpoint_of(account_sid: str, url: str) -> Endpoint:
    """Return whom a webhook of this URL is for; what is no URL is an endpoint of its own."""
    bare = kannel.unwrap(url)
    try:
        parts = urlsplit(bare)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return Endpoint(account_sid, bare)
    return Endpoint(account_sid, f"{parts.scheme}://{parts.hostname}:{port}")


class Endpoints:
    """What one process knows of failing endpoints; those that work cost nothing."""

    def __init__(self) -> None:
        self._failing: dict[Endpoint, bool] = {}  # whether it is paused
        self._was_paused: set[Endpoint] = set()

    @property
    def failing(self) -> bool:
        """Whether any failed when last looked at."""
        return bool(self._failing or self._was_paused)

    @property
    def paused(self) -> list[Endpoint]:
        """Those to which nothing is sent."""
        return [endpoint for endpoint, is_paused in self._failing.items() if is_paused]

    def is_paused(self, webhook: DueWebhook) -> bool:
        """Say whether this one must wait."""
        if not self._failing:
            return False
        return self._failing.get(endpoint_of(webhook.account_sid, webhook.url), False)

    async def refresh(self, database: Database) -> list[Endpoint]:
        """Look at what all processes found; return those that are paused no longer."""
        async with database.single() as connection:
            rows = await connection.fetch(
                "SELECT account_sid, origin, paused_at IS NOT NULL FROM webhook_endpoints"
            )
        self._failing = {Endpoint(account, origin): paused for account, origin, paused in rows}
        before, self._was_paused = self._was_paused, set(self.paused)
        return sorted(before - self._was_paused)

    def has_news(self, results: Sequence[Result]) -> bool:
        """Say whether there is anything to `note`."""
        return bool(self._failing) or any(result.failed for result in results)

    async def note(self, connection: Connection, results: Sequence[Result]) -> None:
        """Count failures; one success, and an endpoint fails no longer.

        Where nothing fails, nothing is asked.
        """
        if not self.has_news(results):
            return
        failed: Counter[Endpoint] = Counter()
        carriers: dict[Endpoint, str] = {}
        works: set[Endpoint] = set()
        for result in results:
            if not result.attempts:
                continue
            endpoint = endpoint_of(result.webhook.account_sid, result.webhook.url)
            carriers[endpoint] = result.webhook.carrier_sid
            if result.failed:
                failed[endpoint] += 1
            else:
                works.add(endpoint)
        if gone := sorted(works & self._failing.keys()):
            await connection.execute(_FORGET, *_columns(gone))
            for endpoint in gone:
                del self._failing[endpoint]
        if fails := sorted(failed.keys() - works):
            rows = await connection.fetch(
                _COUNT,
                *_columns(fails),
                [carriers[endpoint] for endpoint in fails],
                [failed[endpoint] for endpoint in fails],
                PAUSED_AFTER,
                FIRST_PROBE_SECONDS,
            )
            self._failing |= {Endpoint(account, origin): paused for account, origin, paused in rows}


async def park(database: Database, webhooks: Iterable[DueWebhook]) -> None:
    """Give claimed webhooks back until their endpoint works again."""
    await _park(database, [(w.message_sid, w.ordinal, w.account_sid, w.url) for w in webhooks])


async def park_due(database: Database, paused: Collection[Endpoint]) -> int:
    """Park what is due to these endpoints, some thousand at a time; return how many were."""
    accounts = sorted({endpoint.account_sid for endpoint in paused})
    async with database.single() as connection:
        rows = await connection.fetch(_DUE_OF, accounts, MOST_AT_ONCE)
    return await _park(
        database, [row for row in rows if endpoint_of(row["account_sid"], row["url"]) in paused]
    )


async def _park(database: Database, rows: Sequence[Sequence[str | int]]) -> int:
    if not rows:
        return 0
    origins = [endpoint_of(str(row[2]), str(row[3])).origin for row in rows]
    async with database.single() as connection:
        await connection.execute(_PARK, [row[0] for row in rows], [row[1] for row in rows], origins)
    return len(rows)


async def release(database: Database, endpoint: Endpoint) -> int:
    """Let what is parked for an endpoint be due, oldest first; return how many there were."""
    count = 0
    while True:
        async with database.single() as connection:
            status = await connection.execute(_RELEASE, *endpoint, MOST_AT_ONCE)
        released = int(status.rpartition(" ")[2])
        count += released
        if released < MOST_AT_ONCE:
            return count


async def release_forgotten(database: Database) -> int:
    """Let be due what a process parked that had not yet heard of the resumption."""
    async with database.single() as connection:
        status = await connection.execute(_RELEASE_FORGOTTEN, MOST_AT_ONCE)
    return int(status.rpartition(" ")[2])


async def give_up(database: Database) -> int:
    """Delete what was parked for as long as the durable schedule lasts; return how many."""
    async with database.single() as connection:
        status = await connection.execute(
            _GIVE_UP, sum(delay.total_seconds() for delay in delivery.SCHEDULE), MOST_AT_ONCE
        )
    return int(status.rpartition(" ")[2])


async def claim_probes(database: Database, owner: str) -> list[DueWebhook]:
    """Claim one parked webhook of each paused endpoint whose time has come; committed on return."""
    async with database.begin() as connection:
        rows = await connection.fetch(_PROBED, FIRST_PROBE_SECONDS, LONGEST_PROBE_SECONDS)
        claimed: list[DueWebhook] = []
        for endpoint in (Endpoint(*row) for row in rows):
            found = await claiming.claim_parked(connection, owner, *endpoint)
            if not found:  # nothing is left that could find out
                await connection.execute(_FORGET, *_columns([endpoint]))
            claimed += found
    return claimed


async def resume(database: Database, endpoint: Endpoint) -> None:
    """Forget an endpoint's failures, because somebody says that it works."""
    async with database.begin() as connection:
        await connection.execute(_FORGET, *_columns([endpoint]))
        await audit.note_on(
            connection,
            Deed(
                "resumed",
                "webhook endpoint",
                account_sid=endpoint.account_sid,
                facts={"origin": endpoint.origin},
            ),
        )


async def failing(
    database: Database, carrier_sid: str, account_sid: str | None = None
) -> list[FailingEndpoint]:
    """Return the endpoints of a carrier's accounts that fail, of one if so asked."""
    async with database.single() as connection:
        rows = await connection.fetch(_FAILING, carrier_sid, account_sid)
    return [FailingEndpoint._make(row) for row in rows]


def _columns(endpoints: Iterable[Endpoint]) -> tuple[list[str], list[str]]:
    pairs = list(endpoints)
    return [pair.account_sid for pair in pairs], [pair.origin for pair in pairs]


# For `workers.glances`: whether `Endpoints.refresh` has anything to do.
ANY_DUE: Final = "SELECT FROM webhook_endpoints"

_FORGET: Final = """
DELETE FROM webhook_endpoints e USING unnest($1::text[], $2::text[]) AS works (account_sid, origin)
WHERE e.account_sid = works.account_sid AND e.origin = works.origin
"""

_FAILING: Final = """
SELECT e.account_sid, e.origin, e.failures, (
    SELECT count(*) FROM webhooks w
    WHERE w.account_sid = e.account_sid AND w.parked_for = e.origin)::integer,
  e.failing_since, e.paused_at, e.probe_at
FROM webhook_endpoints e
WHERE e.carrier_sid = $1 AND ($2::text IS NULL OR e.account_sid = $2)
ORDER BY e.account_sid, e.origin
"""

_COUNT: Final = """
INSERT INTO webhook_endpoints AS e (account_sid, origin, carrier_sid, failures, paused_at, probe_at)
SELECT account_sid, origin, carrier_sid, failed, CASE WHEN failed >= $5 THEN now() END,
       CASE WHEN failed >= $5 THEN now() + make_interval(secs => $6) END
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
  AS t (account_sid, origin, carrier_sid, failed)
ON CONFLICT (account_sid, origin) DO UPDATE
SET failures = e.failures + EXCLUDED.failures,
    paused_at = CASE WHEN e.failures + EXCLUDED.failures >= $5
                     THEN coalesce(e.paused_at, now()) END,
    probe_at = CASE WHEN e.failures + EXCLUDED.failures >= $5
                    THEN coalesce(e.probe_at, now() + make_interval(secs => $6)) END
RETURNING account_sid, origin, paused_at IS NOT NULL
"""

_DUE_OF: Final = """
SELECT message_sid, ordinal, account_sid, url FROM webhooks
WHERE due_at <= now() AND account_sid = ANY($1::text[]) ORDER BY due_at LIMIT $2
"""

_PARK: Final = """
UPDATE webhooks w SET due_at = 'infinity', parked_for = t.origin, claimed_by = NULL
FROM unnest($1::text[], $2::smallint[], $3::text[]) AS t (message_sid, ordinal, origin)
WHERE w.message_sid = t.message_sid AND w.ordinal = t.ordinal
"""

_RELEASE: Final = """
UPDATE webhooks SET due_at = now(), parked_for = NULL
WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM webhooks WHERE account_sid = $1 AND parked_for = $2
  ORDER BY message_sid, ordinal LIMIT $3 FOR UPDATE SKIP LOCKED))
"""

_RELEASE_FORGOTTEN: Final = """
UPDATE webhooks SET due_at = now(), parked_for = NULL
WHERE ctid = ANY(ARRAY(
  SELECT w.ctid FROM webhooks w
  WHERE w.parked_for IS NOT NULL AND NOT EXISTS (
    SELECT FROM webhook_endpoints e
    WHERE e.account_sid = w.account_sid AND e.origin = w.parked_for AND e.paused_at IS NOT NULL)
  LIMIT $1 FOR UPDATE OF w SKIP LOCKED))
"""

_GIVE_UP: Final = """
DELETE FROM webhooks WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM webhooks
  WHERE parked_for IS NOT NULL AND created_at < now() - make_interval(secs => $1)
  LIMIT $2 FOR UPDATE SKIP LOCKED))
"""

_PROBED: Final = """
UPDATE webhook_endpoints
SET probes = probes + 1,
    probe_at = now() + make_interval(secs => least($2, $1 * power(2, least(probes + 1, 20))))
WHERE paused_at IS NOT NULL AND probe_at <= now()
RETURNING account_sid, origin
"""
