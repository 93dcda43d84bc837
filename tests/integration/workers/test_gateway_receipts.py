"""Receipts over a running gateway: by every carrier, in every order, never as an inbound SMS."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import (
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Tag,
)
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_outbound_way import claim
from tests.integration.messaging.test_receipt_ways import doubt, hold
from tests.integration.smpp.raw_peer import RawPeer, accepted, answering
from tests.integration.workers.test_gateway_process import has_status, point_at, running, until

UNREACHABLE = "+85512340001"  # the box's fate for it: undeliverable
EXPIRING = "+85512340003"
THREE = "ж" * 135  # segments


@pytest.fixture
async def box() -> AsyncIterator[SimBox]:
    async with SimBox(Behaviour(receipt_delay=timedelta(milliseconds=50))) as box:
        yield box


async def inbound(house: House) -> object:
    return await house.value("SELECT count(*) FROM messages WHERE direction = 'inbound'")


@pytest.mark.parametrize(
    ("behaviour", "connector"),
    [
        ({"receipt_carrier": "short_message", "receipt_tlvs": False}, {}),
        ({"receipt_carrier": "message_payload", "receipt_tlvs": False}, {}),
        ({"receipt_carrier": "data_sm", "receipt_tlvs": False}, {}),
        ({"receipt_carrier": "none"}, {}),
        ({"receipt_esm_class": 0}, {}),
        ({"receipt_esm_class": 0x44, "receipt_tlvs": False}, {}),
        ({"receipt_esm_class": 0, "receipt_tlvs": False}, {"unmarked_receipts": True}),
        ({"receipt_data_coding": 8, "receipt_tlvs": False}, {}),
        ({"receipt_keeps_addresses": True}, {}),
        ({"receipt_copies": 3}, {}),
        ({"receipt_enroute": True}, {}),
        ({"receipt_before_response": True}, {}),
        ({"reverse_responses": True}, {}),
        ({"message_id_style": "hex", "receipt_id_style": "decimal"}, {}),
        ({"message_id_style": "decimal", "receipt_id_style": "hex_upper"}, {}),
        ({"message_id_style": "uuid"}, {}),
    ],
    ids=[
        "short_message",
        "message_payload",
        "data_sm",
        "TLVs alone",
        "esm_class 0x00 with TLVs",
        "esm_class 0x44",
        "unmarked",
        "data_coding 8 over ASCII",
        "addresses as they were submitted",
        "three copies",
        "ENROUTE before",
        "before the response",
        "responses in the reverse order",
        "hex, then decimal",
        "decimal, then hex",
        "UUID",
    ],
)
async def test_success_and_failure_are_told_by_each_kind_of_receipt(
    house: House,
    redis_url: str,
    box: SimBox,
    behaviour: dict[str, object],
    connector: dict[str, object],
) -> None:
    box.change(behaviour)
    await point_at(house, box, **connector)
    good, bad = await house.accept(body=THREE), await house.accept(to=UNREACHABLE)
    async with running(house, redis_url):
        await until(lambda: has_status(house, good.sid, "delivered"))
        await until(lambda: has_status(house, bad.sid, "undelivered"))

        async def all_counted() -> bool:
            return await house.rows("SELECT parked FROM connector_receipts") == [(0,)]

        await until(all_counted)
    assert await house.value("SELECT error_code FROM messages WHERE sid = $1", bad.sid) == 30005
    assert await inbound(house) == 0
    assert await house.value("SELECT count(*) FROM parked_receipts") == 0
    assert await house.value("SELECT count(*) FROM quarantine") == 0


@pytest.mark.parametrize(
    ("words", "to", "status", "why"),
    [
        ({"UNDELIVERABLE": "FAILED"}, UNREACHABLE, "undelivered", "FAILED err:001"),
        ({"UNDELIVERABLE": "failed"}, UNREACHABLE, "undelivered", "failed err:001"),
        ({}, EXPIRING, "undelivered", "EXPIRED err:027"),
        ({"DELIVERED": "DELIVERD"}, HANDSET, "delivered", "DELIVERD err:000"),
        ({"DELIVERED": "HANDED_OVER"}, HANDSET, "sent", "HANDED_OVER err:000"),
    ],
    ids=["FAILED", "lower case", "EXPIRED", "DELIVERD", "an unknown word"],
)
async def test_no_word_of_a_receipt_makes_it_an_inbound_sms(
    house: House,
    redis_url: str,
    box: SimBox,
    words: dict[str, str],
    to: str,
    status: str,
    why: str,
) -> None:
    box.change({"receipt_words": words, "receipt_tlvs": False})
    await point_at(house, box)
    message = await house.accept(to=to)
    async with running(house, redis_url):

        async def is_noted() -> bool:
            return why in [said for _, said in await house.history(message.sid)]

        await until(is_noted)
    assert await house.status(message.sid) == status
    assert await inbound(house) == 0


@pytest.mark.parametrize(
    ("rollup", "receipt_for"), [("first", "first"), ("last", "last"), ("any", "first")]
)
async def test_a_remote_that_reports_one_segment_tells_of_the_message(
    house: House, redis_url: str, box: SimBox, rollup: str, receipt_for: str
) -> None:
    box.change({"receipt_for": receipt_for})
    await point_at(house, box, receipt_rollup=rollup)
    good = await house.accept(body=THREE)
    bad = await house.accept(body=THREE, to=UNREACHABLE)
    async with running(house, redis_url):
        await until(lambda: has_status(house, good.sid, "delivered"))
        await until(lambda: has_status(house, bad.sid, "undelivered"))
    assert await house.value("SELECT matched FROM connector_receipts") == 2
    assert [submit.pdu.registered_delivery for submit in box.submits] == [1] * 6


async def test_a_forged_receipt_in_a_handsets_text_stays_an_inbound_sms(
    house: House, redis_url: str, box: SimBox
) -> None:
    box.change({"receipts": False})
    await point_at(house, box)
    message = await house.accept()
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "sent"))
        known = await house.value("SELECT smsc_message_id FROM segments")
        forged = (
            f"id:{known} sub:001 dlvrd:001 submit date:2611251200 done date:2611251201 "
            "stat:DELIVRD err:000 text:"
        )
        await box.handset(HANDSET).send(NUMBER, forged)
    assert await house.status(message.sid) == "sent"
    assert await house.rows("SELECT body FROM messages WHERE direction = 'inbound'") == [(forged,)]


async def test_a_receipt_that_waits_is_explained_by_its_late_response(
    house: House, redis_url: str, box: SimBox
) -> None:
    box.change({"receipt_before_response": True, "response_delay": 1})
    await point_at(house, box)
    message = await house.accept()
    async with running(house, redis_url):

        async def it_waits() -> bool:
            return await house.value("SELECT count(*) FROM parked_receipts") == 1

        await until(it_waits)
        await until(lambda: has_status(house, message.sid, "delivered"))
    assert await house.rows("SELECT matched, parked, id_same FROM connector_receipts") == [
        (1, 0, 1)
    ]


async def test_a_receipt_that_comes_after_a_restart_finds_its_segment(
    house: House, redis_url: str, box: SimBox
) -> None:
    box.change({"receipt_delay": 2})
    await point_at(house, box)
    message = await house.accept()
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "sent"))
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "delivered"))


async def test_a_receipt_settles_a_segment_whose_response_never_came(
    house: House, redis_url: str, box: SimBox
) -> None:
    box.change({"swallow_responses": True})
    await point_at(house, box, in_doubt_policy="hold", response_timeout_seconds=1)
    message = await house.accept()
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "delivered"))
    assert await house.value("SELECT count(*) FROM double_submits") == 0


async def test_a_connectors_own_errors_decide_on_the_code(
    house: House, redis_url: str, box: SimBox
) -> None:
    box.change({"receipt_errors": {"UNDELIVERABLE": "21B"}})
    await point_at(house, box, receipt_errors=json.dumps({"0x200-0x2ff": 30006}))
    message = await house.accept(to=UNREACHABLE)
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "undelivered"))
    assert await house.value("SELECT error_code FROM messages") == 30006


# -- a remote that is played by hand


async def submit_of(peer: RawPeer) -> SubmitSm:
    """Read on until a `submit_sm` comes."""
    while not isinstance(pdu := await peer.read(), SubmitSm):
        assert isinstance(pdu, EnquireLink)
    return pdu


def receipt_of(submit: SubmitSm, message_id: str, stat: str = "DELIVRD") -> DeliverSm:
    return DeliverSm(
        sequence_number=7,
        esm_class=0x04,
        source_addr=submit.destination_addr,
        destination_addr=submit.source_addr,
        short_message=f"id:{message_id} stat:{stat} err:000".encode(),
    )


@pytest.mark.parametrize("receipt_first", [True, False], ids=["receipt first", "response first"])
async def test_a_receipt_in_one_tcp_segment_with_its_response_counts(
    house: House, redis_url: str, *, receipt_first: bool
) -> None:
    message = await house.accept()
    async with answering() as (port, peers):
        await point_at_port(house, port)
        async with running(house, redis_url):
            peer = await accepted(peers)
            submit = await submit_of(peer)
            both: list[Pdu] = [
                SubmitSmResp(submit.sequence_number, 0, "17"),
                receipt_of(submit, "17"),
            ]
            peer.write(*(reversed(both) if receipt_first else both))
            await until(lambda: has_status(house, message.sid, "delivered"))
            assert await answer_to(peer) == DeliverSmResp(7, 0)


async def test_a_held_segment_has_its_receipt_once_no_other_response_can_claim_it(
    house: House, redis_url: str
) -> None:
    older = await hold(house)
    (unanswered,) = await claim(house)
    await doubt(house, unanswered)
    message = await house.accept(body="another to the same handset")
    async with answering() as (port, peers):
        await point_at_port(house, port)
        async with running(house, redis_url):
            peer = await accepted(peers)
            submit = await submit_of(peer)
            peer.write(receipt_of(submit, "16"))
            assert await answer_to_receipt(peer) == DeliverSmResp(7, 0)
            assert await house.value("SELECT count(*) FROM parked_receipts") == 1
            peer.write(SubmitSmResp(submit.sequence_number, 0, "17"))
            await until(lambda: has_status(house, older, "delivered"))
            await until(lambda: has_status(house, message.sid, "sent"))
            peer.writer.transport.abort()
    assert await house.value("SELECT count(*) FROM parked_receipts") == 0


async def test_a_data_sm_with_tlvs_alone_is_answered_as_such(house: House, redis_url: str) -> None:
    message = await house.accept()
    async with answering() as (port, peers):
        await point_at_port(house, port)
        async with running(house, redis_url):
            peer = await accepted(peers)
            submit = await submit_of(peer)
            tlvs: dict[int, bytes] = {
                Tag.RECEIPTED_MESSAGE_ID: b"17\0",
                Tag.MESSAGE_STATE: b"\5",
                Tag.NETWORK_ERROR_CODE: b"027",
            }
            peer.write(
                SubmitSmResp(submit.sequence_number, 0, "17"),
                DataSm(
                    sequence_number=9,
                    esm_class=0x04,
                    source_addr=submit.destination_addr,
                    destination_addr=submit.source_addr,
                    tlvs=tlvs,
                ),
            )
            await until(lambda: has_status(house, message.sid, "undelivered"))
            assert await answer_to(peer) == DataSmResp(9, 0)
    assert await house.value("SELECT error_code FROM messages") == 30003


async def test_a_vendors_word_for_too_fast_slows_the_bind_and_keeps_the_message(
    house: House, redis_url: str
) -> None:
    table = [{"status": "0x0401", "verdict": "throttled"}]
    message = await house.accept()
    async with answering() as (port, peers):
        await point_at_port(house, port, command_verdicts=json.dumps(table))
        async with running(house, redis_url):
            peer = await accepted(peers)
            refused = await submit_of(peer)
            peer.write(SubmitSmResp(refused.sequence_number, 0x401))
            again = await submit_of(peer)
            peer.write(SubmitSmResp(again.sequence_number, 0, "17"))
            await until(lambda: has_status(house, message.sid, "sent"))
            peer.writer.transport.abort()
    assert refused.short_message == again.short_message


async def answer_to(peer: RawPeer) -> Pdu:
    """Read the answer to what the remote sent, and hang up."""
    pdu = await answer_to_receipt(peer)
    peer.writer.transport.abort()
    return pdu


async def answer_to_receipt(peer: RawPeer) -> Pdu:
    """Read the answer to what the remote sent."""
    while isinstance(pdu := await peer.read(), EnquireLink):
        pass
    return pdu


async def point_at_port(house: House, port: int, **changes: object) -> None:
    assignments = "".join(f", {column} = ${n}" for n, column in enumerate(changes, start=2))
    async with house.database.begin() as connection:
        await connection.execute(
            f"UPDATE connectors SET port = $1{assignments}", port, *changes.values()
        )
        await connection.execute("UPDATE connector_leases SET owner = NULL, expires_at = now()")
