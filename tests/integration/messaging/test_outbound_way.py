"""A message's way through the database: accept, claim, response, receipt."""

from datetime import UTC, datetime

import pytest

from smsc.errors import (
    BodyRequired,
    BodyTooLong,
    DestinationRequired,
    GatewayError,
    InvalidDestination,
    InvalidSender,
    InvalidStatusCallback,
    NoRoute,
    SameAddress,
    SenderNotOwned,
    SenderRequired,
)
from smsc.messaging.receiving import receipts
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.sending import dispatch, in_doubt, leases
from smsc.messaging.sending.dispatch import Claim, QueueCursor
from smsc.messaging.sending.held import give_up
from smsc.messaging.sending.responses import Answer, Recorded, record_responses
from smsc.sms import receipt
from smsc.sms.correlation import candidate_keys
from tests.integration.conftest import HANDSET, NUMBER, OWNER, House

OK, THROTTLED, SYSTEM_ERROR, INVALID_DESTINATION = 0x00, 0x58, 0x08, 0x0B


async def claim(house: House, most: int = 100, cursor: QueueCursor | None = None) -> list[Claim]:
    return await dispatch.claim(house.database, house.lease, OWNER, cursor or QueueCursor(), most)


async def answer(house: House, claims: list[Claim], *statuses: int) -> Recorded:
    given = statuses or (OK,) * len(claims)
    answers = [
        Answer(
            house.connector_sid,
            claim.message_sid,
            claim.number,
            house.lease.epoch,
            status,
            f"{claim.message_sid[-6:]}{claim.number}" if status == OK else None,
            datetime.now(UTC),
        )
        for claim, status in zip(claims, given, strict=True)
    ]
    async with house.database.begin() as connection:
        return await record_responses(connection, answers)


async def report(house: House, message_id: str, stat: str, err: str = "000") -> receipts.Applied:
    body = f"id:{message_id} stat:{stat} err:{err} done date:2611221200".encode()
    received = ReceivedReceipt.read(
        receipt.parse(body),
        body,
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=HANDSET,
        destination_addr=NUMBER,
    )
    async with house.database.begin() as connection:
        return await receipts.apply(connection, [received])


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"to": ""}, DestinationRequired),
        ({"from_": None}, SenderRequired),
        ({"body": ""}, BodyRequired),
        ({"body": "x" * 1601}, BodyTooLong),
        ({"to": "nonsense"}, InvalidDestination),
        ({"from_": "!!"}, InvalidSender),
        ({"to": NUMBER}, SameAddress),
        ({"status_callback": "ftp://example.org"}, InvalidStatusCallback),
        ({"status_callback": "http://a_b.example.org/"}, InvalidStatusCallback),
        ({"from_": "+15555550199"}, SenderNotOwned),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else value.__name__,
)
async def test_a_draft_that_is_refused_leaves_nothing(
    house: House, change: dict[str, object], refusal: type[GatewayError]
) -> None:
    with pytest.raises(refusal):
        await house.accept(**change)
    assert await house.value("SELECT count(*) FROM messages") == 0


async def test_without_a_route_nothing_is_accepted(house: House) -> None:
    async with house.database.single() as connection:
        await connection.execute("UPDATE routes SET prefix = '999'")
    with pytest.raises(NoRoute):
        await house.accept()


async def test_an_accepted_message_waits_with_each_of_its_segments(house: House) -> None:
    message = await house.accept(body="ж" * 135)
    assert await house.status(message.sid) == "queued"
    assert message.num_segments == 3
    assert await house.rows("SELECT number FROM queue ORDER BY number") == [(1,), (2,), (3,)]


async def test_a_body_with_nul_is_kept_with_its_place_marked(house: House) -> None:
    message = await house.accept(body="a\x00b")
    assert await house.value("SELECT body FROM messages WHERE sid = $1", message.sid) == "a\ufffdb"


async def test_a_message_goes_from_queued_to_delivered(house: House) -> None:
    message = await house.accept(status_callback="http://127.0.0.1/callback")
    claims = await claim(house)
    assert [(c.message_sid, c.to, c.from_, c.body) for c in claims] == [
        (message.sid, HANDSET, NUMBER, "Hello")
    ]
    assert await house.value("SELECT count(*) FROM queue") == 0
    recorded = await answer(house, claims)
    assert [(change.message_sid, change.status) for change in recorded.changed] == [
        (message.sid, "sent")
    ]
    assert await house.value("SELECT count(*) FROM in_flight") == 0
    smsc_message_id = str(await house.value("SELECT smsc_message_id FROM segments"))
    applied = await report(house, smsc_message_id, "DELIVRD")
    assert [change.status for change in applied.changed] == ["delivered"]
    assert await house.history(message.sid) == [("sent", None), ("delivered", "DELIVRD err:000")]
    assert await house.rows(
        "SELECT event, error_code, raw_dlr_done_date FROM webhooks ORDER BY ordinal"
    ) == [("sent", None, None), ("delivered", None, "2611221200")]


async def test_a_second_receipt_changes_nothing_and_is_noted(house: House) -> None:
    message = await house.accept()
    await answer(house, await claim(house))
    smsc_message_id = str(await house.value("SELECT smsc_message_id FROM segments"))
    await report(house, smsc_message_id, "UNDELIV", "001")
    late = await report(house, smsc_message_id, "DELIVRD")
    assert late.changed == []
    assert await house.status(message.sid) == "undelivered"
    assert await house.value("SELECT error_code FROM messages") == 30005
    assert await house.history(message.sid) == [
        ("sent", None),
        ("undelivered", "UNDELIV err:001"),
        ("receipt", "DELIVRD err:000"),
    ]


async def test_an_intermediate_receipt_is_noted_and_the_final_one_counts(house: House) -> None:
    message = await house.accept()
    await answer(house, await claim(house))
    smsc_message_id = str(await house.value("SELECT smsc_message_id FROM segments"))
    await report(house, smsc_message_id, "ENROUTE")
    assert await house.status(message.sid) == "sent"
    await report(house, smsc_message_id, "DELIVRD")
    assert await house.status(message.sid) == "delivered"


async def test_several_segments_are_sent_when_all_are_and_delivered_when_all_are(
    house: House,
) -> None:
    message = await house.accept(body="ж" * 135)
    claims = await claim(house)
    await answer(house, claims[:2])
    assert await house.status(message.sid) == "queued"
    ids = [str(row[0]) for row in await house.rows("SELECT smsc_message_id FROM segments")]
    await report(house, ids[0], "DELIVRD")
    await report(house, ids[1], "DELIVRD")
    await answer(house, claims[2:])
    assert await house.status(message.sid) == "sent"
    last = await house.value("SELECT smsc_message_id FROM segments WHERE number = 3")
    await report(house, str(last), "DELIVRD")
    assert await house.status(message.sid) == "delivered"


async def test_a_receipt_of_a_part_that_failed_before_the_last_response_passes_through_sent(
    house: House,
) -> None:
    message = await house.accept(body="ж" * 71, status_callback="http://127.0.0.1/callback")
    claims = await claim(house)
    await answer(house, claims[:1])
    first = str(await house.value("SELECT smsc_message_id FROM segments"))
    await report(house, first, "UNDELIV")
    await answer(house, claims[1:])
    assert await house.status(message.sid) == "undelivered"
    assert await house.rows("SELECT event FROM webhooks ORDER BY ordinal") == [
        ("sent",),
        ("undelivered",),
    ]


async def test_a_receipt_that_overtook_its_response_waits_for_it(house: House) -> None:
    message = await house.accept()
    claims = await claim(house)
    early = f"{claims[0].message_sid[-6:]}1"
    applied = await report(house, early, "DELIVRD")
    assert (applied.changed, applied.parked) == ([], 1)
    await answer(house, claims)
    async with house.database.begin() as connection:
        key = candidate_keys(early)[0]
        await receipts.unpark(connection, [(house.connector_sid, key)])
    assert await house.status(message.sid) == "delivered"
    assert await house.value("SELECT count(*) FROM parked_receipts") == 0


async def test_a_receipt_in_the_other_base_finds_its_segment(house: House) -> None:
    message = await house.accept()
    claims = await claim(house)
    async with house.database.begin() as connection:
        await record_responses(
            connection,
            [
                Answer(
                    house.connector_sid,
                    claims[0].message_sid,
                    1,
                    house.lease.epoch,
                    OK,
                    "0A1F",
                    datetime.now(UTC),
                )
            ],
        )
    await report(house, "0000002591", "DELIVRD")
    assert await house.status(message.sid) == "delivered"


async def test_a_permanent_error_fails_the_message_and_cancels_what_waits(house: House) -> None:
    message = await house.accept(body="ж" * 135)
    claims = await claim(house, most=1)
    await answer(house, claims, INVALID_DESTINATION)
    assert await house.status(message.sid) == "failed"
    assert await house.value("SELECT count(*) FROM queue") == 0
    assert await house.value("SELECT error_code FROM messages") == 30005


async def test_some_segments_refused_make_undelivered(house: House) -> None:
    message = await house.accept(body="ж" * 71)
    claims = await claim(house)
    await answer(house, claims, OK, INVALID_DESTINATION)
    assert await house.status(message.sid) == "undelivered"


async def test_a_throttled_segment_takes_its_old_place(house: House) -> None:
    first, second = await house.accept(body="1"), await house.accept(body="2")
    claims = await claim(house, most=1)
    recorded = await answer(house, claims, THROTTLED)
    assert recorded.put_back == 1
    again = await claim(house)
    assert [c.message_sid for c in again] == [first.sid, second.sid]
    assert again[0].attempts == 0


async def test_a_temporary_error_waits_and_is_permanent_in_the_end(house: House) -> None:
    message = await house.accept()
    for _ in range(7):
        claims = await claim(house)
        await answer(house, claims, SYSTEM_ERROR)
        assert await claim(house) == []
        async with house.database.single() as connection:
            await connection.execute("UPDATE queue SET not_before = now()")
    await answer(house, await claim(house), SYSTEM_ERROR)
    assert await house.status(message.sid) == "failed"


async def test_a_lost_lease_claims_nothing_and_its_answers_change_nothing(house: House) -> None:
    message = await house.accept()
    claims = await claim(house)
    async with house.database.single() as connection:
        await connection.execute("UPDATE connector_leases SET expires_at = now()")
    (taken,) = await leases.take(house.database, "WP" + "1" * 32, 1)
    async with house.database.begin() as connection:
        await in_doubt.settle_earlier(connection, [taken])
    recorded = await answer(house, claims)
    assert recorded.changed == []
    assert await house.status(message.sid) == "queued"
    assert await claim(house) == []
    assert await house.value("SELECT count(*) FROM queue") == 1
    assert await house.value("SELECT count(*) FROM double_submits") == 1


async def test_silence_resubmits_once_then_fails_with_30410(house: House) -> None:
    message = await house.accept()
    for _ in range(2):
        (claimed,) = await claim(house)
        async with house.database.begin() as connection:
            await in_doubt.settle(
                connection,
                [(claimed.message_sid, claimed.number, house.lease.epoch)],
                "no response within 60 s",
                silence=True,
            )
    assert await house.status(message.sid) == "failed"
    assert await house.value("SELECT error_code FROM messages") == 30410
    assert await house.value("SELECT count(*) FROM double_submits") == 1


async def held(house: House, *bodies: str) -> list[str]:
    """Messages of a connector with the policy `hold`, submitted and then in doubt."""
    async with house.database.single() as connection:
        await connection.execute("UPDATE connectors SET in_doubt_policy = 'hold'")
    messages = [await house.accept(body=body) for body in bodies]
    claims = await claim(house)
    async with house.database.begin() as connection:
        await in_doubt.settle(
            connection,
            [(c.message_sid, c.number, house.lease.epoch) for c in claims],
            "the connection was reset",
            silence=False,
        )
    return [message.sid for message in messages]


async def test_hold_never_submits_twice_and_fails_with_30410_after_an_hour(house: House) -> None:
    (sid,) = await held(house, "once")
    assert await claim(house) == []
    assert await give_up(house.database) == []
    assert await house.status(sid) == "queued"
    async with house.database.single() as connection:
        await connection.execute("UPDATE in_flight SET held_at = held_at - interval '2 hours'")
    assert [change.status for change in await give_up(house.database)] == ["failed"]
    assert await house.value("SELECT error_code FROM messages") == 30410
    assert await house.value("SELECT count(*) FROM double_submits") == 0


async def test_a_held_segment_is_settled_by_the_receipt_of_an_unknown_id(house: House) -> None:
    (sid,) = await held(house, "once")
    applied = await report(house, "never-told", "DELIVRD")
    assert [change.status for change in applied.changed] == ["sent", "delivered"]
    assert await house.status(sid) == "delivered"
    assert await house.value("SELECT smsc_message_id FROM segments") == "never-told"


async def test_of_two_held_segments_to_one_handset_none_is_guessed(house: House) -> None:
    await held(house, "one", "two")
    applied = await report(house, "never-told", "DELIVRD")
    assert (applied.changed, applied.parked) == ([], 1)


async def test_held_segments_stay_so_over_a_take_over(house: House) -> None:
    (sid,) = await held(house, "once")
    async with house.database.single() as connection:
        await connection.execute("UPDATE connector_leases SET expires_at = now()")
    taken = await leases.take(house.database, "WP" + "1" * 32, 1)
    async with house.database.begin() as connection:
        assert await in_doubt.settle_earlier(connection, taken) == []
    assert await house.rows("SELECT message_sid FROM in_flight WHERE held_at IS NOT NULL") == [
        (sid,)
    ]


async def test_a_row_behind_the_cursor_is_found_on_the_empty_claim(house: House) -> None:
    cursor = QueueCursor()
    await house.accept()
    await claim(house, cursor=cursor)
    late = await house.accept()
    async with house.database.single() as connection:
        await connection.execute("UPDATE queue SET queued_at = now() - interval '1 hour'")
    assert await claim(house, cursor=cursor) == []
    assert [c.message_sid for c in await claim(house, cursor=cursor)] == [late.sid]


async def test_what_was_not_written_is_put_back(house: House) -> None:
    await house.accept()
    claims = await claim(house)
    async with house.database.begin() as connection:
        segments = [(c.message_sid, c.number) for c in claims]
        await dispatch.put_back(connection, house.lease, segments)
    assert [c.place for c in await claim(house)] == [c.place for c in claims]


async def test_a_claim_whose_answer_was_lost_is_put_back_and_the_known_stay(house: House) -> None:
    first, second = await house.accept(body="1"), await house.accept(body="2")
    (known,) = await claim(house, most=1)
    await claim(house)  # committed, and nobody got the rows
    keys = [(known.message_sid, known.number)]
    await dispatch.put_back_unknown(house.database, house.lease, keys)
    assert await house.rows("SELECT message_sid FROM in_flight") == [(first.sid,)]
    assert await house.rows("SELECT message_sid FROM queue") == [(second.sid,)]
