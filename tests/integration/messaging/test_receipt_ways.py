"""Receipts in every order and number: whose decides, what waits, what is counted."""

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging.receiving import parking, receipts
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.receipt_config import read_rules
from smsc.messaging.sending import in_doubt
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.responses import Answer, Recorded, record_responses
from smsc.sms import receipt
from smsc.sms.correlation import stored_key
from smsc.sms.status_table import STANDARD, StatusTable, parse_verdicts
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_outbound_way import claim

THREE = "ж" * 135  # segments


async def configure(house: House, **columns: object) -> None:
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, start=1))
    await house.value(f"UPDATE connectors SET {names}", *columns.values())


async def answer(
    house: House,
    claimed: Claim,
    message_id: str | None,
    status: int = 0,
    statuses: StatusTable = STANDARD,
) -> Recorded:
    """Record a response, then look for the receipts that overtook it, as the recorder does."""
    async with house.database.begin() as connection:
        recorded = await record_responses(
            connection,
            [
                Answer(
                    house.connector_sid,
                    claimed.message_sid,
                    claimed.number,
                    house.lease.epoch,
                    status,
                    message_id,
                    datetime.now(UTC),
                    statuses=statuses,
                )
            ],
        )
        if message_id is not None:
            key = (house.connector_sid, stored_key(message_id))
            await receipts.unpark(connection, [key])
    return recorded


async def report(house: House, *told: tuple[str, str, str]) -> receipts.Applied:
    """Hand in receipts of one read: each its id, state and error."""
    async with house.database.begin() as connection:
        rules = await read_rules(connection, [house.connector_sid])
        batch = [
            ReceivedReceipt.read(
                receipt.parse(body),
                body,
                connector_sid=house.connector_sid,
                carrier_sid=house.account.carrier_sid,
                source_addr=HANDSET,
                destination_addr=NUMBER,
                rules=rules[house.connector_sid],
            )
            for message_id, stat, err in told
            for body in (f"id:{message_id} stat:{stat} err:{err}".encode(),)
        ]
        return await receipts.apply(connection, batch)


async def submitted(
    house: House, body: str = THREE, *, ids: str = "m", **changes: object
) -> tuple[str, list[str]]:
    """Send a message; return its SID and the ids that its segments got."""
    message = await house.accept(body=body, **changes)
    claims = await claim(house)
    given = [f"{ids}-{claimed.number}" for claimed in claims]
    for claimed, message_id in zip(claims, given, strict=True):
        await answer(house, claimed, message_id)
    return message.sid, given


@pytest.mark.parametrize(
    ("rollup", "told", "status", "code"),
    [
        ("all", ["1 DELIVRD", "2 DELIVRD"], "sent", None),
        ("all", ["1 DELIVRD", "2 DELIVRD", "3 DELIVRD"], "delivered", None),
        ("all", ["2 UNDELIV"], "undelivered", 30005),
        ("first", ["2 DELIVRD", "3 DELIVRD"], "sent", None),
        ("first", ["1 DELIVRD"], "delivered", None),
        ("first", ["3 UNDELIV", "1 DELIVRD"], "delivered", None),
        ("first", ["1 UNDELIV", "2 DELIVRD"], "undelivered", 30005),
        ("last", ["1 DELIVRD", "2 DELIVRD"], "sent", None),
        ("last", ["3 DELIVRD"], "delivered", None),
        ("last", ["1 UNDELIV", "3 DELIVRD"], "delivered", None),
        ("last", ["3 EXPIRED"], "undelivered", 30003),
        ("any", ["2 DELIVRD"], "delivered", None),
        ("any", ["3 UNDELIV"], "undelivered", 30005),
        ("any", ["2 ENROUTE"], "sent", None),
        ("any", ["2 DELIVRD", "1 UNDELIV"], "delivered", None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "in one read"])
async def test_whose_receipt_decides_on_a_message_of_three_segments(
    house: House, rollup: str, told: list[str], status: str, code: int | None, *, at_once: bool
) -> None:
    await configure(house, receipt_rollup=rollup)
    sid, _ = await submitted(house)
    batch = [(f"m-{one.split()[0]}", one.split()[1], "001") for one in told]
    for some in [batch] if at_once else [[one] for one in batch]:
        await report(house, *some)
    assert await house.rows("SELECT status, error_code FROM messages") == [(status, code)]
    raw = await house.rows("SELECT raw FROM message_events WHERE raw IS NOT NULL")
    assert len(raw) == len(told)
    assert await house.status(sid) == status


async def test_a_segment_that_was_refused_fails_a_message_whatever_the_rule(house: House) -> None:
    await configure(house, receipt_rollup="first")
    message = await house.accept(body="ж" * 71)
    first, second = await claim(house)
    await answer(house, first, "m-1")
    await report(house, ("m-1", "DELIVRD", "000"))
    await answer(house, second, None, status=0x0B)
    assert await house.status(message.sid) == "undelivered"


async def test_with_one_submit_of_three_segments_its_receipt_is_first_and_last(
    house: House,
) -> None:
    await configure(house, receipt_rollup="last")
    sid, _ = await submitted(house, "Hello")
    await house.value("UPDATE messages SET num_segments = 3, num_submits = 1")
    await report(house, ("m-1", "DELIVRD", "000"))
    assert await house.status(sid) == "delivered"


ORDERS = [
    ("all", ["R1", "R2", "1 DELIVRD", "2 UNDELIV"], "undelivered"),
    ("all", ["R1", "R2", "1 DELIVRD", "2 DELIVRD"], "delivered"),
    ("first", ["R1", "R2", "1 DELIVRD", "2 UNDELIV"], "delivered"),
    ("last", ["R1", "R2", "1 DELIVRD", "2 UNDELIV"], "undelivered"),
    ("any", ["R1", "R2", "2 ENROUTE", "2 DELIVRD"], "delivered"),
    ("all", ["R1", "1 BUFFRED", "1 DELIVRD", "1 DELIVRD"], "delivered"),
    ("all", ["R1", "1 ACCEPTD", "1 EXPIRED", "1 UNHEARDOF"], "undelivered"),
]


@pytest.mark.parametrize(
    ("rollup", "happens", "status"), ORDERS, ids=[f"{r}: {', '.join(h)}" for r, h, _ in ORDERS]
)
async def test_every_order_of_responses_and_receipts_ends_in_the_same_status(
    house: House, rollup: str, happens: list[str], status: str
) -> None:
    await configure(house, receipt_rollup=rollup)
    for turn, order in enumerate(sorted(set(itertools.permutations(happens)))):
        await one_order(house, order, turn)
    ended = await house.rows("SELECT DISTINCT status, partial FROM messages")
    assert ended == [(status, False)]
    assert await house.value("SELECT count(*) FROM parked_receipts") == 0
    (sids,) = zip(*await house.rows("SELECT sid FROM messages"), strict=True)
    assert len(sids) == turn + 1
    for sid in sids:
        told = [event for event, _ in await house.history(str(sid)) if event != "receipt"]
        assert told == ["sent", status]


async def one_order(house: House, order: Sequence[str], turn: int) -> None:
    segments = sum(event.startswith("R") for event in order)
    await house.accept(body="ж" * (71 if segments == 2 else 5))
    claims = {claimed.number: claimed for claimed in await claim(house)}
    assert len(claims) == segments
    for event in order:
        number, _, stat = event.removeprefix("R").partition(" ")
        message_id = f"t{turn}-{number}"
        if stat:
            await report(house, (message_id, stat, "000"))
        else:
            await answer(house, claims[int(number)], message_id)


async def test_buffered_then_final_is_noted_and_told(house: House) -> None:
    sid, _ = await submitted(house, "Hello")
    await report(house, ("m-1", "BUFFRED", "000"))
    assert await house.status(sid) == "sent"
    await report(house, ("m-1", "DELIVRD", "000"), ("m-1", "DELIVRD", "000"))
    history = await house.history(sid)
    assert history[:2] == [("sent", None), ("receipt", "BUFFRED err:000")]
    assert sorted(history[2:]) == [
        ("delivered", "DELIVRD err:000"),
        ("receipt", "DELIVRD err:000"),
    ]


async def test_a_receipt_after_73_hours_still_counts(house: House) -> None:
    sid, _ = await submitted(house, "Hello")
    await house.value(
        "UPDATE segments SET submitted_at = submitted_at - $1::interval,"
        " answered_at = answered_at - $1::interval",
        timedelta(hours=73),
    )
    await report(house, ("m-1", "DELIVRD", "000"))
    assert await house.status(sid) == "delivered"


async def test_the_failure_is_quoted_where_receipts_of_one_read_disagree(house: House) -> None:
    await submitted(house)
    await report(house, ("m-1", "UNDELIV", "001"), ("m-2", "DELIVRD", "000"))
    assert await house.rows(
        "SELECT number, why FROM message_events WHERE event = 'undelivered'"
    ) == [(1, "UNDELIV err:001")]


async def test_an_id_in_the_hex_of_its_characters_finds_its_segment(house: House) -> None:
    sid, _ = await submitted(house, "Hello", ids="AB")
    await report(house, (b"AB-1".hex(), "DELIVRD", "000"))
    assert await house.status(sid) == "delivered"
    assert await house.value("SELECT id_ascii FROM connector_receipts") == 1


async def test_a_rare_reading_is_found_though_the_usual_one_is_another_handsets(
    house: House,
) -> None:
    sid, _ = await submitted(house, "Hello", ids="AB")
    await house.accept(to="+85512999999")
    (other,) = await claim(house)
    await answer(house, other, b"AB-1".hex())
    await report(house, (b"AB-1".hex(), "DELIVRD", "000"))
    assert await house.status(sid) == "delivered"
    assert await house.status(other.message_sid) == "sent"


# -- what waits


async def test_an_old_orphan_is_never_about_a_later_message_of_the_same_id(house: House) -> None:
    await report(house, ("m-1", "UNDELIV", "001"))
    came = await house.value("SELECT parked_at FROM parked_receipts")
    sid, _ = await submitted(house, "Hello")
    assert await house.status(sid) == "sent"
    assert await house.value("SELECT parked_at FROM parked_receipts") == came
    assert await house.value("SELECT parked FROM connector_receipts") == 1


async def test_a_parked_receipt_is_taken_as_the_connector_wants_it_when_it_is_explained(
    house: House,
) -> None:
    await configure(house, receipt_errors=json.dumps({"77": 30006}))
    message = await house.accept()
    (claimed,) = await claim(house)
    await report(house, ("m-1", "UNDELIV", "077"))
    await answer(house, claimed, "m-1")
    assert await house.status(message.sid) == "undelivered"
    assert await house.value("SELECT error_code FROM messages") == 30006


async def test_what_waits_is_an_orphan_after_thirty_seconds(house: House) -> None:
    await report(house, ("1", "DELIVRD", "000"), ("2", "EXPIRED", "027"))
    assert await parking.count(house.database, house.connector_sid) == (2, 0)
    await house.value(
        "UPDATE parked_receipts SET parked_at = now() - interval '31 s' WHERE message_id = '2'"
    )
    assert await parking.count(house.database, house.connector_sid) == (1, 1)
    shown = await parking.page(house.database, house.connector_sid, limit=10)
    assert [(one.message_id, one.is_orphan) for one in shown] == [("1", False), ("2", True)]
    (second,) = await parking.page(house.database, house.connector_sid, limit=10, after=shown[0].id)
    assert second.raw == b"id:2 stat:EXPIRED err:027"


async def hold(house: House) -> str:
    """Submit a message under the policy `hold`; its answer does not come."""
    await configure(house, in_doubt_policy="hold")
    message = await house.accept()
    return message.sid


async def doubt(house: House, claimed: Claim) -> None:
    async with house.database.begin() as connection:
        key = (claimed.message_sid, claimed.number, house.lease.epoch)
        await in_doubt.settle(connection, [key], "the connection was reset", silence=False)


async def test_a_receipt_that_came_before_the_doubt_settles_what_is_held(house: House) -> None:
    sid = await hold(house)
    (claimed,) = await claim(house)
    assert (await report(house, ("never-told", "DELIVRD", "000"))).parked == 1
    await doubt(house, claimed)
    async with house.database.begin() as connection:
        await receipts.unpark_for_held(connection, [house.connector_sid])
    assert await house.status(sid) == "delivered"
    assert await house.rows("SELECT matched, parked FROM connector_receipts") == [(1, 0)]


async def test_a_receipt_that_came_before_the_submit_settles_nothing_that_is_held(
    house: House,
) -> None:
    await house.accept(to="+85512999999")
    (elsewhere,) = await claim(house)  # what came since this one is looked at
    await report(house, ("never-told", "DELIVRD", "000"))
    sid = await hold(house)
    (claimed,) = await claim(house)
    for one in (elsewhere, claimed):
        await doubt(house, one)
    async with house.database.begin() as connection:
        await receipts.unpark_for_held(connection, [house.connector_sid])
    assert await house.status(sid) == "queued"
    assert await house.value("SELECT count(*) FROM parked_receipts") == 1


async def test_a_receipt_that_overtakes_its_response_is_not_taken_for_a_held_segment_s(
    house: House,
) -> None:
    older = await hold(house)
    (unanswered,) = await claim(house)
    await doubt(house, unanswered)
    message = await house.accept(body="another to the same handset")
    (claimed,) = await claim(house)
    assert (await report(house, ("m-1", "DELIVRD", "000"))).parked == 1
    assert await house.status(older) == "queued"
    await answer(house, claimed, "m-1")
    assert await house.status(message.sid) == "delivered"
    assert await house.status(older) == "queued"


async def test_an_intermediate_receipt_of_what_is_held_makes_it_sent(house: House) -> None:
    sid = await hold(house)
    (claimed,) = await claim(house)
    await doubt(house, claimed)
    await report(house, ("never-told", "ENROUTE", "000"))
    assert await house.status(sid) == "sent"
    assert await house.rows("SELECT event FROM message_events ORDER BY seq") == [
        ("in_doubt",),
        ("sent",),
        ("receipt",),
    ]


# -- what is counted, and what a status means


async def test_each_batch_is_counted_with_the_spelling_of_its_ids(house: House) -> None:
    for turn, message_id in enumerate(("0A1F", "2592", "0000002593", "2594")):
        await house.accept(body=str(turn))
        (claimed,) = await claim(house)
        await answer(house, claimed, message_id)
    await report(house, ("0000002591", "DELIVRD", "000"), ("A20", "DELIVRD", "000"))
    await report(house, ("2593", "DELIVRD", "000"), ("2594", "DELIVRD", "000"))
    await report(house, ("unheard-of", "DELIVRD", "000"))
    assert await house.rows(
        "SELECT matched, parked, id_same, id_folded, id_hexadecimal, id_decimal, id_ascii"
        " FROM connector_receipts"
    ) == [(4, 1, 1, 1, 1, 1, 0)]


async def test_a_receipt_that_was_parked_and_is_explained_is_counted_once(house: House) -> None:
    await house.accept()
    (claimed,) = await claim(house)
    await report(house, ("m-1", "DELIVRD", "000"))
    assert await house.rows("SELECT matched, parked FROM connector_receipts") == [(0, 1)]
    await answer(house, claimed, "m-1")
    assert await house.rows("SELECT matched, parked FROM connector_receipts") == [(1, 0)]


async def test_a_vendors_status_is_treated_as_its_connectors_table_says(house: House) -> None:
    table = parse_verdicts(
        [
            {"status": "0x0401", "verdict": "throttled"},
            {"status": "0x0402", "verdict": "temporary", "meaning": "the SIM is busy"},
            {"status": "0x0403", "error_code": 30006, "meaning": "a landline"},
        ]
    )
    message = await house.accept()
    (claimed,) = await claim(house)
    assert (await answer(house, claimed, None, 0x401, table)).put_back == 1
    (again,) = await claim(house)
    assert again.attempts == 0
    await answer(house, again, None, 0x402, table)
    assert await house.rows("SELECT attempts, waiting_for FROM queue") == [
        (1, "0x00000402: the SIM is busy")
    ]
    await house.value("UPDATE queue SET not_before = now()")
    (last,) = await claim(house)
    await answer(house, last, None, 0x403, table)
    assert await house.status(message.sid) == "failed"
    assert await house.value("SELECT error_code FROM messages") == 30006
    assert (
        await house.value("SELECT why FROM message_events WHERE event = 'failed'")
        == "0x00000403: a landline"
    )


@pytest.mark.parametrize(
    ("registered_delivery", "body", "told", "owed"),
    [
        (0x11, "one", ["1 ENROUTE", "1 ACCEPTD", "1 ACCEPTD", "1 ENROUTE", "1 DELIVRD"], [6, 1]),
        (0x11, "one", ["1 SOMETHING_ELSE", "1 BUFFRED", "1 DELIVRD", "1 ACCEPTD"], []),
        (0x11, THREE, ["1 ACCEPTD", "2 ACCEPTD", "2 SCHEDULED", "3 ACCEPTD"], [6, 0]),
        (0x01, "one", ["1 ACCEPTD", "1 DELIVRD"], []),
    ],
    ids=["each change", "no change", "of three segments", "not asked for"],
)
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "in one batch"])
async def test_an_esme_is_owed_each_change_that_a_remote_reports_on_the_way(
    house: House,
    registered_delivery: int,
    body: str,
    told: Sequence[str],
    owed: Sequence[int],
    *,
    at_once: bool,
) -> None:
    asked = {"smpp_credential_sid": "SB1", "registered_delivery": registered_delivery}
    await submitted(house, body, **asked)  # type: ignore[arg-type]
    batch = [(f"m-{number}", stat, "000") for number, stat in map(str.split, told)]
    applied = [await report(house, *batch)] if at_once else [await report(house, o) for o in batch]
    rows = await house.rows("SELECT status, state FROM esme_deliveries ORDER BY id")
    enroute = [("sent", None)] if registered_delivery & 0x10 else []
    final = [("delivered", None)] if any("DELIVRD" in one for one in told) else []
    assert rows == [*enroute, *(("sent", state) for state in owed), *final]
    assert any(one.owes_esmes for one in applied) is bool(owed)
