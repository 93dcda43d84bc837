"""Connections to Redis: one is opened again, for ever, whenever it is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
import structlog
from arq.connections import ArqRedis
from redis.exceptions import RedisError

log = structlog.get_logger()

CONNECT_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = 1.0


def serialize(job: Mapping[str, object]) -> bytes:
    """Write a job as JSON: a pickle from a shared Redis would be an open door."""
    return orjson.dumps(job, default=str)


async def open_redis(redis_url: str) -> ArqRedis:
    """Open arq's pool on a `redis://`, `rediss://` or `unix://` URL.

    Raises:
        redis.exceptions.RedisError, OSError: Redis can't be reached.
    """
    redis: ArqRedis = ArqRedis.from_url(
        redis_url, socket_connect_timeout=CONNECT_SECONDS, encoding="utf8"
    )
    redis.job_serializer, redis.job_deserializer = serialize, orjson.loads
    redis.expires_extra_ms = 10_000
    try:
        await redis.ping()
    except BaseException:  # a cancel too: arq's own `create_pool` would leave the socket open then
        await redis.aclose()
        raise
    return redis


async def is_alive(redis_url: str) -> bool:
    """Say whether Redis answers."""
    try:
        async with asyncio.timeout(2), await open_redis(redis_url) as redis:
            await redis.ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True


async def gather_first(*work: Awaitable[None]) -> None:
    """Run all; end, with its error, when the first ends."""
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def reconnecting(
    redis_url: str, what: str, serve: Callable[[ArqRedis], Awaitable[None]]
) -> None:
    """Serve on a connection until cancelled, and on another whenever it is lost."""
    away = False
    while True:
        try:
            async with await open_redis(redis_url) as redis:
                if away:
                    log.info("redis.returned", what=what)
                    away = False
                await serve(redis)
        except (RedisError, OSError, TimeoutError) as error:
            if not away:
                log.warning("redis.lost", what=what, error=str(error))
                away = True
        await asyncio.sleep(RECONNECT_SECONDS)
