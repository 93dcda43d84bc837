"""Callbacks that a process makes at once: one row for all, and rows of their own if need be."""

import asyncio
from collections.abc import Sequence

from smsc.messaging import processes
from smsc.messaging.neighbour import lending
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.webhooks import claiming, delivery
from smsc.webhooks.delivery import Claimant, DueWebhook
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import Received, WebServer, respond, serve
from tests.integration.workers.parts import deliverer_at_rest, delivering, form, until
from workers.webhooks import Deliverer

ONE, TWO = (f"WP{digit * 32}" for digit in "12")


async def owe(house: House, claimant: Claimant | None, *advances: Advance) -> list[DueWebhook]:
    async with house.database.begin() as connection:
        changed = await advance(connection, advances, claimant)
    return [webhook for change in changed for webhook in change.claimed]


async def accepted(house: House, count: int, url: str = "http://127.0.0.1/") -> list[str]:
    messages = [await house.accept(status_callback=url) for _ in range(count)]
    return [message.sid for message in messages]


async def hand(house: House, deliverer: Deliverer, sids: Sequence[str], **counts: int) -> None:
    changed: list[Changed] = []
    with lending(deliverer, changed) as claimant:
        async with house.database.begin() as connection:
            advances = [Advance(message_sid=sid, **counts) for sid in sids]  # type: ignore[arg-type]
            changed += await advance(connection, advances, claimant)


async def outbox(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT event, tries, claimed_by FROM webhooks ORDER BY 1, 2")


async def batches(house: House) -> object:
    return await house.value("SELECT count(*) FROM callback_batches")


async def is_drained(house: House) -> bool:
    return await batches(house) == 0 and await outbox(house) == []


def told(server: WebServer) -> list[tuple[str, str]]:
    forms = [form(received) for received in server.requests]
    return sorted((one["MessageSid"], one["MessageStatus"]) for one in forms)


async def test_what_one_change_owes_is_one_row_and_gone_with_the_last(
    house: House, redis_url: str
) -> None:
    may_answer = asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        if form(received)["MessageStatus"] == "sent":
            await may_answer.wait()
        await respond()(received, writer)

    async with serve(answer) as server, delivering(house, redis_url) as deliverer:
        one, two = await accepted(house, 2, server.url())
        await hand(house, deliverer, [one, two], sent=1, delivered=1)
        assert await house.rows("SELECT message_sids, ordinals FROM callback_batches") == [
            ([one, one, two, two], [10, 20, 10, 20])
        ]
        assert await outbox(house) == []
        may_answer.set()
        await until(lambda: is_drained(house))
    assert told(server) == sorted(
        (sid, what) for sid in (one, two) for what in ("delivered", "sent")
    )
    assert await house.value("SELECT count(*) FROM webhook_attempts") == 4


async def test_one_that_fails_is_tried_again_by_a_row_of_its_own(
    house: House, redis_url: str
) -> None:
    async with serve(respond("500 Oops")) as broken, serve(respond()) as works:
        (lost,) = await accepted(house, 1, broken.url())
        (arrives,) = await accepted(house, 1, works.url())
        async with delivering(house, redis_url) as deliverer:
            await hand(house, deliverer, [lost, arrives], sent=1)
            await until(lambda: has(house, ("sent", 1, None)))
            await until(lambda: is_without_batches(house))
            await house.value("UPDATE webhooks SET due_at = now()")
            house.bells.ring_webhooks()
            await until(lambda: has(house, ("sent", 2, None)))
    tokens = [received.headers["i-twilio-idempotency-token"] for received in broken.requests]
    assert set(tokens) == {f"{lost}.sent"}
    assert told(works) == [(arrives, "sent")]


async def has(house: House, row: tuple[object, ...]) -> bool:
    return await outbox(house) == [row]


async def is_without_batches(house: House) -> bool:
    return await batches(house) == 0


async def test_of_a_dead_process_what_is_not_on_record_is_due_and_that_alone(house: House) -> None:
    one, two = await accepted(house, 2)
    await processes.beat(house.database, ONE, "all")
    advances = [Advance(message_sid=sid, sent=1, done_date="2611261200") for sid in (one, two)]
    first, _ = await owe(house, Claimant(ONE, 10, []), *advances)
    await house.value(
        """INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url,
                                         duration_ms, http_status)
           SELECT sid, carrier_sid, account_sid, 'sent', status_callback, 1, 200
           FROM messages WHERE sid = $1""",
        first.message_sid,
    )
    assert await processes.bury_dead(house.database) == 0
    assert await batches(house) == 1
    await house.value("UPDATE worker_processes SET seen_at = now() - interval '11 seconds'")
    assert await processes.bury_dead(house.database) == 1
    (due,) = (await claiming.claim(house.database, TWO, 10)).webhooks
    assert {due.message_sid, first.message_sid} == {one, two}
    assert (due.event, due.batch, await batches(house)) == ("sent", None, 0)


async def test_an_unfolded_callback_is_the_one_that_was_owed(house: House) -> None:
    (sid,) = await accepted(house, 1)
    change = Advance(message_sid=sid, sent=1, undelivered=1, error_code=30005, done_date="26112612")
    owed = await owe(house, Claimant(ONE, 10, []), change)
    await house.value("UPDATE callback_batches SET due_at = now() - interval '1 second'")
    await processes.bury_dead(house.database)
    due = [*(await claiming.claim(house.database, TWO, 10)).webhooks]
    async with house.database.begin() as connection:
        await delivery.record(
            connection, TWO, [delivery.Result(webhook, (), None) for webhook in due]
        )
    due += (await claiming.claim(house.database, TWO, 10)).webhooks
    assert due == [webhook._replace(batch=None) for webhook in owed]
    assert [(one.event, one.error_code) for one in due] == [("sent", None), ("undelivered", 30005)]


async def test_no_later_event_is_told_by_another_before_the_batch_s(house: House) -> None:
    (sid,) = await accepted(house, 1)
    await owe(house, Claimant(ONE, 10, []), Advance(message_sid=sid, sent=1))
    assert await owe(house, Claimant(TWO, 10, []), Advance(message_sid=sid, delivered=1)) == []
    assert await outbox(house) == [("delivered", 0, None)]
    assert (await claiming.claim(house.database, TWO, 10)).webhooks == []
    assert [hook.event for hook in (await claiming.claim(house.database, ONE, 10)).webhooks] == [
        "delivered"
    ]


async def test_what_a_paused_endpoint_is_owed_is_parked_out_of_its_batch(
    house: House, redis_url: str
) -> None:
    sids = await accepted(house, 3)
    async with deliverer_at_rest(house, redis_url) as deliverer:
        await house.value(
            """INSERT INTO webhook_endpoints (account_sid, origin, carrier_sid, failures, paused_at,
                                              probe_at)
               VALUES ($1, 'http://127.0.0.1:80', $2, 50, now(), now() + interval '1 minute')""",
            house.account.sid,
            house.account.carrier_sid,
        )
        await deliverer._tend()
        await hand(house, deliverer, sids, sent=1)
        assert await batches(house) == 1
        await deliverer._parking.park()
        parked = "SELECT count(*) FROM webhooks WHERE parked_for = 'http://127.0.0.1:80'"
        assert await house.value(parked) == 3
        assert await batches(house) == 0


async def test_what_was_committed_unheard_is_unfolded_and_the_known_stay(
    house: House, redis_url: str
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await may_answer.wait()
        await respond()(received, writer)

    async with serve(answer) as slow, serve(respond()) as server:
        (known,) = await accepted(house, 1, slow.url())
        (unheard,) = await accepted(house, 1, server.url())
        async with delivering(house, redis_url) as deliverer:
            await hand(house, deliverer, [known], sent=1)
            await asyncio.wait_for(asked.wait(), 10)
            context = lending(deliverer, [])
            await owe(house, context.__enter__(), Advance(message_sid=unheard, sent=1))
            # Instead of the answer to the commit; it goes through.
            assert not context.__exit__(ConnectionError, ConnectionError(), None)
            house.bells.ring_webhooks()
            await until(lambda: was_asked(server))
            assert await batches(house) == 1
            may_answer.set()
            await until(lambda: is_drained(house))
    assert told(slow) == [(known, "sent")]


async def was_asked(server: WebServer) -> bool:
    return bool(server.requests)


async def test_a_reply_with_an_action_has_rows(house: House) -> None:
    (sid,) = await accepted(house, 1)
    await house.value(
        "UPDATE messages SET action_url = 'http://127.0.0.1/a', action_method = 'POST'"
    )
    await owe(house, Claimant(ONE, 10, []), Advance(message_sid=sid, sent=1))
    assert await batches(house) == 0
    assert await outbox(house) == [("sent", 0, ONE), ("sent", 0, ONE)]
