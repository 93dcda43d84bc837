"""What the `err` of a receipt means: Twilio's codes, by a table that a connector can have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from smsc.sms.code_range import CodeRange, parse_range

UNREACHABLE: Final = 30003
BLOCKED: Final = 30004
UNKNOWN_HANDSET: Final = 30005
NOT_MOBILE: Final = 30006
FILTERED: Final = 30007
UNKNOWN_ERROR: Final = 30008

FIRST_CODE, LAST_CODE = 30001, 30999  # Twilio's codes of messages that were not delivered
_REST: Final = "*"
_LONGEST_ERR: Final = 8  # characters that we read as a number; 0000 is the longest seen

# Receipts have no standard for `err`. Many SMSCs pass on the MAP error of the failed delivery; a
# remote that means something else by these numbers needs a table of its own.
# Source: 3GPP TS 29.002 §17.6.6, §17.5.
_MAP_ERRORS: Final = {
    1: UNKNOWN_HANDSET,  # unknown subscriber
    5: UNKNOWN_HANDSET,  # unidentified subscriber
    6: UNREACHABLE,  # absent subscriber, short message
    9: BLOCKED,  # illegal subscriber
    11: BLOCKED,  # teleservice not provisioned
    12: BLOCKED,  # illegal equipment
    13: BLOCKED,  # call barred
    21: NOT_MOBILE,  # facility not supported: the network takes no SMS
    27: UNREACHABLE,  # absent subscriber
    31: UNREACHABLE,  # subscriber busy for a short message
    32: UNREACHABLE,  # delivery failure, mostly a full memory
}


class InvalidReceiptErrors(ValueError):
    """The table can't be understood; says which entry and how to mend it."""


@dataclass(frozen=True, slots=True)
class ReceiptErrors:
    """A connector's own table; without an entry for an `err` the house's holds.

    `exact` has the values as the remote writes them, case folded and without leading zeros.
    """

    exact: Mapping[str, int] = field(default_factory=dict)
    ranges: tuple[tuple[CodeRange, int], ...] = ()  # the narrowest first
    rest: int | None = None

    def code(self, error_code: str | None) -> int | None:
        """Return Twilio's code for a receipt's `err`, None when the table has none."""
        if error_code is None:
            return None
        folded = _fold(error_code)
        code = self.exact.get(folded)
        if code is not None:
            return code
        for codes, mapped in self.ranges:
            number = _number(folded, 16 if codes.is_hexadecimal else 10)
            if number is not None and codes.holds(number):
                return mapped
        return self.rest


STANDARD: Final = ReceiptErrors()


def of_map(error_code: str | None) -> int:
    """Read `err` as the decimal number of a MAP error, as most SMSCs send it."""
    number = None if error_code is None else _number(_fold(error_code), 10)
    return UNKNOWN_ERROR if number is None else _MAP_ERRORS.get(number, UNKNOWN_ERROR)


def parse_receipt_errors(table: Mapping[str, object]) -> ReceiptErrors:
    """Read a table as it stands in a connector.

    `{"001": 30005, "21b": 30007, "500-599": 30006, "0x400-0x4FF": 30017, "*": 30008}`: a value as
    the remote writes it, a range of decimal or of hexadecimal numbers, or `*` for the rest, each to
    a code of Twilio's.

    Raises:
        InvalidReceiptErrors: a key is none of these, or a value no code from 30001 to 30999.
    """
    if not table:
        return STANDARD
    exact: dict[str, int] = {}
    ranges: list[tuple[CodeRange, int]] = []
    rest = None
    for key, code in table.items():
        if not isinstance(code, int) or not FIRST_CODE <= code <= LAST_CODE:
            raise InvalidReceiptErrors(
                f"{key!r} is mapped to {code!r}; it must be a code from {FIRST_CODE} to "
                f"{LAST_CODE}, such as {UNREACHABLE}."
            )
        word = key.strip()
        codes = parse_range(word)
        if word == _REST:
            rest = code
        elif codes is not None and (codes.is_hexadecimal or codes.width):
            ranges.append((codes, code))
        elif word.isalnum() and len(word) <= _LONGEST_ERR:
            exact[_fold(word)] = code
        else:
            raise InvalidReceiptErrors(
                f"{key!r} is no err such as 001 or 21b, no range such as 500-599 or 0x400-0x4FF, "
                f"and not {_REST} for the rest."
            )
    ranges.sort(key=lambda pair: pair[0].width)
    return ReceiptErrors(exact, tuple(ranges), rest)


def _fold(error_code: str) -> str:
    folded = error_code.strip().casefold()
    return folded.lstrip("0") or folded[:1]


def _number(folded: str, base: int) -> int | None:
    if not (folded.isascii() and folded.isalnum() and len(folded) <= _LONGEST_ERR):
        return None
    try:
        return int(folded, base)
    except ValueError:
        return None
