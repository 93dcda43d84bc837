"""How a connector's receipts are to be taken: whose decides on a message, what its errors mean."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smsc.sms.receipt_errors import STANDARD, ReceiptErrors


class Rollup(StrEnum):
    """Which segments' receipts decide what becomes of their message."""

    ALL = "all"  # delivered when all are, undelivered when one is
    FIRST = "first"  # the first segment's alone
    LAST = "last"  # the last segment's alone
    ANY = "any"  # whichever comes first: for remotes that report one segment, no matter which

    def share(self, number: int, count: int) -> int:
        """Return for how many of `count` segments the final receipt of segment `number` stands."""
        match self:
            case Rollup.ALL:
                return 1
            case Rollup.FIRST:
                return count if number == 1 else 0
            case Rollup.LAST:
                return count if number == count else 0
            case Rollup.ANY:
                return count


@dataclass(frozen=True, slots=True)
class ReceiptRules:
    """A connector's rules."""

    rollup: Rollup = Rollup.ALL
    errors: ReceiptErrors = STANDARD
    unmarked: bool = False  # some come without the bits of esm_class and without TLVs


DEFAULT: Final = ReceiptRules()
