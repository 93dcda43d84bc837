"""Messages as conversations: what one of our numbers and one handset wrote each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from smsc.db import Database
from smsc.messaging.reading.queries import scope_of
from smsc.provisioning.reach import Reach
from smsc.sealing import Keys

LOOKS_AT: Final = 1000  # the latest messages of an account, among which conversations are found
# Inbound, the handset is the sender; a message that waits for its sender belongs to none yet.
_OURS: Final = "CASE direction WHEN 'inbound' THEN to_ ELSE from_ END AS ours"
_THEIRS: Final = "CASE direction WHEN 'inbound' THEN from_ ELSE to_ END AS theirs"
_LINE: Final = "sid, direction, status, error_code, body, sealed_body, key_id, created_at"


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a conversation."""

    sid: str
    direction: str
    status: str
    error_code: int | None
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A pair of numbers, and the latest that was written."""

    account_sid: str
    ours: str
    theirs: str
    latest: Line


async def latest(
    database: Database, reach: Reach, *, limit: int, theirs: str | None = None
) -> Sequence[Conversation]:
    """Return conversations in reach, the latest first, of one handset if so asked.

    Found among the latest 1000 messages of each account, or of the handset with it.
    """
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    if theirs is not None:
        parameters.append(theirs)
    parameters.append(limit)
    async with database.single() as connection:
        rows = await connection.fetch(
            latest_statement(scope, len(parameters), of_one=theirs is not None), *parameters
        )
    keys = await database.sealer.known(row["key_id"] for row in rows)
    return [
        Conversation(row["account_sid"], row["ours"], row["theirs"], _line(row, keys))
        for row in rows
    ]


def latest_statement(scope: str, limit_parameter: int, *, of_one: bool) -> str:
    """Walk the index of each account, or both of a handset's, and read each pair's newest."""
    here = "account_sid = a.reached AND carrier_sid = $1"
    newest = f"ORDER BY sid DESC LIMIT {LOOKS_AT}"
    pair = f"sid, {_OURS}, {_THEIRS}"
    if of_one:
        handset = f"${limit_parameter - 1}"
        found = " UNION ALL ".join(
            f"(SELECT {pair} FROM messages "  # noqa: S608 constants and parameter numbers
            f"WHERE {here} AND {side} = {handset} AND direction {inbound} 'inbound' {newest})"
            for side, inbound in (("to_", "<>"), ("from_", "="))
        )
    else:
        found = f"SELECT {pair} FROM messages WHERE {here} {newest}"  # noqa: S608
    return (
        f"SELECT account_sid, ours, theirs, {_LINE} FROM ("  # noqa: S608
        f"SELECT a.reached, ours, theirs, max(sid) AS newest "
        f"FROM {scope} CROSS JOIN LATERAL ({found}) m WHERE ours <> '' "
        f"GROUP BY a.reached, ours, theirs ORDER BY newest DESC LIMIT ${limit_parameter}"
        f") pairs JOIN messages ON sid = newest ORDER BY sid DESC"
    )


async def lines(
    database: Database,
    account_sid: str,
    ours: str,
    theirs: str,
    *,
    limit: int,
    before: str | None = None,
) -> Sequence[Line]:
    """Return what a pair wrote each other, newest first; `before` is the SID of a message."""
    async with database.single() as connection:
        rows = await connection.fetch(LINES, account_sid, ours, theirs, limit, before or "SN")
    keys = await database.sealer.known(row["key_id"] for row in rows)
    return [_line(row, keys) for row in rows]


def _line(row: asyncpg.Record, keys: Keys) -> Line:
    """Return a message; a text whose key is gone is empty."""
    body, _ = keys.open_text(row["sid"], row["key_id"], row["body"], row["sealed_body"])
    return Line(
        row["sid"],
        row["direction"],
        row["status"],
        row["error_code"],
        body or "",
        row["created_at"],
    )


# "SN" sorts after every message's SID.
LINES: Final = f"""
SELECT * FROM (
  (SELECT {_LINE} FROM messages
   WHERE account_sid = $1 AND to_ = $3 AND from_ = $2 AND sid < $5 AND direction <> 'inbound'
   ORDER BY sid DESC LIMIT $4)
  UNION ALL
  (SELECT {_LINE} FROM messages
   WHERE account_sid = $1 AND from_ = $3 AND to_ = $2 AND sid < $5 AND direction = 'inbound'
   ORDER BY sid DESC LIMIT $4)
) written
ORDER BY sid DESC LIMIT $4
"""  # noqa: S608 constants
