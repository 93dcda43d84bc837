"""What goes over Redis and may be lost: doorbells, broadcasts, jobs whose truth is a row."""

from smsc.jobs.bells import (
    AWAKE_SECONDS,
    BELL_EXPIRES_SECONDS,
    CHANGES_CHANNEL,
    COALESCE_SECONDS,
    ESMES_CHANNEL,
    PROBES_QUEUE,
    RING_SECONDS,
    RING_TRIES,
    WEBHOOKS_QUEUE,
    Bells,
    gateway_queue,
)
from smsc.jobs.connecting import RECONNECT_SECONDS, is_alive, open_redis, serialize
from smsc.jobs.hearing import MOST_JOBS, POLL_SECONDS, BellWorker, answer_bells, hear
from smsc.jobs.long_jobs import run_jobs
from smsc.jobs.sights import Sight, SightPublisher, sights
from smsc.jobs.state import RedisState, redis_state

__all__ = [
    "AWAKE_SECONDS",
    "BELL_EXPIRES_SECONDS",
    "CHANGES_CHANNEL",
    "COALESCE_SECONDS",
    "ESMES_CHANNEL",
    "MOST_JOBS",
    "POLL_SECONDS",
    "PROBES_QUEUE",
    "RECONNECT_SECONDS",
    "RING_SECONDS",
    "RING_TRIES",
    "WEBHOOKS_QUEUE",
    "BellWorker",
    "Bells",
    "RedisState",
    "Sight",
    "SightPublisher",
    "answer_bells",
    "gateway_queue",
    "hear",
    "is_alive",
    "open_redis",
    "redis_state",
    "run_jobs",
    "serialize",
    "sights",
]
