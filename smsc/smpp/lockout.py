"""Who guessed too many passwords lately, and may not try again for a while."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Final

from smsc.networks import read_address

Who = str | tuple[str, str]  # an address, or an address and the name that it tried

_IPV6_SITE_BITS: Final = 64  # an address of a site is as good as any other of it


@dataclass(frozen=True, slots=True)
class LockoutSettings:
    """Five wrong passwords in a minute shut an address out for five minutes."""

    failures: int = 5
    within: timedelta = timedelta(minutes=1)
    lasts: timedelta = timedelta(minutes=5)
    most_addresses: int = 10_000  # remembered; of more, those that tried longest ago are forgotten


@dataclass(slots=True)
class _Record:
    failed_at: deque[float] = field(default_factory=deque)
    locked_until: float = float("-inf")


class Lockout:
    """The failures of addresses. All times are seconds of one monotonic clock.

    A right password clears nothing: who has one credential could else guess at another's for ever.
    """

    def __init__(self, settings: LockoutSettings | None = None) -> None:
        self._settings = settings or LockoutSettings()
        self._records: OrderedDict[Who, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def is_locked(self, who: Who, now: float) -> bool:
        """Say whether this address has to wait, without a look at its password."""
        return self.seconds_left(who, now) > 0

    def seconds_left(self, who: Who, now: float) -> float:
        """Return how long this address has to wait."""
        record = self._records.get(_site(who))
        return 0.0 if record is None else max(0.0, record.locked_until - now)

    def recent(self, who: Who, now: float) -> int:
        """Return how many failures of this address still count."""
        record = self._records.get(_site(who))
        if record is None:
            return 0
        oldest = now - self._settings.within.total_seconds()
        return sum(moment > oldest for moment in record.failed_at)

    def failed(self, who: Who, now: float) -> bool:
        """Note a wrong password; say whether that shuts the address out."""
        settings = self._settings
        site = _site(who)
        record = self._records.setdefault(site, _Record())
        self._records.move_to_end(site)
        if len(self._records) > settings.most_addresses:
            self._records.popitem(last=False)
        record.failed_at.append(now)
        while record.failed_at[0] <= now - settings.within.total_seconds():
            record.failed_at.popleft()
        if len(record.failed_at) < settings.failures:
            return False
        record.failed_at.clear()
        record.locked_until = now + settings.lasts.total_seconds()
        return True


def _site(who: Who) -> Who:
    if isinstance(who, tuple):
        return _site_of(who[0]), who[1]
    return _site_of(who)


def _site_of(host: str) -> str:
    address = read_address(host)
    if isinstance(address, IPv6Address):
        return f"{int(address) >> (128 - _IPV6_SITE_BITS):x}"
    return host if address is None else str(address)
