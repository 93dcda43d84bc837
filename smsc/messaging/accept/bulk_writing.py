"""Writes a bulk: its messages by `COPY`, what waits of them by batch, and the resource itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from smsc.db import Connection, sealer_of, storable
from smsc.errors import GatewayError
from smsc.messaging.accept import beside
from smsc.messaging.accept.drafts import Accepted, IdempotencyKey
from smsc.messaging.directory import AccountFacts
from smsc.models import Lane

# Messages of a batch, from which on none is added: ended in one transaction if they expire.
MOST_IN_BATCH: Final = 2_500
MOST_TO_CHARACTERS: Final = 64  # of a recipient that is none, to be shown again


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBulk:
    """What every row of a bulk says of it."""

    sid: str
    account: AccountFacts
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that makes no message."""

    line: int
    to: str | None
    error: GatewayError


@dataclass(slots=True)
class Batch:
    """A span of messages that wait for one connector, both ends included."""

    connector_sid: str
    first_sid: str
    last_sid: str
    messages: int


@dataclass(slots=True)
class Batches:
    """Spans of messages that wait, each of what was written without a gap for one connector.

    A claim is of one span: the longer they are, the fewer claims find less than they have room for.
    """

    spans: list[Batch] = field(default_factory=list)
    # By connector: those of what was written last, which may go on.
    _open: dict[str, Batch] = field(default_factory=dict)

    def add(self, messages: Sequence[Accepted]) -> None:
        """Add messages that were written together, in the order of their SIDs."""
        written: dict[str, Batch] = {}
        for message in messages:
            batch = written.get(message.connector_sid)
            if batch is None:
                batch = self._batch_for(message)
                written[message.connector_sid] = batch
            batch.last_sid = message.sid
            batch.messages += 1
        self._open = written

    def _batch_for(self, message: Accepted) -> Batch:
        """Return the batch that may go on with a message, or a new one."""
        batch = self._open.get(message.connector_sid)
        if batch is None or batch.messages >= MOST_IN_BATCH:
            batch = Batch(message.connector_sid, message.sid, message.sid, 0)
            self.spans.append(batch)
        return batch

    @property
    def span(self) -> tuple[str | None, str | None]:
        """The first and the last message of all."""
        if not self.spans:
            return None, None
        firsts = (batch.first_sid for batch in self.spans)
        return min(firsts), max(batch.last_sid for batch in self.spans)


async def claim_key(connection: Connection, bulk: NewBulk, key: IdempotencyKey) -> bool:
    """Take an idempotency key for a bulk; say whether it was free."""
    rows = await connection.fetch(
        beside.CLAIM_KEYS,
        [bulk.account.sid],
        [key.key],
        [bulk.account.carrier_sid],
        [key.digest],
        [bulk.sid],
        ["accepted"],
        beside.KEPT,
    )
    return bool(rows)


async def copy_messages(
    connection: Connection, bulk: NewBulk, messages: Sequence[Accepted]
) -> None:
    """Write messages, without any callback of their own, and whom their service is to stick to."""
    if not messages:
        return
    at, sid = bulk.created_at, bulk.sid
    account_sid = bulk.account.sid
    keys = await sealer_of(connection).today([(account_sid, bulk.account.carrier_sid)], connection)
    texts = [keys.seal_text(account_sid, one.sid, one.body, None) for one in messages]
    await connection.copy_records_to_table(
        "messages",
        columns=_MESSAGE_COLUMNS,
        records=[
            (
                message.sid,
                message.carrier_sid,
                message.account_sid,
                message.direction,
                message.status,
                message.to,
                message.from_,
                text.body,
                message.data_coding,
                message.num_segments,
                message.num_submits,
                message.text_style,
                int(message.lane),
                message.connector_sid,
                message.messaging_service_sid,
                message.validity_seconds,
                at,
                at,
                sid,
                text.sealed_body,
                text.key_id,
            )
            for message, text in zip(messages, texts, strict=True)
        ],
    )
    await beside.write_sticky(connection, messages)


async def copy_rejections(
    connection: Connection, bulk: NewBulk, rejections: Sequence[Rejection]
) -> None:
    """Write which lines made no message, and why."""
    if not rejections:
        return
    await connection.copy_records_to_table(
        "bulk_rejections",
        columns=("bulk_sid", "line", "carrier_sid", "account_sid", "to_", "error_code", "why"),
        records=[
            (
                bulk.sid,
                rejection.line,
                bulk.account.carrier_sid,
                bulk.account.sid,
                None if rejection.to is None else storable(rejection.to[:MOST_TO_CHARACTERS]),
                rejection.error.code,
                storable(rejection.error.message),
            )
            for rejection in rejections
        ],
    )


async def insert_batches(
    connection: Connection, bulk: NewBulk, batches: Batches, lane: Lane, *, held: bool
) -> None:
    """Let the messages wait for their connectors, or be held until somebody resumes them."""
    await connection.execute(
        _INSERT_BATCHES,
        bulk.sid,
        bulk.account.carrier_sid,
        bulk.account.sid,
        int(lane),
        bulk.created_at,
        held,
        [batch.connector_sid for batch in batches.spans],
        [batch.first_sid for batch in batches.spans],
        [batch.last_sid for batch in batches.spans],
    )


async def insert_bulk(
    connection: Connection,
    bulk: NewBulk,
    *,
    status: str,
    lane: Lane,
    from_: str | None,
    messaging_service_sid: str | None,
    body: str,
    status_callback: str | None,
    validity: timedelta | None,
    recipients: int,
    rejected: int,
    span: tuple[str | None, str | None],
) -> None:
    """Write the resource."""
    account = bulk.account
    keys = await sealer_of(connection).today([(account.sid, account.carrier_sid)], connection)
    text = keys.seal_text(account.sid, bulk.sid, storable(body), None)
    await connection.execute(
        _INSERT_BULK,
        bulk.sid,
        bulk.account.carrier_sid,
        bulk.account.sid,
        status,
        int(lane),
        from_,
        messaging_service_sid,
        text.body,
        status_callback,
        None if validity is None else int(validity.total_seconds()),
        recipients,
        rejected,
        *span,
        bulk.created_at,
        bulk.expires_at,
        text.sealed_body,
        text.key_id,
    )


_MESSAGE_COLUMNS: Final = (
    *("sid", "carrier_sid", "account_sid", "direction", "status", "to_", "from_", "body"),
    *("data_coding", "num_segments", "num_submits", "text_style", "lane", "connector_sid"),
    *("messaging_service_sid", "validity_seconds", "created_at", "updated_at", "bulk_sid"),
    *("sealed_body", "key_id"),
)

_INSERT_BATCHES: Final = """
INSERT INTO bulk_batches (bulk_sid, carrier_sid, account_sid, lane, queued_at, held,
                          connector_sid, first_sid, last_sid, after_sid)
SELECT $1, $2, $3, $4, $5, $6, connector_sid, first_sid, last_sid, ''
FROM unnest($7::text[], $8::text[], $9::text[]) AS span (connector_sid, first_sid, last_sid)
"""

_INSERT_BULK: Final = """
INSERT INTO bulks (sid, carrier_sid, account_sid, status, lane, from_, messaging_service_sid, body,
                   status_callback, validity_seconds, recipients, rejected, first_sid, last_sid,
                   created_at, updated_at, expires_at, sealed_body, key_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $17, $18)
"""
