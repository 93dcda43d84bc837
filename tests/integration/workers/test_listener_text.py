"""What smpplib cut and encoded, through the listener and the gateway to a handset, and back."""

import asyncio

import pytest
import smpplib.consts
import smpplib.gsm

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import Tag
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.smpp.test_foreign_esmes import SmpplibEsme, smpplib_esme
from tests.integration.workers.parts import (
    PASSWORD,
    add_credential,
    hand_in,
    listening,
    point_number_at,
)
from tests.integration.workers.test_gateway_process import point_at, running

DIGITS = "0123456789" * 160
KHMER = ("ទឹកជំនន់នឹងមកដល់យប់នេះ។ " * 70)[:1600]
DEFAULT, UCS2 = smpplib.consts.SMPP_ENCODING_DEFAULT, smpplib.consts.SMPP_ENCODING_ISO10646


async def submit(esme: SmpplibEsme, octets: bytes, **fields: object) -> None:
    await asyncio.to_thread(
        esme.client.send_message,
        source_addr=NUMBER.lstrip("+"),
        source_addr_ton=1,
        source_addr_npi=1,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=HANDSET.lstrip("+"),
        short_message=octets,
        **fields,
    )
    await esme.read()


@pytest.mark.parametrize(
    ("columns", "packed"),
    [
        ({}, False),
        ({"gsm7_packed": True}, True),
        ({"concatenation": "sar"}, False),
        ({"concatenation": "payload"}, False),
    ],
    ids=["usual", "packed", "sar", "payload"],
)
@pytest.mark.parametrize("body", [DIGITS, KHMER], ids=["GSM", "Khmer"])
async def test_what_smpplib_cut_reaches_the_handset_whole(
    house: House, redis_url: str, body: str, columns: dict[str, object], *, packed: bool
) -> None:
    await add_credential(house, "smpplib")
    parts, data_coding, esm_class = smpplib.gsm.make_parts(
        body, DEFAULT if body is DIGITS else UCS2
    )
    async with SimBox(Behaviour(gsm7_packed=packed)) as box:
        await point_at(house, box, **columns)
        async with (
            running(house, redis_url),
            listening(house) as listener,
            smpplib_esme(listener.port) as esme,
        ):
            await esme.bind(password=PASSWORD)
            for part in parts:
                await submit(esme, part, data_coding=data_coding, esm_class=esm_class)
            (received,) = await box.handset(HANDSET).wait_for(1)
            await esme.leave()
    assert received.text == body
    assert received.segments == len(parts)


async def test_a_payload_of_smpplib_reaches_the_handset_whole(house: House, redis_url: str) -> None:
    await add_credential(house, "smpplib")
    async with SimBox(Behaviour()) as box:
        await point_at(house, box)
        async with (
            running(house, redis_url),
            listening(house) as listener,
            smpplib_esme(listener.port) as esme,
        ):
            await esme.bind(password=PASSWORD)
            await submit(esme, b"", data_coding=UCS2, message_payload=KHMER.encode("utf-16-be"))
            (received,) = await box.handset(HANDSET).wait_for(1)
            await esme.leave()
    assert (received.text, received.segments) == (KHMER, 24)


async def test_data_of_smpplib_reaches_the_box_as_it_is(house: House, redis_url: str) -> None:
    await add_credential(house, "smpplib")
    wap_push = bytes.fromhex("0605040B8423F0") + bytes(range(100))
    async with SimBox(Behaviour()) as box:
        await point_at(house, box, gsm7_packed=True, concatenation="sar")
        async with (
            running(house, redis_url),
            listening(house) as listener,
            smpplib_esme(listener.port) as esme,
        ):
            await esme.bind(password=PASSWORD)
            await submit(esme, wap_push, data_coding=0xF5, esm_class=0x40)
            await submit(esme, b"", data_coding=4, message_payload=bytes(300))
            await box.handset(HANDSET).wait_for(2)
            await esme.leave()
    first, second = (one.pdu for one in box.submits)
    assert (first.data_coding, first.esm_class, first.message_octets) == (0xF5, 0x40, wap_push)
    assert (second.data_coding, second.tlvs[Tag.MESSAGE_PAYLOAD]) == (4, bytes(300))


async def test_smpplib_gets_a_long_khmer_message_in_parts(house: House) -> None:
    await add_credential(house, "smpplib")
    await point_number_at(house, sms_url=None)
    async with listening(house) as listener, smpplib_esme(listener.port) as esme:
        await esme.bind(password=PASSWORD)
        await hand_in(house, KHMER)
        while len(esme.delivered) < 24:
            await esme.read()
        await esme.leave()
    texts = {pdu.short_message[5]: pdu.short_message[6:] for pdu in esme.delivered}
    assert b"".join(texts[number] for number in range(1, 25)).decode("utf-16-be") == KHMER
