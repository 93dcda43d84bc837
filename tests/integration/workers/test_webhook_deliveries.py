"""Status callbacks by the webhook worker: their order, tries, records, and whom they wait for."""

import asyncio
from datetime import timedelta

from twilio.request_validator import RequestValidator

from smsc.messaging import processes
from smsc.messaging.statuses import Advance, advance
from smsc.webhooks import claiming, delivery
from smsc.webhooks.delivery import DueWebhook
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.webhooks.web_server import (
    Received,
    WebServer,
    raw,
    respond,
    serve,
    silence,
)
from tests.integration.workers.parts import add_account, delivering, form, tell, until

OTHER_NUMBER = "+15555550177"
ONE, TWO = (f"WP{digit * 32}" for digit in "12")


def events(server: WebServer) -> list[str]:
    return [form(received)["MessageStatus"] for received in server.requests]


async def outbox(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT event, tries, claimed_by FROM webhooks ORDER BY ordinal")


async def test_sent_and_delivered_are_told_in_order_and_signed(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        url = server.url("/status?ref=7")
        message = await house.accept(status_callback=url)
        await tell(house, message.sid, sent=1)
        await tell(house, message.sid, delivered=1)
        await until(lambda: drained(house))
    assert events(server) == ["sent", "delivered"]
    first, second = (form(received) for received in server.requests)
    assert first == {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": "sent",
        "SmsStatus": "sent",
        "To": HANDSET,
        "From": NUMBER,
        "AccountSid": house.account.sid,
        "ApiVersion": "2010-04-01",
    }
    validator = RequestValidator("token")
    for received, params in zip(server.requests, (first, second), strict=True):
        assert validator.validate(url, params, received.headers["x-twilio-signature"])


async def drained(house: House) -> bool:
    return await house.value("SELECT count(*) FROM webhooks") == 0


async def test_a_failed_message_tells_its_error_code(house: House, redis_url: str) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, failed=1, error_code=30005)
        await until(lambda: drained(house))
    (received,) = server.requests
    told = form(received)
    assert (told["MessageStatus"], told["ErrorCode"]) == ("failed", "30005")
    assert told["ErrorMessage"] == "Unknown destination handset"


async def test_delivered_does_not_wait_for_the_retry_of_sent(house: House, redis_url: str) -> None:
    async with serve(respond("500 Oops")) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, sent=1)
        await tell(house, message.sid, delivered=1)
        await until(lambda: has_tries(house, 1, 1))
    assert events(server) == ["sent", "delivered"]


async def has_tries(house: House, *tries: int) -> bool:
    return [row[1] for row in await outbox(house)] == list(tries)


async def test_delivered_waits_for_the_end_of_the_first_try_of_sent(
    house: House, redis_url: str
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        if form(received)["MessageStatus"] == "sent":
            asked.set()
            await may_answer.wait()
        await respond()(received, writer)

    async with serve(answer) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, sent=1)
        await asyncio.wait_for(asked.wait(), 10)
        await tell(house, message.sid, delivered=1)
        others = await house.accept(status_callback=server.url())
        await tell(house, others.sid, sent=1, failed=0)
        # Claims are made meanwhile: the other message's own event is under way.
        await until(lambda: claimed(house, others.sid))
        assert [row[1:] for row in await outbox_of(house, message.sid)] == [(True,), (False,)]
        may_answer.set()
        await until(lambda: drained(house))
    of_message = [form(r)["MessageStatus"] for r in server.requests if message.sid in str(r.body)]
    assert of_message == ["sent", "delivered"]


async def claimed(house: House, sid: str) -> bool:
    return bool(await house.value("SELECT claimed_by FROM webhooks WHERE message_sid = $1", sid))


async def outbox_of(house: House, sid: str) -> list[tuple[object, ...]]:
    return await house.rows(
        "SELECT event, claimed_by IS NOT NULL FROM webhooks WHERE message_sid = $1 "
        "ORDER BY ordinal",
        sid,
    )


async def test_a_failure_waits_for_five_seconds_and_keeps_its_token(
    house: House, redis_url: str
) -> None:
    async with serve(respond("500 Oops")) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, sent=1)
        await until(lambda: has_tries(house, 1))
        due_in = await house.value("SELECT due_at - now() FROM webhooks")
        assert isinstance(due_in, timedelta)
        assert timedelta(seconds=2) < due_in < timedelta(seconds=5.6)
        await house.value("UPDATE webhooks SET due_at = now()")
        await until(lambda: has_tries(house, 2))
        minutes = await house.value("SELECT due_at - now() FROM webhooks")
        assert isinstance(minutes, timedelta)
        assert timedelta(minutes=4) < minutes < timedelta(minutes=6)
    tokens = {received.headers["i-twilio-idempotency-token"] for received in server.requests}
    assert len(server.requests) == 2
    assert tokens == {f"{message.sid}.sent"}


async def test_the_schedule_ends(house: House, redis_url: str) -> None:
    async with serve(respond("500 Oops")) as server:
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, sent=1)
        await house.value("UPDATE webhooks SET tries = $1", len(delivery.SCHEDULE))
        async with delivering(house, redis_url):
            await until(lambda: drained(house))
    assert await house.rows("SELECT http_status, error_code FROM webhook_attempts") == [
        (500, 11200)
    ]


async def test_every_try_is_recorded(house: House, redis_url: str) -> None:
    async with serve(raw(b"", then="reset")) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url("/#rc=2&rp=all"))
        await tell(house, message.sid, sent=1)
        await until(lambda: has_tries(house, 1))
    assert len(server.requests) == 3
    assert {r.headers["i-twilio-idempotency-token"] for r in server.requests} == {
        f"{message.sid}.sent"
    }
    rows = await house.rows("SELECT event, http_status, error_code FROM webhook_attempts")
    assert rows == [("sent", None, 11206)] * 3
    times = [row[0] for row in await house.rows("SELECT at FROM webhook_attempts ORDER BY seq")]
    assert times == sorted(times, key=str)


async def test_an_unusable_override_is_noted_and_the_callback_goes_out(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url("/#ct=nonsense"))
        await tell(house, message.sid, sent=1)
        await until(lambda: drained(house))
    assert await house.rows("SELECT http_status, error_code FROM webhook_attempts") == [
        (200, 11241)
    ]


async def test_dead_endpoints_do_not_delay_other_accounts(house: House, redis_url: str) -> None:
    dead = [house.account.sid, *[await add_account(house, f"+1555555020{n}") for n in range(3)]]
    living = await add_account(house, OTHER_NUMBER)
    async with serve(silence) as unanswering, serve(respond()) as server:
        for account in dead:
            await owe(house, account, unanswering.url("/#tt=15000"), 300)
        async with delivering(house, redis_url) as deliverer:
            await until(lambda: is_busy(deliverer.in_flight))
            await owe(house, living, server.url(), 5)
            await until(lambda: paid(house, living))
            assert not await attempted(house, house.account.sid)
            # What is under way at the test's end would be waited for.
            express = deliverer._client.express
            draining = asyncio.create_task(express.drain())
            await asyncio.sleep(0)  # now nothing follows
            for task in list(express._tasks):
                task.cancel()
            await draining
    assert len(server.requests) == 5
    for received in server.requests:  # by the token of the account that owns the message
        signature = received.headers["x-twilio-signature"]
        assert RequestValidator("other token").validate(server.url(), form(received), signature)


async def attempted(house: House, account: str) -> object:
    return await house.value(
        "SELECT count(*) FROM webhook_attempts WHERE account_sid = $1", account
    )


async def is_busy(in_flight: int) -> bool:
    return in_flight > 100


async def paid(house: House, account: str) -> bool:
    return await house.value("SELECT count(*) FROM webhooks WHERE account_sid = $1", account) == 0


async def owe(house: House, account: str, url: str, count: int) -> None:
    """Owe an account `sent` of so many messages."""
    await house.value(
        """
        WITH message AS (
          INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_, body,
                                data_coding, num_segments, lane)
          SELECT 'SM' || md5($2 || n), $1, $2, 'outbound-api', 'sent', '+855', '+1', 'x', 0, 1, 2
          FROM generate_series(1, $4::integer) AS n RETURNING sid
        )
        INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url)
        SELECT sid, 10, 'sent', $1, $2, $3 FROM message
        """,
        house.account.carrier_sid,
        account,
        url,
        count,
    )


async def test_two_processes_deliver_each_event_once(house: House, redis_url: str) -> None:
    async with serve(respond()) as server:
        await owe(house, house.account.sid, server.url(), 300)
        async with delivering(house, redis_url), delivering(house, redis_url):
            await until(lambda: drained(house))
    tokens = [received.headers["i-twilio-idempotency-token"] for received in server.requests]
    assert len(tokens) == 300
    assert len(set(tokens)) == 300


async def claim(house: House, owner: str, most: int = 10, *busy_accounts: str) -> list[DueWebhook]:
    claimed = await claiming.claim(house.database, owner, most, busy_accounts)
    return list(claimed.webhooks)


async def test_concurrent_claims_share_the_outbox(house: House) -> None:
    await owe(house, house.account.sid, "http://127.0.0.1/", 200)
    claims = await asyncio.gather(*(claim(house, owner, 50) for owner in (ONE, TWO) * 4))
    claimed = [webhook.message_sid for batch in claims for webhook in batch]
    assert len(claimed) == len(set(claimed))
    assert await claim(house, ONE, 1, house.account.sid) == []


async def test_a_dead_process_s_claims_are_freed_and_its_late_word_is_not_heard(
    house: House,
) -> None:
    message = await house.accept(status_callback="http://127.0.0.1/")
    async with house.database.begin() as connection:
        await advance(connection, [Advance(message_sid=message.sid, sent=1)])
    await processes.beat(house.database, ONE, "webhooks")
    (lost,) = await claim(house, ONE)
    assert await claim(house, TWO) == []
    await house.value("UPDATE worker_processes SET seen_at = now() - interval '11 seconds'")
    assert await processes.bury_dead(house.database) == 1
    (taken,) = await claim(house, TWO)
    assert taken == lost
    async with house.database.begin() as connection:
        late = delivery.Result(lost, (), None)
        assert await delivery.record(connection, ONE, [late]) == set()
    assert await outbox(house) == [("sent", 0, TWO)]
    async with house.database.begin() as connection:
        done = delivery.Result(taken, (), None)
        assert await delivery.record(connection, TWO, [done]) == {(message.sid, 10)}
    assert await outbox(house) == []


async def test_a_stopped_process_lets_its_request_end(house: House, redis_url: str) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await may_answer.wait()
        await respond()(received, writer)

    async with serve(answer) as server:
        message = await house.accept(status_callback=server.url())
        async with delivering(house, redis_url):
            await tell(house, message.sid, sent=1)
            await asyncio.wait_for(asked.wait(), 10)
            asyncio.get_running_loop().call_later(0.2, may_answer.set)
    assert await outbox(house) == []
    assert await house.rows("SELECT http_status FROM webhook_attempts") == [(200,)]
