"""Limits on requests: token buckets that processes share, leased to each of them in slices."""

import asyncio
from dataclasses import dataclass, field
from math import ceil
from time import monotonic
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from smsc.errors import TooManyRequests

log = structlog.get_logger()

SLICE_SECONDS: Final = 0.1  # of the rate, leased at once: ten leases a second at most a process
SLICE_LIVES_SECONDS: Final = 1.0  # what isn't used by then goes to waste, not into a later burst
REDIS_SECONDS: Final = 0.25  # a Redis that takes longer is as good as away
AWAY_SECONDS: Final = 1.0  # then each process grants the rate by itself, and asks again after this
MOST_BUCKETS: Final = 10_000

# Refills by Redis's clock, grants up to what is wanted, and says how long until there is one more.
# A bucket holds one second of the rate, one token at least.
_LEASE: Final = """
local rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local most = math.max(rate, 1)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(most, (tonumber(kept[1]) or most)
                              + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
local granted = math.min(math.floor(tokens), wanted)
tokens = tokens - granted
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(2000 * most / rate))
local wait = 0
if granted == 0 then wait = (1 - tokens) / rate end
return {granted, tostring(wait)}
"""


@dataclass(slots=True)
class _Bucket:
    """What one process holds of one limit."""

    tokens: float = 0.0
    until: float = 0.0  # the slice's end
    refused_until: float = 0.0
    alone_until: float = 0.0  # Redis is away: the end of what this process granted by itself
    leasing: asyncio.Lock = field(default_factory=asyncio.Lock)


class RateLimits:
    """The limits of one process. Who has no limit never comes here.

    When Redis is away, each process grants the whole rate by itself: nobody is refused for a
    fault of ours (house rule 7).
    """

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = Redis.from_url(
            redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._lease = self._redis.register_script(_LEASE)
        self._buckets: dict[str, _Bucket] = {}
        self._away_until = 0.0

    async def take(self, name: str, per_second: float) -> None:
        """Take one token of a limit.

        Raises:
            TooManyRequests: there is none; it says when there will be.
        """
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= MOST_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[name] = _Bucket()
        if _has_token(bucket):
            return
        async with bucket.leasing:
            if _has_token(bucket):
                return
            now = monotonic()
            if bucket.refused_until > now:
                raise TooManyRequests(ceil(bucket.refused_until - now))
            wanted = max(1, int(per_second * SLICE_SECONDS))
            granted, wait = await self._ask(name, bucket, per_second, wanted)
            now = monotonic()
            if granted < 1:
                bucket.refused_until = now + wait
                raise TooManyRequests(max(1, ceil(wait)))
            bucket.tokens, bucket.until = granted - 1, now + SLICE_LIVES_SECONDS

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _ask(
        self, name: str, bucket: _Bucket, per_second: float, wanted: int
    ) -> tuple[float, float]:
        """Return how many tokens are ours, and if none, the seconds until there is one."""
        if self._away_until <= monotonic():
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    granted, wait = await self._lease(
                        keys=[f"smsc:rate:{name}"], args=[per_second, wanted]
                    )
                return float(granted), float(wait)
            except (RedisError, OSError) as error:
                log.warning("rate_limit.unshared", error=str(error))
                self._away_until = monotonic() + AWAY_SECONDS
        now = monotonic()
        if bucket.alone_until > now:
            return 0.0, bucket.alone_until - now
        most = max(1.0, per_second)
        bucket.alone_until = now + most / per_second
        return most, 0.0


def _has_token(bucket: _Bucket) -> bool:
    if bucket.tokens >= 1 and bucket.until > monotonic():
        bucket.tokens -= 1
        return True
    return False
