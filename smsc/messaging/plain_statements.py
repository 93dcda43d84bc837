"""The statements of the gate for what went well: see `smsc.messaging.plain_results`."""

from typing import Final, NamedTuple

from smsc.messaging import carrier_events
from smsc.messaging.status_statements import CHANGE, OF_MESSAGE, is_claimed, owed
from smsc.sms.status import MessageState

# Of the message `m` that is told of `t`: whether its receipt may be kept; whether all is over;
# whether its receipt is written, of which that was looked at before where it comes later.
_MAY_KEEP: Final = """
(m.key_id IS NOT DISTINCT FROM t.key_id AND (m.key_id IS NULL OR m.sealed_body IS NOT NULL))
"""
_IS_OVER: Final = "m.status IN ('delivered', 'undelivered', 'failed', 'canceled', 'received')"
_IS_DELIVERED: Final = f"(t.is_told AND (NOT t.was_sent OR {_MAY_KEEP}))"

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
    taken: str = ""
    message: str = """
m.sid, m.carrier_sid, m.account_sid, m.status, m.updated_at >= statement_timestamp() AS changed
"""
    owed: str = ""
    change: str = ""
    whom: str = ""


_OF_USUAL: Final = _Owing(
    unnested=", $12::text::text[]",
    told=", done_date",
    moved=", t.done_date, t.place",
    taken=", done_date, place",
    message=f"""{OF_MESSAGE}, t.done_date,
            {is_claimed("$13", "$14", "$15", is_first="t.was_sent")} AS is_claimed""",
    owed=f", {owed('$13', '$16')}",
    change=f", {CHANGE}",
    whom="LEFT JOIN counted ON changed AND status_callback IS NOT NULL",
)


def _told(owing: _Owing) -> str:
    """Write the rows: answers, then receipts of earlier ones.

    These have no epoch and nothing that follows it, but for what is owed. A constant beside a key
    would be an index's condition of its own, and walk all of it: what is one stands among the rows,
    which are not looked through.
    """
    return f"""
told AS MATERIALIZED (
  SELECT message_sid, 1 AS number, epoch, smsc_message_id, receipt_key,
         ($10::timestamptz[])[moment] AS at, key_id, raw, receipt_error, place{owing.told}
  FROM unnest(string_to_array($1, ','), $2::text::bigint[], $3::text::bytea[], $4::text::text[],
              $7::text::bigint[], string_to_array($8, E'\\n'), string_to_array($9, E'\\n'),
              $11::text::integer[]{owing.unnested}) WITH ORDINALITY
    AS told (message_sid, key_id, raw, receipt_error, epoch, smsc_message_id, receipt_key,
             moment{owing.told}, place)
  WHERE {_MAY_WRITE}
)"""  # noqa: S608 built of our own words


def _answered(owing: _Owing) -> tuple[str, str]:
    """Write what takes answered segments out of `in_flight`, and what of these is counted."""
    way = f"""
gone AS (
  DELETE FROM in_flight f USING told t
  WHERE f.message_sid = t.message_sid AND f.number = t.number AND f.epoch = t.epoch
  RETURNING f.message_sid, f.connector_sid, f.claimed_at, t.smsc_message_id, t.receipt_key, t.at,
            t.key_id, t.raw, t.receipt_error{owing.moved},
            t.raw IS NOT NULL AND (
              SELECT true FROM segments s
              WHERE s.connector_sid = f.connector_sid AND s.receipt_key = t.receipt_key LIMIT 1
            ) IS NULL AS is_told
)"""  # noqa: S608 built of our own words
    counted = f"""
SELECT message_sid, connector_sid, claimed_at, smsc_message_id, receipt_key, at, key_id, raw,
       receipt_error{owing.taken}, is_told, true AS was_sent FROM gone
"""  # noqa: S608 built of our own words
    return way, counted


def _reported(owing: _Owing) -> tuple[str, str]:
    """Write what gives segments their receipts that were answered before; and as above."""
    way = f"""
reported AS (
  UPDATE segments s
  SET state = {MessageState.DELIVERED:d}, receipt_at = now(), receipt_error = t.receipt_error,
      receipt_raw = t.raw
  FROM told t JOIN messages m ON m.sid = t.message_sid AND {_MAY_KEEP}
  WHERE t.epoch IS NULL AND s.message_sid = t.message_sid AND s.number = t.number
    AND s.state IS NULL AND (
      SELECT true FROM segments o
      WHERE o.connector_sid = s.connector_sid AND o.receipt_key = s.receipt_key
        AND o.message_sid <> s.message_sid LIMIT 1
    ) IS NULL
  RETURNING s.message_sid, s.connector_sid, t.key_id, t.raw{owing.moved}
)"""  # noqa: S608 built of our own words
    counted = f"""
SELECT message_sid, connector_sid, NULL::timestamptz AS claimed_at, NULL AS smsc_message_id,
       NULL AS receipt_key, NULL::timestamptz AS at, key_id, raw, NULL AS receipt_error
       {owing.taken}, true AS is_told, false AS was_sent FROM reported
"""  # noqa: S608 built of our own words
    return way, counted


def _counted(owing: _Owing, source: str) -> str:
    """Write what changes the messages of `source`: each of them is in it once."""
    return f"""
counted AS (
  UPDATE messages m
  SET segments_sent = m.segments_sent + t.was_sent::integer,
      segments_delivered = m.segments_delivered + {_IS_DELIVERED}::integer,
      sent_at = CASE WHEN {_IS_OVER} OR NOT t.was_sent THEN m.sent_at
                     ELSE coalesce(m.sent_at, now()) END,
      updated_at = CASE WHEN {_IS_OVER} THEN m.updated_at ELSE clock_timestamp() END,
      status = CASE WHEN {_IS_OVER} THEN m.status
                    WHEN {_IS_DELIVERED} THEN 'delivered' ELSE 'sent' END
  FROM ({source}) AS t
  WHERE m.sid = t.message_sid
  RETURNING {owing.message}, t.was_sent, {_IS_DELIVERED} AS is_written, t.connector_sid,
            t.claimed_at, t.smsc_message_id, t.receipt_key, t.at, t.raw, t.receipt_error
)"""  # noqa: S608 built of our own words


_INTO_SEGMENTS: Final = f"""
answered AS (
  INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                        command_status, smsc_message_id, receipt_key, submitted_at, answered_at,
                        state, receipt_at, receipt_error, receipt_raw)
  SELECT sid, 1, carrier_sid, account_sid, connector_sid, 0, smsc_message_id, receipt_key,
         claimed_at, at, CASE WHEN is_written THEN {MessageState.DELIVERED:d} END,
         CASE WHEN is_written THEN now() END, CASE WHEN is_written THEN receipt_error END,
         CASE WHEN is_written THEN raw END
  FROM counted WHERE was_sent
)"""  # noqa: S608 built of a number


def _count_and_answer(owing: _Owing) -> str:
    """Write what counts receipts, owes callbacks, and answers.

    A receipt that found its segment at once counts as `receipt_counts` has it. The first column of
    the answer says whether all of it was plain; else the second names what was. The third names
    what carriers' programs want to know of, if any does. Then, in a row each, what messages became
    that somebody is to be told of: there is one row at least.
    """
    return f"""
tallied AS (
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


def _statement(owing: _Owing, *, has_answers: bool, has_late: bool) -> str:
    ways = [_answered(owing)] if has_answers else []
    ways += [_reported(owing)] if has_late else []
    parts = [
        _told(owing),
        *(way for way, _ in ways),
        _counted(owing, "UNION ALL".join(counted for _, counted in ways)),
        *([_INTO_SEGMENTS] if has_answers else []),
        _count_and_answer(owing),
    ]
    return f"WITH {','.join(parts)}"


class Kind(NamedTuple):
    """What a batch has: answers, receipts of earlier ones, or both; of bulks' messages alone."""

    has_answers: bool
    has_late: bool
    is_of_bulks: bool


# One for both would be a tenth dearer for either alone, and two for both half as dear again. Bulks'
# messages owe nobody a callback.
STATEMENTS: Final = {
    Kind(has_answers, has_late, is_of_bulks): _statement(
        _Owing() if is_of_bulks else _OF_USUAL, has_answers=has_answers, has_late=has_late
    )
    for has_answers, has_late in ((True, False), (False, True), (True, True))
    for is_of_bulks in (False, True)
}
