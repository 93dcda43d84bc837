"""How the text of a receipt is written for a customer's ESME, which may want it otherwise."""

import re
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from smsc.sms.alphabet import UnencodableText, encode_gsm7, is_basic_ascii
from smsc.sms.status import MessageState

# Source: SMPP 3.4 Appendix B.
APPENDIX_B: Final = (
    "id:{id} sub:{sub} dlvrd:{dlvrd} submit date:{submit_date} done date:{done_date} "
    "stat:{stat} err:{err} text:{text}"
)
FIELDS: Final = ("id", "sub", "dlvrd", "submit_date", "done_date", "stat", "err", "text")
TEXT_CHARACTERS: Final = 20
MOST_OCTETS: Final = 255  # of a short_message

_DATES: Final = frozenset({"submit_date", "done_date"})
_DATE_FORMAT: Final = re.compile(r"(%[YymdHMS])+")
_USUAL_DATE: Final = "%y%m%d%H%M"
_WORDS: Final = {
    MessageState.SCHEDULED: "SCHEDULED",
    MessageState.ENROUTE: "ENROUTE",
    MessageState.DELIVERED: "DELIVRD",
    MessageState.EXPIRED: "EXPIRED",
    MessageState.DELETED: "DELETED",
    MessageState.UNDELIVERABLE: "UNDELIV",
    MessageState.ACCEPTED: "ACCEPTD",
    MessageState.REJECTED: "REJECTD",
    MessageState.SKIPPED: "SKIPPED",
}


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What a receipt tells."""

    message_id: str
    state: MessageState
    submit_at: datetime
    done_at: datetime
    error_code: int = 0  # the last three digits count
    text: str = ""


_LONGEST: Final = ReceiptFacts(
    "SM" + "0" * 32,
    MessageState.SCHEDULED,
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    999,
    "€" * TEXT_CHARACTERS,
)


@dataclass(frozen=True, slots=True)
class ReceiptTemplate:
    """Text and fields in turns, each field with its format; made by `parse`."""

    pieces: tuple[tuple[str, str | None, str], ...]

    @classmethod
    def parse(cls, template: str) -> Self:
        """Read a template such as `id:{id} stat:{stat} done date:{done_date:%y%m%d%H%M%S}`.

        Raises:
            ValueError: a field is unknown or missing, a format is none of a date, or a receipt
                made of it would not be readable everywhere or not fit a short_message.
        """
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError as fault:
            raise ValueError(f"is no template: {fault}") from None
        for literal, name, spec, conversion in parsed:
            _check(literal, name, spec or "", conversion)
        if not {"id", "stat"} <= {name for _, name, _, _ in parsed}:
            raise ValueError("must contain {id} and {stat}")
        pieces = tuple((literal, name, spec or "") for literal, name, spec, _ in parsed)
        made = cls(pieces)
        if len(made.render(_LONGEST)) > MOST_OCTETS:
            raise ValueError(f"makes receipts of more than {MOST_OCTETS} octets")
        return made

    def render(self, facts: ReceiptFacts) -> bytes:
        """Return the receipt in the GSM 7-bit default alphabet, one septet an octet: data_coding 0.

        Of the message's text the first 20 characters go in; what the alphabet lacks is a question
        mark, since a receipt in UCS-2 is one that hardly any ESME can read.
        """
        is_delivered = facts.state is MessageState.DELIVERED
        fields = {
            "id": facts.message_id,
            "sub": "001",
            "dlvrd": f"{int(is_delivered):03d}",
            "stat": _WORDS.get(facts.state, "UNKNOWN"),
            "err": f"{facts.error_code % 1000:03d}",
        }
        dates = {"submit_date": facts.submit_at, "done_date": facts.done_at}
        octets = b""
        for literal, name, spec in self.pieces:
            octets += literal.encode()
            if name == "text":
                octets += _encode_text(facts.text[:TEXT_CHARACTERS])
            elif name in dates:
                octets += f"{dates[name]:{spec or _USUAL_DATE}}".encode()
            elif name is not None:
                octets += fields[name].encode()
        return octets


def _check(literal: str, name: str | None, spec: str, conversion: str | None) -> None:
    if not is_basic_ascii(literal) or literal.encode() != encode_gsm7(literal):
        # What ASCII and GSM 7-bit write with different octets would be read in two ways.
        raise ValueError("may hold ASCII only, without @ $ _ [ ] { } \\ ^ ~ | ` outside the fields")
    if name is None:
        return
    if name not in FIELDS:
        raise ValueError(f"has the fields {', '.join(FIELDS)}; not {name!r}")
    if conversion:
        raise ValueError(f"knows no conversion !{conversion}")
    if spec and not (name in _DATES and _DATE_FORMAT.fullmatch(spec)):
        raise ValueError(f"{{{name}:{spec}}}: only a date has a format, of %Y %y %m %d %H %M %S")


def _encode_text(text: str) -> bytes:
    try:
        return encode_gsm7(text)
    except UnencodableText:
        return b"".join(map(_encode_character, text))


def _encode_character(character: str) -> bytes:
    try:
        return encode_gsm7(character)
    except UnencodableText:
        return b"?"


USUAL: Final = ReceiptTemplate.parse(APPENDIX_B)
