"""Checks passwords: slowly for who guesses, and in the same time whether a name is known or not."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from smsc.models import User
from smsc.smpp.lockout import Lockout, LockoutSettings
from smsc.vault import hash_password, nobodys_hash, password_matches

LOCKED_FOR: Final = timedelta(minutes=5)
_GUESSES: Final = LockoutSettings(failures=5, within=timedelta(minutes=5), lasts=LOCKED_FOR)
# An office shares one address: more may err there than at one person's name.
_GUESSES_OF_AN_ADDRESS: Final = LockoutSettings(
    failures=20, within=timedelta(minutes=5), lasts=LOCKED_FOR
)
_MAILS_OF_AN_ADDRESS: Final = LockoutSettings(
    failures=20, within=timedelta(minutes=10), lasts=timedelta(minutes=10)
)
_MOST_AT_ONCE: Final = 2  # each takes 64 MiB for tens of milliseconds
_MOST_PEOPLE: Final = 5  # of one address, each of another carrier


class Doorman:
    """Knows who guessed too often lately. In one process: the others count for themselves."""

    def __init__(self) -> None:
        self._names = Lockout(_GUESSES)
        self._addresses = Lockout(_GUESSES_OF_AN_ADDRESS)
        self._asked = Lockout(_MAILS_OF_AN_ADDRESS)
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)

    def is_locked(self, email: str, ip: str) -> bool:
        """Say whether this name or this address has to wait, without a look at the password.

        Who shows a passkey, or comes back from a provider, has said no name.
        """
        now = time.monotonic()
        is_shut = bool(email) and self._names.is_locked(email, now)
        return is_shut or self._addresses.is_locked(ip, now)

    def failed(self, email: str, ip: str) -> None:
        """Note a wrong password, also at a name that nobody has."""
        now = time.monotonic()
        if email:
            self._names.failed(email, now)
        self._addresses.failed(ip, now)

    async def whose(self, people: Sequence[User], password: str) -> User | None:
        """Return whose password this is. One hash at least is computed, though there is nobody."""
        async with self._room:
            return await asyncio.to_thread(self._whose, people[:_MOST_PEOPLE], password)

    def may_ask(self, ip: str) -> bool:
        """Say whether mails may still be asked for from there, whoever they are for; count it."""
        now = time.monotonic()
        if self._asked.is_locked(ip, now):
            return False
        self._asked.failed(ip, now)
        return True

    async def hash(self, password: str) -> str:
        """Hash a password that somebody chose."""
        async with self._room:
            return await asyncio.to_thread(hash_password, password)

    def _whose(self, people: Sequence[User], password: str) -> User | None:
        if not people:
            password_matches(password, nobodys_hash())
            return None
        return next((one for one in people if password_matches(password, one.password_hash)), None)
