"""Lists of messages as CSV files: asked for, written in portions, kept a day."""

import csv
import io
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from smsc import audit, sids
from smsc.audit import Deed
from smsc.db import Database
from smsc.errors import BadParameter, NotFound
from smsc.messaging.reading import queries
from smsc.messaging.reading.queries import LOOKS_BACK, Cursor, MessageFilter, StoredMessage
from smsc.models import Role
from smsc.provisioning.reach import Reach

KEPT: Final = timedelta(hours=24)
_A_SIDS_GRAIN: Final = timedelta(milliseconds=1)
PORTION: Final = 2000  # messages of one transaction: tens of milliseconds
MOST_AT_ONCE: Final = 5  # being written for one person, or for a carrier's programs
_MOMENTS: Final = ("sent_from", "sent_before", "made_from", "made_before")
_COLUMNS: Final = (
    *("sid", "date_created", "date_sent", "direction", "from", "to", "status", "error_code"),
    *("num_segments", "price", "price_unit", "account_sid", "body"),
)
# A spreadsheet would take these for the beginning of a formula; a stranger wrote the text.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Export:
    """An export as its owner sees it."""

    sid: str
    account_sids: Sequence[str] | None
    state: str
    rows: int
    share: float  # of the time that it covers
    created_at: datetime
    expires_at: datetime

    @property
    def is_done(self) -> bool:
        """Whether the file is whole."""
        return self.state == "done"


async def ask(
    database: Database, reach: Reach, wanted: MessageFilter, user_sid: str | None = None
) -> str:
    """Ask for the messages in reach that fit, as far back as the list of them goes.

    Raises:
        BadParameter: too many of theirs are being written.
    """
    now = datetime.now(UTC) + _A_SIDS_GRAIN  # what was made in this very moment belongs to it
    wanted = replace(wanted, made_before=min(wanted.made_before or now, now))
    if wanted.looks_back and wanted.made_from is None:
        wanted = replace(wanted, made_from=(wanted.made_before or now) - LOOKS_BACK)
    sid = sids.make(sids.Prefix.EXPORT)
    async with database.begin() as connection:
        open_ones = await connection.fetchval(_OPEN, reach.carrier_sid, user_sid)
        if open_ones >= MOST_AT_ONCE:
            raise BadParameter(f"{open_ones} exports are being written: wait for one of them.")
        begins = wanted.made_from
        if begins is None:
            first = await connection.fetchval(_OLDEST, reach.carrier_sid, reach.account_sids)
            begins = now if first is None else sids.moment(first)
        await connection.execute(
            _ASK,
            sid,
            reach.carrier_sid,
            user_sid,
            reach.account_sids,
            orjson.dumps(asdict(wanted)).decode(),
            begins,
            wanted.made_before,
            KEPT,
        )
        await audit.note_on(
            connection, Deed("asked for", "export", sid, carrier_sid=reach.carrier_sid)
        )
    return sid


async def write_portion(database: Database) -> int:
    """Write some lines of the export that waits longest; return how many, 0: there is none.

    The lines and the place that they reach are one commit: a crash neither loses nor repeats any.
    """
    async with database.begin() as connection:
        row = await connection.fetchrow(_TAKE)
        if row is None:
            return 0
        page = await queries.search(
            database,
            _reach(row["carrier_sid"], row["account_sids"]),
            _wanted(orjson.loads(row["asked"])),
            limit=PORTION,
            cursor=None if row["reached"] is None else Cursor(row["reached"]),
        )
        lines = _lines(page.messages, with_header=row["parts"] == 0)
        carrier_sid = row["carrier_sid"]
        keys = await database.sealer.today([(carrier_sid, carrier_sid)])
        key_id = keys.today(carrier_sid)
        name = _part_name(row["sid"], row["parts"])
        content = keys.seal(key_id, name, zlib.compress(lines.encode()))
        await connection.execute(_ADD, row["sid"], row["parts"], content, key_id)
        last = page.messages[-1].sid if page.messages else row["reached"]
        state = "writing" if page.has_older and page.messages else "done"
        await connection.execute(_ADVANCE, row["sid"], state, len(page.messages), last)
    return max(len(page.messages), 1)


async def of_person(database: Database, reach: Reach, user_sid: str | None) -> Sequence[Export]:
    """Return the exports of a person, or of the carrier's programs; the newest first."""
    async with database.single() as connection:
        rows = await connection.fetch(_LIST, reach.carrier_sid, user_sid)
    return [_export(row) for row in rows]


async def find(database: Database, reach: Reach, sid: str, user_sid: str | None) -> Export:
    """Return an export of theirs, as long as all that is in it is in their reach.

    Raises:
        NotFound: there is none.
    """
    async with database.single() as connection:
        row = await connection.fetchrow(_FIND, reach.carrier_sid, user_sid, sid)
    if row is None:
        raise NotFound(sid)
    export = _export(row)
    if reach.account_sids is not None and not (
        export.account_sids is not None and set(export.account_sids) <= set(reach.account_sids)
    ):
        raise NotFound(sid)
    return export


async def content(database: Database, sid: str) -> AsyncIterator[bytes]:
    """Return the file of an export that is done."""
    number = 0
    while True:
        async with database.single() as connection:
            part = await connection.fetchrow(_PART, sid, number)
        if part is None:
            return
        keys = await database.sealer.known([part["key_id"]])
        opened = keys.open(part["key_id"], _part_name(sid, number), part["content"])
        if opened is not None:  # else its key is gone, and the lines with it
            yield zlib.decompress(opened)
        number += 1


async def forget(database: Database) -> int:
    """Delete the exports whose day is over; return how many."""
    async with database.single() as connection:
        rows = await connection.fetch(
            "DELETE FROM message_exports WHERE expires_at < now() RETURNING 1"
        )
    return len(rows)


def _part_name(sid: str, number: int) -> str:
    return f"{sid}:{number}"


def _lines(messages: Sequence[StoredMessage], *, with_header: bool) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    if with_header:
        writer.writerow(_COLUMNS)
    for one in messages:
        writer.writerow(
            (
                *(one.sid, one.created_at.isoformat()),
                *("" if one.sent_at is None else one.sent_at.isoformat(), one.direction),
                *(one.from_, one.to, one.status),
                *("" if one.error_code is None else one.error_code, one.num_segments),
                *("" if one.price is None else one.price, one.price_unit or "", one.account_sid),
                f"'{one.body}" if one.body.startswith(_FORMULAS) else one.body,
            )
        )
    return written.getvalue()


def _wanted(asked: dict[str, Any]) -> MessageFilter:
    moments = {
        name: None if asked[name] is None else datetime.fromisoformat(asked[name])
        for name in _MOMENTS
    }
    return MessageFilter(**asked | moments)


def _reach(carrier_sid: str, account_sids: Sequence[str] | None) -> Reach:
    if account_sids is None:
        return Reach(carrier_sid, Role.MEMBER)
    return Reach(carrier_sid, None, dict.fromkeys(account_sids, Role.MEMBER))


def _export(row: Mapping[str, Any]) -> Export:
    share = 1.0
    if row["state"] != "done":
        reached = row["ends_at"] if row["reached"] is None else sids.moment(row["reached"])
        whole = (row["ends_at"] - row["begins_at"]).total_seconds()
        done = (row["ends_at"] - reached).total_seconds()
        share = min(max(done / whole, 0.0), 1.0) if whole > 0 else 0.0
    return Export(
        row["sid"],
        row["account_sids"],
        row["state"],
        row["rows"],
        share,
        row["created_at"],
        row["expires_at"],
    )


_SEEN: Final = "sid, account_sids, state, rows, reached, begins_at, ends_at, created_at, expires_at"
_OWN: Final = "carrier_sid = $1 AND user_sid IS NOT DISTINCT FROM $2 AND expires_at > now()"
_OPEN: Final = f"SELECT count(*) FROM message_exports WHERE {_OWN} AND state = 'writing'"  # noqa: S608 a constant
_LIST: Final = f"SELECT {_SEEN} FROM message_exports WHERE {_OWN} ORDER BY sid DESC LIMIT 50"  # noqa: S608 as above
_FIND: Final = f"SELECT {_SEEN} FROM message_exports WHERE {_OWN} AND sid = $3"  # noqa: S608 as above
_OLDEST: Final = """
SELECT min(first.sid)
FROM accounts a
CROSS JOIN LATERAL (
  SELECT sid FROM messages WHERE account_sid = a.sid ORDER BY sid LIMIT 1
) first
WHERE a.carrier_sid = $1 AND ($2::text[] IS NULL OR a.sid = ANY($2))
"""
_ASK: Final = """
INSERT INTO message_exports (sid, carrier_sid, user_sid, account_sids, asked, state, rows, parts,
                             begins_at, ends_at, expires_at)
VALUES ($1, $2, $3, $4, $5, 'writing', 0, 0, $6, $7, now() + $8)
"""
# For `workers.glances`: whether `write_portion` has anything to do.
ANY_DUE: Final = "SELECT FROM message_exports WHERE state = 'writing'"

_TAKE: Final = """
SELECT sid, carrier_sid, account_sids, asked, parts, reached FROM message_exports
WHERE state = 'writing' ORDER BY sid LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_ADD: Final = """
INSERT INTO message_export_parts (export_sid, number, content, key_id) VALUES ($1, $2, $3, $4)
"""
_ADVANCE: Final = """
UPDATE message_exports SET state = $2, rows = rows + $3, reached = $4, parts = parts + 1
WHERE sid = $1
"""
_FORGET: Final = "DELETE FROM message_exports WHERE expires_at < now() RETURNING sid"
_PART: Final = (
    "SELECT content, key_id FROM message_export_parts WHERE export_sid = $1 AND number = $2"
)
