"""Tells a flood of enquire_links from a careful peer; pure."""

from typing import Final

FLOOD_SECONDS: Final = 1.0
_FLOOD: Final = 1000  # enquire_links in so long: nobody needs them


class EnquiryCount:
    """Counts a session's enquire_links by the second. `is_flood` is for its owner to end."""

    __slots__ = ("_count", "_since", "is_flood")

    def __init__(self) -> None:
        self.is_flood = False
        self._count = 0
        self._since = 0.0

    def begins_flood(self, now: float) -> bool:
        """Count one; say whether a flood begins with it."""
        if now - self._since >= FLOOD_SECONDS:
            self._since = now
            self._count = 0
        self._count += 1
        if self._count != _FLOOD or self.is_flood:
            return False
        self.is_flood = True
        return True
