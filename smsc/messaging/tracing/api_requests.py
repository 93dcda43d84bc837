"""The last requests of accounts' programs: written a batch at a time, read, forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import orjson

from smsc.db import Database, storable

KEPT: Final = timedelta(days=3)
MOST_OF_ACCOUNT: Final = 5000
_MOST_FORGOTTEN: Final = 10_000


class NotedRequest(NamedTuple):
    """A request that is to be kept, of an account that is known."""

    carrier_sid: str
    account_sid: str
    request_id: str
    key_sid: str | None
    method: str
    path: str
    at: datetime
    duration: timedelta
    http_status: int
    error_code: int | None
    details: Mapping[str, object]  # without secrets and texts


class RequestLine(NamedTuple):
    """A kept request in one line."""

    seq: int
    account_sid: str
    request_id: str
    key_sid: str | None
    method: str
    path: str
    at: datetime
    duration_ms: int
    http_status: int
    error_code: int | None

    @property
    def was_refused(self) -> bool:
        """Whether the answer was no success."""
        return self.http_status >= 400


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A kept request with its parameters and its answer; without them once their key is gone."""

    line: RequestLine
    details: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """What a list is limited to."""

    refused: bool | None = None
    in_path: str | None = None
    request_id: str | None = None


async def write(database: Database, requests: Sequence[NotedRequest]) -> None:
    """Insert requests in one statement, their details sealed by their accounts' keys of today."""
    keys = await database.sealer.today({(one.account_sid, one.carrier_sid) for one in requests})
    key_ids = [keys.today(one.account_sid) for one in requests]
    details = [
        keys.seal(key_id, f"{one.request_id}:request", orjson.dumps(one.details, default=str))
        for one, key_id in zip(requests, key_ids, strict=True)
    ]
    async with database.single() as connection:
        await connection.execute(
            WRITE,
            [one.carrier_sid for one in requests],
            [one.account_sid for one in requests],
            [one.request_id for one in requests],
            [one.key_sid for one in requests],
            [one.method for one in requests],
            [storable(one.path) for one in requests],
            [one.at for one in requests],
            [one.duration // timedelta(milliseconds=1) for one in requests],
            [one.http_status for one in requests],
            [one.error_code for one in requests],
            [sealed or b"" for sealed in details],
            key_ids,
        )


async def page(
    database: Database,
    carrier_sid: str,
    account_sid: str,
    wanted: RequestFilter,
    *,
    limit: int,
    before: int | None = None,
) -> Sequence[RequestLine]:
    """Return `limit` of an account's kept requests at most, newest first, older than `before`."""
    async with database.single() as connection:
        rows = await connection.fetch(
            PAGE,
            account_sid,
            carrier_sid,
            before,
            wanted.refused,
            wanted.in_path,
            wanted.request_id,
            limit,
        )
    return [RequestLine._make(row) for row in rows]


async def get(database: Database, carrier_sid: str, seq: int) -> KeptRequest | None:
    """Return a kept request of a carrier's account."""
    async with database.single() as connection:
        row = await connection.fetchrow(_ONE, seq, carrier_sid)
    if row is None:
        return None
    *facts, details, key_id = row
    line = RequestLine._make(facts)
    keys = await database.sealer.known([key_id])
    opened = keys.open(key_id, f"{line.request_id}:request", details) if details else None
    return KeptRequest(line, None if opened is None else orjson.loads(opened))


async def forget(database: Database) -> int:
    """Delete what was kept long enough, and what an account has beyond its latest 5000."""
    deleted = 0
    async with database.begin() as connection:
        for statement in (_FORGET_OLD, _FORGET_MANY):
            said = await connection.execute(statement, *_BOUNDS[statement])
            deleted += int(said.rpartition(" ")[2])
    return deleted


_COLUMNS: Final = (
    "seq, account_sid, request_id, key_sid, method, path, at, duration_ms, http_status, error_code"
)
WRITE: Final = """
INSERT INTO api_requests (carrier_sid, account_sid, request_id, key_sid, method, path, at,
                          duration_ms, http_status, error_code, details, key_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::timestamptz[], $8::integer[], $9::smallint[], $10::integer[],
                     $11::bytea[], $12::bigint[])
"""
PAGE: Final = f"""
SELECT {_COLUMNS} FROM api_requests
WHERE account_sid = $1 AND carrier_sid = $2 AND ($3::bigint IS NULL OR seq < $3)
  AND ($4::boolean IS NULL OR $4 = (http_status >= 400))
  AND ($5::text IS NULL OR strpos(path, $5) > 0)
  AND ($6::text IS NULL OR request_id = $6)
ORDER BY seq DESC LIMIT $7
"""  # noqa: S608 built of the constant above
_ONE: Final = f"""
SELECT {_COLUMNS}, details, key_id FROM api_requests WHERE seq = $1 AND carrier_sid = $2
"""  # noqa: S608 as above
_FORGET_OLD: Final = """
DELETE FROM api_requests WHERE seq IN (
  SELECT seq FROM api_requests WHERE at < now() - $1::interval ORDER BY at LIMIT $2)
"""
_FORGET_MANY: Final = """
DELETE FROM api_requests r
USING accounts a, LATERAL (
  SELECT seq FROM api_requests WHERE account_sid = a.sid ORDER BY seq DESC OFFSET $1 LIMIT 1
) AS last
WHERE r.account_sid = a.sid AND r.seq <= last.seq
"""
_BOUNDS: Final[Mapping[str, Sequence[object]]] = {
    _FORGET_OLD: (KEPT, _MOST_FORGOTTEN),
    _FORGET_MANY: (MOST_OF_ACCOUNT,),
}
