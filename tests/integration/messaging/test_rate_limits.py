"""Limits are shared by processes, refill with time, and hold alone when Redis is away."""

import asyncio

import pytest
import redis

from smsc.errors import TooManyRequests
from smsc.messaging.rate_limits import RateLimits


async def granted(limits: RateLimits, name: str, per_second: float, asked: int) -> int:
    count = 0
    for _ in range(asked):
        try:
            await limits.take(name, per_second)
        except TooManyRequests:
            continue
        count += 1
    return count


async def test_two_processes_share_one_limit(redis_url: str) -> None:
    one, two = RateLimits(redis_url), RateLimits(redis_url)
    try:
        # At 0.01 a second a bucket holds one token, and no other comes while this runs.
        counts = [await granted(limits, "AC1", 0.01, 10) for limits in (one, two)]
        assert counts == [1, 0]
        assert await granted(two, "AC2", 0.01, 10) == 1
    finally:
        await one.close()
        await two.close()


async def test_a_refusal_says_when_to_come_back(redis_url: str) -> None:
    limits = RateLimits(redis_url)
    try:
        await limits.take("AC1", 0.01)
        with pytest.raises(TooManyRequests) as caught:
            await limits.take("AC1", 0.01)
        assert 90 <= caught.value.retry_after_seconds <= 100
    finally:
        await limits.close()


async def test_a_burst_is_one_second_of_the_rate_at_most(redis_url: str) -> None:
    limits = RateLimits(redis_url)
    try:
        # The server's clock stands still for the bucket: what refills meanwhile is taken back.
        key = "smsc:rate:AC1"
        first = await granted(limits, "AC1", 1000, 1)
        with redis.Redis.from_url(redis_url) as client:
            tokens = float(client.hget(key, "tokens") or 0)
        assert first == 1
        assert tokens == 900  # of 1000, a slice of a tenth is leased
    finally:
        await limits.close()


async def test_without_redis_each_process_grants_the_rate_by_itself() -> None:
    limits = RateLimits("redis://127.0.0.1:1/0")
    try:
        assert await granted(limits, "AC1", 0.01, 10) == 1
        assert await granted(limits, "AC2", 5, 5) == 5
    finally:
        await limits.close()


async def test_many_at_once_lease_once(redis_url: str) -> None:
    limits = RateLimits(redis_url)
    try:
        results = await asyncio.gather(
            *(limits.take("AC1", 0.5) for _ in range(20)), return_exceptions=True
        )
        assert sum(result is None for result in results) == 1
    finally:
        await limits.close()
