"""The one gate for every change of a message's status: guarded, and noted with its cause."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from smsc.db import Connection, sealer_of
from smsc.messaging import carrier_events
from smsc.messaging.status_statements import (
    ADVANCE,
    ADVANCE_QUIETLY,
    ORDINAL_ACTION,
    ORDINAL_FINAL,
    ORDINAL_SENT,
)
from smsc.sealing import Keys
from smsc.sms.status import MessageStatus
from smsc.unnesting import numbers, sparse, words
from smsc.webhooks.delivery import Claimant, DueWebhook, with_text

_BATCH_NUMBERS: Final = itertools.count(1)  # of this process
_STATUSES: Final = {status.value: status for status in MessageStatus}
# What a message became by one change, by its status and by whether it was `sent` by it.
_STEPS: Final = {
    (status.value, was_sent): ("sent", status.value)
    if was_sent and status is not MessageStatus.SENT
    else (status.value,)
    for status in MessageStatus
    for was_sent in (False, True)
}


class Advance(NamedTuple):
    """What just became of segments of one message: how many, and why."""

    message_sid: str
    sent: int = 0
    failed: int = 0
    delivered: int = 0  # may be more than there are: a receipt can stand for several segments
    undelivered: int = 0
    error_code: int | None = None  # Twilio's, of a segment that went wrong
    number: int | None = None  # the segment that the cause is about
    why: str | None = None
    raw: bytes | None = None  # of the receipt, sealed by `key_id`
    key_id: int | None = None
    done_date: str | None = None  # as the receipt says it
    canceled: bool = False  # all of it was taken back before any of it left
    in_bulk: bool = False  # its message is a bulk's, which owes nobody a word of its own

    @property
    def is_quiet(self) -> bool:
        """Whether nothing but the message's own row has to be changed."""
        return self.in_bulk and not (self.failed or self.undelivered or self.canceled)


class Changed(NamedTuple):
    """A message whose status changed."""

    message_sid: str
    status: MessageStatus
    has_webhook: bool  # in the outbox, for whoever claims it
    smpp_credential_sid: str | None  # set when a receipt is owed to that ESME
    claimed: Sequence[DueWebhook] = ()  # in the outbox too, but the claimant's already


async def advance(
    connection: Connection, advances: Iterable[Advance], claimant: Claimant | None = None
) -> list[Changed]:
    """Count segments into their messages; where that changes a status, note it and owe the events.

    One statement for all: the counters and the guarded status, the history, the webhook outbox, the
    receipts of customers' ESMEs, and what a failed message had cost. A message whose fate is known
    when it becomes `sent` changes twice in it, and owes both events. A `claimant` has its webhooks
    with the commit, but for those that must wait for an earlier one which somebody else may claim.
    """
    merged = _merge(advances)
    changed: list[Changed] = []
    if any(item.is_quiet for item in merged):
        changed, merged = await _run_quietly(connection, merged)
    if merged:
        changed += await _run(connection, merged, claimant)
    return changed


def _merge(advances: Iterable[Advance]) -> list[Advance]:
    """Return one advance a message: an UPDATE takes one row of its source for each of its own."""
    merged: dict[str, Advance] = {}
    for item in advances:
        before = merged.get(item.message_sid)
        merged[item.message_sid] = (
            item
            if before is None
            else item._replace(
                sent=before.sent + item.sent,
                failed=before.failed + item.failed,
                delivered=before.delivered + item.delivered,
                undelivered=before.undelivered + item.undelivered,
                error_code=before.error_code or item.error_code,
            )
        )
    return list(merged.values())


async def _run(
    connection: Connection, advances: list[Advance], claimant: Claimant | None
) -> list[Changed]:
    batch = claimant and batch_of(claimant)
    rows = await connection.fetch(
        ADVANCE,
        words([item.message_sid for item in advances]),
        numbers([item.sent for item in advances]),
        numbers([item.failed for item in advances]),
        numbers([item.delivered for item in advances]),
        numbers([item.undelivered for item in advances]),
        sparse([item.error_code for item in advances]),
        sparse([item.number for item in advances]),
        sparse([item.why for item in advances]),
        sparse([item.raw for item in advances]),
        sparse([item.done_date for item in advances]),
        sparse([item.canceled or None for item in advances]),
        claimant and claimant.process_sid,
        claimant.most if claimant else 0,
        claimant.busy_accounts if claimant else (),
        sparse([item.key_id for item in advances]),
        batch,
    )
    await _tell_carrier(connection, rows)
    keys = await sealer_of(connection).known(row["message_key_id"] for row in rows)
    return [change for _, esme, *facts in rows for change in changes_of(keys, facts, esme, batch)]


def batch_of(claimant: Claimant) -> str:
    """Return a name for what a claimant gets by one statement."""
    return f"{claimant.process_sid}.{next(_BATCH_NUMBERS)}"


def changes_of(
    keys: Keys, change: Sequence[Any], esme: str | None, batch: str | None
) -> Iterator[Changed]:
    """Read a row of `CHANGE`: what its message became, step by step."""
    sid, status, was_sent, has_webhook, is_claimed, *facts = change
    for step in _STEPS[status, was_sent]:
        claimed = _webhooks(keys, sid, step, facts, batch) if has_webhook and is_claimed else ()
        yield Changed(sid, _STATUSES[step], has_webhook and not is_claimed, esme, claimed)


def _webhooks(
    keys: Keys, sid: str, status: str, facts: Sequence[Any], batch: str | None
) -> list[DueWebhook]:
    """Return what a statement has put into the outbox, or in a batch, for a change."""
    status_callback, action_url, action_method, carrier_sid, account_sid, *of_message = facts
    error_code, done_date, *of_text, sealed_body, key_id = of_message
    ordinal = ORDINAL_FINAL
    if status == MessageStatus.SENT:
        ordinal, error_code, done_date = ORDINAL_SENT, None, None
    told = [] if status_callback is None else [(ordinal, status_callback, "POST")]
    if action_url is not None:
        told.append((ordinal + ORDINAL_ACTION, action_url, action_method))
    webhooks = []
    for place, url, method in told:
        # In the order of its fields, of which there are twenty: names would cost as much again.
        head = (sid, place, status, carrier_sid, account_sid, url, method, None, "POST")
        in_batch = batch if action_url is None else None
        webhook = (*head, error_code, done_date, 0, *of_text, None, key_id, in_batch)
        webhooks.append(with_text(keys, DueWebhook._make(webhook), sealed_body))
    return webhooks


async def _tell_carrier(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    """Owe final statuses to the carriers' programs, if any wants some: else nothing is asked."""
    if rows and rows[0]["is_wanted"]:
        told = [row["sid"] for row in rows if row["status"] in carrier_events.FINAL]
        await carrier_events.tell(connection, told)


async def _run_quietly(
    connection: Connection, advances: list[Advance]
) -> tuple[list[Changed], list[Advance]]:
    """Count what went well of bulks' messages: their rows are their history, and owe nothing.

    Returns what changed, and what there is to be said more of.
    """
    quiet = [item for item in advances if item.is_quiet]
    rows = await connection.fetch(
        ADVANCE_QUIETLY,
        words([item.message_sid for item in quiet]),
        numbers([item.sent for item in quiet]),
        numbers([item.delivered for item in quiet]),
    )
    await _tell_carrier(connection, [row for row in rows if row["changed"]])
    changed = [
        Changed(sid, _STATUSES[status], has_webhook=False, smpp_credential_sid=None)
        for sid, status, has_changed, _ in rows
        if has_changed
    ]
    counted = {row[0] for row in rows}
    return changed, [item for item in advances if item.message_sid not in counted]
