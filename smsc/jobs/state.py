"""How Redis and the queues of jobs stand, for whoever runs the platform."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from redis.exceptions import RedisError

from smsc.jobs.bells import PROBES_QUEUE, WEBHOOKS_QUEUE, gateway_queue
from smsc.jobs.connecting import open_redis

_PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class RedisState:
    """Redis as it says of itself, and how many jobs wait in each queue of arq."""

    version: str
    octets: int
    clients: int
    uptime_seconds: int
    waiting: Mapping[str, int]  # by queue


async def redis_state(redis_url: str, process_sids: list[str]) -> RedisState | None:
    """Return how it stands, with the queues of these gateway processes; None: it is away."""
    queues = [WEBHOOKS_QUEUE, PROBES_QUEUE, *map(gateway_queue, process_sids)]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            redis = await open_redis(redis_url)
            try:
                told = await redis.info()
                waiting = {queue: int(await redis.zcard(queue)) for queue in queues}
            finally:
                await redis.aclose()
    except (RedisError, OSError, TimeoutError):
        return None
    return RedisState(
        version=str(told.get("valkey_version") or told.get("redis_version", "")),
        octets=int(told.get("used_memory", 0)),
        clients=int(told.get("connected_clients", 0)),
        uptime_seconds=int(told.get("uptime_in_seconds", 0)),
        waiting=waiting,
    )
