"""The gate's way for what went well: answers, with the receipts behind them, at once.

A message of one `submit_sm` that was accepted, and whose receipt says `delivered`, is told to its
StatusCallback at most: one statement writes a whole window of them, and what is owed for them. What
is not so plain takes the common way.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from smsc.db import Connection, sealer_of
from smsc.messaging import carrier_events
from smsc.messaging.plain_statements import STATEMENTS, Kind
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.receipt_counts import Counts
from smsc.messaging.sending.responses import Answer
from smsc.messaging.statuses import Changed, batch_of, changes_of
from smsc.sms.command_status import Verdict
from smsc.sms.correlation import stored_key
from smsc.sms.status import MessageState
from smsc.unnesting import lines, numbers, octets, texts, words
from smsc.webhooks.delivery import Claimant

Name: TypeAlias = tuple[str, str | None]  # a connector's SID, and an id of its remote
Pair: TypeAlias = tuple[Answer, ReceivedReceipt | None]  # the receipt that came behind, if any did

# A member of an enum costs a look-up in its class.
_OK: Final = Verdict.OK
_DELIVERED: Final = MessageState.DELIVERED
MOST_REMEMBERED: Final = 50_000  # answers whose receipt may come


class Parted(NamedTuple):
    """What of a batch is plain, and what is not."""

    told: list[Pair]
    late: list[Pair]  # receipts of answers that were written before
    answers: list[Answer]
    receipts: list[ReceivedReceipt]

    @property
    def is_one_statement(self) -> bool:
        """Whether one statement may write all of it; whether it does, it says itself."""
        return bool(self.told or self.late) and not self.answers and not self.receipts


class Recorded(NamedTuple):
    """What came of what was plain, and the receipts that were not so after all."""

    changed: list[Changed]
    counts: dict[str, Counts]  # of receipts, by connector
    left: list[ReceivedReceipt]


class Written(NamedTuple):
    """What a statement changed, and the receipts that it did not write."""

    changed: list[Changed]
    left: list[ReceivedReceipt]
    is_heard: bool  # carriers' programs want to know of messages


class PlainResults:
    """Tells what is plain of what comes back over a process's connectors, and writes it.

    A receipt goes with its answer if it has the very id and the recipient of it. Answers are
    remembered until theirs comes; of what was forgotten, the common way finds the segment.
    """

    def __init__(self) -> None:
        self._unreported: dict[Name, Answer] = {}
        self._is_heard = False  # carriers' programs wanted to know of messages, when last asked

    def part(self, answers: Sequence[Answer], receipts: Sequence[ReceivedReceipt]) -> Parted:
        """Tell what is plain of a batch, to be written at once."""
        plain, others = self._part_answers(answers)
        told, late, left = self._part_receipts(receipts, plain)
        if late and len({one.message_sid for one, _ in (*told, *late)}) < len(told) + len(late):
            # One statement changes a message once.
            return Parted(told, [], others, [*left, *(receipt for _, receipt in late if receipt)])
        return Parted(told, late, others, left)

    async def record(
        self, connection: Connection, parted: Parted, claimant: Claimant | None = None
    ) -> Recorded:
        """Write what is plain, if anything is, in the caller's transaction."""
        if not (parted.told or parted.late):
            return Recorded([], {}, [])
        written = await _write(connection, parted, claimant, may_tell=True)
        self._is_heard = written.is_heard
        return self._recorded(parted, written)

    async def record_alone(
        self, connection: Connection, parted: Parted, claimant: Claimant | None = None
    ) -> Recorded | None:
        """Write what is plain, which is committed on return if no transaction is open.

        What it leaves is for the common way, in a transaction of its own. None: nothing is written,
        for carriers' programs want to know of it, and are told in one transaction with it.
        """
        if self._is_heard:
            return None
        written = await _write(connection, parted, claimant, may_tell=False)
        self._is_heard = written.is_heard
        return None if written.is_heard else self._recorded(parted, written)

    def _recorded(self, parted: Parted, written: Written) -> Recorded:
        self._remember(parted.told)
        told = [receipt for _, receipt in (*parted.told, *parted.late) if receipt is not None]
        matched = Counter([receipt.connector_sid for receipt in told])
        matched.subtract([receipt.connector_sid for receipt in written.left])
        counts = {sid: Counts(number) for sid, number in matched.items()}
        return Recorded(written.changed, counts, written.left)

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
    return receipt.state is _DELIVERED and receipt.source_addr == answer.to


def _is_plain(answer: Answer) -> bool:
    message_id = answer.smsc_message_id
    return (
        answer.to is not None
        and not answer.command_status
        and message_id is not None
        and message_id.isprintable()
        and answer.statuses.verdict(answer.command_status) is _OK
        and bool(message_id)  # what is empty or blank has no `stored_key`
        and not message_id.isspace()
    )


async def _write(
    connection: Connection, parted: Parted, claimant: Claimant | None, *, may_tell: bool
) -> Written:
    """Move answered segments and their messages on, and tell carriers' programs what they want.

    An answer under a lost epoch finds no row and changes nothing. A receipt is left if another
    segment had that id, if its own had a receipt before, or if the text of its message was redacted
    or sealed anew meanwhile. Unless it `may_tell`, nothing is written if these programs want to
    know of messages.
    """
    answers = [answer for answer, _ in parted.told]
    moments = {at: place for place, at in enumerate(dict.fromkeys(one.at for one in answers), 1)}
    pairs = [*parted.told, *parted.late]
    keys = await sealer_of(connection).known(answer.key_id for answer, _ in pairs)
    receipts = [receipt for _, receipt in pairs]
    raws = [
        receipt and keys.seal(answer.key_id, f"{answer.message_sid}:event", receipt.raw)
        for answer, receipt in pairs
    ]
    batch = claimant and batch_of(claimant)
    is_of_bulks = all(answer.in_bulk for answer, _ in pairs)
    owing: tuple[object, ...] = ()
    if not is_of_bulks:
        owing = (
            texts([receipt and receipt.done_date for receipt in receipts]),
            claimant and claimant.process_sid,
            claimant.most if claimant else 0,
            claimant.busy_accounts if claimant else (),
            batch,
        )
    rows = await connection.fetch(
        STATEMENTS[Kind(bool(parted.told), bool(parted.late), is_of_bulks)],
        words([answer.message_sid for answer, _ in pairs]),
        numbers([answer.key_id for answer, _ in pairs]),
        octets(raws),
        texts([receipt and receipt.error_code for receipt in receipts]),
        # What has lost its key is for the common way, so that not all of it is written.
        len(pairs) if raws.count(None) == receipts.count(None) else -1,
        may_tell,
        # Of answers alone: `unnest` fills up what is shorter.
        numbers([answer.epoch for answer in answers]),
        lines([answer.smsc_message_id or "" for answer in answers]),
        lines([stored_key(answer.smsc_message_id or "") for answer in answers]),
        list(moments),
        numbers([moments[answer.at] for answer in answers]),
        *owing,
    )
    is_whole, written, delivered, *_ = rows[0]
    is_heard = delivered is not None
    if delivered:
        await carrier_events.tell(connection, delivered)
    changed = [
        change
        for _, _, _, *facts in rows
        if facts and facts[0] is not None
        for change in changes_of(keys, facts, None, batch)
    ]
    if is_whole:
        return Written(changed, [], is_heard)
    known = set(written or ())
    left = [
        receipt
        for answer, receipt in pairs
        if receipt is not None and answer.message_sid not in known
    ]
    return Written(changed, left, is_heard)
