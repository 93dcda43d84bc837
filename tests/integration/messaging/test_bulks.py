"""Bulks: accepted as one, claimed by batch, held, taken back, completed."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pytest

from smsc.billing import ledger
from smsc.errors import BadParameter, SenderNotOwned
from smsc.errors.bulk import BulkIsOver, TooManyRecipients
from smsc.errors.messages import AlreadyAccepted, BalanceUsedUp
from smsc.messaging import edits
from smsc.messaging.accept import bulk, recipients
from smsc.messaging.accept.bulk import BulkAccept, BulkDraft
from smsc.messaging.accept.drafts import IdempotencyKey
from smsc.messaging.accept.recipients import Format
from smsc.messaging.accept.template import Template
from smsc.messaging.reading.journey import Place, trace
from smsc.messaging.receiving import receipts
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.sending import batches, bulks, dispatch
from smsc.messaging.sending.dispatch import Claim, QueueCursor
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.sms.receipt import parse
from tests.integration.conftest import NUMBER, OWNER, House


async def send(house: House, lines: Sequence[dict[str, object]], **changes: object) -> str:
    values: dict[str, object] = {
        "account": house.account,
        "from_": NUMBER,
        "messaging_service_sid": None,
        "template": Template("Dear {name}"),
    }
    draft = BulkDraft(**values | changes)  # type: ignore[arg-type]
    file = io.BytesIO(b"\n".join(orjson.dumps(line) for line in lines))
    read = recipients.read(file, Format.JSON_LINES, draft.template.names)
    return await BulkAccept(house.database, house.outbound).accept(draft, read)


def people(count: int) -> list[dict[str, object]]:
    return [{"to": f"+855123{n:05}", "name": f"no. {n}"} for n in range(count)]


async def claim(house: House, most: int) -> list[Claim]:
    return await batches.claim(house.database, house.lease, OWNER, most)


async def answer(house: House, claims: Sequence[Claim], command_status: int = 0) -> None:
    answers = [
        Answer(
            house.connector_sid,
            one.message_sid,
            one.number,
            house.lease.epoch,
            command_status,
            f"id-{one.message_sid}",
            datetime.now(UTC),
            in_bulk=one.in_bulk,
        )
        for one in claims
    ]
    async with house.database.begin() as connection:
        await record_responses(connection, answers)


def receipt(house: House, message_id: str, stat: str) -> ReceivedReceipt:
    body = f"id:{message_id} stat:{stat} err:000".encode()
    return ReceivedReceipt.read(
        parse(body),
        body,
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr="85512300000",
        destination_addr=NUMBER,
    )


async def statuses(house: House, sid: str) -> dict[object, object]:
    query = "SELECT status, count(*) FROM messages WHERE bulk_sid = $1 GROUP BY status"
    return dict(await house.rows(query, sid))  # type: ignore[arg-type]


async def state(house: House, sid: str) -> object:
    return await house.value("SELECT status FROM bulks WHERE sid = $1", sid)


async def test_a_bulk_is_claimed_in_its_order_each_message_once(house: House) -> None:
    await send(house, people(7))
    claims = [*await claim(house, 3), *await claim(house, 3), *await claim(house, 3)]
    assert [one.body for one in claims] == [f"Dear no. {n}" for n in range(7)]
    assert await claim(house, 3) == []
    assert await house.value("SELECT count(*) FROM in_flight") == 7
    assert await house.value("SELECT count(*) FROM bulk_batches") == 0


async def test_segments_over_the_room_are_the_first_of_the_queue(house: House) -> None:
    await send(house, people(2), template=Template("{name} " + "x" * 300))
    first = await claim(house, 3)
    assert [one.number for one in first] == [1, 2, 1]
    rest = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    assert [(one.message_sid, one.number) for one in rest] == [(first[2].message_sid, 2)]


async def test_a_lost_lease_claims_nothing_of_a_bulk(house: House) -> None:
    await send(house, people(2))
    assert await batches.claim(house.database, house.lease, "WP" + "9" * 32, 10) == []


async def test_a_throttled_message_of_a_bulk_waits_in_the_queue(house: House) -> None:
    await send(house, people(3))
    claims = await claim(house, 2)
    await answer(house, claims[:1], command_status=0x58)
    again = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    assert [one.message_sid for one in again] == [claims[0].message_sid]


async def test_bad_lines_are_named_and_stop_nobody(house: House) -> None:
    sid = await send(
        house, [*people(1), {"to": "+85512345678"}, {"to": "12", "name": ""}, {"name": "x"}]
    )
    rows = await house.rows("SELECT line, to_, error_code, why FROM bulk_rejections ORDER BY line")
    assert [row[:3] for row in rows] == [
        (2, "+85512345678", 20001),
        (3, "12", 21211),
        (4, None, 20001),
    ]
    assert "{name}" in str(rows[0][3])
    counts = "SELECT recipients, rejected FROM bulks WHERE sid = $1"
    assert await house.rows(counts, sid) == [(4, 3)]
    assert await statuses(house, sid) == {"queued": 1}


async def test_what_is_wrong_with_the_request_refuses_all_of_it(house: House) -> None:
    with pytest.raises(SenderNotOwned):
        await send(house, people(3), from_="+15555550199")
    assert await house.value("SELECT count(*) FROM messages") == 0
    assert await house.value("SELECT count(*) FROM bulks") == 0


async def test_more_recipients_than_the_most_are_refused_as_a_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_RECIPIENTS", 3)
    with pytest.raises(TooManyRecipients, match="more than 3 recipients"):
        await send(house, people(4))
    assert await house.value("SELECT count(*) FROM messages") == 0


async def test_a_body_that_is_broken_in_the_middle_leaves_nothing(house: House) -> None:
    draft = BulkDraft(
        account=house.account,
        from_=NUMBER,
        messaging_service_sid=None,
        template=Template("Hello"),
    )
    text = b"to\n" + b"+85512345678\n" * 600 + b"\xff\n"
    lines = recipients.read(io.BytesIO(text), Format.CSV, frozenset())
    with pytest.raises(BadParameter, match="UTF-8"):
        await BulkAccept(house.database, house.outbound).accept(draft, lines)
    assert await house.value("SELECT count(*) FROM messages") == 0


async def test_opted_out_recipients_are_rejected_however_many_there_are(house: House) -> None:
    async with house.database.begin() as connection:
        await connection.execute(
            """
            INSERT INTO opt_outs (sid, carrier_sid, account_sid, scope, handset, source)
            SELECT 'OO' || lpad(n::text, 32, '0'), $1, $2, $3,
                   '+855123' || lpad(n::text, 5, '0'), 'api'
            FROM generate_series(1, 2500) AS n
            """,
            house.account.carrier_sid,
            house.account.sid,
            NUMBER,
        )
    house.directory.clear()
    sid = await send(house, people(4))
    query = "SELECT line, error_code FROM bulk_rejections WHERE bulk_sid = $1 ORDER BY line"
    assert await house.rows(query, sid) == [(2, 21610), (3, 21610), (4, 21610)]


async def test_a_bulk_is_charged_at_once_or_not_accepted(house: House) -> None:
    async with house.database.begin() as connection:
        await connection.execute(
            """INSERT INTO tariffs (sid, carrier_sid, direction, prefix, price)
               VALUES ('TF' || repeat('0', 32), $1, 'outbound', '', 0.5)""",
            house.account.carrier_sid,
        )
    account = (house.account.carrier_sid, house.account.sid)
    await ledger.credit(house.database, *account, Decimal(2), "paid")
    await ledger.set_floor(house.database, *account, Decimal(0))
    with pytest.raises(BalanceUsedUp):
        await send(house, people(5))
    assert await house.value("SELECT count(*) FROM ledger WHERE kind = 'charge'") == 0
    sid = await send(house, people(4))
    assert (await ledger.left(house.database, house.account.sid)).balance == 0
    await bulks.cancel(house.database, house.account.sid, sid)
    await bulks.look_after(house.database)
    assert (await ledger.left(house.database, house.account.sid)).balance == 2


async def test_one_idempotency_key_makes_one_bulk(house: House) -> None:
    key = IdempotencyKey("flood warning 7", b"digest")
    await send(house, people(2), idempotency_key=key)
    with pytest.raises(AlreadyAccepted):
        await send(house, people(2), idempotency_key=key)
    assert await house.value("SELECT count(*) FROM bulks") == 1
    assert await house.value("SELECT count(*) FROM messages") == 2


async def test_a_paused_bulk_is_not_claimed_until_it_is_resumed(house: House) -> None:
    sid = await send(house, people(4))
    claims = await claim(house, 1)
    await bulks.pause(house.database, house.account.sid, sid)
    assert await claim(house, 10) == []
    assert await dispatch.waiting(house.database, OWNER) == []
    await bulks.look_after(house.database)
    assert await state(house, sid) == "paused"
    await bulks.resume(house.database, house.account.sid, sid)
    claims += await claim(house, 10)
    assert len({one.message_sid for one in claims}) == 4


async def test_a_bulk_that_is_created_paused_waits(house: House) -> None:
    await send(house, people(2), paused=True)
    assert await claim(house, 10) == []


async def test_a_canceled_bulk_ends_what_waits_and_lets_go_what_left(house: House) -> None:
    sid = await send(house, people(6))
    claims = await claim(house, 2)
    await bulks.cancel(house.database, house.account.sid, sid)
    await answer(house, claims[:1], command_status=0x58)  # comes back to the queue
    await bulks.look_after(house.database)
    assert await statuses(house, sid) == {"queued": 1, "canceled": 5}
    assert await state(house, sid) == "canceled"
    assert await house.value("SELECT finished_at FROM bulks") is None
    await answer(house, claims[1:])
    await bulks.look_after(house.database)
    assert await statuses(house, sid) == {"sent": 1, "canceled": 5}
    assert await house.value("SELECT finished_at FROM bulks") is not None
    assert await house.value("SELECT count(*) FROM queue") == 0
    with pytest.raises(BulkIsOver, match="canceled"):
        await bulks.resume(house.database, house.account.sid, sid)


async def test_what_outlives_its_validity_period_fails(house: House) -> None:
    sid = await send(house, people(3), validity=timedelta(seconds=60))
    (claimed,) = await claim(house, 1)
    await house.rows("UPDATE bulks SET expires_at = now() RETURNING 1")
    await bulks.look_after(house.database)
    await answer(house, [claimed])
    await bulks.look_after(house.database)
    assert await statuses(house, sid) == {"sent": 1, "failed": 2}
    query = "SELECT DISTINCT error_code FROM messages WHERE status = 'failed'"
    assert await house.rows(query) == [(30036,)]
    assert await state(house, sid) == "completed"


async def test_a_bulk_is_completed_when_its_last_message_is_answered(house: House) -> None:
    sid = await send(house, people(2), status_callback="https://example.org/bulk")
    claims = await claim(house, 10)
    await bulks.look_after(house.database)
    assert await state(house, sid) == "sending"
    await answer(house, claims)
    await bulks.look_after(house.database)
    assert await state(house, sid) == "completed"
    assert await house.value("SELECT callback_due_at IS NOT NULL FROM bulks") is True
    assert await house.value("SELECT count(*) FROM webhooks") == 0


async def test_what_went_well_of_a_bulk_is_told_by_its_rows_alone(house: House) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    await answer(house, [one])
    received = receipt(house, f"id-{one.message_sid}", "DELIVRD")
    async with house.database.begin() as connection:
        applied = await receipts.apply(connection, [received])
    assert [change.status for change in applied.changed] == ["delivered"]
    assert await house.value("SELECT count(*) FROM message_events") == 0
    journey = await trace(house.database, house.account.carrier_sid, one.message_sid)
    assert journey is not None
    assert [(event.event, event.raw) for event in journey.events] == [
        ("sent", None),
        ("delivered", received.raw),
    ]
    await edits.redact(house.database, house.account.sid, one.message_sid)
    assert await house.value("SELECT receipt_raw FROM segments") is None


async def test_what_went_wrong_of_a_bulk_is_noted_and_given_back(house: House) -> None:
    await send(house, people(2), template=Template("{name} " + "x" * 300))
    claims = await claim(house, 4)
    await answer(house, claims[:1])
    await answer(house, claims[1:2], command_status=0x0B)
    await answer(house, claims[2:], command_status=0x0B)
    query = "SELECT event, why IS NOT NULL FROM message_events ORDER BY seq"
    assert await house.rows(query) == [("undelivered", True), ("failed", True)]


async def test_a_receipt_before_the_last_response_still_makes_sent_first(house: House) -> None:
    await send(house, people(1), template=Template("{name} " + "x" * 300))
    claims = await claim(house, 2)
    await answer(house, claims[:1])
    received = receipt(house, f"id-{claims[0].message_sid}", "UNDELIV")
    async with house.database.begin() as connection:
        await receipts.apply(connection, [received])
    await answer(house, claims[1:])
    assert await house.history(claims[0].message_sid) == [
        ("receipt", "UNDELIV err:000"),
        ("sent", None),
        ("undelivered", "a receipt that came before the last response"),
    ]


async def test_a_bulk_of_bad_lines_alone_is_completed_at_once(house: House) -> None:
    sid = await send(house, [{"to": "x"}])
    await bulks.look_after(house.database)
    assert await state(house, sid) == "completed"


async def test_the_sweep_tells_the_lane_of_the_bulk_that_waits(house: House) -> None:
    await send(house, people(1))
    assert await dispatch.waiting(house.database, OWNER) == [(house.connector_sid, 3)]


async def test_a_bulk_passes_through_the_queue_where_channels_are_chosen(house: House) -> None:
    await send(house, people(3))
    assert await batches.unfold(house.database, house.lease, OWNER, 2) == 2
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    assert [one.body for one in claims] == ["Dear no. 0", "Dear no. 1"]


async def waits_for(house: House, sid: object) -> list[str | None]:
    traced = await trace(house.database, house.account.carrier_sid, str(sid))
    assert traced is not None
    return [one.waiting_for for one in traced.segments if one.place is Place.QUEUED]


async def test_a_bulks_message_says_what_it_waits_for(house: House) -> None:
    sid = await send(house, people(3), paused=True)
    first = await house.value("SELECT min(sid) FROM messages")
    assert await waits_for(house, first) == ["its bulk is paused"]
    await bulks.resume(house.database, house.account.sid, sid)
    assert len(await claim(house, 1)) == 1
    assert await waits_for(house, first) == []
