"""The price of a message: the longest prefix of the carrier's tariff that fits its number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

SHORT_CODE_DIGITS = 8  # at most


class Rate(NamedTuple):
    """One line of a tariff."""

    direction: str
    prefix: str
    price: Decimal  # of a segment


@dataclass(frozen=True, slots=True)
class Price:
    """What a message costs, positive, and in which currency."""

    amount: Decimal
    unit: str


class PriceList:
    """A carrier's tariff, ready to be asked."""

    def __init__(self, rates: Iterable[Rate], unit: str) -> None:
        self._unit = unit
        self._by_direction: dict[str, dict[str, Decimal]] = {}
        for rate in rates:
            self._by_direction.setdefault(rate.direction, {})[rate.prefix] = rate.price
        self._longest = {
            direction: max(map(len, prices)) for direction, prices in self._by_direction.items()
        }

    @property
    def unit(self) -> str:
        """The carrier's currency, ISO 4217."""
        return self._unit

    def rates(self, direction: str) -> Mapping[str, Decimal]:
        """Return a direction's prices by prefix."""
        return self._by_direction.get(direction, {})

    def of(self, direction: str, number: str, segments: int) -> Price | None:
        """Return what a message costs; None: nothing is charged for such."""
        prices = self._by_direction.get(direction)
        if prices is None:
            return None
        digits = number.lstrip("+")
        for length in range(min(self._longest[direction], len(digits)), -1, -1):
            price = prices.get(digits[:length])
            if price is not None:
                return Price(price * segments, self._unit)
        return None


def category(direction: str, our_number: str) -> str:
    """Return Twilio's usage category of a message, by its direction and our side's number."""
    way = "inbound" if direction == "inbound" else "outbound"
    is_short = our_number.isdecimal() and len(our_number) <= SHORT_CODE_DIGITS
    return f"sms-{way}-{'shortcode' if is_short else 'longcode'}"
