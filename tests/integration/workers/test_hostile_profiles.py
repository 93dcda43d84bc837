"""The gateway against each profile of the simulated box: all messages end as they should."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from smsc.simulator import profiles
from smsc.simulator.behaviour import Incident, change
from smsc.simulator.simbox import SimBox
from tests.integration.conftest import House
from tests.integration.workers.test_gateway_channels import add_channel
from tests.integration.workers.test_gateway_process import point_at, running, until

KHMER = "សូមជម្លៀសទៅទីទួល។ " * 6  # 108 UTF-16 units: two segments
LATIN = "Évacuez vers la colline, s'il vous plait. " * 5  # GSM 7-bit: two segments
# Each to a handset of its own; what ends in 0001 can't be reached.
TEXTS = {
    "+85512340010": "short",
    "+85512340020": KHMER,
    "+85512340030": LATIN,
    "+85512340040": "@$£",
    "+85512340001": "nobody home",
    "+85512340050": "last",
}
SEGMENTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a profile wants of the connector, and which of its settings a short test changes."""

    connector: Mapping[str, object] = field(default_factory=dict)
    changes: Mapping[str, object] = field(default_factory=dict)
    doubles: bool = False  # segments are in doubt, so that handsets may get them twice


IN_DOUBT = Case(doubles=True)
CASES = {
    "goip": Case(connector={"window_size": 1}, changes={"receipt_delay": 0.01}),
    "goip-lines": Case(connector={"channel_selection": "bind", "window_size": 1}),
    "vonage": Case(connector={"default_alphabet": "latin1"}),
    "telesign": Case(connector={"receipt_rollup": "first"}),
    "telenor": Case(connector={"window_size": 1}),
    "unmarked-receipts": Case(connector={"unmarked_receipts": True}),
    "link": Case(changes={"throughput": 5}),
    "throttled": Case(changes={"throughput": 5}),
    "queue-full": Case(changes={"throughput": 5}),
    "kannel": Case(changes={"most_unanswered": 3}),
    "refusing": Case(changes={"refused_binds": 1}),
    "slow": Case(changes={"response_delay": 0.02, "read_pause": 0.01}),
    "lost-responses": IN_DOUBT,
    "muddled-responses": IN_DOUBT,
    "half-open": IN_DOUBT,
    "garbage": IN_DOUBT,
    "unbinding": IN_DOUBT,
    "resetting": IN_DOUBT,
}


@pytest.mark.parametrize("name", [profile.name for profile in profiles.every()])
async def test_every_message_ends_as_it_should_against(
    name: str, house: House, redis_url: str
) -> None:
    case = CASES.get(name, Case())
    behaviour = change(profiles.find(name).behaviour(), {"receipt_delay": 0.0, **case.changes})
    patience = {
        "enquire_link_seconds": 1,
        "enquire_link_response_seconds": 1,
        "response_timeout_seconds": 1,
    }
    async with SimBox(behaviour) as box:
        await point_at(house, box, **{**patience, **case.connector})
        house.directory.clear()
        if behaviour.lines is not None:
            for line in (1, 2):
                await add_channel(house, line)
        messages = {to: await house.accept(to=to, body=body) for to, body in TEXTS.items()}
        async with running(house, redis_url):
            await until(lambda: are_settled(house))
            await until(lambda: is_bound(house))
            await until(lambda: box_is_quiet(box))
        statuses = {to: await house.status(message.sid) for to, message in messages.items()}
        handsets = {to: [m.text for m in box.handset(to).messages] for to in TEXTS}

    assert statuses == {to: "undelivered" if to.endswith("0001") else "delivered" for to in TEXTS}
    assert await house.value("SELECT count(*) FROM queue") == 0
    assert await house.value("SELECT count(*) FROM in_flight") == 0
    assert await house.value("SELECT count(*) FROM quarantine") == 0
    if case.doubles:
        assert {to: set(texts) for to, texts in handsets.items()} == {
            to: {body} for to, body in TEXTS.items()
        }
        assert await house.value("SELECT count(*) FROM double_submits") in range(1, SEGMENTS)
    else:
        assert handsets == {to: [body] for to, body in TEXTS.items()}
        assert await house.value("SELECT count(*) FROM parked_receipts") == 0
        assert await house.value("SELECT count(*) FROM double_submits") == 0


async def test_a_session_that_is_gone_each_five_submits_sends_all_in_the_end(
    house: House, redis_url: str
) -> None:
    incident = {"incident": Incident.RESET, "incident_times": None, "receipt_delay": 0.0}
    behaviour = change(profiles.find("resetting").behaviour(), incident)
    async with SimBox(behaviour) as box:
        await point_at(house, box, window_size=5)
        for number in range(12):
            await house.accept(body=str(number))
        async with running(house, redis_url):
            await until(lambda: are_settled(house))
    assert await house.rows("SELECT DISTINCT status FROM messages") == [("delivered",)]


async def are_settled(house: House) -> bool:
    settled = "status IN ('delivered', 'undelivered', 'failed')"
    return not await house.value(f"SELECT count(*) FROM messages WHERE NOT {settled}")


async def is_bound(house: House) -> bool:
    return await house.value("SELECT state FROM connector_leases") == "bound"


async def box_is_quiet(box: SimBox) -> bool:
    """Say whether everything that the box had to send was taken."""
    await asyncio.sleep(0)
    return not box.waiting and not any(session.window_in_use for session in box.sessions)
