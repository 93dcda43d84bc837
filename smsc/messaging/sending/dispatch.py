"""Takes waiting segments out of the queue, in order and by batch, and puts them back in place."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from smsc.db import Connection, Database
from smsc.messaging.sending.leases import Lease
from smsc.models import Lane

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Claim(NamedTuple):
    """A segment that this process may now write, and all that its `submit_sm` is made of."""

    message_sid: str
    number: int
    lane: int
    queued_at: datetime
    attempts: int
    doubts: int
    text_style: str | None
    to: str
    from_: str
    body: str | None  # None: its key is gone, or it was tampered with
    data_coding: int
    user_data: bytes | None
    has_udh: bool
    validity_seconds: int | None = None
    in_bulk: bool = False
    submitted_as: str | None = None  # messaging.submitted_as; of what an ESME submitted
    is_plain: bool = False  # all of its message, which owes a status callback at most
    key_id: int | None = None  # and what seals its text

    @property
    def place(self) -> tuple[int, datetime, str, int]:
        """Return what the queue is ordered by."""
        return self.lane, self.queued_at, self.message_sid, self.number


class QueueCursor:
    """Where the live rows of a connector's queue begin, by lane: a hint that skips dead ones.

    Rows are committed out of order, and put back with an old place; so the hint is dropped on each
    sweep, on an empty claim, and when a row is put back.
    """

    def __init__(self) -> None:
        self._since = dict.fromkeys(Lane, LONG_AGO)

    @property
    def is_at_start(self) -> bool:
        """Say whether nothing is skipped: an empty claim is then the truth."""
        return all(since == LONG_AGO for since in self._since.values())

    def restart(self) -> None:
        """Skip nothing."""
        self._since = dict.fromkeys(Lane, LONG_AGO)

    def advance(self, claims: Sequence[Claim]) -> None:
        """Skip what lies before the last row that was claimed in each lane."""
        for claim in claims:
            lane = Lane(claim.lane)
            self._since[lane] = max(self._since[lane], claim.queued_at)

    @property
    def lanes(self) -> list[int]:
        """The lanes, most urgent first."""
        return [int(lane) for lane in self._since]

    @property
    def since(self) -> list[datetime]:
        """The hint of each of `lanes`."""
        return list(self._since.values())


async def claim(
    database: Database,
    lease: Lease,
    owner: str,
    cursor: QueueCursor,
    most: int,
    room: Sequence[int] | None = None,
) -> list[Claim]:
    """Move up to `most` waiting segments to `in_flight` and return them in the queue's order.

    `room` is how many each lane may have of these, most urgent first. Committed on return. A lease
    that was lost claims nothing.
    """
    async with database.single() as connection:
        rows = await connection.fetch(
            _CLAIM,
            lease.connector_sid,
            owner,
            lease.epoch,
            most,
            cursor.lanes,
            cursor.since,
            room or [most] * len(cursor.lanes),
        )
    claims = sorted(await read_claims(database, rows), key=lambda claim: claim.place)
    if claims:
        cursor.advance(claims)
    else:
        cursor.restart()
    return claims


async def read_claims(database: Database, rows: Sequence[Sequence[Any]]) -> list[Claim]:
    """Return rows of `CLAIMED_COLUMNS` as claims, in their order, with the texts opened."""
    keys = await database.sealer.known(row[_KEY_PLACE] for row in rows)
    claims = []
    for row in rows:
        facts = list(row[:_SEALED_PLACE])
        facts[_BODY_PLACE], facts[_DATA_PLACE] = keys.open_text(
            facts[0], row[_KEY_PLACE], facts[_BODY_PLACE], row[_SEALED_PLACE], facts[_DATA_PLACE]
        )
        claims.append(Claim._make((*facts, *row[_IN_BULK_PLACE:], row[_KEY_PLACE])))
    return claims


async def put_back(
    connection: Connection,
    lease: Lease,
    segments: Sequence[tuple[str, int]],
    *,
    not_before: datetime | None = None,
    waiting_for: str | None = None,
) -> None:
    """Return segments that were claimed and not written to their places in the queue.

    They can be claimed again at once, or `not_before`, for a reason in plain words.
    """
    await connection.execute(
        _PUT_BACK,
        [message_sid for message_sid, _ in segments],
        [number for _, number in segments],
        lease.epoch,
        not_before,
        waiting_for,
    )


async def put_back_unknown(
    database: Database, lease: Lease, known: Iterable[tuple[str, int]]
) -> None:
    """Put back what a claim took whose answer was lost on the way: all in flight but the known."""
    async with database.begin() as connection:
        rows = await connection.fetch(
            "SELECT message_sid, number FROM in_flight "
            "WHERE connector_sid = $1 AND epoch = $2 AND held_at IS NULL",
            lease.connector_sid,
            lease.epoch,
        )
        unknown = {(row[0], row[1]) for row in rows}.difference(known)
        await put_back(connection, lease, list(unknown))


async def waiting(database: Database, owner: str) -> list[tuple[str, Lane | None]]:
    """Return the connectors of this process for which something waits that may go now: the sweep.

    With the lane of the first batch of a bulk that waits for it, if any does.
    """
    async with database.single() as connection:
        rows = await connection.fetch(_WAITING, owner)
    return [(row[0], None if row[1] is None else Lane(row[1])) for row in rows]


# For `workers.glances`: whether `waiting` may find something.
ANY_WAITING: Final = """
SELECT FROM queue UNION ALL SELECT FROM bulk_batches WHERE NOT held
"""
CLAIMED_COLUMNS: Final = """
       w.message_sid, w.number, w.lane, w.queued_at, w.attempts, w.doubts,
       m.text_style, m.to_, m.from_, m.body, m.data_coding, m.user_data, m.has_udh,
       m.validity_seconds, m.sealed_body, m.key_id, m.bulk_sid IS NOT NULL,
       m.submitted_as, m.smpp_credential_sid IS NULL AND m.action_url IS NULL
         AND coalesce(m.num_submits, m.num_segments) = 1"""
_BODY_PLACE: Final = 9  # among these
_DATA_PLACE: Final = 11
_SEALED_PLACE: Final = 14
_KEY_PLACE: Final = 15
_IN_BULK_PLACE: Final = 16

_WAITING: Final = """
SELECT l.connector_sid, b.lane
FROM connector_leases l LEFT JOIN LATERAL (
  SELECT lane FROM bulk_batches
  WHERE connector_sid = l.connector_sid AND NOT held
  ORDER BY lane, queued_at, bulk_sid, first_sid LIMIT 1
) AS b ON true
LEFT JOIN LATERAL (
  SELECT true AS waits FROM queue
  WHERE connector_sid = l.connector_sid AND lane < 10
    AND (not_before IS NULL OR not_before <= now()) LIMIT 1
) AS q ON true
WHERE l.owner = $1 AND (q.waits OR b.lane IS NOT NULL)
"""

_CLAIM: Final = f"""
WITH lease AS MATERIALIZED (
  SELECT FROM connector_leases
  WHERE connector_sid = $1 AND owner = $2 AND epoch = $3 AND expires_at > now()
), picked AS MATERIALIZED (
  SELECT waiting.place
  FROM unnest($5::smallint[], $6::timestamptz[], $7::integer[]) AS hint (lane, since, room),
       LATERAL (
         SELECT q.ctid AS place FROM queue q
         WHERE q.connector_sid = $1 AND q.lane = hint.lane AND q.queued_at >= hint.since
           AND (q.not_before IS NULL OR q.not_before <= now())
         ORDER BY q.queued_at, q.message_sid, q.number
         LIMIT hint.room FOR UPDATE SKIP LOCKED
       ) AS waiting
  WHERE EXISTS (SELECT FROM lease)
  LIMIT $4
), moved AS (
  DELETE FROM queue USING picked WHERE queue.ctid = picked.place
  RETURNING queue.message_sid, queue.number, queue.connector_sid, queue.lane, queue.queued_at,
            queue.carrier_sid, queue.account_sid, queue.attempts, queue.doubts
), noted AS (
  INSERT INTO in_flight (message_sid, number, connector_sid, lane, queued_at, carrier_sid,
                         account_sid, attempts, doubts, epoch, claimed_at)
  SELECT message_sid, number, connector_sid, lane, queued_at, carrier_sid,
         account_sid, attempts, doubts, $3, now()
  FROM moved
)
SELECT {CLAIMED_COLUMNS}
FROM moved w JOIN messages m ON m.sid = w.message_sid
"""  # noqa: S608 built of a constant

_PUT_BACK: Final = """
WITH gone AS (
  DELETE FROM in_flight f USING unnest($1::text[], $2::smallint[]) AS claim (message_sid, number)
  WHERE f.message_sid = claim.message_sid AND f.number = claim.number AND f.epoch = $3
  RETURNING f.*
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid,
                   attempts, doubts, not_before, waiting_for)
SELECT connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid,
       attempts, doubts, $4::timestamptz, $5::text
FROM gone
"""
