"""How well a connector's receipts find their segments, as its owner reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from smsc.models import ConnectorReceipts
from smsc.sms.correlation import Spelling

ENOUGH: Final = 20  # receipts to judge by
GOOD: Final = 0.95  # the share of them that should find their segment


@dataclass(frozen=True, slots=True)
class ReceiptHealth:
    """The counts since the connector was made; what is `unmatched` may yet be explained."""

    matched: int = 0
    unmatched: int = 0
    spellings: Mapping[Spelling, int] = field(default_factory=dict)

    @property
    def hit_rate(self) -> float | None:
        """The share of receipts whose segment was found; None before the first."""
        total = self.matched + self.unmatched
        return round(self.matched / total, 4) if total else None

    @property
    def warning(self) -> str | None:
        """Say that too many receipts find no segment, once there are enough to judge by."""
        total = self.matched + self.unmatched
        if total < ENOUGH or self.unmatched <= total * (1 - GOOD):
            return None
        return (
            f"Of {total} receipts {self.unmatched} found no segment: the remote reports ids that "
            "its responses never gave. Compare them: smsc connector receipts."
        )

    @property
    def id_base(self) -> Spelling | None:
        """How receipts mostly write the id of the response; None before the first was matched."""
        most = max(self.spellings, key=lambda one: self.spellings[one], default=None)
        return most if most is not None and self.spellings[most] else None


NO_RECEIPTS: Final = ReceiptHealth()


def health_of(counts: ConnectorReceipts | None) -> ReceiptHealth:
    """Read a connector's counts; it has none before its first receipt."""
    if counts is None:
        return NO_RECEIPTS
    return ReceiptHealth(
        matched=counts.matched,
        unmatched=max(counts.parked, 0),
        spellings={
            Spelling.SAME: counts.id_same,
            Spelling.FOLDED: counts.id_folded,
            Spelling.HEXADECIMAL: counts.id_hexadecimal,
            Spelling.DECIMAL: counts.id_decimal,
            Spelling.ASCII: counts.id_ascii,
        },
    )
