"""Which system_ids many addresses guess at: they are open to who bound before alone."""

from collections import OrderedDict
from datetime import timedelta
from typing import Final

from smsc.smpp.lockout import Lockout, LockoutSettings

# SMPP's passwords have eight octets. From one address five tries are the end already.
GUESSES: Final = LockoutSettings(
    failures=30, within=timedelta(minutes=1), lasts=timedelta(minutes=1)
)
_MOST_KNOWN: Final = 10_000  # pairs; of more, those that bound longest ago are forgotten
_NO_HOST: Final = ""


class GuessedNames:
    """In one process, as the lockout of addresses is; all times are of one monotonic clock.

    Who has bound by a name from an address still may: nobody shuts a customer out by guessing.
    """

    def __init__(self, settings: LockoutSettings = GUESSES) -> None:
        self._names = Lockout(settings)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def is_shut(self, host: str, system_id: str, now: float) -> bool:
        """Say whether this address has to wait, without a look at its password."""
        if (host, system_id) in self._known:
            return False
        return self._names.is_locked((_NO_HOST, system_id), now)

    def failed(self, system_id: str, now: float) -> bool:
        """Note a wrong password, also at a name that nobody has; say whether that shuts it."""
        return self._names.failed((_NO_HOST, system_id), now)

    def bound(self, host: str, system_id: str) -> None:
        """Note a right password."""
        self._known[host, system_id] = None
        self._known.move_to_end((host, system_id))
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
