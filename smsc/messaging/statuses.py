"""The one gate for every change of a message's status: guarded, and noted with its cause."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from smsc.db import Connection, sealer_of
from smsc.messaging import carrier_events
from smsc.sealing import Keys
from smsc.sms.status import MessageStatus
from smsc.unnesting import numbers, sparse, words
from smsc.webhooks.delivery import CLAIM_SECONDS, Claimant, DueWebhook, with_text

# The order in which a message's events are first told to its customer. One final event a message.
ORDINAL_SENT: Final = 10
ORDINAL_FINAL: Final = 20
ORDINAL_ACTION: Final = 1  # added for a reply's `action`, which is told beside its StatusCallback
ORDINAL_RECEIVED: Final = 30
_STATUSES: Final = {status.value: status for status in MessageStatus}


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
    num_submits: int  # its `submit_sm`s: what the counters count to
    has_webhook: bool  # in the outbox, for whoever claims it
    smpp_credential_sid: str | None  # set when a receipt is owed to that ESME
    claimed: Sequence[DueWebhook] = ()  # in the outbox too, but the claimant's already


async def advance(
    connection: Connection, advances: Iterable[Advance], claimant: Claimant | None = None
) -> list[Changed]:
    """Count segments into their messages; where that changes a status, note it and owe the events.

    One statement for all: the counters and the guarded status, the history, the webhook outbox, the
    receipts of customers' ESMEs, and what a failed message had cost. A message of several segments
    passes through `sent` even when its fate is known by then. A `claimant` has its webhooks with
    the commit, but for those that must wait for an earlier one which somebody else may claim.
    """
    merged = _merge(advances)
    changed: list[Changed] = []
    if any(item.is_quiet for item in merged):
        changed, merged = await _run_quietly(connection, merged)
    if merged:
        changed += await _run(connection, merged, claimant)
    early = [
        Advance(message_sid=change.message_sid, why="a receipt that came before the last response")
        for change in changed
        if change.status is MessageStatus.SENT and change.num_submits > 1
    ]
    if early:
        changed += await _run(connection, early, claimant)
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
    rows = await connection.fetch(
        _ADVANCE,
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
    )
    await _tell_carrier(connection, rows)
    keys = await sealer_of(connection).known(row["message_key_id"] for row in rows)
    return [
        Changed(
            sid,
            _STATUSES[status],
            submits,
            has_webhook and not is_claimed,
            esme,
            _webhooks(keys, sid, status, facts) if has_webhook and is_claimed else (),
        )
        for sid, status, submits, esme, has_webhook, is_claimed, _, *facts in rows
    ]


def _webhooks(keys: Keys, sid: str, status: str, facts: Sequence[Any]) -> list[DueWebhook]:
    """Return the rows of the outbox that `_ADVANCE` has inserted for a change."""
    status_callback, action_url, action_method, carrier_sid, account_sid, *of_message = facts
    error_code, done_date, *of_text, sealed_body, key_id = of_message
    ordinal = ORDINAL_SENT if status == MessageStatus.SENT else ORDINAL_FINAL
    told = [] if status_callback is None else [(ordinal, status_callback, "POST")]
    if action_url is not None:
        told.append((ordinal + ORDINAL_ACTION, action_url, action_method))
    webhooks = []
    for place, url, method in told:
        # In the order of its fields, of which there are twenty: names would cost as much again.
        head = (sid, place, status, carrier_sid, account_sid, url, method, None, "POST")
        webhook = (*head, error_code, done_date, 0, *of_text, None, key_id)
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
        _ADVANCE_QUIETLY,
        words([item.message_sid for item in quiet]),
        numbers([item.sent for item in quiet]),
        numbers([item.delivered for item in quiet]),
    )
    await _tell_carrier(connection, [row for row in rows if row["changed"]])
    changed = [
        Changed(sid, _STATUSES[status], submits, has_webhook=False, smpp_credential_sid=None)
        for sid, status, submits, has_changed, _ in rows
        if has_changed
    ]
    counted = {row[0] for row in rows}
    return changed, [item for item in advances if item.message_sid not in counted]


# What the status becomes; `m` is the message, `t` what is told of it. A final status stays.
_NEXT: Final = """
CASE
  WHEN m.status IN ('delivered', 'undelivered', 'failed', 'canceled', 'received') THEN m.status
  WHEN t.canceled THEN
    CASE WHEN m.segments_sent + m.segments_failed = 0 THEN 'canceled' ELSE m.status END
  WHEN m.segments_sent + t.sent + m.segments_failed + t.failed
       < coalesce(m.num_submits, m.num_segments) THEN m.status
  WHEN m.segments_sent + t.sent = 0 THEN 'failed'
  WHEN m.segments_failed + t.failed > 0 THEN 'undelivered'
  WHEN m.sent_at IS NULL THEN 'sent'
  WHEN m.segments_undelivered + t.undelivered > 0 THEN 'undelivered'
  WHEN m.segments_delivered + t.delivered
       >= coalesce(m.num_submits, m.num_segments) THEN 'delivered'
  ELSE m.status
END
"""

# Whether the ESME asked to be told of the status that its message has now: of all final ones, of
# failures only, of success only; and apart from these of what is on its way.
# Source: SMPP 3.4 §5.2.17; SMPP 5.0 §4.7.21 for success only.
_OWES_RECEIPT: Final = """
CASE WHEN m.registered_delivery = 0 THEN false
     WHEN m.status = 'sent' THEN m.registered_delivery & 16 <> 0
     WHEN m.status = 'delivered' THEN m.registered_delivery & 3 IN (1, 3)
     ELSE m.registered_delivery & 3 IN (1, 2) END
"""

# Whether the claimant, if any, may have the events of a change: not when its account is busy, and
# not before an event of the same message that is still to be tried first by somebody else. (An
# EXISTS might be planned as a hash of the whole outbox.)
_IS_CLAIMED: Final = """
CASE WHEN $12::text IS NULL OR t.place > $13::integer OR m.account_sid = ANY($14::text[]) THEN false
     WHEN m.status = 'sent' THEN true
     ELSE (SELECT true FROM webhooks e
           WHERE e.message_sid = m.sid AND e.tries = 0 AND e.claimed_by IS DISTINCT FROM $12::text
           LIMIT 1) IS NULL END
"""

# A row changed in this statement if its `updated_at` is not older than the statement. A change is
# made once, and so are its events: a row that is in the outbox already would be a fault of ours.
_ADVANCE: Final = f"""
WITH told AS (
  SELECT * FROM unnest(string_to_array($1, ','), $2::text::smallint[], $3::text::smallint[],
                       $4::text::smallint[], $5::text::smallint[], $6::integer[], $7::smallint[],
                       $8::text[], $9::bytea[], $10::text[], $11::boolean[], $15::bigint[])
                WITH ORDINALITY
    AS told (sid, sent, failed, delivered, undelivered, error_code, number, why, raw, done_date,
             canceled, key_id, place)
), counted AS (
  UPDATE messages m
  SET segments_sent = m.segments_sent + t.sent,
      segments_failed = m.segments_failed + t.failed,
      segments_delivered = m.segments_delivered + t.delivered,
      segments_undelivered = m.segments_undelivered + t.undelivered,
      error_code = CASE WHEN m.status = 'delivered' THEN m.error_code
                        ELSE coalesce(m.error_code, t.error_code) END,
      sent_at = CASE WHEN m.sent_at IS NULL AND {_NEXT} IN ('sent', 'undelivered') THEN now()
                     ELSE m.sent_at END,
      updated_at = CASE WHEN {_NEXT} <> m.status THEN clock_timestamp() ELSE m.updated_at END,
      status = {_NEXT}
  FROM told t
  WHERE m.sid = t.sid
  RETURNING m.sid, m.carrier_sid, m.account_sid, m.status, m.error_code,
            coalesce(m.num_submits, m.num_segments) AS num_submits,
            m.status_callback, m.action_url, m.action_method,
            m.updated_at >= statement_timestamp() AS changed,
            CASE WHEN {_OWES_RECEIPT} THEN m.smpp_credential_sid END AS smpp_credential_sid,
            {_IS_CLAIMED} AS is_claimed,
            m.to_, m.from_, m.body, m.num_segments, m.created_at, m.messaging_service_sid,
            m.sealed_body, m.key_id AS message_key_id,
            t.number, t.why, t.raw, t.key_id, t.done_date
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, why, raw,
                              key_id)
  SELECT sid, carrier_sid, account_sid, status, number, why, raw, key_id FROM counted WHERE changed
), owed AS (
  INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, method,
                        error_code, raw_dlr_done_date, claimed_by, due_at)
  SELECT sid, CASE status WHEN 'sent' THEN {ORDINAL_SENT} ELSE {ORDINAL_FINAL} END + place, status,
         carrier_sid, account_sid, url, method,
         CASE WHEN status IN ('failed', 'undelivered') THEN error_code END, done_date,
         CASE WHEN is_claimed THEN $12 END,
         now() + CASE WHEN is_claimed THEN interval '{CLAIM_SECONDS} s' ELSE interval '0' END
  FROM counted, LATERAL (
    VALUES (0, status_callback, 'POST'), ({ORDINAL_ACTION}, action_url, action_method)
  ) AS told (place, url, method)
  WHERE changed AND url IS NOT NULL
), owed_to_esme AS (
  INSERT INTO esme_deliveries (carrier_sid, account_sid, smpp_credential_sid, message_sid, kind,
                               status, error_code)
  SELECT carrier_sid, account_sid, smpp_credential_sid, sid, 'receipt', status, error_code
  FROM counted WHERE changed AND smpp_credential_sid IS NOT NULL
), given_back AS (
  INSERT INTO ledger (carrier_sid, account_sid, payer_sid, message_sid, kind, category, amount,
                      price_unit)
  SELECT l.carrier_sid, l.account_sid, l.payer_sid, l.message_sid, 'reversal', l.category,
         -l.amount, l.price_unit
  FROM counted c JOIN ledger l ON l.message_sid = c.sid AND l.kind = 'charge'
  WHERE c.changed AND c.status IN ('failed', 'canceled')
  RETURNING payer_sid, amount
), owed_back AS MATERIALIZED (
  SELECT payer_sid, sum(amount) AS amount FROM given_back GROUP BY payer_sid
), payers AS MATERIALIZED (
  SELECT b.account_sid FROM balances b
  WHERE b.account_sid = ANY(ARRAY(SELECT payer_sid FROM owed_back))
  ORDER BY b.account_sid FOR UPDATE
), refunded AS (
  UPDATE balances b SET balance = b.balance + g.amount, updated_at = now()
  FROM payers p JOIN owed_back g ON g.payer_sid = p.account_sid
  WHERE b.account_sid = p.account_sid
)
SELECT sid, status, num_submits, smpp_credential_sid,
       status_callback IS NOT NULL OR action_url IS NOT NULL, is_claimed,
       {carrier_events.IS_WANTED} AS is_wanted,
       status_callback, action_url, action_method, carrier_sid, account_sid,
       CASE WHEN status IN ('failed', 'undelivered') THEN error_code END, done_date,
       to_, from_, body, num_segments, created_at, messaging_service_sid, sealed_body,
       message_key_id
FROM counted WHERE changed
"""  # noqa: S608 built of the constants above

# As above, of what went well; what was answered and reported at once need not be `sent` between.
_NEXT_QUIETLY: Final = """
CASE
  WHEN m.status IN ('delivered', 'undelivered', 'failed', 'canceled', 'received') THEN m.status
  WHEN m.segments_sent + t.sent < coalesce(m.num_submits, m.num_segments) THEN m.status
  WHEN m.segments_delivered + t.delivered
       >= coalesce(m.num_submits, m.num_segments) THEN 'delivered'
  ELSE 'sent'
END
"""

_ADVANCE_QUIETLY: Final = f"""
WITH told AS (
  SELECT sid, sent, delivered
  FROM unnest(string_to_array($1, ','), $2::text::smallint[], $3::text::smallint[])
    AS told (sid, sent, delivered)
), counted AS (
  UPDATE messages m
  SET segments_sent = m.segments_sent + t.sent,
      segments_delivered = m.segments_delivered + t.delivered,
      sent_at = CASE WHEN m.sent_at IS NULL AND {_NEXT_QUIETLY} IN ('sent', 'delivered')
                     THEN now() ELSE m.sent_at END,
      updated_at = CASE WHEN {_NEXT_QUIETLY} <> m.status THEN clock_timestamp()
                        ELSE m.updated_at END,
      status = {_NEXT_QUIETLY}
  FROM told t
  WHERE m.sid = t.sid AND m.segments_failed + m.segments_undelivered = 0
  RETURNING m.sid, m.status, coalesce(m.num_submits, m.num_segments) AS num_submits,
            m.updated_at >= statement_timestamp() AS changed
)
SELECT sid, status, num_submits, changed, {carrier_events.IS_WANTED} AS is_wanted FROM counted
"""  # noqa: S608 built of the constant above
