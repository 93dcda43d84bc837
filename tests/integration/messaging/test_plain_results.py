"""What went well of bulks, written a window at a time; and what is left to the common way."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from smsc.messaging import plain_results
from smsc.messaging.accept.template import Template
from smsc.messaging.plain_results import PlainResults
from smsc.messaging.receiving import receipts
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.sms.receipt import parse
from tests.integration.conftest import NUMBER, House
from tests.integration.messaging.test_bulks import claim, people, send

ROWS = """
SELECT m.status, s.state, s.receipt_raw IS NOT NULL, m.sent_at IS NOT NULL, m.segments_delivered
FROM messages m JOIN segments s ON s.message_sid = m.sid ORDER BY m.sid
"""
DELIVERED = ("delivered", 2, True, True, 1)
SENT = ("sent", None, False, True, 0)


@pytest.fixture
def seals() -> bool:
    return True


def answer(house: House, one: Claim, message_id: str | None = None, epoch: int = 0) -> Answer:
    return Answer(
        house.connector_sid,
        one.message_sid,
        one.number,
        house.lease.epoch + epoch,
        0,
        message_id or f"id-{one.message_sid}",
        datetime.now(UTC),
        in_bulk=one.in_bulk,
        to=one.to if one.is_plain else None,
        key_id=one.key_id,
    )


def receipt(house: House, one: Claim, stat: str = "DELIVRD") -> ReceivedReceipt:
    body = f"id:id-{one.message_sid} done date:2611261200 stat:{stat} err:000".encode()
    return ReceivedReceipt.read(
        parse(body),
        body,
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=one.to,
        destination_addr=NUMBER,
    )


async def record(
    house: House,
    results: PlainResults,
    answers: Sequence[Answer] = (),
    reported: Sequence[ReceivedReceipt] = (),
) -> tuple[int, int]:
    """Record as the recorder does; return how many answers and receipts took the common way."""
    parted = results.part(answers, reported)
    async with house.database.begin() as connection:
        left = (await results.record(connection, parted)).left
        await record_responses(connection, parted.answers)
        await receipts.apply(connection, [*left, *parted.receipts])
    return len(parted.answers), len(left) + len(parted.receipts)


async def test_an_answer_and_its_receipt_are_written_at_once(house: House) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    answers = [answer(house, first), answer(house, second)]
    assert await record(house, PlainResults(), answers, [receipt(house, first)]) == (0, 0)
    assert await house.rows(ROWS) == [DELIVERED, SENT]
    assert await house.value("SELECT count(*) FROM in_flight") == 0
    assert await house.rows("SELECT matched, id_same FROM connector_receipts") == [(1, 1)]


async def test_a_receipt_that_comes_later_finds_the_answer_that_is_remembered(
    house: House,
) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    results = PlainResults()
    await record(house, results, [answer(house, one)])
    assert await house.rows(ROWS) == [SENT]
    assert await record(house, results, [], [receipt(house, one)]) == (0, 0)
    assert await house.rows(ROWS) == [DELIVERED]
    assert await house.rows("SELECT matched, id_same FROM connector_receipts") == [(1, 1)]


async def test_answers_and_receipts_of_earlier_ones_are_written_at_once(house: House) -> None:
    await send(house, people(3))
    first, second, third = await claim(house, 3)
    results = PlainResults()
    await record(house, results, [answer(house, first)])
    answers = [answer(house, second), answer(house, third)]
    reported = [receipt(house, one) for one in (first, second)]
    assert await record(house, results, answers, reported) == (0, 0)
    assert await house.rows(ROWS) == [DELIVERED, DELIVERED, SENT]
    assert await house.rows("SELECT matched, id_same FROM connector_receipts") == [(2, 2)]


async def test_another_process_finds_the_segment_all_the_same(house: House) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    await record(house, PlainResults(), [answer(house, one)])
    assert await record(house, PlainResults(), [], [receipt(house, one)]) == (0, 1)
    assert await house.rows(ROWS) == [DELIVERED]


async def test_an_answer_under_a_lost_lease_changes_nothing_and_its_receipt_waits(
    house: House,
) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    answers = [answer(house, first, epoch=-1), answer(house, second)]
    reported = [receipt(house, first), receipt(house, second)]
    assert await record(house, PlainResults(), answers, reported) == (0, 1)
    assert await house.rows(ROWS) == [DELIVERED]
    assert await house.value("SELECT message_sid FROM in_flight") == first.message_sid
    assert await house.value("SELECT count(*) FROM parked_receipts") == 1


async def test_a_receipt_whose_id_an_earlier_segment_had_is_for_the_common_way(
    house: House,
) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    results = PlainResults()
    await record(house, results, [answer(house, first, f"id-{second.message_sid}")])
    both = [answer(house, second)], [receipt(house, second)]
    assert await record(house, results, *both) == (0, 1)
    assert await house.rows(ROWS) == [SENT, DELIVERED]  # the recipient has decided


async def test_of_two_answers_with_one_id_neither_is_plain(house: House) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    answers = [answer(house, first, f"id-{second.message_sid}"), answer(house, second)]
    assert await record(house, PlainResults(), answers, [receipt(house, second)]) == (2, 1)
    assert await house.rows(ROWS) == [SENT, DELIVERED]


@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "later"])
async def test_of_a_redacted_message_no_receipt_is_kept(house: House, *, is_late: bool) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    results = PlainResults()
    if is_late:
        await record(house, results, [answer(house, one)])
    await house.rows("UPDATE messages SET sealed_body = NULL")
    answers = [] if is_late else [answer(house, one)]
    assert await record(house, results, answers, [receipt(house, one)]) == (0, 1)
    assert await house.rows(ROWS) == [("delivered", 2, False, True, 1)]


async def test_the_receipt_is_kept_sealed_by_the_key_of_its_message(house: House) -> None:
    await send(house, people(1))
    (one,) = await claim(house, 1)
    await record(house, PlainResults(), [answer(house, one)], [receipt(house, one)])
    sealed = await house.value("SELECT receipt_raw FROM segments")
    assert isinstance(sealed, bytes)
    assert b"DELIVRD" not in sealed
    keys = await house.database.sealer.known([one.key_id])
    raw = keys.open(one.key_id, f"{one.message_sid}:event", sealed)
    assert raw == receipt(house, one).raw


async def test_failures_long_messages_and_other_handsets_take_the_common_way(house: House) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    other = receipt(house, second)._replace(source_addr="85512300001")
    answers = [answer(house, first), answer(house, second)]
    assert await record(
        house, PlainResults(), answers, [receipt(house, first, "UNDELIV"), other]
    ) == (0, 2)
    assert [row[0] for row in await house.rows(ROWS)] == ["undelivered", "delivered"]
    await send(house, people(1), template=Template("{name} " + "x" * 300))
    parts = await claim(house, 2)
    assert await record(house, PlainResults(), [answer(house, one) for one in parts]) == (2, 0)


def test_what_is_remembered_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_results, "MOST_REMEMBERED", 2)
    results = PlainResults()
    for n in range(3):
        results._remember([(Answer("CN", f"SM{n}", 1, 1, 0, f"{n}", datetime.now(UTC)), None)])
    assert [name for _, name in results._unreported] == ["1", "2"]
