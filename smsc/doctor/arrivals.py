"""Tells what comes back for the doctor from what comes for the gateway."""

from smsc.doctor.dialect import read_receipt
from smsc.smpp.pdu import DataSm, DeliverSm
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import PartKey, join, read_part
from smsc.sms.correlation import stored_key
from smsc.sms.decoding import decode_text, is_default_alphabet
from smsc.sms.receipt import Receipt

Message = DeliverSm | DataSm


class Arrivals:
    """Receipts of our texts, and the texts themselves where they come back over the same link.

    A text that comes back in the SMSC's default alphabet again tells nothing of what a handset
    would show: its octets are those that we sent.
    """

    def __init__(self, tag: str = "") -> None:
        self.tag = tag  # stands in each test text, see `smsc.doctor.texts`
        self._ids: dict[str, str] = {}  # by stored key, as the responses spelled them
        self._parts: dict[PartKey, dict[int, tuple[bytes, int]]] = {}
        self._alone: list[tuple[bytes, int]] = []

    def expect(self, message_id: str) -> None:
        """Wait for this segment's receipt."""
        self._ids[stored_key(message_id)] = message_id

    def submitted_as(self, receipt: Receipt) -> str | None:
        """Return the id of the segment that a receipt is about, as its response spelled it."""
        keys = (key for key in receipt.candidate_keys() if key in self._ids)
        return next((self._ids[key] for key in keys), None)

    def is_ours(self, message: Message) -> bool:
        """Say whether it is a receipt of a segment that we expect, or a text of ours."""
        receipt = read_receipt(message)
        if receipt is not None:
            return self.submitted_as(receipt) is not None
        return bool(self.tag) and self._take(message)

    def texts(self, *, whatever_alphabet: bool) -> list[str]:
        """Return the texts that came back, those in the default alphabet too if asked."""
        joined = [
            (
                join({n: octets for n, (octets, _) in parts.items()}, key.total)[0],
                parts[min(parts)][1],
            )
            for key, parts in self._parts.items()
        ]
        return [
            decode_text(octets, data_coding, Alphabet.GSM7)
            for octets, data_coding in [*self._alone, *joined]
            if whatever_alphabet or not is_default_alphabet(data_coding)
        ]

    def _take(self, message: Message) -> bool:
        part = read_part(message.message_octets, has_udh=message.has_udh, sar=message.sar)
        key = part.key
        # Of the later parts nobody knows whose they are, unless the first was there before.
        is_marked = self._is_marked(part.payload, message.data_coding)
        if not is_marked and (part.number == 1 or key not in self._parts):
            return False
        if part.total > 1:
            self._parts.setdefault(key, {})[part.number] = (part.payload, message.data_coding)
        else:
            self._alone.append((part.payload, message.data_coding))
        return True

    def _is_marked(self, octets: bytes, data_coding: int) -> bool:
        return f"smsc {self.tag}" in decode_text(octets, data_coding, Alphabet.GSM7)
