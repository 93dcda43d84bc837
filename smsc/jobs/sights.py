"""PDUs that somebody watches, from the process that sees them to whoever asked, past the tables."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal, Self

import orjson
import structlog
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from smsc.errors import SettingError
from smsc.jobs.bells import RING_SECONDS
from smsc.jobs.connecting import open_redis
from smsc.vault import Vault

log = structlog.get_logger()

MOST_KEPT: Final = 2000  # sights that wait to be published; what comes beyond is counted, not shown
PACE_SECONDS: Final = 0.05
QUIET_SECONDS: Final = 1.0  # without a sight, the watcher is given None so often


@dataclass(frozen=True, slots=True)
class Sight:
    """One PDU on a bind of a connector; `missed` of them before it could not be shown."""

    at: datetime
    direction: Literal["out", "in"]
    bind: str
    pdu: bytes
    missed: int = 0


def _channel(connector_sid: str) -> str:
    return f"smsc:sights:{connector_sid}"


class SightPublisher:
    """Publishes sights, a few milliseconds' worth at once. Never raises and never waits.

    They pass Redis sealed: whoever else uses that Redis learns nothing.
    """

    def __init__(self, redis_url: str, vault: Vault) -> None:
        self._url = redis_url
        self._vault = vault
        self._redis: ArqRedis | None = None
        self._waiting: deque[tuple[str, Sight]] = deque()
        self._missed = 0
        self._publishing: asyncio.Task[None] | None = None

    def show(self, connector_sid: str, sight: Sight) -> None:
        """Show a PDU to whoever watches the connector."""
        if len(self._waiting) >= MOST_KEPT:
            self._missed += 1
            return
        self._waiting.append((connector_sid, sight))
        if self._publishing is None or self._publishing.done():
            self._publishing = asyncio.get_running_loop().create_task(self._publish())

    async def close(self) -> None:
        """Drop what waits."""
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.gather(self._publishing, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _publish(self) -> None:
        while self._waiting:
            await asyncio.sleep(PACE_SECONDS)
            batches: dict[str, list[dict[str, object]]] = {}
            missed, self._missed = self._missed, 0
            while self._waiting:
                connector_sid, sight = self._waiting.popleft()
                fields = asdict(sight) | {"pdu": sight.pdu.hex(), "missed": missed}
                batches.setdefault(connector_sid, []).append(fields)
                missed = 0
            try:
                async with asyncio.timeout(RING_SECONDS):
                    if self._redis is None:
                        self._redis = await open_redis(self._url)
                    for connector_sid, batch in batches.items():
                        sealed = self._vault.seal(orjson.dumps(batch).decode())
                        await self._redis.publish(_channel(connector_sid), sealed)
            except (RedisError, OSError) as error:
                log.warning("sights.lost", error=str(error))


async def sights(
    redis_url: str, vault: Vault, connector_sid: str
) -> AsyncGenerator[Sight | None, None]:
    """Yield what a connector's binds write and read, from now on, until closed.

    None comes first, when none can be missed any more, and again whenever nothing else does.

    Raises:
        ConnectionError: Redis can't be reached.
    """
    try:
        async with await open_redis(redis_url) as redis, redis.pubsub() as subscription:
            await subscription.subscribe(_channel(connector_sid))
            yield None
            while True:
                message = await subscription.get_message(
                    ignore_subscribe_messages=True, timeout=QUIET_SECONDS
                )
                if message is None or message["type"] != "message":
                    yield None
                    continue
                for sight in _read(vault, message["data"]):
                    yield sight
    except RedisError as error:
        raise ConnectionError(str(error)) from error


def _read(vault: Vault, sealed: bytes) -> list[Sight]:
    try:
        batch = orjson.loads(vault.open(sealed.decode()))
    except SettingError:
        log.warning("sights.foreign")  # another installation's, on the same Redis
        return []
    return [
        Sight(
            datetime.fromisoformat(fields["at"]),
            fields["direction"],
            fields["bind"],
            bytes.fromhex(fields["pdu"]),
            fields["missed"],
        )
        for fields in batch
    ]
