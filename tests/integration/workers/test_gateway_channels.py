"""Channels of a SIM box: one bind a line, a field of each message, quotas, and where replies go."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from smsc import sids
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.workers.test_gateway_process import point_at, running, until

OTHER_SIM = "+85510000002"


@pytest.fixture
async def box() -> AsyncIterator[SimBox]:
    async with SimBox(Behaviour()) as box:
        yield box


async def add_channel(house: House, number: int, **columns: object) -> str:
    """Give the fixture's connector a channel."""
    sid = sids.make(sids.Prefix.CHANNEL)
    facts = {
        "sid": sid,
        "carrier_sid": house.account.carrier_sid,
        "connector_sid": house.connector_sid,
        "number": number,
        "month_starts_on": 1,
        **columns,
    }
    places = ", ".join(f"${n}" for n in range(1, len(facts) + 1))
    await house.value(
        f"INSERT INTO channels ({', '.join(facts)}) VALUES ({places})", *facts.values()
    )
    return sid


async def all_delivered(house: House) -> bool:
    return not await house.value("SELECT count(*) FROM messages WHERE status <> 'delivered'")


async def waiting(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT waiting_for FROM queue WHERE not_before IS NOT NULL")


async def test_each_line_of_a_goip_is_bound_and_sends_what_its_number_sends(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    first = await add_channel(house, 1, phone_number=OTHER_SIM)
    second = await add_channel(house, 2, phone_number=NUMBER)
    message = await house.accept(body="ж" * 200)
    async with running(house, redis_url):
        await until(lambda: all_delivered(house))
        assert {session.system_id for session in box.sessions} == {"user01", "user02"}
    assert {submit.system_id for submit in box.submits} == {"user02"}
    assert len(box.submits) == 3
    channel = await house.value("SELECT channel_sid FROM messages WHERE sid = $1", message.sid)
    assert channel == second
    used = await house.rows("SELECT channel_sid, period, segments, recipients FROM channel_usage")
    assert sorted(used) == [(second, "day", 3, 1), (second, "month", 3, 1)]
    assert first not in {row[0] for row in used}


async def test_messages_of_other_senders_are_spread_and_conversations_keep_their_sim(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    for number in (1, 2):
        await add_channel(house, number)
    handsets = [f"+8551234500{n}" for n in range(4)]
    for handset in handsets:
        await house.accept(to=handset)
    async with running(house, redis_url):
        await until(lambda: all_delivered(house))
        first_round = {s.pdu.destination_addr: s.system_id for s in box.submits}
        for handset in handsets:
            await house.accept(to=handset)
        await until(lambda: all_delivered(house))
    assert sorted(first_round.values()) == ["user01", "user01", "user02", "user02"]
    assert all(s.system_id == first_round[s.pdu.destination_addr] for s in box.submits)


async def test_what_is_over_a_daily_quota_waits_and_says_why(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    sid = await add_channel(house, 1, day_segments=2)
    for _ in range(3):
        await house.accept()
    async with running(house, redis_url):

        async def two_went() -> bool:
            return len(box.submits) == 2 and await house.value("SELECT count(*) FROM queue") == 1

        await until(two_went)
        await house.value("UPDATE channels SET day_segments = 3 WHERE sid = $1", sid)
        await until(lambda: all_delivered(house))
    assert len(box.submits) == 3


async def test_a_new_recipient_over_the_months_quota_waits_and_a_known_one_goes(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    await add_channel(house, 1, month_recipients=1)
    known = await house.accept()
    async with running(house, redis_url):
        await until(lambda: all_delivered(house))
        await house.accept(to="+85512999999")

        async def it_waits() -> bool:
            return bool(await waiting(house))

        await until(it_waits)
        again = await house.accept()

        async def both_went() -> bool:
            return await house.status(again.sid) == "delivered"

        await until(both_went)
    assert await waiting(house) == [
        ("a channel: its quota of 1 recipients a month is used up",),
    ]
    assert await house.status(known.sid) == "delivered"


@pytest.mark.parametrize(
    ("field", "columns", "read"),
    [
        ("service_type", {"value": "SIM1"}, lambda pdu: pdu.service_type == "SIM1"),
        ("source_addr", {"phone_number": NUMBER}, lambda pdu: pdu.source_addr == NUMBER[1:]),
        (
            "destination_prefix",
            {"value": "7#"},
            lambda pdu: pdu.destination_addr == "7#" + HANDSET[1:],
        ),
        ("tlv:0x1401", {}, lambda pdu: pdu.tlvs[0x1401] == b"1"),
    ],
    ids=["service_type", "source_addr", "destination_prefix", "vendor TLV"],
)
async def test_a_field_of_each_message_names_the_channel(
    house: House,
    redis_url: str,
    box: SimBox,
    field: str,
    columns: dict[str, object],
    read: object,
) -> None:
    await point_at(house, box, channel_selection="field", channel_field=field)
    await add_channel(house, 1, **columns)
    await house.accept()
    async with running(house, redis_url):

        async def it_went() -> bool:
            return len(box.submits) == 1

        await until(it_went)
    (submit,) = box.submits
    assert callable(read)
    assert read(submit.pdu)


async def test_a_channel_outside_its_hours_sends_alerts_and_nothing_else(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    yesterday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[datetime.now(UTC).weekday() - 3]
    await add_channel(house, 1, working_hours=json.dumps({yesterday: ["08:00", "09:00"]}))
    normal = await house.accept()
    alert = await house.accept(lane=0)
    async with running(house, redis_url):

        async def the_alert_went() -> bool:
            return await house.status(alert.sid) == "delivered"

        await until(the_alert_went)
    assert await house.status(normal.sid) == "queued"


async def test_what_the_device_refuses_costs_no_quota(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, channel_selection="bind")
    await add_channel(house, 1, day_segments=1)
    box.change({"reject_suffixes": ["999"]})
    refused = await house.accept(to="+85512340999")
    async with running(house, redis_url):

        async def it_failed() -> bool:
            return await house.status(refused.sid) == "failed"

        await until(it_failed)
        sent = await house.accept()

        async def it_went() -> bool:
            return await house.status(sent.sid) == "delivered"

        await until(it_went)
