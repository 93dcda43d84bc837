"""Reads of messages: one, and a page of a list, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import asyncpg

from smsc import sids
from smsc.db import Database
from smsc.messaging.drafts import Accepted

# A message leaves within 35 days of scheduling and 10 hours of queueing, or never: so a bound on
# the time of sending bounds the time of creation, which is the order of the index.
LONGEST_BEFORE_SENDING: Final = timedelta(days=36)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as its account may see it."""

    sid: str
    account_sid: str
    direction: str
    status: str
    to: str
    from_: str  # empty: no sender was chosen yet
    body: str
    num_segments: int
    error_code: int | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    messaging_service_sid: str | None = None
    price: Decimal | None = None  # negative; None: free, given back, or not sent yet
    price_unit: str | None = None

    @classmethod
    def just_accepted(cls, accepted: Accepted) -> "StoredMessage":
        """Return what a read would find right after the commit of `accepted`."""
        return cls(
            sid=accepted.sid,
            account_sid=accepted.account_sid,
            direction=accepted.direction.value,
            status=accepted.told_status.value,
            to=accepted.to,
            from_=accepted.from_,
            body=accepted.body,
            num_segments=accepted.num_segments,
            error_code=None,
            created_at=accepted.created_at,
            updated_at=accepted.created_at,
            sent_at=None,
            messaging_service_sid=accepted.messaging_service_sid,
        )

    def as_first_told(self, status: str) -> "StoredMessage":
        """Return it as the answer to its creation had it, with the status of then."""
        return replace(
            self,
            status=status,
            error_code=None,
            updated_at=self.created_at,
            sent_at=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """What a list is limited to. The time of sending is in [sent_from, sent_before)."""

    to: str | None = None
    from_: str | None = None
    sent_from: datetime | None = None
    sent_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after `sid` towards older messages, or towards newer ones."""

    sid: str
    towards_newer: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first, and whether there are others on either side."""

    messages: Sequence[StoredMessage]
    has_older: bool
    has_newer: bool


# By its index; a message has no entry, or one, or two that add up to nothing.
PRICE: Final = (
    "(SELECT (sum(amount), min(price_unit)) FROM ledger WHERE message_sid = messages.sid) AS price"
)
_UNPRICED: Final = ("accepted", "scheduled", "queued", "sending")  # as at Twilio
_COLUMNS: Final = (
    "sid, account_sid, direction, status, to_, from_, body, num_segments, error_code, "
    f"created_at, updated_at, sent_at, messaging_service_sid, {PRICE}"
)


async def fetch(database: Database, account_sid: str, sid: str) -> StoredMessage | None:
    """Return an account's message."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM messages "  # noqa: S608 a constant
            "WHERE sid = $1 AND account_sid = $2",
            sid,
            account_sid,
        )
    return None if row is None else stored(row)


async def page(
    database: Database,
    account_sid: str,
    wanted: MessageFilter,
    *,
    limit: int,
    cursor: Cursor | None = None,
) -> Page:
    """Return `limit` of an account's messages at most, newest first.

    Pages follow sids, which never change: a walk sees each message once, whatever arrives.
    """
    statement, parameters = _page_statement(account_sid, wanted, limit, cursor)
    async with database.single() as connection:
        rows = await connection.fetch(statement, *parameters)
    more = len(rows) > limit
    messages = [stored(row) for row in rows[:limit]]
    if cursor is not None and cursor.towards_newer:
        return Page(messages[::-1], has_older=True, has_newer=more)
    return Page(messages, has_older=more, has_newer=cursor is not None)


def _page_statement(
    account_sid: str, wanted: MessageFilter, limit: int, cursor: Cursor | None
) -> tuple[str, list[object]]:
    """Name only the filters that are set, so that each combination gets the index it needs."""
    conditions = ["account_sid = $1"]
    parameters: list[object] = [account_sid]

    def require(condition: str, value: object) -> None:
        parameters.append(value)
        conditions.append(condition.format(f"${len(parameters)}"))

    sent_at = "coalesce(sent_at, CASE direction WHEN 'inbound' THEN created_at END)"
    if wanted.to is not None:
        require("to_ = {}", wanted.to)
    if wanted.from_ is not None:
        require("from_ = {}", wanted.from_)
    if wanted.sent_from is not None:
        require(sent_at + " >= {}", wanted.sent_from)
        earliest = wanted.sent_from - LONGEST_BEFORE_SENDING
        require("sid >= {}", sids.first_of(sids.Prefix.MESSAGE, earliest))
    if wanted.sent_before is not None:
        require(sent_at + " < {}", wanted.sent_before)
        # A millisecond more: a sid's time and created_at are not read from one clock.
        latest = wanted.sent_before + timedelta(seconds=1)
        require("sid < {}", sids.first_of(sids.Prefix.MESSAGE, latest))
    towards_newer = cursor is not None and cursor.towards_newer
    if cursor is not None:
        require("sid > {}" if towards_newer else "sid < {}", cursor.sid)
    parameters.append(limit + 1)
    statement = (
        f"SELECT {_COLUMNS} FROM messages "  # noqa: S608 constants and parameter numbers
        f"WHERE {' AND '.join(conditions)} "
        f"ORDER BY sid {'ASC' if towards_newer else 'DESC'} LIMIT ${len(parameters)}"
    )
    return statement, parameters


def stored(row: asyncpg.Record) -> StoredMessage:
    """Return a row of `messages` as its account may see it."""
    price, price_unit = row["price"]
    is_priced = bool(price) and row["status"] not in _UNPRICED
    return StoredMessage(
        sid=row["sid"],
        account_sid=row["account_sid"],
        direction=row["direction"],
        status=row["status"],
        to=row["to_"],
        from_=row["from_"],
        body=row["body"],
        num_segments=row["num_segments"],
        error_code=row["error_code"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        sent_at=row["sent_at"],
        messaging_service_sid=row["messaging_service_sid"],
        price=price if is_priced else None,
        price_unit=price_unit if is_priced else None,
    )
