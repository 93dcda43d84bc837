"""All that an account has, as files of JSON lines out of one snapshot of the database."""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

import asyncpg
import orjson

from smsc.billing import usage
from smsc.db import Connection, Database, sealer_of
from smsc.errors import NotFound
from smsc.messaging.reading.queries import COLUMNS, stored
from smsc.webhooks.alerts import opened_alert

Line: TypeAlias = Mapping[str, object]

PAGE: Final = 500  # messages, or rows of another table: what memory holds at once
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class AccountExport:
    """An account's files, to be read one after the other."""

    def __init__(self, connection: Connection, account: asyncpg.Record) -> None:
        self._connection = connection
        self._account = account
        self._sid: str = account["sid"]

    def files(self) -> Iterator[tuple[str, AsyncIterator[bytes]]]:
        """Yield the name of each file and its lines, with their ends."""
        for name, lines in (
            ("account", self._account_line()),
            ("phone_numbers", self._phone_numbers()),
            ("messages", self._messages()),
            ("receipts", self._of_messages(RECEIPTS)),
            ("history", self._history()),
            ("webhooks", self._of_messages(WEBHOOKS)),
            ("alerts", self._alerts()),
            ("bulks", self._bulks()),
            ("messaging_services", self._messaging_services()),
            ("opt_outs", self._rows(_OPT_OUTS)),
            ("usage", self._usage()),
            ("ledger", self._ledger()),
            ("api_keys", self._rows(_API_KEYS)),
        ):
            yield f"{name}.jsonl", _encoded(lines)

    async def _account_line(self) -> AsyncIterator[Line]:
        yield dict(self._account)

    async def _rows(self, statement: str) -> AsyncIterator[Line]:
        async for page in self._pages(statement):
            for row in page:
                yield dict(row)

    async def _phone_numbers(self) -> AsyncIterator[Line]:
        async for line in self._rows(_PHONE_NUMBERS):
            yield {**line, "place": orjson.loads(str(line["place"]))}

    async def _messages(self) -> AsyncIterator[Line]:
        async for page in self._pages(MESSAGES):
            keys = await sealer_of(self._connection).known(row["key_id"] for row in page)
            for row in page:
                seen = stored(row, keys)
                text = (row["sid"], row["key_id"], row["body"], row["sealed_body"])
                _, octets = keys.open_text(*text, row["user_data"])
                yield {
                    "sid": seen.sid,
                    "direction": seen.direction,
                    "status": seen.status,
                    "from": seen.from_,
                    "to": seen.to,
                    "body": seen.body,
                    "data_coding": row["data_coding"],
                    "user_data": _text_of(octets),
                    "num_segments": seen.num_segments,
                    "error_code": seen.error_code,
                    "price": seen.price,
                    "price_unit": seen.price_unit,
                    "messaging_service_sid": seen.messaging_service_sid,
                    "bulk_sid": row["bulk_sid"],
                    "status_callback": row["status_callback"],
                    "date_created": seen.created_at,
                    "date_updated": seen.updated_at,
                    "date_sent": seen.sent_at,
                }

    async def _history(self) -> AsyncIterator[Line]:
        async for page in self._rows_of_messages(HISTORY):
            keys = await sealer_of(self._connection).known(row["key_id"] for row in page)
            for row in page:
                raw, name = row["raw"], f"{row['message_sid']}:event"
                opened = None if raw is None else keys.open(row["key_id"], name, raw)
                yield {
                    "message_sid": row["message_sid"],
                    "at": row["at"],
                    "event": row["event"],
                    "segment": row["number"],
                    "why": row["why"],
                    "receipt": _text_of(opened),
                }

    async def _alerts(self) -> AsyncIterator[Line]:
        async for page in self._pages(_ALERTS):
            keys = await sealer_of(self._connection).known(row["key_id"] for row in page)
            for row in page:
                variables, body = opened_alert(keys, row)
                yield _shown(row) | {"request_variables": variables, "response_body": body}

    async def _bulks(self) -> AsyncIterator[Line]:
        async for page in self._pages(_BULKS):
            keys = await sealer_of(self._connection).known(row["key_id"] for row in page)
            for row in page:
                text, _ = keys.open_text(row["sid"], row["key_id"], row["body"], row["sealed_body"])
                rejections = await self._connection.fetch(_REJECTIONS, row["sid"])
                yield _shown(row) | {"body": text, "rejections": [dict(one) for one in rejections]}

    async def _messaging_services(self) -> AsyncIterator[Line]:
        async for line in self._rows(_MESSAGING_SERVICES):
            yield {**line, "opt_out": orjson.loads(str(line["opt_out"]))}

    async def _ledger(self) -> AsyncIterator[Line]:
        after = (_NEVER, 0)
        while True:
            rows = await self._connection.fetch(LEDGER, self._sid, *after, PAGE)
            for row in rows:
                yield dict(row)
            if len(rows) < PAGE:
                return
            after = rows[-1]["date_created"], rows[-1]["id"]

    async def _usage(self) -> AsyncIterator[Line]:
        today = await self._connection.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
        for day, category, used in await usage.by_day(self._connection, self._sid, today):
            yield {
                "day": day,
                "category": category,
                "messages": used.messages,
                "segments": used.segments,
                "price": used.price,
            }

    async def _of_messages(self, statement: str) -> AsyncIterator[Line]:
        async for page in self._rows_of_messages(statement):
            for row in page:
                yield dict(row)

    async def _rows_of_messages(self, statement: str) -> AsyncIterator[Sequence[asyncpg.Record]]:
        """Walk what hangs on the account's messages: by those, as it has no index on accounts."""
        async for page in self._pages(_SIDS):
            yield await self._connection.fetch(statement, [row["sid"] for row in page])

    async def _pages(self, statement: str) -> AsyncIterator[Sequence[asyncpg.Record]]:
        """Walk by SID; of each page only the last SID is kept."""
        after = ""
        while True:
            rows = await self._connection.fetch(statement, self._sid, after, PAGE)
            if rows:
                yield rows
                after = rows[-1]["sid"]
            if len(rows) < PAGE:
                return


@asynccontextmanager
async def opened(database: Database, account_sid: str) -> AsyncIterator[AccountExport]:
    """Lend what an account has, closed ones too, as it is at this moment; subaccounts are apart.

    Raises:
        NotFound: there is no such account.
    """
    async with database.begin() as connection:
        await connection.execute(_SNAPSHOT)
        account = await connection.fetchrow(_ACCOUNT, account_sid)
        if account is None:
            raise NotFound(account_sid)
        yield AccountExport(connection, account)


def _shown(row: asyncpg.Record) -> dict[str, object]:
    """Return a row without what it is sealed in."""
    hidden = ("key_id", "sealed", "sealed_body")
    return {name: value for name, value in row.items() if name not in hidden}


async def _encoded(lines: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield orjson.dumps(line, default=_plain, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"a {type(value).__name__} has no place in a line")


def _text_of(octets: bytes | None) -> str | None:
    return None if octets is None else b64encode(octets).decode()


# Columns are named one by one: no token, no digest, no password among them.
_ACCOUNT: Final = """
SELECT sid, friendly_name, status, owner_sid AS owner_account_sid, closed_countries,
       requests_per_second, texts_days, numbers_days, logs_days, messages_days,
       created_at AS date_created, updated_at AS date_updated
FROM accounts WHERE sid = $1
"""
_PHONE_NUMBERS: Final = """
SELECT sid, phone_number, kind, number_type, iso_country, place, friendly_name, sms_url, sms_method,
       sms_fallback_url, sms_fallback_method, status_callback, status_callback_method,
       sms_application_sid, messaging_service_sid,
       created_at AS date_created, updated_at AS date_updated
FROM phone_numbers WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""
MESSAGES: Final = f"""
SELECT {COLUMNS}, user_data, data_coding, bulk_sid, status_callback
FROM messages WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""  # noqa: S608 a constant
_SIDS: Final = """
SELECT sid FROM messages WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""
RECEIPTS: Final = """
SELECT message_sid, number AS segment, smsc_message_id, command_status, submitted_at, answered_at,
       state AS message_state, receipt_at, receipt_error
FROM segments WHERE message_sid = ANY($1::text[]) ORDER BY message_sid, number
"""
# What went well is no event: it is in the message's row, and its receipt with its segment.
HISTORY: Final = """
SELECT message_sid, at, event, number, why, raw, key_id
FROM message_events WHERE message_sid = ANY($1::text[])
UNION ALL
SELECT m.sid, m.sent_at, 'sent', NULL, NULL, NULL, NULL FROM messages m
WHERE m.sid = ANY($1::text[]) AND m.sent_at IS NOT NULL AND m.segments_failed = 0
  AND NOT EXISTS (SELECT FROM message_events e WHERE e.message_sid = m.sid AND e.event = 'sent')
UNION ALL
SELECT s.message_sid, s.receipt_at,
       CASE WHEN m.status = 'delivered' AND m.bulk_sid IS NULL THEN 'delivered' ELSE 'receipt' END,
       s.number, NULL, s.receipt_raw, m.key_id
FROM segments s JOIN messages m ON m.sid = s.message_sid
WHERE s.message_sid = ANY($1::text[]) AND s.receipt_raw IS NOT NULL
ORDER BY message_sid, at, event DESC
"""
WEBHOOKS: Final = """
SELECT message_sid, event, url, at, duration_ms, http_status, error_code, error
FROM webhook_attempts WHERE message_sid = ANY($1::text[]) ORDER BY message_sid, seq
"""
_ALERTS: Final = """
SELECT sid, resource_sid, error_code, log_level, alert_text, request_method, request_url,
       request_variables, response_headers, response_body, sealed, key_id,
       created_at AS date_created
FROM alerts WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""
_BULKS: Final = """
SELECT sid, status, from_ AS from, messaging_service_sid, body, sealed_body, key_id,
       status_callback, recipients, rejected, created_at AS date_created, finished_at
FROM bulks WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""
_REJECTIONS: Final = """
SELECT line, to_ AS to, error_code, why FROM bulk_rejections WHERE bulk_sid = $1 ORDER BY line
"""
_MESSAGING_SERVICES: Final = """
SELECT s.sid, s.friendly_name, s.inbound_request_url, s.inbound_method, s.fallback_url,
       s.fallback_method, s.status_callback, s.sticky_sender, s.smart_encoding,
       s.area_code_geomatch, s.use_inbound_webhook_on_number, s.validity_period, s.usecase,
       s.opt_out,
       ARRAY(SELECT a.alpha_sender FROM alpha_senders a
             WHERE a.messaging_service_sid = s.sid ORDER BY 1) AS alpha_senders,
       s.created_at AS date_created, s.updated_at AS date_updated
FROM messaging_services s WHERE s.account_sid = $1 AND s.sid > $2 ORDER BY s.sid LIMIT $3
"""
# Walked by time, as its index is; two entries may have one.
LEDGER: Final = """
SELECT id, message_sid, kind, category, amount, price_unit, note, payer_sid AS payer_account_sid,
       created_at AS date_created
FROM ledger WHERE account_sid = $1 AND (created_at, id) > ($2, $3)
ORDER BY created_at, id LIMIT $4
"""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPT_OUTS: Final = """
SELECT sid, scope, handset, source, created_at AS date_created
FROM opt_outs WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""
_API_KEYS: Final = """
SELECT sid, friendly_name, kind, permissions, requests_per_second, allowed_networks,
       last_used_at AS date_last_used, created_at AS date_created, updated_at AS date_updated
FROM api_keys WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3
"""
