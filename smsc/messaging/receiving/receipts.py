"""Joins receipts to the segments that they report on, in whatever order they come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from smsc.db import Connection, sealer_of
from smsc.messaging.receiving import intermediate, parking, receipt_counts
from smsc.messaging.receiving.matching import Candidate, ReceivedReceipt, choose
from smsc.messaging.receiving.receipt_counts import Counts
from smsc.messaging.receiving.tally import Match, is_kept_beside, sealed, tally_of
from smsc.messaging.sending import held
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.sealing import Keys
from smsc.sms.correlation import Spelling, spelling
from smsc.sms.status import MessageState, MessageStatus
from smsc.unnesting import numbers, sparse, words
from smsc.webhooks.delivery import Claimant


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch of receipts changed."""

    changed: list[Changed]
    parked: int
    matched: Sequence[Match] = ()
    counts: Mapping[str, Counts] = field(default_factory=dict)  # by connector
    # Connectors with a held segment that a parked receipt fits, once others are answered.
    undecided: Collection[str] = ()
    owes_esmes: bool = False  # an intermediate notification


async def apply(
    connection: Connection,
    receipts: Sequence[ReceivedReceipt],
    claimant: Claimant | None = None,
    deferred: Sequence[Advance] = (),
) -> Applied:
    """Move segments and their messages on as receipts say; park those whose segment is unknown.

    A final state of a segment never changes; what comes later is only noted. Every receipt is kept
    in its message's history, raw. `deferred` is made of responses that were read before.
    """
    if not receipts:
        return Applied(await advance(connection, deferred, claimant) if deferred else [], 0)
    matched, unmatched = await _match(connection, receipts)
    counts = _count(matched, unmatched)
    adopted = await held.adopt(connection, unmatched)
    for receipt, _ in adopted.matched:
        counts[receipt.connector_sid].matched += 1
        counts[receipt.connector_sid].parked -= 1
    matched += adopted.matched
    keys = await sealer_of(connection).known(segment.key_id for _, segment in matched)
    owes_esmes = await intermediate.owe(connection, matched)
    final = await _set_states(connection, matched, keys)
    tallies = tally_of(final)
    advances = [tally.to_advance(sid, keys) for sid, tally in tallies.items()]
    moved = await advance(connection, [*deferred, *advances], claimant)
    told = {change.message_sid for change in moved if change.status is not MessageStatus.SENT}
    told &= tallies.keys()
    await _note(
        connection,
        [
            (receipt, segment)
            for receipt, segment in matched
            # The receipt that changed its message is in the history already.
            if segment.message_sid not in told
            or tallies[segment.message_sid].telling[0] is not receipt
        ],
        keys,
    )
    await parking.park(connection, adopted.left)
    await receipt_counts.add(connection, counts)
    changed = adopted.changed + moved
    return Applied(changed, len(adopted.left), matched, counts, adopted.undecided, owes_esmes)


async def unpark(
    connection: Connection,
    keys: Iterable[tuple[str, str]],
    claimant: Claimant | None = None,
) -> Applied:
    """Apply the parked receipts that wait for one of these (connector, stored key)s."""
    return await apply(connection, await parking.take(connection, keys), claimant)


async def unpark_for_held(connection: Connection, connector_sids: Sequence[str]) -> Applied:
    """Apply the parked receipts that a held segment may explain, now that more is known."""
    return await apply(connection, await parking.take_for_held(connection, connector_sids))


async def _match(
    connection: Connection, receipts: Sequence[ReceivedReceipt]
) -> tuple[list[Match], list[ReceivedReceipt]]:
    """Find the segments: by the id as it came, then the usual keys, then the rare ones."""
    matched, rest = await _match_as_written(connection, receipts)
    if not rest:
        return matched, []
    unmatched: list[ReceivedReceipt] = []
    rare: list[tuple[ReceivedReceipt, list[Candidate]]] = []
    found = await _candidates(connection, [(receipt, receipt.keys) for receipt in rest])
    for index, receipt in enumerate(rest):
        candidates = found.get(index, [])
        segment = choose(receipt, candidates)
        if segment is not None:
            matched.append((receipt, segment))
        elif receipt.rare_keys:
            rare.append((receipt, candidates))
        else:
            unmatched.append(receipt)
    if rare:
        found = await _candidates(connection, [(one, one.rare_keys) for one, _ in rare])
        for index, (receipt, candidates) in enumerate(rare):
            segment = choose(receipt, [*candidates, *found.get(index, [])])
            if segment is None:
                unmatched.append(receipt)
            else:
                matched.append((receipt, segment))
    return matched, unmatched


async def _match_as_written(
    connection: Connection, receipts: Sequence[ReceivedReceipt]
) -> tuple[list[Match], list[ReceivedReceipt]]:
    """Find the segments whose response had the very id that the receipt names first.

    Whatever other readings of the id would find, `choose` would prefer these: a look-up by one key
    instead of three. Returns what it did not find, too.
    """
    matched: list[Match] = []
    rest: list[ReceivedReceipt] = []
    found = await _candidates(connection, [(receipt, receipt.keys[:1]) for receipt in receipts])
    for index, receipt in enumerate(receipts):
        segment = choose(receipt, found.get(index, []))
        if segment is not None and segment.smsc_message_id == receipt.message_id:
            matched.append((receipt, segment))
        else:
            rest.append(receipt)
    return matched, rest


async def _candidates(
    connection: Connection, asked: Sequence[tuple[ReceivedReceipt, Sequence[str]]]
) -> dict[int, list[Candidate]]:
    wanted = [
        (index, receipt.connector_sid, key)
        for index, (receipt, keys) in enumerate(asked)
        for key in keys
    ]
    rows = await connection.fetch(
        _CANDIDATES,
        numbers([index for index, _, _ in wanted]),
        words([connector_sid for _, connector_sid, _ in wanted]),
        [key for _, _, key in wanted],
    )
    found: dict[int, list[Candidate]] = {}
    for index, *facts in rows:
        found.setdefault(index, []).append(Candidate(*facts))
    return found


def _count(matched: Sequence[Match], unmatched: Sequence[ReceivedReceipt]) -> dict[str, Counts]:
    """Count by connector; one that was parked before is no longer counted as that."""
    counts: dict[str, Counts] = {}
    for receipt, segment in matched:
        one = counts.setdefault(receipt.connector_sid, Counts())
        one.matched += 1
        one.parked -= receipt.parked_at is not None
        one.spellings[_spelling(receipt, segment)] += 1
    for receipt in unmatched:
        one = counts.setdefault(receipt.connector_sid, Counts())
        one.parked += receipt.parked_at is None
    return counts


def _spelling(receipt: ReceivedReceipt, segment: Candidate) -> Spelling:
    if receipt.message_id == segment.smsc_message_id:
        return Spelling.SAME
    found = [spelling(segment.smsc_message_id, message_id) for message_id in receipt.ids]
    return min(found, key=_SPELLINGS.index)


async def _set_states(connection: Connection, matched: Sequence[Match], keys: Keys) -> list[Match]:
    """Write segments' states; return those that became final by it, in the receipts' order."""
    newest: dict[tuple[str, int], Match] = {}
    for receipt, segment in matched:
        before = newest.get((segment.message_sid, segment.number))
        if before is None or not before[0].state.final:
            newest[segment.message_sid, segment.number] = (receipt, segment)
    if not newest:
        return []
    pairs = list(newest.values())
    raws = [sealed(keys, pair)[0] if is_kept_beside(pair) else None for pair in pairs]
    written = await connection.fetch(
        _SET_STATES,
        words([segment.message_sid for _, segment in pairs]),
        numbers([segment.number for _, segment in pairs]),
        numbers([int(receipt.state) for receipt, _ in pairs]),
        sparse([receipt.error_code for receipt, _ in pairs]),
        _OPEN_STATES,
        sparse(raws),
    )
    moved = {(row[0], row[1]) for row in written}
    return [pair for key, pair in newest.items() if key in moved and pair[0].state.final]


async def _note(connection: Connection, pairs: Sequence[Match], keys: Keys) -> None:
    if not pairs:
        return
    raws = [sealed(keys, pair) for pair in pairs]
    await connection.execute(
        _NOTE,
        [segment.message_sid for _, segment in pairs],
        [receipt.carrier_sid for receipt, _ in pairs],
        [segment.account_sid for _, segment in pairs],
        [segment.number for _, segment in pairs],
        [receipt.why for receipt, _ in pairs],
        [raw for raw, _ in raws],
        [key_id for _, key_id in raws],
    )


_SPELLINGS: Final = list(Spelling)  # most likely first
_OPEN_STATES: Final = [int(state) for state in MessageState if not state.final]

_CANDIDATES: Final = """
SELECT r.index, s.message_sid, s.number, s.smsc_message_id, s.receipt_key, s.state,
       s.submitted_at, s.answered_at, m.to_, m.account_sid,
       coalesce(m.num_submits, m.num_segments), m.key_id,
       m.key_id IS NOT NULL AND m.sealed_body IS NULL,
       m.bulk_sid IS NOT NULL, m.registered_delivery & 16 <> 0
FROM unnest($1::text::integer[], string_to_array($2, ','), $3::text[])
  AS r (index, connector_sid, key)
JOIN segments s ON s.connector_sid = r.connector_sid AND s.receipt_key = r.key
JOIN messages m ON m.sid = s.message_sid
"""

# Where the history has no event for a receipt, it stands beside what it says.
_SET_STATES: Final = """
UPDATE segments s
SET state = r.state, receipt_error = r.error_code, receipt_at = now(), receipt_raw = r.raw
FROM unnest(string_to_array($1, ','), $2::text::smallint[], $3::text::smallint[], $4::text[],
            $6::bytea[])
  AS r (message_sid, number, state, error_code, raw)
WHERE s.message_sid = r.message_sid AND s.number = r.number
  AND (s.state IS NULL OR s.state = ANY($5::smallint[]))
RETURNING s.message_sid, s.number
"""

_NOTE: Final = """
INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, why, raw,
                            key_id)
SELECT sid, carrier_sid, account_sid, 'receipt', number, why, raw, key_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::bytea[],
            $7::bigint[])
  AS receipt (sid, carrier_sid, account_sid, number, why, raw, key_id)
"""
