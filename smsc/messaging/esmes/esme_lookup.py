"""Finds messages by what an ESME knows of them: the message_id, or the two addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from smsc import sids
from smsc.db import Database
from smsc.messaging.accept.draft_rules import LATEST
from smsc.messaging.esmes.owed import message_state
from smsc.messaging.esmes.submitted_as import SubmittedAs
from smsc.smpp.pdu import MOST_DESTINATIONS
from smsc.sms.status import MessageState

# The messages of a submit_multi are made one after the other.
_TOGETHER: Final = timedelta(seconds=10)
MOST_BETWEEN: Final = 1000  # messages between two addresses
_LONGEST_AGO: Final = LATEST  # since when something can be scheduled


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message of an account, as an ESME's later requests need it."""

    sid: str
    status: str
    to: str
    from_: str
    updated_at: datetime
    error_code: int | None
    told_state: int | None  # by the receipt of a segment that went wrong
    num_segments: int
    text_style: str | None
    is_passed: bool  # a segment of the ESME's own, sent as it is
    written: SubmittedAs

    @property
    def message_state(self) -> MessageState:
        """Return SMPP's state of it."""
        return message_state(self.status, self.error_code, self.told_state)


async def by_message_id(
    database: Database, account_sid: str, message_id: str
) -> list[KnownMessage]:
    """Return the message of this id, or those that a `submit_multi` was answered for with it."""
    async with database.single() as connection:
        row = await connection.fetchrow(_ONE, message_id, account_sid)
    if row is not None:
        known = _read(row)
        if known.written.message_id is None:
            return [known]
        if known.written.message_id != message_id:
            return []  # its ESME never heard of this id
    async with database.single() as connection:
        rows = await connection.fetch(
            _TOGETHER_WITH,
            account_sid,
            message_id,
            sids.first_of(sids.Prefix.MESSAGE, sids.moment(message_id) + _TOGETHER),
            MOST_DESTINATIONS,
        )
    return [one for one in map(_read, rows) if one.written.message_id == message_id]


async def waiting_between(
    database: Database, account_sid: str, from_: str, to: str, service_type: str
) -> list[KnownMessage]:
    """Return what waits, or is scheduled, between two addresses and of a service_type, in order."""
    since = sids.first_of(sids.Prefix.MESSAGE, datetime.now(UTC) - _LONGEST_AGO)
    async with database.single() as connection:
        rows = await connection.fetch(_BETWEEN, account_sid, to, from_, since, MOST_BETWEEN)
    return [
        one
        for one in map(_read, rows)
        if not service_type or one.written.service_type == service_type
    ]


def _read(row: Mapping[str, Any]) -> KnownMessage:
    return KnownMessage(
        sid=row["sid"],
        status=row["status"],
        to=row["to_"],
        from_=row["from_"],
        updated_at=row["updated_at"],
        error_code=row["error_code"],
        told_state=row["told_state"],
        num_segments=row["num_segments"],
        text_style=row["text_style"],
        is_passed=row["is_passed"],
        written=SubmittedAs.read(row["submitted_as"], row["from_"], row["to_"]),
    )


_COLUMNS: Final = """
SELECT m.sid, m.status, m.to_, m.from_, m.updated_at, m.error_code, m.text_style, m.submitted_as,
       m.num_segments,
       m.user_data IS NOT NULL AS is_passed,
       (SELECT s.state FROM segments s WHERE m.error_code IS NOT NULL AND s.message_sid = m.sid
        AND s.state <> 2 ORDER BY s.number LIMIT 1) AS told_state
FROM messages m """

_ONE: Final = _COLUMNS + "WHERE m.sid = $1 AND m.account_sid = $2 AND m.direction <> 'inbound'"

_TOGETHER_WITH: Final = (
    _COLUMNS
    + """
WHERE m.account_sid = $1 AND m.sid >= $2 AND m.sid < $3 AND m.submitted_as LIKE '%' || $2 || '%'
ORDER BY m.sid LIMIT $4
"""
)

_BETWEEN: Final = (
    _COLUMNS
    + """
WHERE m.account_sid = $1 AND m.to_ = $2 AND m.sid >= $4 AND m.from_ = $3
  AND m.status IN ('queued', 'scheduled')
ORDER BY m.sid LIMIT $5
"""
)
