"""What waits for customers' ESMEs: delivered once it is answered, and not before it is lost."""

from datetime import timedelta

import pytest

from smsc import sids
from smsc.messaging import processes
from smsc.messaging.esmes import esme_outbox
from smsc.smpp.pdu import BindType, CommandStatus, EsmClass, Tag
from smsc.smpp.server import ServerSettings
from smsc.smpp.timers import TimerSettings
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import join, read_part
from smsc.sms.decoding import decode_text
from smsc.sms.receipt import parse
from smsc.sms.status import MessageState
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_outbound_way import claim
from tests.integration.messaging.test_receipt_ways import answer, report
from tests.integration.workers.parts import (
    add_credential,
    hand_in,
    listening,
    point_number_at,
    tell,
    until,
)
from tests.integration.workers.program import program, submit_sm


@pytest.fixture(autouse=True)
async def _no_webhook(house: House) -> None:
    await point_number_at(house, sms_url=None)


async def owed(house: House) -> int:
    count = await house.value("SELECT count(*) FROM esme_deliveries")
    assert isinstance(count, int)
    return count


async def nothing_is_owed(house: House) -> bool:
    return await owed(house) == 0


async def is_free_again(house: House) -> bool:
    return await house.value("SELECT count(*) FROM esme_deliveries WHERE claimed_by IS NULL") == 1


async def test_a_receipt_comes_back_in_text_and_tlvs(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm("Hello"))
        sid = getattr(response, "message_id", "")
        await tell(house, sid, sent=1)
        await tell(house, sid, delivered=1)
        await until(lambda: nothing_is_owed(house))
    (pdu,) = esme.delivered
    receipt = parse(pdu.short_message)
    assert (receipt.message_id, receipt.raw_state) == (sid, "DELIVRD")
    assert pdu.tlvs[Tag.RECEIPTED_MESSAGE_ID] == sid.encode() + b"\0"
    assert pdu.tlvs[Tag.MESSAGE_STATE] == bytes([MessageState.DELIVERED])
    assert (pdu.source_addr, pdu.destination_addr) == (HANDSET[1:], NUMBER[1:])


async def test_a_receipt_goes_back_to_the_addresses_as_they_were_submitted(house: House) -> None:
    await add_credential(house)
    written = submit_sm(
        service_type="CMT", source_addr="+15555550100", dest_addr_ton=0, dest_addr_npi=0
    )
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(written)
        await tell(house, getattr(response, "message_id", ""), sent=1)
        await tell(house, getattr(response, "message_id", ""), delivered=1)
        await until(lambda: nothing_is_owed(house))
    (pdu,) = esme.delivered
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (HANDSET[1:], 0, 0)
    assert (pdu.destination_addr, pdu.dest_addr_ton) == ("+15555550100", 1)
    assert pdu.service_type == "CMT"


async def test_a_receipt_waits_for_an_esme_that_is_away(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener:
        async with program(listener.port) as esme:
            (response,) = await esme.submit(submit_sm())
        sid = getattr(response, "message_id", "")
        await tell(house, sid, sent=1)
        await tell(house, sid, undelivered=1, error_code=30005)
        assert await owed(house) == 1
        async with program(listener.port) as again:
            await until(lambda: nothing_is_owed(house))
    (body,) = again.receipts
    assert "stat:UNDELIV err:005" in body


async def test_without_registered_delivery_there_is_no_receipt(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm(registered_delivery=0))
        await tell(house, getattr(response, "message_id", ""), sent=1)
        await tell(house, getattr(response, "message_id", ""), delivered=1)
    assert await owed(house) == 0


@pytest.mark.parametrize(
    ("registered_delivery", "fate", "stats"),
    [
        (1, "delivered", ["DELIVRD"]),
        (1, "undelivered", ["UNDELIV"]),
        (2, "delivered", []),
        (2, "undelivered", ["UNDELIV"]),
        (3, "delivered", ["DELIVRD"]),
        (3, "undelivered", []),
        (0x10, "delivered", ["ENROUTE"]),
        (0x11, "delivered", ["ENROUTE", "DELIVRD"]),
        (0x12, "delivered", ["ENROUTE"]),
    ],
    ids=[
        "all, of success",
        "all, of failure",
        "failures, of success",
        "failures, of failure",
        "successes, of success",
        "successes, of failure",
        "intermediate alone",
        "intermediate and all",
        "intermediate and failures, of success",
    ],
)
async def test_an_esme_gets_the_receipts_that_it_asked_for_and_no_others(
    house: House, registered_delivery: int, fate: str, stats: list[str]
) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm(registered_delivery=registered_delivery))
        await tell(house, getattr(response, "message_id", ""), sent=1)
        await tell(house, getattr(response, "message_id", ""), **{fate: 1})
        await until(lambda: nothing_is_owed(house))
    assert [parse(pdu.short_message).raw_state for pdu in esme.delivered] == stats
    intermediate = [bool(pdu.esm_class & EsmClass.INTERMEDIATE) for pdu in esme.delivered]
    assert intermediate == [stat == "ENROUTE" for stat in stats]


async def test_what_a_remote_reports_on_the_way_is_an_intermediate_notification(
    house: House,
) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm(registered_delivery=0x11))
        (claimed,) = await claim(house)
        await answer(house, claimed, "m-1")
        await report(house, ("m-1", "ACCEPTD", "000"))
        await report(house, ("m-1", "DELIVRD", "000"))
        house.bells.ring_esmes()
        await until(lambda: nothing_is_owed(house))
    receipts = [parse(pdu.short_message) for pdu in esme.delivered]
    assert {one.message_id for one in receipts} == {getattr(response, "message_id", "")}
    assert [one.raw_state for one in receipts] == ["ENROUTE", "ACCEPTD", "DELIVRD"]
    kinds = [pdu.esm_class for pdu in esme.delivered]
    assert kinds == [EsmClass.INTERMEDIATE, EsmClass.INTERMEDIATE, EsmClass.RECEIPT]


async def test_an_inbound_message_goes_to_the_esme(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        await hand_in(house, "Hi")
        await until(lambda: nothing_is_owed(house))
    assert esme.texts == ["Hi"]
    (pdu,) = esme.delivered
    assert (pdu.source_addr, pdu.destination_addr) == (HANDSET[1:], NUMBER[1:])


async def test_one_that_takes_no_inbound_gets_none(house: House) -> None:
    await add_credential(house, receives_inbound=False)
    await hand_in(house, "Hi")
    assert await owed(house) == 0


async def test_a_long_text_arrives_in_parts(house: House) -> None:
    await add_credential(house)
    text = "ж" * 200
    async with listening(house) as listener, program(listener.port) as esme:
        await hand_in(house, text)
        await until(lambda: nothing_is_owed(house))
    parts = [read_part(pdu.short_message, has_udh=True, sar=None) for pdu in esme.delivered]
    octets, missing = join({part.number: part.payload for part in parts}, 3)
    assert missing == []
    assert decode_text(octets, 8, Alphabet.GSM7) == text


async def test_a_transmitter_gets_nothing_and_a_receiver_all(house: House) -> None:
    await add_credential(house)
    async with (
        listening(house) as listener,
        program(listener.port, bind_type=BindType.TRANSMITTER) as sender,
        program(listener.port, bind_type=BindType.RECEIVER) as receiver,
    ):
        for number in range(5):
            await hand_in(house, str(number))
        await until(lambda: nothing_is_owed(house))
    assert sender.delivered == []
    assert receiver.texts == ["0", "1", "2", "3", "4"]


async def test_what_was_not_answered_comes_again_on_the_next_session(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener:
        async with program(listener.port, command_status=None) as esme:
            await hand_in(house, "Hi")
            await until(lambda: esme.has_heard(1))
        await until(lambda: is_free_again(house))
        async with program(listener.port) as again:
            await until(lambda: nothing_is_owed(house))
    assert (esme.texts, again.texts) == (["Hi"], ["Hi"])


async def test_not_now_means_later(house: House) -> None:
    await add_credential(house)
    busy = CommandStatus.ESME_RX_T_APPN
    async with listening(house) as listener, program(listener.port, command_status=busy) as esme:
        await hand_in(house, "Hi")
        await until(lambda: esme.has_heard(1))
        await until(lambda: is_free_again(house))
        assert await house.value(
            "SELECT due_at > now() + interval '20 seconds' FROM esme_deliveries"
        )
        esme.command_status = CommandStatus.ESME_ROK
        await house.value("UPDATE esme_deliveries SET due_at = now()")
        await until(lambda: nothing_is_owed(house))
    assert esme.texts == ["Hi", "Hi"]


async def test_never_means_never(house: House) -> None:
    await add_credential(house)
    async with (
        listening(house) as listener,
        program(listener.port, command_status=CommandStatus.ESME_RX_P_APPN) as esme,
    ):
        await hand_in(house, "Hi")
        await until(lambda: nothing_is_owed(house))
    assert esme.texts == ["Hi"]


async def test_one_that_never_answers_gets_it_again_and_the_row_stays(house: House) -> None:
    await add_credential(house)
    settings = ServerSettings(timers=TimerSettings(response=timedelta(milliseconds=200)))
    async with (
        listening(house, settings=settings) as listener,
        program(listener.port, command_status=None) as esme,
    ):
        await hand_in(house, "Hi")
        await until(lambda: esme.has_heard(2))
        assert await owed(house) == 1
    assert set(esme.texts) == {"Hi"}


async def test_one_that_never_answers_holds_up_no_other(house: House) -> None:
    await add_credential(house, "mute", window=2)
    await add_credential(house)
    texts = [str(number) for number in range(20)]
    async with (
        listening(house) as listener,
        program(listener.port, "mute", command_status=None) as mute,
        program(listener.port) as esme,
    ):
        for text in texts:
            await hand_in(house, text)
        await until(lambda: esme.has_heard(20))
        await until(lambda: mute.has_heard(2))
    assert esme.texts == texts
    assert mute.texts == texts[:2]


async def test_what_a_session_leaves_behind_goes_to_the_other(house: House) -> None:
    await add_credential(house)
    texts = {str(number) for number in range(6)}
    async with listening(house) as listener, program(listener.port) as stays:
        async with program(listener.port, command_status=None) as leaves:
            for text in texts:
                await hand_in(house, text)
            await until(lambda: leaves.has_heard(1))
        await until(lambda: nothing_is_owed(house))
    assert sorted(stays.texts) == sorted(texts)


async def test_two_sessions_of_one_credential_take_turns(house: House) -> None:
    await add_credential(house)
    async with (
        listening(house) as listener,
        program(listener.port) as one,
        program(listener.port) as two,
    ):
        for number in range(10):
            await hand_in(house, str(number))
            await until(lambda: nothing_is_owed(house))
    assert (len(one.delivered), len(two.delivered)) == (5, 5)


async def test_more_than_a_window_arrives_once_and_in_order(house: House) -> None:
    await add_credential(house, window=5)
    texts = [str(number) for number in range(60)]
    for text in texts:
        await hand_in(house, text)
    async with listening(house) as listener, program(listener.port) as esme:
        await until(lambda: nothing_is_owed(house))
    assert esme.texts == texts


async def test_a_long_message_is_not_overtaken_for_ever(house: House) -> None:
    await add_credential(house, window=3)
    await hand_in(house, "0")
    await hand_in(house, "ж" * 200)  # as much as the window holds
    for number in range(1, 20):
        await hand_in(house, str(number))
    async with listening(house) as listener, program(listener.port) as esme:
        await until(lambda: nothing_is_owed(house))
    kinds = ["long" if pdu.esm_class & 0x40 else "short" for pdu in esme.delivered]
    assert kinds == ["short", "long", "long", "long"] + ["short"] * 19


async def test_what_does_not_fit_a_pdu_holds_up_nobody(house: House) -> None:
    await add_credential(house)
    await hand_in(house, "unwritable")
    await house.value("UPDATE messages SET from_ = $1", "ж" * 30)
    await hand_in(house, "Hi")
    async with listening(house) as listener, program(listener.port) as esme:
        await until(lambda: nothing_is_owed(house))
    assert esme.texts == ["Hi"]


async def test_a_dead_listener_s_claims_go_to_the_next(house: House) -> None:
    credential = await add_credential(house)
    await hand_in(house, "Hi")
    dead = sids.make(sids.Prefix.PROCESS)
    await processes.beat(house.database, dead, "listener")
    claimed = await esme_outbox.claim(house.database, dead, {credential.sid: 10})
    assert [row.body for row in claimed] == ["Hi"]
    async with listening(house) as listener, program(listener.port) as esme:
        await house.value(
            "UPDATE worker_processes SET seen_at = now() - interval '11 seconds' WHERE sid = $1",
            dead,
        )
        assert await processes.bury_dead(house.database) == 1
        await until(lambda: nothing_is_owed(house))
    assert esme.texts == ["Hi"]


async def test_two_listeners_deliver_each_message_once(house: House) -> None:
    await add_credential(house)
    texts = {str(number) for number in range(40)}
    async with (
        listening(house) as first,
        listening(house) as second,
        program(first.port) as one,
        program(second.port) as two,
    ):
        for text in texts:
            await hand_in(house, text)
        await until(lambda: nothing_is_owed(house))
    heard = one.texts + two.texts
    assert len(heard) == len(texts)
    assert set(heard) == texts


async def test_what_nobody_came_for_in_a_week_is_forgotten(house: House) -> None:
    await add_credential(house)
    await hand_in(house, "old")
    await house.value("UPDATE esme_deliveries SET created_at = now() - interval '8 days'")
    await hand_in(house, "new")
    assert await esme_outbox.forget_old(house.database) == 1
    assert await owed(house) == 1
