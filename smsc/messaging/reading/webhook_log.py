"""The log of an account's webhooks: each request that was made, and one with its answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlmodel import col, select

from smsc.db import Connection, Database
from smsc.models import Alert
from smsc.webhooks import alerts
from smsc.webhooks.delivery import RECEIVED, DueWebhook
from smsc.webhooks.payload import Params, encode_form

MOST_MESSAGES: Final = 5000  # of an account, newest first, whose webhooks are looked through
MOST_OF_ONE: Final = 40  # attempts of a message in a list
_ALERT_WITHIN: Final = timedelta(seconds=90)  # of the attempt's end: they are one transaction


class LoggedAttempt(NamedTuple):
    """A request that was made to a customer's server, and its outcome in one line."""

    message_sid: str
    seq: int
    account_sid: str
    event: str
    url: str
    method: str | None  # None: of a release that did not note it
    at: datetime
    duration_ms: int
    http_status: int | None
    error_code: int | None
    error: str | None

    @property
    def has_failed(self) -> bool:
        """Whether the server has not taken it."""
        return self.http_status is None or not 200 <= self.http_status <= 299

    @property
    def place(self) -> str:
        """Where a list goes on behind it."""
        return f"{self.message_sid}.{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """What a log is limited to."""

    failed: bool | None = None
    event: str | None = None
    in_url: str | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some attempts, by message, the newest first; `after` is where the rest begins."""

    attempts: Sequence[LoggedAttempt]
    after: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt with what was sent and what came back, as far as they are kept."""

    attempt: LoggedAttempt
    params: Params  # none: the message is gone
    headers: str | None  # of an answer that failed
    answer: str | None  # of an answer that failed, or to a received message


async def page(
    database: Database,
    carrier_sid: str,
    account_sid: str,
    wanted: LogFilter,
    *,
    limit: int,
    after: str | None = None,
) -> LogPage:
    """Return attempts of an account's newest messages that fit."""
    before_sid, _, before_seq = (after or "").partition(".")
    async with database.single() as connection:
        rows = await connection.fetch(
            PAGE,
            account_sid,
            carrier_sid,
            before_sid or None,
            int(before_seq) if before_seq else None,
            wanted.failed,
            wanted.event,
            wanted.in_url,
            limit + 1,
        )
    found = [LoggedAttempt._make(row) for row in rows]
    return LogPage(found[:limit], found[limit - 1].place if len(found) > limit else None)


async def of_resource(
    database: Database, carrier_sid: str, account_sid: str, resource_sid: str, *, limit: int
) -> LogPage:
    """Return the latest attempts for one message, or one bulk, of an account."""
    async with database.single() as connection:
        rows = await connection.fetch(_OF_ONE, resource_sid, carrier_sid, account_sid, limit)
    return LogPage([LoggedAttempt._make(row) for row in rows], None)


async def exchange(
    database: Database, carrier_sid: str, message_sid: str, seq: int
) -> Exchange | None:
    """Return an attempt with its request and answer; None: the carrier has none such."""
    async with database.single() as connection:
        row = await connection.fetchrow(_ATTEMPT, message_sid, seq, carrier_sid)
        if row is None:
            return None
        *facts, answer, key_id = row
        attempt = LoggedAttempt._make(facts)
        params = await _params(database, connection, attempt)
    if answer is not None:
        keys = await database.sealer.known([key_id])
        opened = keys.open(key_id, f"{message_sid}:answer", answer)
        text = None if opened is None else opened.decode(errors="replace")
        return Exchange(attempt, params, None, text)
    alert = await _alert(database, attempt)
    if alert is None:
        return Exchange(attempt, params, None, None)
    _, body = await alerts.request_of(database.sealer, alert)
    return Exchange(attempt, params, alert.response_headers, body)


async def _params(database: Database, connection: Connection, attempt: LoggedAttempt) -> Params:
    """Make a request's parameters of its message, as they were made when it was sent."""
    row = await connection.fetchrow(_MESSAGE, attempt.message_sid)
    if row is None:
        return []
    keys = await database.sealer.known([row["key_id"]])
    body, _ = keys.open_text(attempt.message_sid, row["key_id"], row["body"], row["sealed_body"])
    has_error = attempt.event in {"failed", "undelivered"}
    webhook = DueWebhook(
        message_sid=attempt.message_sid,
        ordinal=0,
        event=attempt.event,
        carrier_sid="",
        account_sid=attempt.account_sid,
        url=attempt.url,
        method=attempt.method or "POST",
        fallback_url=None,
        fallback_method="POST",
        error_code=row["error_code"] if has_error else None,
        raw_dlr_done_date=None,
        tries=0,
        to=row["to_"],
        from_=row["from_"],
        body=(body or "") if attempt.event == RECEIVED else "",
        num_segments=row["num_segments"],
        message_created_at=row["created_at"],
        messaging_service_sid=row["messaging_service_sid"],
        opt_out_type=None,
    )
    return webhook.params()


async def _alert(database: Database, attempt: LoggedAttempt) -> Alert | None:
    """Return the alert that was written with a failed attempt."""
    if attempt.error_code is None:
        return None
    ended = attempt.at + timedelta(milliseconds=attempt.duration_ms)
    async with database.session() as db:
        statement = (
            select(Alert)
            .where(
                col(Alert.resource_sid) == attempt.message_sid,
                col(Alert.error_code) == attempt.error_code,
                col(Alert.request_url) == attempt.url,
                col(Alert.created_at) >= attempt.at,
                col(Alert.created_at) < ended + _ALERT_WITHIN,
            )
            .order_by(col(Alert.sid))
        )
        return (await db.exec(statement)).first()


def as_form(params: Params) -> str:
    """Return parameters as they travel."""
    return encode_form(params).decode()


_COLUMNS: Final = (
    "w.message_sid, w.seq, w.account_sid, w.event, w.url, w.method, w.at, w.duration_ms, "
    "w.http_status, w.error_code, w.error"
)
# By message: attempts have no index by account, as each would pay for it.
PAGE: Final = f"""
SELECT w.* FROM (
  SELECT sid FROM messages
  WHERE account_sid = $1 AND carrier_sid = $2 AND ($3::text IS NULL OR sid <= $3)
  ORDER BY sid DESC LIMIT {MOST_MESSAGES}
) m CROSS JOIN LATERAL (
  SELECT {_COLUMNS} FROM webhook_attempts w
  WHERE w.message_sid = m.sid
    AND ($4::bigint IS NULL OR w.message_sid < $3 OR w.seq < $4)
    AND ($5::boolean IS NULL
         OR $5 = (w.http_status IS NULL OR w.http_status NOT BETWEEN 200 AND 299))
    AND ($6::text IS NULL OR w.event = $6)
    AND ($7::text IS NULL OR strpos(w.url, $7) > 0)
  ORDER BY w.seq DESC LIMIT {MOST_OF_ONE}
) w
ORDER BY m.sid DESC, w.seq DESC LIMIT $8
"""  # noqa: S608 built of the constants above
_OF_ONE: Final = f"""
SELECT {_COLUMNS} FROM webhook_attempts w
WHERE w.message_sid = $1 AND w.carrier_sid = $2 AND w.account_sid = $3
ORDER BY w.seq DESC LIMIT $4
"""  # noqa: S608 as above
_ATTEMPT: Final = f"""
SELECT {_COLUMNS}, w.answer, w.key_id FROM webhook_attempts w
WHERE w.message_sid = $1 AND w.seq = $2 AND w.carrier_sid = $3
"""  # noqa: S608 as above
_MESSAGE: Final = """
SELECT to_, from_, body, sealed_body, key_id, num_segments, created_at, messaging_service_sid,
       error_code
FROM messages WHERE sid = $1
"""
