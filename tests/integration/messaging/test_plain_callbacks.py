"""What went well of messages with a StatusCallback is written, and owed, at once."""

from collections.abc import Sequence

import pytest

from smsc.messaging.plain_results import PlainResults
from smsc.messaging.receiving import receipts
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.sending import batches, dispatch
from smsc.messaging.sending.dispatch import Claim, QueueCursor
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.messaging.statuses import Changed
from smsc.sms.status import MessageStatus
from smsc.webhooks.claiming import LONG_AGO
from smsc.webhooks.delivery import Claimant, DueWebhook
from tests.integration.conftest import OWNER, House
from tests.integration.messaging.test_bulks import people, send
from tests.integration.messaging.test_plain_results import answer, receipt

STEPS = [MessageStatus.SENT, MessageStatus.DELIVERED]
URL = "http://127.0.0.1/callback"
ONE, TWO = (f"WP{digit * 32}" for digit in "12")


@pytest.fixture
def seals() -> bool:
    return True


async def claimed(house: House, count: int = 1, **changes: object) -> list[Claim]:
    for _ in range(count):
        await house.accept(**{"status_callback": URL} | changes)
    return await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)


async def record(
    house: House,
    claimant: Claimant | None,
    answers: Sequence[Answer] = (),
    reported: Sequence[ReceivedReceipt] = (),
    results: PlainResults | None = None,
) -> list[Changed]:
    """Record as the recorder does, all of it as what went well."""
    plain = results or PlainResults()
    parted = plain.part(answers, reported)
    async with house.database.begin() as connection:
        done = await plain.record(connection, parted, claimant)
    assert (parted.answers, parted.receipts, done.left) == ([], [], [])
    return done.changed


async def record_commonly(
    house: House,
    claimant: Claimant | None,
    answers: Sequence[Answer],
    reported: Sequence[ReceivedReceipt],
) -> list[Changed]:
    async with house.database.begin() as connection:
        changed = (await record_responses(connection, answers, claimant)).changed
        return changed + (await receipts.apply(connection, reported, claimant)).changed


def webhooks(changed: Sequence[Changed]) -> list[DueWebhook]:
    return [webhook for change in changed for webhook in change.claimed]


def alike(webhook: DueWebhook) -> DueWebhook:
    """Leave out what differs by message and by batch."""
    return webhook._replace(message_sid="", message_created_at=LONG_AGO, batch=None, key_id=None)


async def outbox(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT event, claimed_by FROM webhooks ORDER BY message_sid, ordinal")


@pytest.mark.parametrize("is_late", [False, True], ids=["with its receipt", "before its receipt"])
@pytest.mark.parametrize("url", [URL, f"kannel+31+{URL}?text=%a"], ids=["", "as Kannel's"])
async def test_the_webhooks_are_those_of_the_common_way(
    house: House, url: str, *, is_late: bool
) -> None:
    claimant = Claimant(ONE, 10, [])
    results = PlainResults()
    owed: list[list[DueWebhook]] = []
    for is_plain in (True, False):
        (one,) = await claimed(house, status_callback=url)
        changed: list[Changed] = []
        whole = ([answer(house, one)], [receipt(house, one)])
        for answers, reported in [(whole[0], []), ([], whole[1])] if is_late else [whole]:
            if is_plain:
                changed += await record(house, claimant, answers, reported, results)
            else:
                changed += await record_commonly(house, claimant, answers, reported)
        assert [change.status for change in changed] == STEPS
        assert [event for event, _ in await house.history(one.message_sid)][-2:] == STEPS
        owed.append(webhooks(changed))
    plain, common = ([alike(webhook) for webhook in some] for some in owed)
    assert plain == common
    assert [one.raw_dlr_done_date for one in plain] == [None, "2611261200"]


async def test_what_a_claimant_gets_is_in_one_batch(house: House) -> None:
    claims = await claimed(house, 2)
    answers = [answer(house, one) for one in claims]
    changed = await record(house, Claimant(ONE, 10, []), answers, [receipt(house, claims[0])])
    assert len(webhooks(changed)) == 3
    rows = await house.rows("SELECT id, claimed_by, message_sids, ordinals FROM callback_batches")
    ((name, owner, message_sids, ordinals),) = rows
    first, second = (one.message_sid for one in claims)
    assert isinstance(message_sids, list)
    assert isinstance(ordinals, list)
    assert sorted(zip(message_sids, ordinals, strict=True)) == sorted(
        [(first, 10), (first, 20), (second, 10)]
    )
    assert owner == ONE
    assert {webhook.batch for webhook in webhooks(changed)} == {name}
    assert await outbox(house) == []


async def test_without_a_claimant_anybody_may_have_them(house: House) -> None:
    (one,) = await claimed(house)
    changed = await record(house, None, [answer(house, one)], [receipt(house, one)])
    assert webhooks(changed) == []
    assert all(change.has_webhook for change in changed)
    assert await outbox(house) == [("sent", None), ("delivered", None)]


@pytest.mark.parametrize("is_late", [False, True], ids=["with its receipt", "before its receipt"])
async def test_beside_a_bulk_s_message_a_usual_one_is_told(house: House, *, is_late: bool) -> None:
    await send(house, people(1))
    claims = [*await batches.claim(house.database, house.lease, OWNER, 1), *await claimed(house)]
    answers = [answer(house, one) for one in claims]
    reported = [receipt(house, one) for one in claims]
    results = PlainResults()
    changed: list[Changed] = []
    for some, others in [(answers, []), ([], reported)] if is_late else [(answers, reported)]:
        changed += await record(house, Claimant(ONE, 10, []), some, others, results)
    usual = claims[1].message_sid
    assert [(change.message_sid, change.status) for change in changed] == [
        (usual, step) for step in STEPS
    ]
    rows = await house.rows("SELECT DISTINCT status FROM messages")
    assert rows == [("delivered",)]


async def test_a_claimant_gets_no_more_than_it_has_room_for(house: House) -> None:
    claims = await claimed(house, 2)
    changed = await record(house, Claimant(ONE, 1, []), [answer(house, one) for one in claims])
    assert len(webhooks(changed)) == 1
    assert await outbox(house) == [("sent", None)]
    busy = Claimant(ONE, 10, [house.account.sid])
    (one,) = await claimed(house)
    assert webhooks(await record(house, busy, [answer(house, one)])) == []


async def test_behind_another_s_first_try_a_later_event_waits_in_the_outbox(house: House) -> None:
    (one,) = await claimed(house)
    results = PlainResults()
    await record(house, Claimant(TWO, 10, []), [answer(house, one)], results=results)
    changed = await record(house, Claimant(ONE, 10, []), [], [receipt(house, one)], results)
    assert webhooks(changed) == []
    assert await outbox(house) == [("delivered", None)]


async def test_a_message_without_a_callback_owes_nothing(house: House) -> None:
    (one,) = await claimed(house, status_callback=None)
    both = [answer(house, one)], [receipt(house, one)]
    assert await record(house, Claimant(ONE, 10, []), *both) == []
    assert await house.status(one.message_sid) == "delivered"
    assert await house.value("SELECT count(*) FROM callback_batches") == 0
    assert await outbox(house) == []


async def test_a_message_that_is_over_stays_as_it_is_and_is_told_no_more(house: House) -> None:
    (one,) = await claimed(house)
    await house.value("UPDATE messages SET status = 'undelivered', updated_at = '2020-01-01'")
    both = [answer(house, one)], [receipt(house, one)]
    assert await record(house, Claimant(ONE, 10, []), *both) == []
    assert await house.status(one.message_sid) == "undelivered"
    assert await house.value("SELECT state FROM segments") == 2
    assert await house.value("SELECT count(*) FROM callback_batches") == 0


async def test_segments_of_a_long_message_an_esme_s_and_a_reply_s_are_not_plain(
    house: House,
) -> None:
    assert [one.is_plain for one in await claimed(house)] == [True]
    assert [one.is_plain for one in await claimed(house, body="x" * 161)] == [False, False]
    await house.accept()
    await house.value("UPDATE messages SET smpp_credential_sid = 'SB1' WHERE status = 'queued'")
    assert [one.is_plain for one in await claimed(house)] == [False, True]
    await house.accept()
    await house.value("UPDATE messages SET action_url = $1 WHERE status = 'queued'", URL)
    assert [one.is_plain for one in await claimed(house)] == [False, True]
