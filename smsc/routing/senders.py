"""Chooses a sender of a messaging service's pool: pure, time in, sender out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from smsc.sms.address import AddressKind

# Messages a second that a sender of its kind may be thought to carry: load is spread by them.
RATES: Final = {
    AddressKind.E164: 1.0,
    AddressKind.SHORT_CODE: 100.0,
    AddressKind.ALPHANUMERIC: 10.0,
}
_AREA: Final = slice(2, 5)  # of "+15075550123"
_WITH_AREA: Final = len("+1507")
MOST_TURNS: Final = 100
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class PoolSender:
    """A sender of a pool."""

    address: str
    kind: AddressKind
    iso_country: str | None  # None: of no country, such as a sender ID


def fitting(
    pool: Sequence[PoolSender],
    to: str,
    country: str | None,
    *,
    by_area_code: bool,
    shows_names: bool,
) -> Sequence[PoolSender]:
    """Return those that fit a recipient best; empty: none can send there.

    Numbers and short codes of the recipient's country come first, in North America those of its
    area code before the others if so asked; then sender IDs if they are shown; then any number.
    A short code without a country is good everywhere, one with a country nowhere else.

    Source: https://www.twilio.com/docs/messaging/services#messaging-service-features
    """
    domestic = [
        sender
        for sender in pool
        if sender.kind is not AddressKind.ALPHANUMERIC
        and (
            sender.iso_country == country
            or (sender.kind is AddressKind.SHORT_CODE and sender.iso_country is None)
        )
    ]
    if domestic:
        return _of_area(domestic, to) if by_area_code else domestic
    if shows_names:
        names = [sender for sender in pool if sender.kind is AddressKind.ALPHANUMERIC]
        if names:
            return names
    return [sender for sender in pool if sender.kind is AddressKind.E164]


def _of_area(senders: Sequence[PoolSender], to: str) -> Sequence[PoolSender]:
    if not to.startswith("+1") or len(to) < _WITH_AREA:
        return senders
    near = [sender for sender in senders if sender.address[_AREA] == to[_AREA]]
    return near or senders


class Load:
    """How much each sender was given of late, in seconds of its own rate."""

    def __init__(self) -> None:
        self._busy_until: dict[str, float] = {}

    def deal(
        self, senders: Sequence[PoolSender], messages: int, segments: int, now: float
    ) -> list[PoolSender]:
        """Return a sender for each of many messages, and count their segments in all.

        Turns repeat after a hundred: by then senders have their shares.
        """
        turns = min(messages, MOST_TURNS)
        dealt = [self.pick(senders, segments / turns, now) for _ in range(turns)]
        return (dealt * -(-messages // turns))[:messages]

    def pick(self, senders: Sequence[PoolSender], segments: float, now: float) -> PoolSender:
        """Return the one that is free first, and count the message to it."""
        chosen = min(senders, key=lambda sender: self._busy_until.get(sender.address, now))
        if len(self._busy_until) >= MOST_REMEMBERED:
            self._busy_until = {a: until for a, until in self._busy_until.items() if until > now}
        since = max(self._busy_until.get(chosen.address, now), now)
        self._busy_until[chosen.address] = since + segments / RATES[chosen.kind]
        return chosen
