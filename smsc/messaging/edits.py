"""What may be done to a message afterwards: redact, delete, feedback."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc import audit
from smsc.audit import Deed
from smsc.billing import usage_rollup
from smsc.billing.usage_rollup import Deleted
from smsc.db import Connection, Database
from smsc.errors import NotFound
from smsc.errors.messages import NotFinished
from smsc.messaging import traffic_hours

# Nothing of ours needs the text of these any more. A remote that sends no receipts leaves its
# messages at `sent`, so that one counts as finished too.
FINISHED: Final = ("sent", "delivered", "undelivered", "failed", "canceled", "received")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a customer reported of a message."""

    account_sid: str
    message_sid: str
    outcome: str
    created_at: datetime
    updated_at: datetime


async def redact(database: Database, account_sid: str, sid: str) -> None:
    """Empty the text of a finished message, and of what we keep of it elsewhere.

    Raises:
        NotFound: the account has no such message.
        NotFinished: it is still on its way.
    """
    async with database.begin() as connection:
        row = await connection.fetchrow(
            """
            UPDATE messages
            SET body = '', sealed_body = NULL, user_data = NULL, updated_at = clock_timestamp()
            WHERE sid = $1 AND account_sid = $2 AND status = ANY($3::text[]) RETURNING key_id
            """,
            sid,
            account_sid,
            FINISHED,
        )
        if row is None:
            await _refuse(connection, account_sid, sid)
        else:
            await connection.execute(TOUCH, row["key_id"])
        # A raw receipt repeats the beginning of the text.
        await connection.execute(
            "UPDATE message_events SET raw = NULL WHERE message_sid = $1 AND raw IS NOT NULL", sid
        )
        await connection.execute(_FORGET_RECEIPTS, sid)
        await connection.execute("DELETE FROM kept_pdus WHERE message_sid = $1", sid)
        await connection.execute(_FORGET_REQUESTS, sid)
        await audit.note_on(connection, Deed("redacted", "message", sid, account_sid))
        await connection.execute(_FORGET_ANSWERS, sid)


async def delete(
    database: Database, account_sid: str, sid: str, *, with_its_day: bool = False
) -> None:
    """Delete a finished message with all that is known of it but its bare segments.

    Those hold no text and no number; a receipt that still comes finds its segment and is done.
    `with_its_day` says that the others of its day go, too: their key ends by itself.

    Raises:
        NotFound, NotFinished: as `redact`.
    """
    async with database.begin() as connection:
        row = await connection.fetchrow(
            """
            DELETE FROM messages
            WHERE sid = $1 AND account_sid = $2 AND status = ANY($3::text[])
            RETURNING carrier_sid, direction, to_, from_, status, num_segments, key_id,
                      coalesce(queued_at, created_at) AS counted_at, created_at,
                      greatest(queued_at, created_at) > now() - $4::interval AS has_its_hour
            """,
            sid,
            account_sid,
            FINISHED,
            traffic_hours.KEPT,
        )
        if row is None:
            await _refuse(connection, account_sid, sid)
        else:
            await usage_rollup.keep_deleted(
                connection,
                account_sid,
                row["carrier_sid"],
                Deleted(
                    row["direction"],
                    row["to_"] if row["direction"] == "inbound" else row["from_"],
                    row["status"],
                    row["num_segments"],
                    row["counted_at"],
                ),
            )
            if row["has_its_hour"]:
                await traffic_hours.reopen(
                    connection,
                    account_sid,
                    row["carrier_sid"],
                    [row["created_at"], row["counted_at"]],
                )
            if not with_its_day:
                await connection.execute(TOUCH, row["key_id"])
        await connection.execute(_FORGET_REQUESTS, sid)
        for statement in _DELETE_ALL:
            await connection.execute(statement, sid)
        await connection.execute(_FORGET_RECEIPTS, sid)
        await connection.execute("DELETE FROM alerts WHERE resource_sid = $1", sid)
        await connection.execute(
            """
            DELETE FROM esme_deliveries
            WHERE message_sid = $1
              AND smpp_credential_sid IN (SELECT sid FROM smpp_credentials WHERE account_sid = $2)
            """,
            sid,
            account_sid,
        )


async def give_feedback(
    database: Database, account_sid: str, sid: str, outcome: str
) -> Feedback | None:
    """Keep what a customer reports of a message; the latest word counts."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            INSERT INTO message_feedback AS f (message_sid, carrier_sid, account_sid, outcome)
            SELECT sid, carrier_sid, account_sid, $3 FROM messages
            WHERE sid = $1 AND account_sid = $2 AND direction <> 'inbound'
            ON CONFLICT (message_sid) DO UPDATE SET outcome = excluded.outcome, updated_at = now()
            RETURNING account_sid, message_sid, outcome, created_at, updated_at
            """,
            sid,
            account_sid,
            outcome,
        )
    return None if row is None else Feedback(*row)


async def _refuse(connection: Connection, account_sid: str, sid: str) -> None:
    status = await connection.fetchval(
        "SELECT status FROM messages WHERE sid = $1 AND account_sid = $2", sid, account_sid
    )
    if status is None:
        raise NotFound(sid)
    raise NotFinished(status)


# What the key still seals gets another one, by and by: then nothing opens what was redacted.
TOUCH: Final = "UPDATE day_keys SET is_touched = true WHERE id = $1 AND NOT is_touched"
# An alert has the request that failed, with the text and the numbers in it.
_FORGET_REQUESTS: Final = (
    "UPDATE alerts SET request_variables = '', response_body = NULL, sealed = NULL "
    "WHERE resource_sid = $1"
)
_FORGET_ANSWERS: Final = (
    "UPDATE webhook_attempts SET answer = NULL WHERE message_sid = $1 AND answer IS NOT NULL"
)
_FORGET_RECEIPTS: Final = (
    "UPDATE segments SET receipt_raw = NULL WHERE message_sid = $1 AND receipt_raw IS NOT NULL"
)
_DELETE_ALL: Final = tuple(
    f"DELETE FROM {table} WHERE message_sid = $1"  # noqa: S608 of these names
    for table in (
        "message_events",
        "message_feedback",
        "message_deadlines",
        "webhooks",
        "webhook_attempts",
        "kept_pdus",
    )
)
