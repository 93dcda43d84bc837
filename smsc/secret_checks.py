"""Compares secrets with what is kept of them: slowly once, then by what this process remembers."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from smsc import vault
from smsc.errors import ServiceUnavailable

MOST_AT_ONCE: Final = 2  # each takes a core for tens of milliseconds
MOST_WAITING: Final = 100  # beyond, whoever comes is told to come again
MOST_KNOWN: Final = 10_000
LIFE_SECONDS: Final = 900.0


class SecretChecks:
    """The comparisons of one process: in threads, a few at once, and what matched lately.

    Of a match a keyed digest of the secret and the hash that it matched is remembered, under a key
    that lives in this process alone; never the secret. So a secret that was changed or revoked is
    forgotten by that: nobody asks about its hash any more. Misses are not remembered.
    """

    def __init__(
        self, most_at_once: int = MOST_AT_ONCE, clock: Callable[[], float] = monotonic
    ) -> None:
        # Copied for each proof: half as dear as taking the key in anew.
        self._keyed = hashlib.blake2b(key=secrets.token_bytes(32), digest_size=32)
        self._clock = clock
        self._room = asyncio.Semaphore(most_at_once)
        self._known: dict[bytes, float] = {}  # until when; the oldest first
        self._checking: dict[bytes, asyncio.Task[bool]] = {}

    async def matches(self, secret: str, hashed: bytes) -> bool:
        """Say whether this is the secret of an Argon2id hash; who ask the same wait for one answer.

        Raises:
            ServiceUnavailable: too many wait already.
        """
        proving = self._keyed.copy()
        proving.update(hashed + b"\0" + secret.encode())
        proof = proving.digest()
        until = self._known.get(proof)
        if until is not None and until > self._clock():
            return True
        task = self._checking.get(proof)
        if task is None:
            if len(self._checking) >= MOST_WAITING:
                raise ServiceUnavailable("Too many credentials are being checked. Try again.")
            task = asyncio.ensure_future(self._check(proof, secret, hashed))
            self._checking[proof] = task
            task.add_done_callback(partial(self._checked, proof))
        return await asyncio.shield(task)

    async def hash(self, secret: str) -> bytes:
        """Hash a secret of ours, in its turn."""
        async with self._room:
            return await asyncio.to_thread(vault.hash_secret, secret)

    async def _check(self, proof: bytes, secret: str, hashed: bytes) -> bool:
        async with self._room:
            matches = await asyncio.to_thread(vault.secret_matches, secret, hashed)
        if matches:
            self._known.pop(proof, None)
            while len(self._known) >= MOST_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[proof] = self._clock() + LIFE_SECONDS
        return matches

    def _checked(self, proof: bytes, _: asyncio.Task[bool]) -> None:
        del self._checking[proof]
