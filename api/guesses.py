"""Shuts out whoever guesses credentials over HTTP: an address at one name, then the address.

An account is never shut as a whole: its tokens are 128 random bits, so that guessing at them from
everywhere gains nothing, while shutting it would let anybody silence anybody.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from starlette.requests import HTTPConnection

from smsc.errors.doors import TooManyGuesses
from smsc.smpp.lockout import Lockout, LockoutSettings

_LASTS: Final = timedelta(minutes=1)
# A program with an old password that goes on asking: its own calls wait, its neighbours' do not.
_AT_ONE_NAME: Final = LockoutSettings(failures=10, within=_LASTS, lasts=_LASTS)
# Somebody who tries name after name. Each name counts once while it is remembered.
_AT_MANY_NAMES: Final = LockoutSettings(failures=20, within=_LASTS, lasts=_LASTS)
_LONGEST_NAME: Final = 64


class Guesses:
    """Wrong credentials lately, in this process; the others count for themselves."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_names = Lockout(_AT_ONE_NAME)
        self._addresses = Lockout(_AT_MANY_NAMES)

    def require_calm(self, host: str, name: str) -> None:
        """Let somebody try a name's password.

        Raises:
            TooManyGuesses: this address tried too often lately, right or wrong this time.
        """
        if not self._at_names:  # nobody guessed since the start: the usual case, and a hot path
            return
        now = self._clock()
        wait = max(
            self._addresses.seconds_left(host, now),
            self._at_names.seconds_left(_pair(host, name), now),
        )
        if wait > 0:
            raise TooManyGuesses(int(wait) + 1)

    def failed(self, host: str, name: str) -> None:
        """Note wrong credentials, also at a name that nobody has."""
        now, pair = self._clock(), _pair(host, name)
        if self._at_names.recent(pair, now) == 0:
            self._addresses.failed(host, now)
        self._at_names.failed(pair, now)


def address_of(request: HTTPConnection) -> str:
    """Return whom a request is from: the client's address, behind proxies that are trusted."""
    client: tuple[str, int] | None = request.scope.get("client")
    return "" if client is None else client[0]


def _pair(host: str, name: str) -> tuple[str, str]:
    return host, name[:_LONGEST_NAME]
