"""Responses and receipts of a bulk's messages that one batch of the recorder brings together."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from smsc.messaging.accept.template import Template
from smsc.messaging.receiving import receipts
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.messaging.statuses import Advance
from tests.integration.conftest import House
from tests.integration.messaging.test_bulks import claim, people, receipt, send

LONG = Template("{name} " + "x" * 300)


async def record(house: House, claims: Sequence[Claim], *stats: str) -> list[tuple[str, str]]:
    """Record OK for each claim and a receipt for the first ones, at once; return the changes."""
    answers = [
        Answer(
            house.connector_sid,
            one.message_sid,
            one.number,
            house.lease.epoch,
            0,
            f"id-{one.message_sid}-{one.number}",
            datetime.now(UTC),
            in_bulk=True,
        )
        for one in claims
    ]
    reported = [
        receipt(house, f"id-{one.message_sid}-{one.number}", stat)
        for one, stat in zip(claims, stats, strict=False)
    ]
    async with house.database.begin() as connection:
        deferred: list[Advance] = []
        recorded = await record_responses(connection, answers, None, deferred)
        applied = await receipts.apply(connection, reported, None, deferred)
    changes = [*recorded.changed, *applied.changed]
    return [(change.message_sid, change.status.value) for change in changes]


async def test_what_is_answered_and_delivered_at_once_changes_once(house: House) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    changes = await record(house, [first, second], "DELIVRD")
    assert sorted(changes) == [(first.message_sid, "delivered"), (second.message_sid, "sent")]
    assert await house.value("SELECT count(*) FROM messages WHERE sent_at IS NULL") == 0
    assert await house.value("SELECT count(*) FROM message_events") == 0


async def test_what_fails_at_once_is_sent_first_and_tells_why(house: House) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    changes = await record(house, [one], "UNDELIV")
    assert changes == [(one.message_sid, "sent"), (one.message_sid, "undelivered")]
    query = "SELECT event, why, raw IS NOT NULL FROM message_events"
    assert await house.rows(query) == [("undelivered", "UNDELIV err:000", True)]


async def test_a_receipt_on_the_way_is_noted_beside_its_response(house: House) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    assert await record(house, [one], "ENROUTE") == [(one.message_sid, "sent")]
    assert await house.rows("SELECT event FROM message_events") == [("receipt",)]


@pytest.mark.parametrize(
    ("stats", "status"),
    [(("DELIVRD", "DELIVRD"), "delivered"), (("DELIVRD",), "sent"), ((), "sent")],
    ids=["both delivered", "one delivered", "no receipt"],
)
async def test_all_segments_count_when_answered_and_reported_at_once(
    house: House, stats: tuple[str, ...], status: str
) -> None:
    await send(house, people(1), template=LONG)
    claims = await claim(house, 2)
    assert await record(house, claims, *stats) == [(claims[0].message_sid, status)]
