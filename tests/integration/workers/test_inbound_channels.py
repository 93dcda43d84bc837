"""An inbound SMS tells which SIM it came by, in whichever way its device says so."""

from collections.abc import AsyncIterator

import pytest

from smsc.messaging.reading import journey
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import DeliverSm
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.workers.test_gateway_channels import add_channel
from tests.integration.workers.test_gateway_process import point_at, running, until


@pytest.fixture
async def box() -> AsyncIterator[SimBox]:
    async with SimBox(Behaviour()) as box:
        yield box


async def deliver(house: House, box: SimBox, count: int, system_id: str, *pdus: DeliverSm) -> None:
    """Once so many are bound, let the device send by one of the binds; wait until all is stored."""

    async def all_bound() -> bool:
        return len(box.sessions) == count

    await until(all_bound)
    (session,) = [one for one in box.sessions if one.system_id == system_id]
    session.send(pdus)

    async def it_is_stored() -> bool:
        return bool(await house.value("SELECT count(*) FROM messages"))

    await until(it_is_stored)


def from_handset(**fields: object) -> DeliverSm:
    facts: dict[str, object] = {
        "source_addr": HANDSET[1:],
        "source_addr_ton": 1,
        "destination_addr": NUMBER[1:],
        "dest_addr_ton": 1,
        "short_message": b"are you there?",
    }
    return DeliverSm(**facts | fields)  # type: ignore[arg-type]  # typed at each caller


async def came(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT to_, channel_sid FROM messages")


async def test_the_line_that_it_came_by_is_the_channel(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    await add_channel(house, 1)
    second = await add_channel(house, 2)
    async with running(house, redis_url):
        await deliver(house, box, 2, "user02", from_handset(sequence_number=9))
    assert await came(house) == [(NUMBER, second)]


async def test_a_line_that_leaves_the_destination_out_means_its_own_number(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    sid = await add_channel(house, 1, phone_number=NUMBER)
    async with running(house, redis_url):
        pdu = from_handset(sequence_number=9, destination_addr="", dest_addr_ton=0)
        await deliver(house, box, 1, "user01", pdu)
    assert await came(house) == [(NUMBER, sid)]


async def test_a_field_of_a_long_message_names_its_channel_and_the_journey_shows_it(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="field", channel_field="tlv:0x1401")
    await add_channel(house, 1)
    seventh = await add_channel(house, 7)
    parts = [
        from_handset(
            sequence_number=number,
            esm_class=0x40,
            short_message=bytes([5, 0, 3, 42, 2, number]) + text,
            tlvs={0x1401: b"7"},
        )
        for number, text in ((2, b"water"), (1, b"high "))
    ]
    async with running(house, redis_url):
        await deliver(house, box, 1, "user", *parts)
    assert await came(house) == [(NUMBER, seventh)]
    sid = await house.value("SELECT sid FROM messages WHERE body = 'high water'")
    traced = await journey.trace(house.database, house.account.carrier_sid, str(sid))
    assert traced is not None
    assert traced.channel_sid == seventh


async def test_where_the_device_picks_the_sims_number_tells(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="device")
    await add_channel(house, 1, phone_number="+85510000001")
    second = await add_channel(house, 2, phone_number=NUMBER)
    async with running(house, redis_url):
        await deliver(house, box, 1, "user", from_handset(sequence_number=9))
    assert await came(house) == [(NUMBER, second)]


async def test_without_channels_none_is_named(house: House, redis_url: str, box: SimBox) -> None:
    await point_at(house, box)
    async with running(house, redis_url):
        await deliver(house, box, 1, "user", from_handset(sequence_number=9))
    assert await came(house) == [(NUMBER, None)]
