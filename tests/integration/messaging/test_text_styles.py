"""The accept plans with its connector's style, and the counters follow it."""

from datetime import UTC, datetime

import pytest

from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.messaging.sending.submit import to_submits
from smsc.messaging.statuses import Advance, advance
from tests.integration.conftest import OWNER, House


async def style_connector(house: House, **columns: object) -> None:
    assignments = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=1))
    await house.value(f"UPDATE connectors SET {assignments}", *columns.values())
    house.directory.clear()


async def stored(house: House, sid: str) -> tuple[object, ...]:
    (row,) = await house.rows(
        "SELECT num_segments, num_submits, text_style, data_coding FROM messages WHERE sid = $1",
        sid,
    )
    return row


async def send_all(house: House) -> list[str]:
    """Claim and answer everything; return the bodies as they would go."""
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 100)
    at = datetime.now(UTC)
    answers = [
        Answer(
            house.connector_sid,
            claim.message_sid,
            claim.number,
            house.lease.epoch,
            0,
            f"{claim.message_sid[-6:]}{claim.number}",
            at,
        )
        for claim in claims
    ]
    async with house.database.begin() as connection:
        await record_responses(connection, answers)
    return [pdu.message_octets.hex() for pdu in to_submits(claims, datetime.now(UTC))]


@pytest.mark.parametrize(
    ("columns", "body", "expected", "waiting"),
    [
        ({}, "a" * 161, (2, None, None, 0), 2),
        ({"concatenation": "udh16"}, "a" * 306, (2, 3, "udh16", 0), 3),
        ({"concatenation": "sar"}, "a" * 161, (2, None, "sar", 0), 2),
        ({"concatenation": "sar", "interface_version": 0x33}, "a" * 161, (2, None, None, 0), 2),
        ({"concatenation": "payload"}, "a" * 161, (2, 1, "payload", 0), 1),
        ({"concatenation": "payload"}, "a", (1, None, "payload", 0), 1),
        ({"gsm7_packed": True}, "a" * 161, (2, None, "packed", 0), 2),
        ({"sends_latin1": True}, "é", (1, None, "dc3", 3), 1),
        ({"default_alphabet": "ascii"}, "é" * 71, (1, 2, "ascii", 8), 2),
    ],
    ids=[
        "default",
        "udh16",
        "sar",
        "sar at 3.3",
        "payload",
        "short payload",
        "packed",
        "dc 3",
        "ASCII",
    ],
)
async def test_the_accept_plans_as_its_connector_wants_text_and_tells_twilios_count(
    house: House,
    columns: dict[str, object],
    body: str,
    expected: tuple[object, ...],
    waiting: int,
) -> None:
    if columns:
        await style_connector(house, **columns)
    message = await house.accept(body=body)
    assert message.num_segments == expected[0]
    assert await stored(house, message.sid) == expected
    assert await house.value("SELECT count(*) FROM queue") == waiting


async def test_a_flash_message_says_so_in_its_style(house: House) -> None:
    message = await house.accept(body="Now!", flash=True)
    assert await stored(house, message.sid) == (1, None, "flash", 0x10)


@pytest.mark.parametrize(
    ("columns", "body", "submits"),
    [
        ({"concatenation": "payload"}, "a" * 400, 1),
        ({"concatenation": "udh16"}, "a" * 306, 3),
        ({"default_alphabet": "ascii"}, "é" * 71, 2),
    ],
    ids=["fewer submits than segments", "more", "more than one"],
)
async def test_a_message_is_delivered_when_all_its_submits_are(
    house: House, columns: dict[str, object], body: str, submits: int
) -> None:
    await style_connector(house, **columns)
    message = await house.accept(body=body)
    assert len(await send_all(house)) == submits
    assert await house.status(message.sid) == "sent"
    for number in range(1, submits + 1):
        assert await house.status(message.sid) == "sent"
        async with house.database.begin() as connection:
            told = Advance(message_sid=message.sid, delivered=1, number=number)
            await advance(connection, [told])
    assert await house.status(message.sid) == "delivered"


async def test_receipts_before_the_last_response_make_sent_first_and_then_delivered(
    house: House,
) -> None:
    await style_connector(house, default_alphabet="ascii")
    message = await house.accept(body="é" * 71)
    async with house.database.begin() as connection:
        told = [Advance(message_sid=message.sid, sent=1, delivered=1)]
        assert await advance(connection, told) == []
        changed = await advance(connection, told)
    assert [change.status for change in changed] == ["sent", "delivered"]


async def test_a_change_of_the_connector_does_not_change_how_a_message_was_cut(
    house: House,
) -> None:
    await style_connector(house, concatenation="payload")
    await house.accept(body="a" * 161)
    await style_connector(house, concatenation="udh8")
    assert await send_all(house) == [("a" * 161).encode().hex()]


async def test_smart_encoding_stores_what_is_sent(house: House) -> None:
    plain = await house.accept(body="“Hello”…", smart_encoded=True)
    curly = await house.accept(body="“Hello”…")
    assert (plain.body, plain.data_coding) == ('"Hello"...', 0)
    assert (curly.body, curly.data_coding) == ("“Hello”…", 8)
    assert await house.value("SELECT body FROM messages WHERE sid = $1", plain.sid) == plain.body


async def test_an_esmes_long_data_is_several_segments_and_one_submit(house: House) -> None:
    message = await house.accept(body="x", user_data=bytes(300), data_coding=4)
    assert await stored(house, message.sid) == (3, 1, None, 4)
    assert await house.value("SELECT count(*) FROM queue") == 1
