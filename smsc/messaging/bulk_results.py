"""The gate's way for what went well of bulks: answers, with the receipts behind them, at once.

A bulk's message of one segment that was accepted, and whose receipt says `delivered`, owes nobody a
word: one statement writes a whole window of them. What is not so plain takes the common way.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from smsc.db import Connection, sealer_of
from smsc.messaging import carrier_events
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.receipt_counts import Counts
from smsc.messaging.sending.responses import Answer
from smsc.sms.command_status import Verdict
from smsc.sms.correlation import stored_key
from smsc.sms.status import MessageState
from smsc.unnesting import lines, numbers, sparse, words

Name: TypeAlias = tuple[str, str | None]  # a connector's SID, and an id of its remote
Pair: TypeAlias = tuple[Answer, ReceivedReceipt | None]  # the receipt that came behind, if any did


class Rest(NamedTuple):
    """What of a batch is left to the common way, and how many receipts are not, by connector."""

    answers: list[Answer]
    receipts: list[ReceivedReceipt]
    counts: dict[str, Counts]


MOST_REMEMBERED: Final = 50_000  # answers whose receipt may come


class PlainResults:
    """Tells what is plain of what comes back over a process's connectors.

    A receipt goes with its answer if it has the very id and the recipient of it. Answers are
    remembered until theirs comes; of what was forgotten, the common way finds the segment.
    """

    def __init__(self) -> None:
        self._unreported: dict[Name, Answer] = {}

    async def record(
        self,
        connection: Connection,
        answers: Sequence[Answer],
        receipts: Sequence[ReceivedReceipt],
    ) -> Rest:
        """Write what is plain of a batch, answers before the receipts; return what is left."""
        plain, others = self._part_answers(answers)
        told, late, left = self._part_receipts(receipts, plain)
        unwritten = [*await _record(connection, told), *await _report(connection, late)]
        self._remember(told)
        counts: dict[str, Counts] = {}
        for receipt in (receipt for _, receipt in (*told, *late) if receipt is not None):
            counts.setdefault(receipt.connector_sid, Counts()).matched += 1
        for receipt in unwritten:
            counts[receipt.connector_sid].matched -= 1
        return Rest(others, [*unwritten, *left], counts)

    def _part_answers(self, answers: Sequence[Answer]) -> tuple[dict[Name, Answer], list[Answer]]:
        """Return those that are plain, and the others; of two with one id neither is."""
        plain: dict[Name, Answer] = {}
        seen: set[Name] = set()
        others: list[Answer] = []
        for answer in answers:
            name = answer.connector_sid, answer.smsc_message_id
            if name in seen:
                twin = plain.pop(name, None)
                others += [answer] if twin is None else [twin, answer]
            elif _is_plain(answer):
                plain[name] = answer
            else:
                others.append(answer)
            seen.add(name)
        return plain, others

    def _part_receipts(
        self, receipts: Sequence[ReceivedReceipt], answers: Mapping[Name, Answer]
    ) -> tuple[list[Pair], list[Pair], list[ReceivedReceipt]]:
        """Return these answers with their receipts, receipts of earlier answers, and the others."""
        told: dict[Name, ReceivedReceipt] = {}
        late: list[Pair] = []
        others: list[ReceivedReceipt] = []
        for receipt in receipts:
            name = receipt.connector_sid, receipt.message_id
            answer = answers.get(name) or self._unreported.get(name)
            if answer is None or not _is_of(receipt, answer) or name in told:
                others.append(receipt)
            elif name in answers:
                told[name] = receipt
            else:
                late.append((self._unreported.pop(name), receipt))
        return [(one, told.get(name)) for name, one in answers.items()], late, others

    def _remember(self, pairs: Iterable[Pair]) -> None:
        """Remember the answers without a receipt."""
        for answer, receipt in pairs:
            if receipt is None:
                self._unreported[answer.connector_sid, answer.smsc_message_id] = answer
        while len(self._unreported) > MOST_REMEMBERED:
            del self._unreported[next(iter(self._unreported))]


def _is_of(receipt: ReceivedReceipt, answer: Answer) -> bool:
    return receipt.state is MessageState.DELIVERED and receipt.source_addr == answer.to


def _is_plain(answer: Answer) -> bool:
    message_id = answer.smsc_message_id
    return (
        answer.to is not None
        and not answer.command_status
        and message_id is not None
        and message_id.isprintable()
        and answer.statuses.verdict(answer.command_status) is Verdict.OK
        and bool(stored_key(message_id))
    )


async def _record(connection: Connection, pairs: Sequence[Pair]) -> list[ReceivedReceipt]:
    """Move answered segments and their messages on; return the receipts that it did not write.

    An answer under a lost epoch finds no row and changes nothing. A receipt is left if another
    segment had that id, or if the text of its message was redacted or sealed anew meanwhile.
    """
    if not pairs:
        return []
    answers = [answer for answer, _ in pairs]
    moments = {at: place for place, at in enumerate(dict.fromkeys(one.at for one in answers), 1)}
    row = await connection.fetchrow(
        _RECORD,
        *await _columns(connection, pairs),
        numbers([answer.epoch for answer in answers]),
        lines([answer.smsc_message_id or "" for answer in answers]),
        lines([stored_key(answer.smsc_message_id or "") for answer in answers]),
        list(moments),
        numbers([moments[answer.at] for answer in answers]),
    )
    return await _left(connection, pairs, row)


async def _report(connection: Connection, pairs: Sequence[Pair]) -> list[ReceivedReceipt]:
    """Write receipts of segments that were answered before; return those that it did not write.

    They are those that `record` leaves, and what is of a segment that had a receipt before.
    """
    if not pairs:
        return []
    row = await connection.fetchrow(_REPORT, *await _columns(connection, pairs))
    return await _left(connection, pairs, row)


async def _columns(connection: Connection, pairs: Sequence[Pair]) -> tuple[object, ...]:
    """Return what both statements are told of each."""
    keys = await sealer_of(connection).known(answer.key_id for answer, _ in pairs)
    receipts = [receipt for _, receipt in pairs]
    raws = [
        receipt and keys.seal(answer.key_id, f"{answer.message_sid}:event", receipt.raw)
        for answer, receipt in pairs
    ]
    return (
        words([answer.message_sid for answer, _ in pairs]),
        sparse([answer.key_id for answer, _ in pairs]),
        sparse(raws),
        sparse([receipt and receipt.error_code for receipt in receipts]),
        # What has lost its key is for the common way, so that not all of it is written.
        len(pairs) if raws.count(None) == receipts.count(None) else -1,
    )


async def _left(
    connection: Connection, pairs: Sequence[Pair], row: Sequence[Any] | None
) -> list[ReceivedReceipt]:
    """Tell carriers' programs what they want to know; return the receipts that weren't written."""
    is_whole, written, delivered = row or (False, (), ())
    if delivered:
        await carrier_events.tell(connection, delivered)
    if is_whole:
        return []
    known = set(written or ())
    return [
        receipt
        for answer, receipt in pairs
        if receipt is not None and answer.message_sid not in known
    ]


# Of the message `m` that is told of `t`: whether its receipt may be kept; whether all is over.
_MAY_KEEP: Final = """
(m.key_id IS NOT DISTINCT FROM t.key_id AND (m.key_id IS NULL OR m.sealed_body IS NOT NULL))
"""
_IS_OVER: Final = "m.status IN ('delivered', 'undelivered', 'failed', 'canceled', 'received')"

# A constant beside a key would be an index's condition of its own, and walk all of it: what is one
# stands among the rows, which are not looked through.
_TOLD: Final = """
unnest(string_to_array($1, ','), $2::bigint[], $3::bytea[], $4::text[]
"""

# A receipt that found its segment at once counts as `receipt_counts` has it. The first column of
# the answer says whether all of it was plain; else the second names what was.
_COUNT_AND_ANSWER: Final = f"""
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
)
SELECT is_whole, CASE WHEN NOT is_whole THEN written END,
       CASE WHEN {carrier_events.IS_WANTED} THEN delivered END
FROM (
  SELECT count(*) FILTER (WHERE is_written OR raw IS NULL) = $5 AS is_whole,
         array_agg(message_sid) FILTER (WHERE is_written) AS written,
         array_agg(message_sid) FILTER (WHERE changed AND status = 'delivered') AS delivered
  FROM counted
) AS told
"""  # noqa: S608 built of a constant

_RECORD: Final = f"""
WITH told AS MATERIALIZED (
  SELECT message_sid, 1 AS number, epoch, smsc_message_id, receipt_key,
         ($9::timestamptz[])[moment] AS at, key_id, raw, error_code
  FROM {_TOLD}, $6::text::bigint[], string_to_array($7, E'\\n'), string_to_array($8, E'\\n'),
       $10::text::integer[])
    AS told (message_sid, key_id, raw, error_code, epoch, smsc_message_id, receipt_key, moment)
), gone AS (
  DELETE FROM in_flight f USING told t
  WHERE f.message_sid = t.message_sid AND f.number = t.number AND f.epoch = t.epoch
  RETURNING f.message_sid, f.carrier_sid, f.account_sid, f.connector_sid, f.claimed_at,
            t.smsc_message_id, t.receipt_key, t.at, t.key_id, t.raw, t.error_code,
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
  RETURNING t.*, m.status, m.updated_at >= statement_timestamp() AS changed,
            t.is_told AND {_MAY_KEEP} AS is_written
), answered AS (
  INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                        command_status, smsc_message_id, receipt_key, submitted_at, answered_at,
                        state, receipt_at, receipt_error, receipt_raw)
  SELECT message_sid, 1, carrier_sid, account_sid, connector_sid, 0, smsc_message_id, receipt_key,
         claimed_at, at, CASE WHEN is_written THEN {MessageState.DELIVERED:d} END,
         CASE WHEN is_written THEN now() END, CASE WHEN is_written THEN error_code END,
         CASE WHEN is_written THEN raw END
  FROM counted
){_COUNT_AND_ANSWER}
"""  # noqa: S608 built of the constants above

_REPORT: Final = f"""
WITH told AS MATERIALIZED (
  SELECT message_sid, 1 AS number, key_id, raw, error_code
  FROM {_TOLD}) AS told (message_sid, key_id, raw, error_code)
), reported AS (
  UPDATE segments s
  SET state = {MessageState.DELIVERED:d}, receipt_at = now(), receipt_error = t.error_code,
      receipt_raw = t.raw
  FROM told t JOIN messages m ON m.sid = t.message_sid AND {_MAY_KEEP}
  WHERE s.message_sid = t.message_sid AND s.number = t.number AND s.state IS NULL AND (
    SELECT true FROM segments o
    WHERE o.connector_sid = s.connector_sid AND o.receipt_key = s.receipt_key
      AND o.message_sid <> s.message_sid LIMIT 1
  ) IS NULL
  RETURNING s.message_sid, s.connector_sid, s.carrier_sid, t.raw
), counted AS (
  UPDATE messages m
  SET segments_delivered = m.segments_delivered + 1,
      updated_at = CASE WHEN {_IS_OVER} THEN m.updated_at ELSE clock_timestamp() END,
      status = CASE WHEN {_IS_OVER} THEN m.status ELSE 'delivered' END
  FROM reported t
  WHERE m.sid = t.message_sid
  RETURNING t.*, m.status, m.updated_at >= statement_timestamp() AS changed, true AS is_written
){_COUNT_AND_ANSWER}
"""  # noqa: S608 built of the constants above
