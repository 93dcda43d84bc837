"""Writes an alert for each request to a customer's server that failed, and forgets old ones."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import orjson

from smsc import sids
from smsc.db import Connection, Database, sealer_of, storable
from smsc.models import Alert
from smsc.sealing import Keys, Sealer
from smsc.webhooks.delivery import Attempt
from smsc.webhooks.payload import Params, encode_form

KEPT: Final = timedelta(days=30)
MOST_BODY_OCTETS: Final = 4096  # of an answer: enough to see what it was
_MOST_FORGOTTEN: Final = 10_000
# What a document or URL says wrongly without harm: the rest of it was used.
_WARNINGS: Final = frozenset({11241, 11242, 11243, 12200, 14110})


class Told(Protocol):
    """What a request to a customer's server was about."""

    @property
    def message_sid(self) -> str:
        """The resource."""

    @property
    def carrier_sid(self) -> str:
        """Its carrier."""

    @property
    def account_sid(self) -> str:
        """Its account."""

    @property
    def key_id(self) -> int | None:
        """The key that seals what is said of it; None: nothing of it is sealed."""

    def params(self) -> Params:
        """Return the request's parameters."""


async def write(connection: Connection, attempts: Sequence[tuple[Told, Attempt]]) -> None:
    """Insert an alert for each attempt that has a code; where none has, nothing is asked."""
    failed = [(webhook, tried) for webhook, tried in attempts if tried.error_code is not None]
    if not failed:
        return
    keys = await sealer_of(connection).known(webhook.key_id for webhook, _ in failed)
    requests = [_request(keys, webhook, tried) for webhook, tried in failed]
    await connection.execute(
        _INSERT,
        [sids.make(sids.Prefix.ALERT) for _ in failed],
        [webhook.carrier_sid for webhook, _ in failed],
        [webhook.account_sid for webhook, _ in failed],
        [webhook.message_sid for webhook, _ in failed],
        [tried.error_code for _, tried in failed],
        ["warning" if tried.error_code in _WARNINGS else "error" for _, tried in failed],
        [storable(tried.error or "") for _, tried in failed],
        [tried.method for _, tried in failed],
        [storable(tried.url) for _, tried in failed],
        [variables for variables, _, _, _ in requests],
        [_headers(tried) for _, tried in failed],
        [body for _, body, _, _ in requests],
        [sealed for _, _, sealed, _ in requests],
        [key_id for _, _, _, key_id in requests],
    )


async def forget_old(database: Database) -> int:
    """Delete alerts that were kept long enough; return how many."""
    oldest = sids.first_of(sids.Prefix.ALERT, datetime.now(UTC) - KEPT)
    async with database.single() as connection:
        status = await connection.execute(
            """
            DELETE FROM alerts WHERE sid IN (
              SELECT sid FROM alerts WHERE sid < $1 ORDER BY sid LIMIT $2)
            """,
            oldest,
            _MOST_FORGOTTEN,
        )
    return int(status.rpartition(" ")[2])


async def request_of(sealer: Sealer, alert: Alert) -> tuple[str, str | None]:
    """Return an alert's request, as a form, and what answered it: empty when they are lost."""
    if alert.sealed is None:
        return alert.request_variables, alert.response_body
    return opened_alert(await sealer.known([alert.key_id]), alert.model_dump())


def opened_alert(keys: Keys, row: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return a row's request and answer, by keys at hand."""
    if row["sealed"] is None:
        return row["request_variables"], row["response_body"]
    octets = keys.open(row["key_id"], f"{row['resource_sid']}:alert", row["sealed"])
    if octets is None:
        return "", None
    variables, body = orjson.loads(octets)
    return variables, body


def _request(
    keys: Keys, webhook: Told, tried: Attempt
) -> tuple[str, str | None, bytes | None, int | None]:
    """Return request, answer, both of them sealed, and by which key: as their message is."""
    variables, body = encode_form(webhook.params()).decode(), _body(tried)
    if webhook.key_id is None:
        return variables, body, None, None
    octets = orjson.dumps((variables, body))
    sealed = keys.seal(webhook.key_id, f"{webhook.message_sid}:alert", octets)
    return "", None, sealed, None if sealed is None else webhook.key_id


def _headers(tried: Attempt) -> str | None:
    if not tried.headers:
        return None
    return storable("\n".join(f"{name}: {value}" for name, value in tried.headers))


def _body(tried: Attempt) -> str | None:
    if tried.http_status is None:
        return None
    return storable(tried.body[:MOST_BODY_OCTETS].decode(errors="replace"))


_INSERT: Final = """
INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level, alert_text,
                    request_method, request_url, request_variables, response_headers, response_body,
                    sealed, key_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[],
                     $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::bytea[], $14::bigint[])
"""
