"""What is watched passes Redis sealed, in order, and says what it had to leave out."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
import redis.asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr
from structlog.testing import capture_logs

from smsc.jobs import Sight, SightPublisher, sights
from smsc.jobs.sights import MOST_KEPT
from smsc.vault import Vault

CONNECTOR = "CN" + "1" * 32
SECRET = b"\0\0\0\x20 a text that nobody else reads"


def vault() -> Vault:
    return Vault(SecretStr(Fernet.generate_key().decode()))


def sight(pdu: bytes = SECRET) -> Sight:
    return Sight(datetime.now(UTC), "out", "clinic transceiver 1", pdu)


async def test_sights_arrive_as_they_were_and_sealed_on_the_way(redis_url: str) -> None:
    ours, shown = vault(), [sight(), sight(b"second")]
    async with (
        SightPublisher(redis_url, ours) as publisher,
        redis.asyncio.Redis.from_url(redis_url) as client,
        client.pubsub() as other,
        aclosing(sights(redis_url, ours, CONNECTOR)) as seen,
        asyncio.timeout(10),
    ):
        await other.psubscribe("smsc:sights:*")
        assert await anext(seen) is None
        for one in shown:
            publisher.show(CONNECTOR, one)
        arrived: list[Sight] = []
        while len(arrived) < len(shown):
            if (one_seen := await anext(seen)) is not None:
                arrived.append(one_seen)
        assert arrived == shown
        while (message := await other.get_message(timeout=1)) is None or message["type"] != (
            "pmessage"
        ):
            pass
        assert SECRET.hex().encode() not in message["data"]
        assert SECRET not in message["data"]


async def test_another_installation_s_sights_are_not_shown(redis_url: str) -> None:
    ours = vault()
    async with (
        SightPublisher(redis_url, ours) as publisher,
        redis.asyncio.Redis.from_url(redis_url) as client,
        aclosing(sights(redis_url, ours, CONNECTOR)) as seen,
        asyncio.timeout(10),
    ):
        assert await anext(seen) is None
        assert await client.publish(f"smsc:sights:{CONNECTOR}", vault().seal("[]")) == 1
        publisher.show(CONNECTOR, sight(b"ours"))
        while (one := await anext(seen)) is None:
            pass
        assert one.pdu == b"ours"


async def test_what_passes_too_fast_is_counted(redis_url: str) -> None:
    ours = vault()
    async with (
        SightPublisher(redis_url, ours) as publisher,
        aclosing(sights(redis_url, ours, CONNECTOR)) as seen,
        asyncio.timeout(20),
    ):
        assert await anext(seen) is None
        for _ in range(MOST_KEPT + 7):
            publisher.show(CONNECTOR, sight())
        while (one := await anext(seen)) is None:
            pass
        assert one.missed == 7


async def test_without_redis_nobody_can_watch_and_nothing_fails(redis_url: str) -> None:
    del redis_url
    nowhere, ours = "unix:///nowhere/valkey.sock", vault()
    async with SightPublisher(nowhere, ours) as publisher, asyncio.timeout(10):
        with capture_logs() as logs:
            publisher.show(CONNECTOR, sight())
            while not logs:
                await asyncio.sleep(0.01)
    assert logs[0]["event"] == "sights.lost"
    with pytest.raises(ConnectionError):
        await anext(sights(nowhere, ours, CONNECTOR))
