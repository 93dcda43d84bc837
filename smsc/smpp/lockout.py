"""Who guessed too many passwords lately, and may not try again for a while."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

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
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def is_locked(self, address: str, now: float) -> bool:
        """Say whether this address has to wait, without a look at its password."""
        record = self._records.get(_site(address))
        return record is not None and now < record.locked_until

    def failed(self, address: str, now: float) -> bool:
        """Note a wrong password; say whether that shuts the address out."""
        settings = self._settings
        site = _site(address)
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


def read_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a peer's address, an IPv4 one that IPv6 carries as such; None if it is none."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _site(host: str) -> str:
    address = read_address(host)
    if isinstance(address, IPv6Address):
        return f"{int(address) >> (128 - _IPV6_SITE_BITS):x}"
    return host if address is None else str(address)
