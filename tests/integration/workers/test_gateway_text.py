"""Text as it crosses the wire, through the gateway and a simulated SIM box, both ways."""

import json

import pytest

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import Tag
from smsc.sms.text_style import Concatenation
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.workers.test_gateway_process import has_status, point_at, running, until

DIGITS = "0123456789" * 160
EUROS = "[€] {a|b} ~ " * 133
KHMER = ("សូមជម្លៀសចេញពីតំបន់ទំនាបជាបន្ទាន់ ទឹកជំនន់នឹងមកដល់យប់នេះ។ " * 28)[:1600]
TEXTS = [(DIGITS, False), (EUROS[:1600], True), (KHMER, False)]
IDS = ["GSM", "GSM with escapes, packed", "Khmer"]


@pytest.mark.parametrize(("body", "packed"), TEXTS, ids=IDS)
@pytest.mark.parametrize("way", Concatenation)
async def test_1600_characters_reach_the_handset_and_are_delivered(
    house: House, redis_url: str, way: Concatenation, body: str, *, packed: bool
) -> None:
    async with SimBox(Behaviour(gsm7_packed=packed)) as box:
        await point_at(house, box, concatenation=way.value, gsm7_packed=packed, window_size=30)
        message = await house.accept(body=body)
        async with running(house, redis_url):
            await until(lambda: has_status(house, message.sid, "delivered"))
    (received,) = await box.handset(HANDSET).wait_for(1)
    assert received.text == body
    told = await house.value("SELECT num_segments FROM messages WHERE sid = $1", message.sid)
    assert told == {DIGITS: 11, KHMER: 24}.get(body, message.num_segments)
    submits = [submit.pdu for submit in box.submits]
    if way is Concatenation.PAYLOAD:
        assert [Tag.MESSAGE_PAYLOAD in pdu.tlvs for pdu in submits] == [True]
    else:
        assert {(pdu.has_udh, pdu.sar is not None) for pdu in submits} == {
            (way is not Concatenation.SAR, way is Concatenation.SAR)
        }


@pytest.mark.parametrize(("body", "packed"), TEXTS, ids=IDS)
@pytest.mark.parametrize("way", Concatenation)
async def test_1600_characters_of_a_handset_come_in_whole(
    house: House, redis_url: str, way: Concatenation, body: str, *, packed: bool
) -> None:
    behaviour = Behaviour(gsm7_packed=packed, concatenation=way)
    async with SimBox(behaviour) as box:
        await point_at(house, box, gsm7_packed=packed)
        async with running(house, redis_url):
            sent = await box.handset(HANDSET).send(NUMBER, body)
    assert sent.is_acknowledged
    assert await house.rows("SELECT body, partial FROM messages") == [(body, False)]


async def test_row_18_each_part_is_answered_before_the_next_is_known(
    house: House, redis_url: str
) -> None:
    """A box that waits for each answer would wait for ever for one that comes with the last."""
    async with SimBox(Behaviour(window=1)) as box:
        await point_at(house, box)
        async with running(house, redis_url):
            sent = await box.handset(HANDSET).send(NUMBER, "ж" * 200)
    assert sent.is_acknowledged
    assert await house.value("SELECT num_segments FROM messages") == 3


@pytest.mark.parametrize(("body", "data_coding"), [("Now!", 0x10), ("ឥឡូវ!", 0x18)])
async def test_flash_goes_out_as_class_0(
    house: House, redis_url: str, body: str, data_coding: int
) -> None:
    async with SimBox(Behaviour()) as box:
        await point_at(house, box)
        message = await house.accept(body=body, flash=True)
        async with running(house, redis_url):
            await until(lambda: has_status(house, message.sid, "delivered"))
    assert [submit.pdu.data_coding for submit in box.submits] == [data_coding]
    assert box.handset(HANDSET).messages[0].text == body


async def test_addresses_and_service_type_follow_the_connectors_rules_both_ways(
    house: House, redis_url: str
) -> None:
    destination = {
        "rewrite": [{"prefix": "+855", "to": "0"}],
        "national": {"ton": 2, "npi": 1},
        "read": [{"prefix": "0", "to": "+855"}],
    }
    source = {"plus": True, "international": {"ton": 0, "npi": 1}}
    async with SimBox(Behaviour()) as box:
        await point_at(
            house,
            box,
            service_type="CMT",
            destination_rules=json.dumps(destination),
            source_rules=json.dumps(source),
        )
        message = await house.accept()
        async with running(house, redis_url):
            await until(lambda: has_status(house, message.sid, "delivered"))
            await box.handset("012345678").send(NUMBER, "Yes")
    pdu = box.submits[0].pdu
    assert (pdu.service_type, pdu.source_addr, pdu.source_addr_ton) == ("CMT", NUMBER, 0)
    assert (pdu.destination_addr, pdu.dest_addr_ton) == ("012345678", 2)
    assert await house.rows("SELECT from_, body FROM messages WHERE direction = 'inbound'") == [
        (HANDSET, "Yes")
    ]
