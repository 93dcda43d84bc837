"""Decides which segment a receipt is about; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from smsc.db import storable
from smsc.sms.address import same_handset
from smsc.sms.receipt import Receipt
from smsc.sms.status import MessageState

# A remote may count its ids round. Of two segments with one id and one recipient the later is
# meant, if so much time lies between them that the earlier one's receipt no longer comes.
ID_REUSE_AFTER: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedReceipt:
    """A receipt as it came over a connector."""

    connector_sid: str
    carrier_sid: str
    source_addr: str  # the handset that it is about; some remotes leave the two as they were sent
    destination_addr: str
    message_id: str | None
    keys: tuple[str, ...]
    state: MessageState
    raw_state: str
    error_code: str | None
    done_date: str | None
    raw: bytes

    @classmethod
    def read(
        cls,
        receipt: Receipt,
        raw: bytes,
        *,
        connector_sid: str,
        carrier_sid: str,
        source_addr: str,
        destination_addr: str,
    ) -> "ReceivedReceipt":
        """Take what correlation and history need from a parsed receipt."""
        return cls(
            connector_sid=connector_sid,
            carrier_sid=carrier_sid,
            source_addr=storable(source_addr),
            destination_addr=storable(destination_addr),
            message_id=receipt.message_id,
            keys=tuple(storable(key) for key in receipt.candidate_keys()),
            state=receipt.state,
            raw_state=storable(receipt.raw_state),
            error_code=None if receipt.error_code is None else storable(receipt.error_code),
            done_date=None if receipt.done_date is None else storable(receipt.done_date),
            raw=raw,
        )

    @property
    def thread(self) -> str:
        """What its kept PDU is found by when its segment becomes known later."""
        return f"receipt {self.message_id} {self.source_addr}"

    @property
    def why(self) -> str:
        """What the receipt says, in a few words for the message's history."""
        word = self.raw_state or self.state.name
        return f"{word} err:{self.error_code}" if self.error_code else word


class Candidate(NamedTuple):
    """A segment that a receipt may be about."""

    message_sid: str
    number: int
    smsc_message_id: str
    receipt_key: str
    state: int | None
    answered_at: datetime
    to: str
    account_sid: str


def choose(receipt: ReceivedReceipt, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the segment that a receipt is about, or None where that would be a guess.

    The keys' order decides first, then the recipient, then the id as it came; a segment that has
    its final state gives way to one that has not.
    """
    for key in receipt.keys:
        fitting = [
            candidate
            for candidate in candidates
            if candidate.receipt_key == key
            and (
                same_handset(candidate.to, receipt.source_addr)
                or same_handset(candidate.to, receipt.destination_addr)
            )
        ]
        if len(fitting) > 1:
            exact = [c for c in fitting if c.smsc_message_id == receipt.message_id]
            fitting = exact or fitting
        if len(fitting) > 1:
            open_ = [c for c in fitting if c.state is None or not MessageState(c.state).final]
            fitting = open_ or fitting
        if len(fitting) > 1:
            fitting.sort(key=lambda c: c.answered_at, reverse=True)
            if fitting[0].answered_at - fitting[1].answered_at < ID_REUSE_AFTER:
                return None
        if fitting:
            return fitting[0]
    return None
