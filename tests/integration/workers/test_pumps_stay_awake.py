"""What comes just behind a bell is not announced for a while: the pump looks for itself."""

import pytest

from smsc.jobs import AWAKE_SECONDS
from tests.integration.conftest import OWNER, House
from workers import feeding
from workers.feeding import Feed

MOST = 10


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which a feed stays awake: it stands until it is moved."""
    now = [100.0]
    monkeypatch.setattr(feeding, "monotonic", lambda: now[0])
    return now


async def test_what_comes_behind_a_bell_that_found_nothing_is_found_without_another(
    house: House, clock: list[float]
) -> None:
    feed = Feed(house.database, OWNER)
    feed.ring()
    assert await feed.claim(house.lease, MOST, MOST) == []
    assert feed.is_expecting  # so its pump looks again by itself
    assert feed.has_more
    accepted = await house.accept()  # its bell is held back, for so long the pump is awake
    (claimed,) = await feed.claim(house.lease, MOST, MOST)
    assert claimed.message_sid == accepted.sid


async def test_a_pump_sleeps_when_it_has_found_nothing_for_as_long_as_bells_are_held_back(
    house: House, clock: list[float]
) -> None:
    feed = Feed(house.database, OWNER)
    feed.ring()
    clock[0] += AWAKE_SECONDS
    assert await feed.claim(house.lease, MOST, MOST) == []
    assert not feed.is_expecting
    assert not feed.has_more


async def test_a_claim_that_found_something_keeps_its_pump_awake(
    house: House, clock: list[float]
) -> None:
    await house.accept()
    feed = Feed(house.database, OWNER)
    feed.ring()
    clock[0] += AWAKE_SECONDS
    assert len(await feed.claim(house.lease, MOST, MOST)) == 1
    assert await feed.claim(house.lease, MOST, MOST) == []
    assert feed.is_expecting
    assert feed.has_more
