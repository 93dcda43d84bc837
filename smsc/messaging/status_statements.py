"""The statements of the one gate: what a status becomes, and what is owed for it."""

from typing import Final

from smsc.messaging import carrier_events
from smsc.webhooks.delivery import CLAIM_SECONDS

# The order in which a message's events are first told to its customer. One final event a message.
ORDINAL_SENT: Final = 10
ORDINAL_FINAL: Final = 20
ORDINAL_ACTION: Final = 1  # added for a reply's `action`, which is told beside its StatusCallback
ORDINAL_RECEIVED: Final = 30

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
  WHEN m.segments_undelivered + t.undelivered > 0 THEN 'undelivered'
  WHEN m.segments_delivered + t.delivered
       >= coalesce(m.num_submits, m.num_segments) THEN 'delivered'
  ELSE 'sent'
END
"""

# Whether it was `sent` by this change, whatever it has become by it besides: the last of its
# segments was answered, and all well. (Its `sent_at` alone would be that of the transaction.)
_WAS_SENT: Final = """
(m.sent_at IS NOT DISTINCT FROM now() AND m.segments_failed = 0
 AND m.segments_sent - t.sent < coalesce(m.num_submits, m.num_segments))
"""

# Whether this change owes the first event of its message.
_IS_FIRST: Final = f"""
(m.status = 'sent' OR {_WAS_SENT})
"""

# Whether the ESME asked to be told of what became of its message: of all final statuses, of
# failures only, of success only; and apart from these of what is on its way.
# Source: SMPP 3.4 §5.2.17; SMPP 5.0 §4.7.21 for success only.
_OWES_RECEIPT: Final = """
CASE WHEN registered_delivery = 0 THEN false
     WHEN {status} = 'sent' THEN registered_delivery & 16 <> 0
     WHEN {status} = 'delivered' THEN registered_delivery & 3 IN (1, 3)
     ELSE registered_delivery & 3 IN (1, 2) END
"""

# What the claimant makes at once; a reply's `action` is told beside, and has rows.
_IS_IN_BATCH: Final = "is_claimed AND action_url IS NULL"

# What a change was, one step or two, with the places of its events.
_STEP: Final = f"""
LATERAL (VALUES ('sent', {ORDINAL_SENT}, was_sent OR status = 'sent'),
                (status, {ORDINAL_FINAL}, status <> 'sent')) AS step (event, ordinal, is_one)
"""


def is_claimed(process: str, most: str, busy: str, is_first: str) -> str:
    """Write whether the claimant, if there is a `process`, may have the events of a change.

    Not when its account is busy, and not before an event of the same message that is still to be
    tried first by somebody else, unless this `is_first`. (An EXISTS might be planned as a hash of
    the whole outbox.) The first three name parameters.
    """
    return f"""
CASE WHEN {process}::text IS NULL OR t.place > {most}::integer
       OR m.account_sid = ANY({busy}::text[]) THEN false
     WHEN {is_first} THEN true
     ELSE (SELECT true FROM webhooks e
           WHERE e.message_sid = m.sid AND e.tries = 0
             AND e.claimed_by IS DISTINCT FROM {process}::text
           LIMIT 1) IS NULL
          AND m.sid NOT IN (SELECT unnest(b.message_sids) FROM callback_batches b
                            WHERE b.claimed_by <> {process}::text) END
"""  # noqa: S608 built of our own words


def owed(process: str, batch: str) -> str:
    """Write what puts the webhooks of `counted` into the outbox, or into the claimant's batch."""
    return f"""
owed AS (
  INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, method,
                        error_code, raw_dlr_done_date, claimed_by, due_at)
  SELECT sid, ordinal + place, event, carrier_sid, account_sid, url, method,
         CASE WHEN event IN ('failed', 'undelivered') THEN error_code END,
         CASE WHEN event <> 'sent' THEN done_date END,
         CASE WHEN is_claimed THEN {process} END,
         now() + CASE WHEN is_claimed THEN interval '{CLAIM_SECONDS} s' ELSE interval '0' END
  FROM counted, {_STEP}, LATERAL (
    VALUES (0, status_callback, 'POST'), ({ORDINAL_ACTION}, action_url, action_method)
  ) AS told (place, url, method)
  WHERE changed AND (status_callback IS NOT NULL OR action_url IS NOT NULL)
    AND is_one AND url IS NOT NULL AND NOT ({_IS_IN_BATCH})
), owed_at_once AS (
  INSERT INTO callback_batches (id, account_sid, carrier_sid, claimed_by, due_at, message_sids,
                                ordinals, done_dates)
  SELECT {batch}, account_sid, carrier_sid, {process}, now() + interval '{CLAIM_SECONDS} s',
         array_agg(sid), array_agg(ordinal::smallint),
         array_agg(CASE WHEN event <> 'sent' THEN done_date END)
  FROM counted, {_STEP}
  WHERE changed AND is_one AND status_callback IS NOT NULL AND {_IS_IN_BATCH}
  GROUP BY account_sid, carrier_sid
)
"""  # noqa: S608 built of our own words


# What of a message `m` its webhooks are made of, apart from what is told of it; and as it is
# returned of `counted`, which has a `done_date` besides.
OF_MESSAGE: Final = """
m.sid, m.carrier_sid, m.account_sid, m.status, m.error_code, m.status_callback, m.action_url,
m.action_method, m.updated_at >= statement_timestamp() AS changed, m.to_, m.from_, m.body,
m.num_segments, m.created_at, m.messaging_service_sid, m.sealed_body, m.key_id AS message_key_id
"""
CHANGE: Final = """
sid, status, was_sent, status_callback IS NOT NULL OR action_url IS NOT NULL, is_claimed,
status_callback, action_url, action_method, carrier_sid, account_sid,
CASE WHEN status IN ('failed', 'undelivered') THEN error_code END, done_date,
to_, from_, body, num_segments, created_at, messaging_service_sid, sealed_body, message_key_id
"""

_EARLY: Final = "a receipt that came before the last response"

# A row changed in this statement if its `updated_at` is not older than the statement. A change is
# made once, and so are its events: a row that is in the outbox already would be a fault of ours.
# `sent` and `delivered` are noted only where there is more to say than the rows do: `sent_at`, the
# status, and the receipt beside its segment.
ADVANCE: Final = f"""
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
      sent_at = CASE WHEN m.sent_at IS NULL AND {_NEXT} IN ('sent', 'delivered', 'undelivered')
                     THEN now() ELSE m.sent_at END,
      updated_at = CASE WHEN {_NEXT} <> m.status THEN clock_timestamp() ELSE m.updated_at END,
      status = {_NEXT}
  FROM told t
  WHERE m.sid = t.sid
  RETURNING {OF_MESSAGE}, {_WAS_SENT} AS was_sent,
            m.smpp_credential_sid, m.registered_delivery,
            {is_claimed("$12", "$13", "$14", is_first=_IS_FIRST)} AS is_claimed,
            t.number,
            CASE WHEN t.delivered + t.undelivered = 0 AND m.status IN ('delivered', 'undelivered')
                      AND {_WAS_SENT} THEN coalesce(t.why, '{_EARLY}') ELSE t.why END AS why,
            t.raw, t.key_id, t.done_date
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, why, raw,
                              key_id)
  SELECT sid, carrier_sid, account_sid, status, number, why, raw, key_id FROM counted
  WHERE changed AND (why IS NOT NULL OR raw IS NOT NULL OR status NOT IN ('sent', 'delivered'))
), {owed("$12", "$16")}, owed_to_esme AS (
  INSERT INTO esme_deliveries (carrier_sid, account_sid, smpp_credential_sid, message_sid, kind,
                               status, error_code)
  SELECT carrier_sid, account_sid, smpp_credential_sid, sid, 'receipt', event, error_code
  FROM counted, {_STEP}
  WHERE changed AND is_one AND smpp_credential_sid IS NOT NULL
    AND {_OWES_RECEIPT.format(status="event")}
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
SELECT {carrier_events.IS_WANTED} AS is_wanted,
       CASE WHEN {_OWES_RECEIPT.format(status="status")}
              OR was_sent AND registered_delivery & 16 <> 0 THEN smpp_credential_sid END,
       {CHANGE}
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

ADVANCE_QUIETLY: Final = f"""
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
  RETURNING m.sid, m.status, m.updated_at >= statement_timestamp() AS changed
)
SELECT sid, status, changed, {carrier_events.IS_WANTED} AS is_wanted FROM counted
"""  # noqa: S608 built of the constant above
