"""Webhooks that are told once more because somebody asks, or because a server works again."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging import replaying
from smsc.webhooks import delivery
from tests.chaos.customer import Customer, Mood
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import WebServer, respond, serve
from tests.integration.workers.parts import (
    add_account,
    delivering,
    hand_in,
    point_number_at,
    tell,
    until,
)
from tests.integration.workers.test_webhook_deliveries import OTHER_NUMBER, drained


def tokens(server: WebServer) -> list[str]:
    return [received.headers["i-twilio-idempotency-token"] for received in server.requests]


async def test_a_message_told_again_is_told_under_its_old_ids(house: House, redis_url: str) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, sent=1)
        await tell(house, message.sid, delivered=1)
        await until(lambda: drained(house))
        asked = (house.database, house.directory, house.account.sid, message.sid)
        assert await replaying.replay_message(*asked) == 2
        house.bells.ring_webhooks()
        await until(lambda: drained(house))
    assert tokens(server) == [f"{message.sid}.sent", f"{message.sid}.delivered"] * 2


async def test_a_received_message_is_handed_over_again_to_where_its_number_leads_now(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as old, serve(respond()) as new, delivering(house, redis_url):
        await point_number_at(house, sms_url=old.url())
        await hand_in(house, "hello")
        await until(lambda: drained(house))
        await point_number_at(house, sms_url=new.url())
        sid = str(await house.value("SELECT sid FROM messages"))
        asked = (house.database, house.directory, house.account.sid, sid)
        assert await replaying.replay_message(*asked) == 1
        house.bells.ring_webhooks()
        await until(lambda: drained(house))
    assert tokens(new) == tokens(old) == [f"{sid}.received"]


async def test_of_what_was_given_up_and_what_arrived_only_the_first_is_told_again(
    house: House, redis_url: str
) -> None:
    async with serve(respond("500 Oops")) as broken, serve(respond()) as mended:
        lost = await house.accept(status_callback=broken.url())
        told = await house.accept(status_callback=mended.url())
        for message in (lost, told):
            await tell(house, message.sid, sent=1)
        await house.value("UPDATE webhooks SET tries = $1", len(delivery.SCHEDULE))
        async with delivering(house, redis_url):
            await until(lambda: drained(house))
            await house.value("UPDATE messages SET status_callback = $1", mended.url())
            since = datetime.now(UTC) - timedelta(minutes=1)
            asked = (house.database, house.directory, house.account.sid, since)
            assert await replaying.replay_failed(*asked) == 1
            house.bells.ring_webhooks()
            await until(lambda: drained(house))
            assert await replaying.replay_failed(*asked) == 0
    assert tokens(mended) == [f"{told.sid}.sent", f"{lost.sid}.sent"]


async def test_nobody_replays_another_accounts_message(house: House) -> None:
    other = await add_account(house, OTHER_NUMBER)
    message = await house.accept(status_callback="http://127.0.0.1:9/")
    await tell(house, message.sid, sent=1)
    await house.value("DELETE FROM webhooks")
    asked = (house.database, house.directory, other, message.sid)
    assert await replaying.replay_message(*asked) == 0


async def test_all_ten_tries_have_one_id_and_the_delays_of_the_schedule(
    house: House, redis_url: str
) -> None:
    delays: list[float] = []
    async with serve(respond("500 Oops")) as server, delivering(house, redis_url):
        message = await house.accept(status_callback=server.url())
        await tell(house, message.sid, sent=1)
        for tries in range(1, len(delivery.SCHEDULE) + 1):
            await until(lambda tries=tries: has_tried(house, tries))  # type: ignore[misc]
            seconds = await house.value(
                "UPDATE webhooks w SET due_at = now() FROM webhooks before "
                "WHERE before.message_sid = w.message_sid "
                "RETURNING extract(epoch FROM before.due_at - now())::float8"
            )
            delays.append(float(str(seconds)))
            house.bells.ring_webhooks()
        await until(lambda: drained(house))
    assert tokens(server) == [f"{message.sid}.sent"] * 10
    for waited, delay in zip(delays, delivery.SCHEDULE, strict=True):
        assert 0.8 * delay.total_seconds() - 2 < waited < 1.1 * delay.total_seconds()


async def has_tried(house: House, tries: int) -> bool:
    return await house.value("SELECT max(tries) FROM webhooks") == tries


@pytest.mark.parametrize("mood", [mood for mood in Mood if mood is not Mood.WELL])
async def test_a_callback_arrives_under_one_id_after(
    mood: Mood, house: House, redis_url: str
) -> None:
    customer = Customer(mood=mood)
    await customer.start()
    try:
        async with delivering(house, redis_url):
            url = f"http://127.0.0.1:{customer.port}/status#tt=500&rt=500"
            message = await house.accept(status_callback=url)
            await tell(house, message.sid, sent=1)
            await until(lambda: has_tried(house, 1))
            customer.mood = Mood.WELL
            await house.value("UPDATE webhooks SET due_at = now()")
            house.bells.ring_webhooks()
            await until(lambda: drained(house))
    finally:
        await customer.stop()
    assert dict(customer.callbacks) == {
        (message.sid, "sent"): {f"{message.sid}.sent": 2 if mood is Mood.RESET else 1}
    }
