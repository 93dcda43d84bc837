"""Sums up what a batch of receipts says of each message; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from smsc.messaging.receiving.matching import Candidate, ReceivedReceipt
from smsc.messaging.statuses import Advance
from smsc.sealing import Keys
from smsc.sms.receipt_rules import Rollup
from smsc.sms.status import MessageState, MessageStatus, outcome

Match: TypeAlias = tuple[ReceivedReceipt, Candidate]


@dataclass(slots=True)
class Tally:
    """What the final receipts of a batch say of one message; `telling` is the one to quote."""

    telling: Match
    delivered: int = 0
    undelivered: int = 0
    error_code: int | None = None

    def add(self, match: Match, status: MessageStatus | None, code: int | None, share: int) -> None:
        """Add a receipt that stands for `share` segments.

        What is quoted is the first failure, or else the last receipt.
        """
        if not self.undelivered:
            self.telling = match
        if status is MessageStatus.DELIVERED:
            self.delivered += share
        else:
            self.undelivered += share
            self.error_code = self.error_code or code

    def to_advance(self, message_sid: str, keys: Keys) -> Advance:
        """Return what becomes of the message by it."""
        receipt, segment = self.telling
        # Where all went well, it is beside its segment by now.
        is_kept = not self.undelivered and is_kept_beside(self.telling)
        raw, key_id = (None, None) if is_kept else sealed(keys, self.telling)
        return Advance(
            message_sid=message_sid,
            delivered=self.delivered,
            undelivered=self.undelivered,
            error_code=self.error_code,
            number=segment.number,
            why=None if is_kept else receipt.why,
            raw=raw,
            key_id=key_id,
            done_date=receipt.done_date,
            in_bulk=segment.in_bulk,
        )


def tally_of(final: Sequence[Match]) -> dict[str, Tally]:
    """Sum up by message what decides on it, as the connector's rule has it."""
    tallies: dict[str, Tally] = {}
    for match in final:
        receipt, segment = match
        rollup = receipt.rules.rollup
        share = rollup.share(segment.number, segment.num_submits)
        known = tallies.get(segment.message_sid)
        if not share or (known is not None and rollup is Rollup.ANY):
            continue
        status, code = outcome(receipt.state, receipt.error_code, receipt.rules.errors)
        if known is None:
            known = tallies[segment.message_sid] = Tally(match)
        known.add(match, status, code, share)
    return tallies


def is_kept_beside(match: Match) -> bool:
    """Say whether the history has a receipt with its segment, and not as an event of its own.

    So it is with what a bulk's messages are told, and with the usual end of a usual message.
    """
    receipt, segment = match
    return segment.in_bulk or (segment.num_submits == 1 and receipt.state is MessageState.DELIVERED)


def sealed(keys: Keys, match: Match) -> tuple[bytes | None, int | None]:
    """Return the raw receipt as its message's history keeps it, and its key.

    It repeats the beginning of the text: of a message that was redacted it is not kept.
    """
    receipt, segment = match
    if segment.is_redacted:
        return None, None
    raw = keys.seal(segment.key_id, f"{segment.message_sid}:event", receipt.raw)
    return raw, None if raw is None else segment.key_id
