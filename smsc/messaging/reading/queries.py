"""Reads of messages: one, and a page of what a person reaches; what lists have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

import asyncpg

from smsc import sids
from smsc.db import Database
from smsc.messaging.accept.drafts import Accepted
from smsc.messaging.sent_spans import SENT_AT
from smsc.models import Direction
from smsc.provisioning.reach import Reach
from smsc.sealing import Keys

# A message leaves within 35 days of scheduling and 10 hours of queueing, or is known to have left
# an hour later; or so much later as the system stood still. So a bound on the time of sending
# bounds the time of creation, which is the order of the index.
LONGEST_BEFORE_SENDING: Final = timedelta(days=45)
# What no index knows (a status, an error) is looked for among the messages of so long a time.
LOOKS_BACK: Final = timedelta(days=31)


class StoredMessage(NamedTuple):
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
            direction=str(accepted.direction),
            status=str(accepted.told_status),
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
        return self._replace(
            status=status, error_code=None, updated_at=self.created_at, sent_at=None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """What a list is limited to; spans are [from, before), of sending and of creation."""

    to: str | None = None
    from_: str | None = None
    sent_from: datetime | None = None
    sent_before: datetime | None = None
    made_from: datetime | None = None
    made_before: datetime | None = None
    account_sid: str | None = None
    connector_sid: str | None = None
    direction: str | None = None  # inbound, or outbound with all of its kinds
    status: str | None = None
    error_code: int | None = None

    @property
    def looks_back(self) -> bool:
        """Whether it asks for what no index knows."""
        asked = (self.connector_sid, self.direction, self.status, self.error_code)
        return any(one is not None for one in asked)


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
COLUMNS: Final = (
    "sid, account_sid, direction, status, to_, from_, body, sealed_body, key_id, num_segments, "
    f"error_code, created_at, updated_at, sent_at, messaging_service_sid, {PRICE}"
)


async def fetch(database: Database, account_sid: str, sid: str) -> StoredMessage | None:
    """Return an account's message."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            f"SELECT {COLUMNS} FROM messages "  # noqa: S608 a constant
            "WHERE sid = $1 AND account_sid = $2",
            sid,
            account_sid,
        )
    return None if row is None else stored(row, await database.sealer.known([row["key_id"]]))


async def search(
    database: Database,
    reach: Reach,
    wanted: MessageFilter,
    *,
    limit: int,
    cursor: Cursor | None = None,
) -> Page:
    """Return `limit` of the messages at most that a person reaches, newest first.

    What no index knows is looked for in the last 31 days before `made_before`, or before now.
    """
    statement, parameters = search_statement(reach, wanted, limit, cursor)
    return await page_of(database, statement, parameters, limit, cursor)


async def page_of(
    database: Database,
    statement: str,
    parameters: Sequence[object],
    limit: int,
    cursor: Cursor | None,
) -> Page:
    """Return the page that a statement reads `limit` and one more of, from the cursor on."""
    async with database.single() as connection:
        rows = await connection.fetch(statement, *parameters)
    return await as_page(database, rows, limit, cursor)


async def as_page(
    database: Database, rows: Sequence[asyncpg.Record], limit: int, cursor: Cursor | None
) -> Page:
    """Return the page of rows that were read from the cursor on, one more than `limit` at most."""
    more = len(rows) > limit
    keys = await database.sealer.known(row["key_id"] for row in rows)
    messages = [stored(row, keys) for row in rows[:limit]]
    if cursor is not None and cursor.towards_newer:
        return Page(messages[::-1], has_older=True, has_newer=more)
    return Page(messages, has_older=more, has_newer=cursor is not None)


def search_statement(
    reach: Reach, wanted: MessageFilter, limit: int, cursor: Cursor | None = None
) -> tuple[str, list[object]]:
    """Walk the index of each account that is reached, and merge what they find."""
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters, wanted.account_sid)
    conditions = ["account_sid = a.reached", "carrier_sid = $1"]
    if wanted.looks_back and wanted.made_from is None:
        before = wanted.made_before or datetime.now(UTC)
        wanted = replace(wanted, made_from=before - LOOKS_BACK)
    require = adding(conditions, parameters)
    limit_to(wanted, cursor, require)
    require_sent(wanted, require)
    order = order_of(cursor)
    parameters.append(limit + 1)
    most = f"LIMIT ${len(parameters)}"
    statement = (
        f"SELECT m.* FROM {scope} "  # noqa: S608 as above
        f"CROSS JOIN LATERAL (SELECT {COLUMNS} FROM messages "
        f"WHERE {' AND '.join(conditions)} ORDER BY sid {order} {most}) m "
        f"ORDER BY sid {order} {most}"
    )
    return statement, parameters


def scope_of(reach: Reach, parameters: list[object], account_sid: str | None = None) -> str:
    """Return, as a relation `a`, the accounts that are `reached`; the carrier is $1 already."""
    scope = ["carrier_sid = $1"]
    if reach.account_sids is not None:
        parameters.append(reach.account_sids)
        scope.append(f"sid = ANY(${len(parameters)}::text[])")
    if account_sid is not None:
        parameters.append(account_sid)
        scope.append(f"sid = ${len(parameters)}")
    return f"(SELECT sid AS reached FROM accounts WHERE {' AND '.join(scope)}) a"  # noqa: S608 as above


Require: TypeAlias = Callable[[str, object], None]


def adding(conditions: list[str], parameters: list[object]) -> Require:
    """Return what adds a condition on a value, which is `{}` in it, with its parameter."""

    def require(condition: str, value: object) -> None:
        parameters.append(value)
        conditions.append(condition.format(f"${len(parameters)}"))

    return require


def order_of(cursor: Cursor | None) -> str:
    """Return in which order of SIDs a list is walked from a cursor."""
    return "ASC" if cursor is not None and cursor.towards_newer else "DESC"


def limit_to(wanted: MessageFilter, cursor: Cursor | None, require: Require) -> None:
    """Require what is wanted but the time of sending, and of that the SIDs that it bounds."""
    if wanted.connector_sid is not None:
        require("connector_sid = {}", wanted.connector_sid)
    if wanted.direction is not None:
        require("(direction = 'inbound') = {}", wanted.direction == Direction.INBOUND)
    if wanted.status is not None:
        require("status = {}", wanted.status)
    if wanted.error_code is not None:
        require("error_code = {}", wanted.error_code)
    if wanted.to is not None:
        require("to_ = {}", wanted.to)
    if wanted.from_ is not None:
        require("from_ = {}", wanted.from_)
    first, before = bounds_of(wanted, cursor)
    if first:
        require("sid >= {}", first)
    if before:
        require("sid < {}", before)


def require_sent(wanted: MessageFilter, require: Require) -> None:
    """Require the time of sending that is wanted."""
    if wanted.sent_from is not None:
        require(SENT_AT + " >= {}", wanted.sent_from)
    if wanted.sent_before is not None:
        require(SENT_AT + " < {}", wanted.sent_before)


def bounds_of(wanted: MessageFilter, cursor: Cursor | None) -> tuple[str, str]:
    """Return the bounds [first, before) of the SIDs of a list from a cursor on; empty: none."""
    firsts, befores = [], []
    if wanted.made_from is not None:
        firsts.append(sids.first_of(sids.Prefix.MESSAGE, wanted.made_from))
    if wanted.made_before is not None:
        befores.append(sids.first_of(sids.Prefix.MESSAGE, wanted.made_before))
    if wanted.sent_from is not None:
        earliest = wanted.sent_from - LONGEST_BEFORE_SENDING
        firsts.append(sids.first_of(sids.Prefix.MESSAGE, earliest))
    if wanted.sent_before is not None:
        # A second more: a sid's time and created_at are not read from one clock.
        latest = wanted.sent_before + timedelta(seconds=1)
        befores.append(sids.first_of(sids.Prefix.MESSAGE, latest))
    if cursor is not None and cursor.towards_newer:
        firsts.append(following(cursor.sid))
    elif cursor is not None:
        befores.append(cursor.sid)
    return max(firsts, default=""), min(befores, default="")


def following(sid: str) -> str:
    """Return what sorts after a SID and before any other that does."""
    return sid + "0"


def stored(row: asyncpg.Record, keys: Keys) -> StoredMessage:
    """Return a row of `messages` as its account may see it; a text that is lost is empty."""
    body, _ = keys.open_text(row["sid"], row["key_id"], row["body"], row["sealed_body"])
    price, price_unit = row["price"]
    is_priced = bool(price) and row["status"] not in _UNPRICED
    return StoredMessage(
        sid=row["sid"],
        account_sid=row["account_sid"],
        direction=row["direction"],
        status=row["status"],
        to=row["to_"],
        from_=row["from_"],
        body=body or "",
        num_segments=row["num_segments"],
        error_code=row["error_code"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        sent_at=row["sent_at"],
        messaging_service_sid=row["messaging_service_sid"],
        price=price if is_priced else None,
        price_unit=price_unit if is_priced else None,
    )
