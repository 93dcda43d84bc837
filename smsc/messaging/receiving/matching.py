"""Decides which segment a receipt is about; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from smsc.db import storable
from smsc.sms import receipt_rules
from smsc.sms.address import is_number, same_handset
from smsc.sms.correlation import candidate_keys, rare_keys
from smsc.sms.receipt import Receipt
from smsc.sms.receipt_rules import ReceiptRules
from smsc.sms.status import MessageState

# A remote may count its ids round. Of two segments with one id and one recipient the later is
# meant, if so much time lies between them that the earlier one's receipt no longer comes.
ID_REUSE_AFTER: Final = timedelta(days=3)


class ReceivedReceipt(NamedTuple):
    """A receipt as it came over a connector."""

    connector_sid: str
    carrier_sid: str
    source_addr: str  # the handset that it is about; some remotes leave the two as they were sent
    destination_addr: str
    message_id: str | None
    known_keys: tuple[str, ...] | None  # of one that was parked; else they come of its ids
    state: MessageState
    raw_state: str
    error_code: str | None
    done_date: str | None  # yyMMddHHmm, however the remote wrote it
    raw: bytes
    text_message_id: str | None = None  # the text's, where it differs from a TLV's
    rules: ReceiptRules = receipt_rules.DEFAULT
    parked_at: datetime | None = None  # when it came, if it has waited since

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
        rules: ReceiptRules = receipt_rules.DEFAULT,
    ) -> "ReceivedReceipt":
        """Take what correlation and history need from a parsed receipt."""
        error_code, done_at = receipt.error_code, receipt.done_at
        return cls(  # in the order of its fields: names would cost half as much again
            connector_sid,
            carrier_sid,
            storable(source_addr),
            storable(destination_addr),
            receipt.message_id,
            None,
            receipt.state,
            storable(receipt.raw_state),
            None if error_code is None else storable(error_code),
            None if done_at is None else _written(done_at),
            raw,
            receipt.text_message_id,
            rules,
        )

    @property
    def thread(self) -> str:
        """What its kept PDU is found by when its segment becomes known later."""
        return f"receipt {self.message_id} {self.source_addr}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that it names, that of a TLV first."""
        ids = (self.message_id, self.text_message_id)
        return tuple(dict.fromkeys(message_id for message_id in ids if message_id))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys by which its segment is looked up, most likely first."""
        if self.known_keys is not None:
            return self.known_keys
        found = (storable(key) for message_id in self.ids for key in candidate_keys(message_id))
        return tuple(dict.fromkeys(found))

    @property
    def rare_keys(self) -> tuple[str, ...]:
        """The keys by which it is looked up when `keys` find nothing."""
        found = (storable(key) for message_id in self.ids for key in rare_keys(message_id))
        keys = self.keys
        return tuple(key for key in dict.fromkeys(found) if key not in keys)

    @property
    def why(self) -> str:
        """What the receipt says, in a few words for the message's history."""
        word = self.raw_state or self.state.name
        return f"{word} err:{self.error_code}" if self.error_code else word


@lru_cache(maxsize=1024)  # many receipts tell the same minute
def _written(done_at: datetime) -> str:
    return f"{done_at:%y%m%d%H%M}"


class Candidate(NamedTuple):
    """A segment that a receipt may be about; `num_submits` is of its message."""

    message_sid: str
    number: int
    smsc_message_id: str
    receipt_key: str
    state: int | None
    submitted_at: datetime
    answered_at: datetime
    to: str
    account_sid: str
    num_submits: int
    key_id: int | None = None  # that seals what belongs to its message
    is_redacted: bool = False
    in_bulk: bool = False
    asks_for_changes: bool = False  # an ESME that sent it, on the way to a final state


def choose(receipt: ReceivedReceipt, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the segment that a receipt is about, or None where that would be a guess.

    The recipient must fit, and the segment must have been submitted before the receipt came. Of
    several that fit, the id of a TLV goes before that of the text, and the id as it came before
    other readings of it; two readings that find a segment each decide nothing.
    """
    fitting = [candidate for candidate in candidates if _fits(receipt, candidate)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    for message_id in receipt.ids:
        keys = {*candidate_keys(message_id), *rare_keys(message_id)}
        of_id = [candidate for candidate in fitting if candidate.receipt_key in keys]
        exact = [candidate for candidate in of_id if candidate.smsc_message_id == message_id]
        if of_id:
            return _latest(exact or of_id)
    return None


def _fits(receipt: ReceivedReceipt, candidate: Candidate) -> bool:
    if receipt.parked_at is not None and candidate.submitted_at > receipt.parked_at:
        return False  # an old receipt of an id that is used again
    if not receipt.source_addr:
        return True  # some say nothing of the handset
    # Some leave the two addresses as they were sent. A name has no last digits to compare.
    addresses = (receipt.source_addr, receipt.destination_addr)
    return any(is_number(addr) and same_handset(candidate.to, addr) for addr in addresses)


def _latest(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the one of a single key that is meant; an open one goes before those with a fate."""
    if len({candidate.receipt_key for candidate in candidates}) > 1:
        return None
    if len(candidates) == 1:
        return candidates[0]
    open_ = [c for c in candidates if c.state is None or not MessageState(c.state).final]
    latest = sorted(open_ or candidates, key=lambda c: c.answered_at, reverse=True)
    if len(latest) > 1 and latest[0].answered_at - latest[1].answered_at < ID_REUSE_AFTER:
        return None
    return latest[0]
