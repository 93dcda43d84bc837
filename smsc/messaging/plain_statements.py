"""The statements of the gate for what went well: see `smsc.messaging.plain_results`."""

from typing import Final, NamedTuple

from smsc.messaging import carrier_events
from smsc.messaging.status_statements import CHANGE, OF_MESSAGE, is_claimed, owed
from smsc.sms.status import MessageState

# Of the message `m` that is told of `t`: whether its receipt may be kept; whether all is over.
_MAY_KEEP: Final = """
(m.key_id IS NOT DISTINCT FROM t.key_id AND (m.key_id IS NULL OR m.sealed_body IS NOT NULL))
"""
_IS_OVER: Final = "m.status IN ('delivered', 'undelivered', 'failed', 'canceled', 'received')"

# A constant beside a key would be an index's condition of its own, and walk all of it: what is one
# stands among the rows, which are not looked through.
_TOLD: Final = """
unnest(string_to_array($1, ','), $2::text::bigint[], $3::text::bytea[], $4::text::text[]
"""

# What carriers' programs want to know is told by a statement behind this one, in one transaction
# with it. Where there is none ($6 is false), nothing is written if somebody wants to know.
_MAY_WRITE: Final = f"$6::boolean OR NOT {carrier_events.IS_WANTED}"


class _Owing(NamedTuple):
    """What a statement says besides of messages that may owe a callback, and not of bulks'.

    Each part has its place in the text; all that a bulk's message needs is in `message`.
    """

    unnested: str = ""
    told: str = ""
    moved: str = ""
    message: str = """
m.sid, m.carrier_sid, m.account_sid, m.status, m.updated_at >= statement_timestamp() AS changed
"""
    owed: str = ""
    change: str = ""
    whom: str = ""


def _owing(first: int, was_sent: str) -> _Owing:
    """Write it with parameters from `first` on: done dates of receipts, then the claimant's."""
    done_dates, process, most, busy, batch = (f"${first + place}" for place in range(5))
    return _Owing(
        unnested=f", {done_dates}::text::text[]",
        told=", done_date",
        moved=", t.done_date, t.place",
        message=f"""{OF_MESSAGE}, {was_sent} AS was_sent, t.done_date,
            {is_claimed(process, most, busy, is_first=was_sent)} AS is_claimed""",
        owed=f", {owed(process, batch)}",
        change=f", {CHANGE}",
        whom="LEFT JOIN counted ON changed AND status_callback IS NOT NULL",
    )


# A receipt that found its segment at once counts as `receipt_counts` has it. The first column of
# the answer says whether all of it was plain; else the second names what was. The third names what
# carriers' programs want to know of, if any does. Then, in a row each, what messages became that
# somebody is to be told of: there is one row at least.
def _count_and_answer(owing: _Owing) -> str:
    return f"""
, tallied AS (
  INSERT INTO connector_receipts AS known (connector_sid, carrier_sid, matched, parked, id_same,
                                           id_folded, id_hexadecimal, id_decimal, id_ascii)
  SELECT t.connector_sid, t.carrier_sid, t.matched, 0, t.matched, 0, 0, 0, 0
  FROM (
    SELECT connector_sid, min(carrier_sid) AS carrier_sid, count(*) AS matched
    FROM counted WHERE is_written GROUP BY connector_sid ORDER BY connector_sid
  ) AS t JOIN connectors c ON c.sid = t.connector_sid
  ON CONFLICT (connector_sid) DO UPDATE
  SET matched = known.matched + excluded.matched, id_same = known.id_same + excluded.id_same,
      updated_at = now()
){owing.owed}
SELECT is_whole, CASE WHEN NOT is_whole THEN written END,
       CASE WHEN {carrier_events.IS_WANTED} THEN coalesce(delivered, '{{}}') END{owing.change}
FROM (
  SELECT count(*) FILTER (WHERE is_written OR raw IS NULL) = $5 AS is_whole,
         array_agg(sid) FILTER (WHERE is_written) AS written,
         array_agg(sid) FILTER (WHERE changed AND status = 'delivered') AS delivered
  FROM counted
) AS told {owing.whom}
"""  # noqa: S608 built of our own words


def _record(owing: _Owing) -> str:
    """Write what moves answers, and the receipts behind them."""
    return f"""
WITH told AS MATERIALIZED (
  SELECT message_sid, 1 AS number, epoch, smsc_message_id, receipt_key,
         ($10::timestamptz[])[moment] AS at, key_id, raw, receipt_error, place{owing.told}
  FROM {_TOLD}, $7::text::bigint[], string_to_array($8, E'\\n'), string_to_array($9, E'\\n'),
       $11::text::integer[]{owing.unnested}) WITH ORDINALITY
    AS told (message_sid, key_id, raw, receipt_error, epoch, smsc_message_id, receipt_key,
             moment{owing.told}, place)
  WHERE {_MAY_WRITE}
), gone AS (
  DELETE FROM in_flight f USING told t
  WHERE f.message_sid = t.message_sid AND f.number = t.number AND f.epoch = t.epoch
  RETURNING f.message_sid, f.connector_sid, f.claimed_at, t.smsc_message_id, t.receipt_key, t.at,
            t.key_id, t.raw, t.receipt_error{owing.moved},
            t.raw IS NOT NULL AND (
              SELECT true FROM segments s
              WHERE s.connector_sid = f.connector_sid AND s.receipt_key = t.receipt_key LIMIT 1
            ) IS NULL AS is_told
), counted AS (
  UPDATE messages m
  SET segments_sent = m.segments_sent + 1,
      segments_delivered = m.segments_delivered + (t.is_told AND {_MAY_KEEP})::integer,
      sent_at = CASE WHEN {_IS_OVER} THEN m.sent_at ELSE coalesce(m.sent_at, now()) END,
      updated_at = CASE WHEN {_IS_OVER} THEN m.updated_at ELSE clock_timestamp() END,
      status = CASE WHEN {_IS_OVER} THEN m.status
                    WHEN t.is_told AND {_MAY_KEEP} THEN 'delivered' ELSE 'sent' END
  FROM gone t
  WHERE m.sid = t.message_sid
  RETURNING {owing.message},
            t.is_told AND {_MAY_KEEP} AS is_written, t.connector_sid, t.claimed_at,
            t.smsc_message_id, t.receipt_key, t.at, t.raw, t.receipt_error
), answered AS (
  INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                        command_status, smsc_message_id, receipt_key, submitted_at, answered_at,
                        state, receipt_at, receipt_error, receipt_raw)
  SELECT sid, 1, carrier_sid, account_sid, connector_sid, 0, smsc_message_id, receipt_key,
         claimed_at, at, CASE WHEN is_written THEN {MessageState.DELIVERED:d} END,
         CASE WHEN is_written THEN now() END, CASE WHEN is_written THEN receipt_error END,
         CASE WHEN is_written THEN raw END
  FROM counted
){_count_and_answer(owing)}
"""  # noqa: S608 built of our own words


def _report(owing: _Owing) -> str:
    """Write what moves receipts of answers that were written before."""
    return f"""
WITH told AS MATERIALIZED (
  SELECT message_sid, 1 AS number, key_id, raw, receipt_error, place{owing.told}
  FROM {_TOLD}{owing.unnested}) WITH ORDINALITY
    AS told (message_sid, key_id, raw, receipt_error{owing.told}, place)
  WHERE {_MAY_WRITE}
), reported AS (
  UPDATE segments s
  SET state = {MessageState.DELIVERED:d}, receipt_at = now(), receipt_error = t.receipt_error,
      receipt_raw = t.raw
  FROM told t JOIN messages m ON m.sid = t.message_sid AND {_MAY_KEEP}
  WHERE s.message_sid = t.message_sid AND s.number = t.number AND s.state IS NULL AND (
    SELECT true FROM segments o
    WHERE o.connector_sid = s.connector_sid AND o.receipt_key = s.receipt_key
      AND o.message_sid <> s.message_sid LIMIT 1
  ) IS NULL
  RETURNING s.message_sid, s.connector_sid, t.raw{owing.moved}
), counted AS (
  UPDATE messages m
  SET segments_delivered = m.segments_delivered + 1,
      updated_at = CASE WHEN {_IS_OVER} THEN m.updated_at ELSE clock_timestamp() END,
      status = CASE WHEN {_IS_OVER} THEN m.status ELSE 'delivered' END
  FROM reported t
  WHERE m.sid = t.message_sid
  RETURNING {owing.message}, true AS is_written, t.connector_sid, t.raw
){_count_and_answer(owing)}
"""  # noqa: S608 built of our own words


RECORD: Final = _record(_owing(12, "true"))
REPORT: Final = _report(_owing(7, "false"))
# Of bulks' messages alone, which owe nobody a callback.
RECORD_OF_BULKS: Final = _record(_Owing())
REPORT_OF_BULKS: Final = _report(_Owing())
