"""The cookies of conversations: what a customer's server set for two numbers, for four hours."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Final, NamedTuple, Self

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from smsc.errors import SettingError
from smsc.vault import Vault
from smsc.webhooks.outcome import NO_COOKIES

log = structlog.get_logger()

# Source: https://www.twilio.com/docs/messaging/tutorials/how-to-create-sms-conversations
KEPT: Final = timedelta(hours=4)
MOST_OCTETS: Final = 16 * 1024  # of one conversation with one server; more is not kept
REDIS_SECONDS: Final = 0.25  # a Redis that takes longer is as good as away
LOOK_SECONDS: Final = 1.0  # where no server sets cookies, or Redis is away, it is asked so often
_ANY: Final = "smsc:cookies"


class Pair(NamedTuple):
    """Whose conversation it is, and between which numbers."""

    account_sid: str
    from_: str
    to: str


class Conversations:
    """The cookies that one process sends and keeps; all processes share them by Redis.

    They lie there sealed, under digests of the numbers. With Redis they are lost: then a customer's
    server begins another session, as with a browser that was closed. While no server sets any,
    a received message costs no question.
    """

    def __init__(self, redis_url: str, vault: Vault) -> None:
        self._redis: Redis = Redis.from_url(
            redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._vault = vault
        self._are_any = False
        self._look_at = 0.0

    async def __aenter__(self) -> Self:
        """Begin; Redis is asked no sooner than needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def cookies(self, pair: Pair, origin: str) -> Mapping[str, str]:
        """Return what a server has set in a conversation, for its next request."""
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                if not await self._look():
                    return NO_COOKIES
                sealed = await self._redis.get(self._key(pair, origin))
        except (RedisError, OSError) as error:
            self._away(error)
            return NO_COOKIES
        if sealed is None:
            return NO_COOKIES
        try:
            found: dict[str, str] = orjson.loads(self._vault.open(sealed.decode()))
        except SettingError:  # sealed with a key that is no more
            return NO_COOKIES
        return found

    async def keep(self, pair: Pair, origin: str, cookies: Mapping[str, str]) -> None:
        """Keep what a server has set; nothing: forget what it had set."""
        octets = orjson.dumps(dict(cookies))
        key = self._key(pair, origin)
        try:
            async with asyncio.timeout(REDIS_SECONDS), self._redis.pipeline() as together:
                if cookies and len(octets) <= MOST_OCTETS:
                    together.set(key, self._vault.seal(octets.decode()), ex=KEPT)
                    together.set(_ANY, 1, ex=KEPT)
                    self._are_any = True
                else:
                    together.delete(key)
                await together.execute()
        except (RedisError, OSError) as error:
            self._away(error)

    async def _look(self) -> bool:
        """Say whether any server has set cookies of late."""
        now = monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._are_any = bool(await self._redis.exists(_ANY))
        return self._are_any

    def _away(self, error: Exception) -> None:
        log.warning("cookies.lost", error=str(error))
        self._are_any, self._look_at = False, monotonic() + LOOK_SECONDS

    def _key(self, pair: Pair, origin: str) -> str:
        return f"{_ANY}:{self._vault.digest(' '.join((*pair, origin)).encode()).hex()}"
