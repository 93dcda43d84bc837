"""Joins receipts to the segments that they report on, in whatever order they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from smsc.db import Connection
from smsc.messaging import held
from smsc.messaging.matching import Candidate, ReceivedReceipt, choose
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.sms.status import MessageState, MessageStatus, outcome


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch of receipts changed."""

    changed: list[Changed]
    parked: int
    matched: Sequence[tuple[ReceivedReceipt, str]] = ()  # with the SIDs of their messages


async def apply(connection: Connection, receipts: Sequence[ReceivedReceipt]) -> Applied:
    """Move segments and their messages on as receipts say; park those whose segment is unknown.

    A final state of a segment never changes; what comes later is only noted. Every receipt is kept
    in its message's history, raw.
    """
    if not receipts:
        return Applied([], 0)
    found = await _candidates(connection, receipts)
    matched: list[tuple[ReceivedReceipt, Candidate]] = []
    parked: list[ReceivedReceipt] = []
    for index, receipt in enumerate(receipts):
        segment = choose(receipt, found.get(index, ()))
        if segment is None:
            parked.append(receipt)
        else:
            matched.append((receipt, segment))
    adopted = await held.adopt(connection, parked)
    matched += adopted.matched
    parked = adopted.left
    final = await _set_states(connection, matched)
    advances = []
    for receipt, segment in final:
        status, error_code = outcome(receipt.state, receipt.error_code)
        advances.append(
            Advance(
                message_sid=segment.message_sid,
                delivered=int(status is MessageStatus.DELIVERED),
                undelivered=int(status is MessageStatus.UNDELIVERED),
                error_code=error_code,
                number=segment.number,
                why=receipt.why,
                raw=receipt.raw,
                done_date=receipt.done_date,
            )
        )
    changed = adopted.changed + await advance(connection, advances)
    told = {change.message_sid for change in changed}
    last = {segment.message_sid: receipt for receipt, segment in final}
    await _note(
        connection,
        [
            (receipt, segment)
            for receipt, segment in matched
            # The receipt that changed its message is in the history already.
            if segment.message_sid not in told or last[segment.message_sid] is not receipt
        ],
    )
    await _park(connection, parked)
    known = [(receipt, segment.message_sid) for receipt, segment in matched]
    return Applied(changed, len(parked), known)


async def unpark(connection: Connection, keys: Iterable[tuple[str, str]]) -> Applied:
    """Apply the parked receipts that wait for one of these (connector, stored key)s."""
    wanted = list(keys)
    if not wanted:
        return Applied([], 0)
    rows = await connection.fetch(
        """
        DELETE FROM parked_receipts p USING unnest($1::text[], $2::text[]) AS r (connector, key)
        WHERE p.connector_sid = r.connector AND p.keys && ARRAY[r.key]
        RETURNING p.id, p.connector_sid, p.carrier_sid, p.source_addr, p.destination_addr,
                  p.message_id, p.keys, p.state, p.raw_state, p.error_code, p.done_date, p.raw
        """,
        [connector for connector, _ in wanted],
        [key for _, key in wanted],
    )
    receipts = [
        ReceivedReceipt(
            **{name: value for name, value in row.items() if name not in {"id", "keys", "state"}},
            keys=tuple(row["keys"]),
            state=MessageState(row["state"]),
        )
        for row in sorted(rows, key=lambda row: row["id"])
    ]
    return await apply(connection, receipts)


async def connectors_with_parked(connection: Connection, sids: Sequence[str]) -> set[str]:
    """Return those of the connectors that have receipts parked."""
    rows = await connection.fetch(
        """
        SELECT sid FROM unnest($1::text[]) AS sid
        WHERE EXISTS (SELECT FROM parked_receipts p WHERE p.connector_sid = sid)
        """,
        sids,
    )
    return {row[0] for row in rows}


async def _candidates(
    connection: Connection, receipts: Sequence[ReceivedReceipt]
) -> dict[int, list[Candidate]]:
    asked = [(index, r.connector_sid, key) for index, r in enumerate(receipts) for key in r.keys]
    rows = await connection.fetch(
        """
        SELECT r.index, s.message_sid, s.number, s.smsc_message_id, s.receipt_key, s.state,
               s.answered_at, m.to_, m.account_sid
        FROM unnest($1::integer[], $2::text[], $3::text[]) AS r (index, connector_sid, key)
        JOIN segments s ON s.connector_sid = r.connector_sid AND s.receipt_key = r.key
        JOIN messages m ON m.sid = s.message_sid
        """,
        [index for index, _, _ in asked],
        [connector_sid for _, connector_sid, _ in asked],
        [key for _, _, key in asked],
    )
    found: dict[int, list[Candidate]] = {}
    for index, *facts in rows:
        found.setdefault(index, []).append(Candidate(*facts))
    return found


async def _set_states(
    connection: Connection, matched: Sequence[tuple[ReceivedReceipt, Candidate]]
) -> list[tuple[ReceivedReceipt, Candidate]]:
    """Write segments' states; return those that became final by it, in the receipts' order."""
    newest: dict[tuple[str, int], tuple[ReceivedReceipt, Candidate]] = {}
    for receipt, segment in matched:
        before = newest.get((segment.message_sid, segment.number))
        if before is None or not before[0].state.final:
            newest[segment.message_sid, segment.number] = (receipt, segment)
    written = await connection.fetch(
        """
        UPDATE segments s
        SET state = r.state, receipt_error = r.error_code, receipt_at = now()
        FROM unnest($1::text[], $2::smallint[], $3::smallint[], $4::text[])
          AS r (message_sid, number, state, error_code)
        WHERE s.message_sid = r.message_sid AND s.number = r.number
          AND (s.state IS NULL OR s.state = ANY($5::smallint[]))
        RETURNING s.message_sid, s.number
        """,
        [sid for sid, _ in newest],
        [number for _, number in newest],
        [int(receipt.state) for receipt, _ in newest.values()],
        [receipt.error_code for receipt, _ in newest.values()],
        _OPEN_STATES,
    )
    moved = {(row[0], row[1]) for row in written}
    return [pair for key, pair in newest.items() if key in moved and pair[0].state.final]


async def _note(connection: Connection, pairs: Sequence[tuple[ReceivedReceipt, Candidate]]) -> None:
    if not pairs:
        return
    await connection.execute(
        """
        INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, why, raw)
        SELECT sid, carrier_sid, account_sid, 'receipt', number, why, raw
        FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::bytea[])
          AS receipt (sid, carrier_sid, account_sid, number, why, raw)
        """,
        [segment.message_sid for _, segment in pairs],
        [receipt.carrier_sid for receipt, _ in pairs],
        [segment.account_sid for _, segment in pairs],
        [segment.number for _, segment in pairs],
        [receipt.why for receipt, _ in pairs],
        [receipt.raw for receipt, _ in pairs],
    )


async def _park(connection: Connection, receipts: Sequence[ReceivedReceipt]) -> None:
    if not receipts:
        return
    await connection.executemany(
        """
        INSERT INTO parked_receipts (connector_sid, carrier_sid, source_addr, destination_addr,
                                     message_id, keys, state, raw_state, error_code, done_date, raw)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        [
            (
                r.connector_sid,
                r.carrier_sid,
                r.source_addr,
                r.destination_addr,
                r.message_id,
                list(r.keys),
                int(r.state),
                r.raw_state,
                r.error_code,
                r.done_date,
                r.raw,
            )
            for r in receipts
        ],
    )


_OPEN_STATES: Final = [int(state) for state in MessageState if not state.final]
