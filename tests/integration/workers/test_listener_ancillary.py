"""query_sm, cancel_sm, replace_sm, submit_multi and replace_if_present over the wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from smsc import sids
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.schedule import Schedule
from smsc.smpp.pdu import (
    Bind,
    CancelSm,
    CancelSmResp,
    CommandId,
    CommandStatus,
    DataSm,
    DeliverSm,
    DistributionList,
    GenericNack,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    Tag,
    Unknown,
    Unsuccess,
)
from smsc.smpp.times import format_time, parse_time
from smsc.sms.receipt import parse
from smsc.sms.status import MessageState
from tests.integration.conftest import HANDSET, NUMBER, OWNER, House
from tests.integration.smpp.raw_peer import RawPeer, calling
from tests.integration.workers.parts import (
    PASSWORD,
    add_account,
    add_credential,
    listening,
    tell,
)
from tests.integration.workers.program import submit_sm
from workers import esme_deliveries

SOURCE = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": NUMBER[1:]}
TO = {"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": HANDSET[1:]}
OTHER = "+85512345679"
NOBODY = "SM" + "0" * 32


@asynccontextmanager
async def esme(house: House, **limits: object) -> AsyncIterator[RawPeer]:
    """Bind as the fixture's account."""
    await add_credential(house, **limits)  # type: ignore[arg-type]
    async with listening(house) as listener, calling(listener.port, bind=False) as peer:
        peer.write(Bind(1, system_id="clinic", password=PASSWORD))
        assert (await peer.read()).command_status == CommandStatus.ESME_ROK
        yield peer


async def ask(peer: RawPeer, pdu: Pdu) -> Pdu:
    peer.write(pdu)
    return await peer.read()


async def submitted(peer: RawPeer, pdu: SubmitSm | DataSm | None = None) -> str:
    answer = await ask(peer, pdu or submit_sm())
    assert answer.command_status == CommandStatus.ESME_ROK
    return getattr(answer, "message_id", "")


async def take_segments(house: House, most: int = 1) -> None:
    """Let the connector claim what waits."""
    await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), most)


# -- query_sm


async def test_a_query_tells_the_state_of_a_message(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm(registered_delivery=0))
        assert await ask(peer, QuerySm(2, 0, sid)) == QuerySmResp(
            2, 0, sid, "", MessageState.ENROUTE
        )
        await tell(house, sid, sent=1)
        await tell(house, sid, undelivered=1, error_code=30005)
        answer = await ask(peer, QuerySm(3, 0, sid, **SOURCE))  # type: ignore[arg-type]
    assert isinstance(answer, QuerySmResp)
    assert (answer.message_state, answer.error_code) == (MessageState.UNDELIVERABLE, 5)
    now = datetime.now(UTC)
    assert timedelta() <= now - parse_time(answer.final_date, now) < timedelta(minutes=1)


async def test_a_query_is_answered_for_messages_of_the_api_too(house: House) -> None:
    accepted = await house.accept()
    async with esme(house) as peer:
        answer = await ask(peer, QuerySm(2, 0, accepted.sid))
    assert answer == QuerySmResp(2, 0, accepted.sid, "", MessageState.ENROUTE)


@pytest.mark.parametrize(
    ("message_id", "command_status"),
    [
        ("", CommandStatus.ESME_RINVMSGID),
        ("12345", CommandStatus.ESME_RINVMSGID),
        (NOBODY, CommandStatus.ESME_RQUERYFAIL),
    ],
    ids=["none", "another's", "unknown"],
)
async def test_a_query_for_nothing_fails(
    house: House, message_id: str, command_status: CommandStatus
) -> None:
    async with esme(house) as peer:
        assert await ask(peer, QuerySm(2, 0, message_id)) == QuerySmResp(2, command_status)


async def test_messages_of_other_accounts_are_not_there(house: House) -> None:
    other = await add_account(house, "+15555550111")
    accepted = await house.accept()
    await house.value("UPDATE messages SET account_sid = $1", other)
    async with esme(house) as peer:
        assert await ask(peer, QuerySm(2, 0, accepted.sid)) == QuerySmResp(
            2, CommandStatus.ESME_RQUERYFAIL
        )
        assert await ask(peer, CancelSm(3, message_id=accepted.sid)) == CancelSmResp(
            3, CommandStatus.ESME_RCANCELFAIL
        )
        assert await ask(peer, ReplaceSm(4, 0, accepted.sid, short_message=b"x")) == ReplaceSmResp(
            4, CommandStatus.ESME_RREPLACEFAIL
        )
        assert await ask(peer, CancelSm(5, **SOURCE, **TO)) == CancelSmResp(  # type: ignore[arg-type]
            5, CommandStatus.ESME_RCANCELFAIL
        )
    assert await house.status(accepted.sid) == "queued"


async def test_another_source_than_the_message_s_finds_nothing(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        asked = QuerySm(2, 0, sid, 1, 1, "15555550199")
        assert (await ask(peer, asked)).command_status == CommandStatus.ESME_RQUERYFAIL


# -- cancel_sm


async def test_what_waits_is_canceled_and_its_receipt_says_so(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        peer.write(CancelSm(2, message_id=sid))
        answers = [await peer.read(), await peer.read()]
    assert CancelSmResp(2) in answers
    (receipt,) = [pdu for pdu in answers if isinstance(pdu, DeliverSm)]
    assert parse(receipt.short_message).state is MessageState.DELETED
    assert await house.status(sid) == "canceled"
    assert await house.value("SELECT count(*) FROM queue") == 0
    assert await house.rows("SELECT event FROM message_events") == [("canceled",)]


async def test_what_has_left_is_not_canceled(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        await take_segments(house)
        answer = await ask(peer, CancelSm(2, message_id=sid))
    assert answer == CancelSmResp(2, CommandStatus.ESME_RCANCELFAIL)
    assert await house.status(sid) == "queued"


async def test_a_message_of_which_a_part_has_left_is_left_alone(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm("", tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 300}))
        await take_segments(house)
        cancel = await ask(peer, CancelSm(2, message_id=sid))
        replace = await ask(peer, ReplaceSm(3, 0, sid, short_message=b"short"))
    assert cancel.command_status == CommandStatus.ESME_RCANCELFAIL
    assert replace.command_status == CommandStatus.ESME_RREPLACEFAIL
    assert await house.value("SELECT count(*) FROM queue") == 1


async def test_what_may_have_been_written_is_not_canceled(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        await house.value("UPDATE queue SET doubts = 1")
        answer = await ask(peer, CancelSm(2, message_id=sid))
    assert answer == CancelSmResp(2, CommandStatus.ESME_RCANCELFAIL)


async def test_all_between_two_addresses_is_canceled(house: House) -> None:
    async with esme(house) as peer:
        mine = {await submitted(peer, submit_sm(registered_delivery=0)) for _ in range(2)}
        other = await submitted(peer, submit_sm(destination_addr=OTHER[1:], registered_delivery=0))
        answer = await ask(peer, CancelSm(2, **SOURCE, **TO))  # type: ignore[arg-type]
    assert answer == CancelSmResp(2)
    assert [await house.status(sid) for sid in mine] == ["canceled", "canceled"]
    assert await house.status(other) == "queued"


async def test_a_service_type_cancels_its_own_only(house: House) -> None:
    async with esme(house) as peer:
        plain = await submitted(peer, submit_sm(registered_delivery=0))
        typed = await submitted(peer, submit_sm(service_type="CMT", registered_delivery=0))
        answer = await ask(peer, CancelSm(2, service_type="CMT", **SOURCE, **TO))  # type: ignore[arg-type]
    assert answer == CancelSmResp(2)
    assert [await house.status(plain), await house.status(typed)] == ["queued", "canceled"]


async def test_without_an_id_and_both_addresses_nothing_is_canceled(house: House) -> None:
    async with esme(house) as peer:
        await submitted(peer)
        answer = await ask(peer, CancelSm(2, **SOURCE))  # type: ignore[arg-type]
    assert answer == CancelSmResp(2, CommandStatus.ESME_RCANCELFAIL)


# -- replace_sm


async def test_a_text_is_replaced_and_cut_anew_in_its_place(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        before = await house.rows("SELECT connector_sid, lane, queued_at FROM queue")
        replaced = ReplaceSm(
            2, 0, sid, registered_delivery=1, tlvs={Tag.MESSAGE_PAYLOAD: b"y" * 200}
        )
        assert await ask(peer, replaced) == ReplaceSmResp(2)
    assert await house.rows("SELECT body, num_segments, status FROM messages") == [
        ("y" * 200, 2, "queued")
    ]
    assert await house.rows("SELECT DISTINCT connector_sid, lane, queued_at FROM queue") == before
    assert await house.value("SELECT count(*) FROM queue") == 2
    assert await house.rows("SELECT event FROM message_events") == [("replaced",)]


async def test_a_text_is_replaced_in_the_coding_of_the_message(house: House) -> None:
    text = "ж".encode("utf-16-be")
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm(data_coding=8, short_message=text))
        assert await ask(peer, ReplaceSm(2, 0, sid, short_message=text * 2)) == ReplaceSmResp(2)
    assert await house.rows("SELECT body FROM messages") == [("жж",)]


async def test_a_validity_period_is_replaced(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        replaced = ReplaceSm(2, 0, sid, validity_period="000000010000000R", short_message=b"Hi")
        assert await ask(peer, replaced) == ReplaceSmResp(2)
    assert await house.rows("SELECT validity_seconds FROM messages") == [(3600,)]
    assert await house.value(
        "SELECT expires_at BETWEEN now() + interval '59 minutes' AND now() + interval '1 hour' "
        "FROM message_deadlines"
    )


@pytest.mark.parametrize(
    ("fields", "command_status"),
    [
        ({"schedule_delivery_time": "noon"}, CommandStatus.ESME_RINVSCHED),
        ({"schedule_delivery_time": "000001000000000R"}, CommandStatus.ESME_RREPLACEFAIL),
        ({"validity_period": "tomorrow"}, CommandStatus.ESME_RINVEXPIRY),
        ({"short_message": b""}, CommandStatus.ESME_RINVMSGLEN),
        ({"source_addr": "15555550199"}, CommandStatus.ESME_RREPLACEFAIL),
    ],
    ids=["no time", "a time for what had it", "no validity", "no text", "another source"],
)
async def test_a_replacement_that_cannot_be_changes_nothing(
    house: House, fields: dict[str, object], command_status: CommandStatus
) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer)
        asked = ReplaceSm(2, 0, sid, **{"short_message": b"Hi"} | fields)  # type: ignore[arg-type]
        assert await ask(peer, asked) == ReplaceSmResp(2, command_status)
    assert await house.rows("SELECT body FROM messages") == [("Hello",)]


async def test_a_segment_of_the_esme_s_own_is_not_replaced(house: House) -> None:
    octets = bytes.fromhex("050003070201") + b"first half"
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm(esm_class=0x40, short_message=octets))
        answer = await ask(peer, ReplaceSm(2, 0, sid, short_message=b"Hi"))
    assert answer == ReplaceSmResp(2, CommandStatus.ESME_RREPLACEFAIL)


async def test_a_message_takes_the_place_of_the_one_that_waits(house: House) -> None:
    async with esme(house) as peer:
        first = await submitted(peer, submit_sm("old"))
        again = await submitted(peer, submit_sm("new", replace_if_present_flag=1))
        await take_segments(house)
        late = await submitted(peer, submit_sm("later", replace_if_present_flag=1))
    assert again == first != late
    assert set(await house.rows("SELECT sid, body FROM messages")) == {
        (first, "new"),
        (late, "later"),
    }


# -- schedule_delivery_time

LATER = "000001000000000R"


async def test_a_message_waits_for_its_time_and_goes_then(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm(schedule_delivery_time=LATER, registered_delivery=1))
        assert await house.status(sid) == "scheduled"
        assert await house.value("SELECT count(*) FROM queue") == 0
        assert await ask(peer, QuerySm(2, 0, sid)) == QuerySmResp(
            2, 0, sid, "", MessageState.ENROUTE
        )
        await house.value("UPDATE scheduled_messages SET send_at = now()")
        released = await Schedule(house.database, house.directory, house.outbound).release()
    assert released.queued == 1
    assert await house.rows(
        "SELECT m.status, m.registered_delivery, m.smpp_credential_sid IS NOT NULL "
        "FROM messages m JOIN queue q ON q.message_sid = m.sid"
    ) == [("queued", 1, True)]


async def test_what_is_scheduled_is_canceled(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm(schedule_delivery_time=LATER))
        peer.write(CancelSm(2, message_id=sid))
        answers = [await peer.read(), await peer.read()]
    assert CancelSmResp(2) in answers
    assert any(isinstance(answer, DeliverSm) for answer in answers)
    assert await house.status(sid) == "canceled"
    assert await house.value("SELECT count(*) FROM scheduled_messages") == 0


async def test_what_is_scheduled_gets_another_text_and_time(house: House) -> None:
    async with esme(house) as peer:
        sid = await submitted(peer, submit_sm(schedule_delivery_time=LATER))
        replaced = ReplaceSm(
            2, 0, sid, schedule_delivery_time="000002000000000R", short_message=b"new"
        )
        assert await ask(peer, replaced) == ReplaceSmResp(2)
    assert await house.rows("SELECT status, body FROM messages") == [("scheduled", "new")]
    assert await house.value("SELECT send_at > now() + interval '47 hours' FROM scheduled_messages")


async def test_a_longer_text_than_was_charged_does_not_replace(house: House) -> None:
    await house.value(
        "INSERT INTO tariffs (sid, carrier_sid, direction, prefix, price) "
        "VALUES ('TF1', $1, 'outbound', '', 0.05)",
        house.account.carrier_sid,
    )
    house.directory.clear()
    async with esme(house) as peer:
        sid = await submitted(peer)
        longer = ReplaceSm(2, 0, sid, short_message=b"x" * 200)
        assert await ask(peer, longer) == ReplaceSmResp(2, CommandStatus.ESME_RREPLACEFAIL)
        assert await ask(peer, ReplaceSm(3, 0, sid, short_message=b"Hi")) == ReplaceSmResp(3)
    assert await house.rows("SELECT body, num_segments FROM messages") == [("Hi", 1)]


# -- submit_multi


def multi(*destinations: SmeAddress | DistributionList, **fields: object) -> SubmitMulti:
    given: dict[str, object] = {"registered_delivery": 1, "short_message": b"Hi"} | SOURCE
    return SubmitMulti(2, destinations=destinations, **given | fields)  # type: ignore[arg-type]


ONE, TWO = SmeAddress(1, 1, HANDSET[1:]), SmeAddress(1, 1, OTHER[1:])


async def test_a_submit_multi_is_a_message_a_destination(house: House) -> None:
    async with esme(house) as peer:
        answer = await ask(peer, multi(ONE, TWO))
    assert isinstance(answer, SubmitMultiResp)
    rows = await house.rows("SELECT sid, to_, body FROM messages ORDER BY sid")
    assert [row[1:] for row in rows] == [(HANDSET, "Hi"), (OTHER, "Hi")]
    assert answer == SubmitMultiResp(2, 0, str(rows[0][0]))


async def test_a_refused_destination_is_named(house: House) -> None:
    async with esme(house) as peer:
        answer = await ask(peer, multi(SmeAddress(1, 1, "12"), ONE))
    assert isinstance(answer, SubmitMultiResp)
    assert answer.command_status == CommandStatus.ESME_ROK
    assert answer.unsuccess == (Unsuccess(1, 1, "12", CommandStatus.ESME_RINVDSTADR),)
    assert await house.rows("SELECT to_ FROM messages") == [(HANDSET,)]


async def test_without_an_accepted_destination_it_is_refused(house: House) -> None:
    async with esme(house) as peer:
        answer = await ask(peer, multi(SmeAddress(1, 1, "12"), SmeAddress(1, 1, "13")))
    assert answer.command_status == CommandStatus.ESME_RINVDSTADR


@pytest.mark.parametrize(
    ("pdu", "command_status"),
    [
        (multi(), CommandStatus.ESME_RINVNUMDESTS),
        (multi(ONE, DistributionList("all")), CommandStatus.ESME_RINVDLNAME),
        (multi(ONE, replace_if_present_flag=1), CommandStatus.ESME_RINVREPFLAG),
        (multi(ONE, TWO, priority_flag=9), CommandStatus.ESME_RINVPRTFLG),
    ],
    ids=["no destination", "a list", "replace", "priority"],
)
async def test_a_submit_multi_that_cannot_be_is_refused_whole(
    house: House, pdu: SubmitMulti, command_status: CommandStatus
) -> None:
    async with esme(house) as peer:
        assert (await ask(peer, pdu)).command_status == command_status
    assert await house.value("SELECT count(*) FROM messages") == 0


async def test_destinations_beyond_the_throughput_are_throttled(house: House) -> None:
    async with esme(house, throughput=Decimal("0.01")) as peer:
        answer = await ask(peer, multi(ONE, TWO))
    assert isinstance(answer, SubmitMultiResp)
    assert [one.command_status for one in answer.unsuccess] == [CommandStatus.ESME_RTHROTTLED]


async def test_receipts_of_a_submit_multi_have_its_message_id_and_their_own_address(
    house: House,
) -> None:
    async with esme(house) as peer:
        answer = await ask(peer, multi(ONE, TWO))
        for (sid,) in await house.rows("SELECT sid FROM messages"):
            await tell(house, str(sid), sent=1)
            await tell(house, str(sid), delivered=1)
        receipts = [await peer.read(), await peer.read()]
    assert isinstance(answer, SubmitMultiResp)
    told = {
        (parse(one.short_message).message_id, one.source_addr)
        for one in receipts
        if isinstance(one, DeliverSm)
    }
    assert told == {(answer.message_id, HANDSET[1:]), (answer.message_id, OTHER[1:])}


async def test_messages_of_a_submit_multi_are_canceled_together_or_by_destination(
    house: House,
) -> None:
    async with esme(house) as peer:
        answer = await ask(
            peer, multi(ONE, TWO, SmeAddress(1, 1, "85512345670"), registered_delivery=0)
        )
        assert isinstance(answer, SubmitMultiResp)
        sid = answer.message_id
        one = CancelSm(3, message_id=sid, dest_addr_ton=1, destination_addr=OTHER[1:])
        assert await ask(peer, one) == CancelSmResp(3)
        assert await house.rows("SELECT to_ FROM messages WHERE status = 'canceled'") == [(OTHER,)]
        assert await ask(peer, CancelSm(4, message_id=sid)) == CancelSmResp(4)
        assert (await ask(peer, QuerySm(5, 0, sid))).command_status == CommandStatus.ESME_ROK
    assert await house.value("SELECT count(*) FROM messages WHERE status = 'canceled'") == 3


# -- the rest


async def test_a_data_sm_is_accepted_with_all_that_it_says(house: House) -> None:
    pdu = DataSm(
        2,
        registered_delivery=1,
        tlvs={
            Tag.MESSAGE_PAYLOAD: b"Hi",
            Tag.SAR_MSG_REF_NUM: b"\0\7",
            Tag.SAR_TOTAL_SEGMENTS: b"\2",
            Tag.SAR_SEGMENT_SEQNUM: b"\1",
            Tag.QOS_TIME_TO_LIVE: b"\0\0\0\x3c",
        },
        **SOURCE,  # type: ignore[arg-type]
        **TO,  # type: ignore[arg-type]
    )
    async with esme(house) as peer:
        await submitted(peer, pdu)
    assert await house.rows(
        "SELECT user_data, has_udh, registered_delivery, validity_seconds FROM messages"
    ) == [(bytes.fromhex("050003070201") + b"Hi", True, 1, 60)]


@pytest.mark.parametrize(
    ("validity", "seconds"),
    [(timedelta(hours=1), 3600), (timedelta(days=3), 36_000)],
    ids=["an hour", "longer than any message waits"],
)
async def test_a_validity_period_is_kept(house: House, validity: timedelta, seconds: int) -> None:
    async with esme(house) as peer:
        until_when = format_time(datetime.now(UTC) + validity + timedelta(seconds=1))
        await submitted(peer, submit_sm(validity_period=until_when))
    (row,) = await house.rows("SELECT validity_seconds FROM messages")
    assert row[0] in {seconds, seconds + 1} or row[0] == 36_000


async def test_a_broadcast_is_nacked(house: House) -> None:
    async with esme(house) as peer:
        answer = await ask(peer, Unknown(2, 0, CommandId.BROADCAST_SM, b"x"))
    assert answer == GenericNack(2, CommandStatus.ESME_RINVCMDID)


async def test_without_the_database_a_request_is_answered_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What waits for ESMEs is looked for each second, and not in this one.
    monkeypatch.setattr(esme_deliveries, "SWEEP_SECONDS", 3600.0)
    async with esme(house) as peer:
        sid = await submitted(peer)
        await house.value("ALTER TABLE messages RENAME TO hidden")
        answer = await ask(peer, QuerySm(2, 0, sid))
        await house.value("ALTER TABLE hidden RENAME TO messages")
    assert answer == QuerySmResp(2, CommandStatus.ESME_RSYSERR)


def test_a_sid_says_when_it_was_made() -> None:
    now = datetime.now(UTC)
    assert abs(sids.moment(sids.make(sids.Prefix.MESSAGE)) - now) < timedelta(seconds=5)
