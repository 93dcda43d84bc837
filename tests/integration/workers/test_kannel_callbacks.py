"""Delivery reports and received messages, told as Kannel tells them."""

from smsc import sids
from smsc.webhooks import kannel
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import (
    delivering,
    form,
    hand_in,
    point_number_at,
    tell,
    until,
)


async def drained(house: House) -> bool:
    return await house.value("SELECT count(*) FROM webhooks") == 0


async def open_door(house: House, url: str, method: str) -> None:
    await point_number_at(house, sms_url=None)
    await house.value(
        """INSERT INTO kannel_users (sid, carrier_sid, account_sid, username, digest, inbound_url,
             inbound_method) VALUES ($1, $2, $3, 'rapidpro', '', $4, $5)""",
        sids.make(sids.Prefix.KANNEL_USER),
        house.account.carrier_sid,
        house.account.sid,
        url,
        method,
    )
    house.directory.clear()


async def test_the_reports_of_the_mask_are_told_and_no_others(house: House, redis_url: str) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        url = server.url("/dlr?ref=7&status=%d&to=%P&id=%I")
        message = await house.accept(status_callback=kannel.wrap(url, kannel.DELIVERED))
        await tell(house, message.sid, sent=1)
        await tell(house, message.sid, delivered=1)
        await until(lambda: drained(house))
    (received,) = server.requests
    assert (received.method, received.body) == ("GET", b"")
    assert form(received) == {"ref": "7", "status": "1", "to": HANDSET, "id": message.sid}


async def test_a_received_message_is_got_and_a_text_answers_it(
    house: House, redis_url: str
) -> None:
    answer = respond(body=b"Thanks", headers={"Content-Type": "text/plain"})
    async with serve(answer) as server, delivering(house, redis_url):
        await open_door(house, server.url("/in?text=%a&from=%p&to=%P"), "GET")
        await hand_in(house, "Grüße 😀")
        await until(lambda: drained(house))
    (received,) = server.requests
    assert form(received) == {"text": "Grüße 😀", "from": HANDSET, "to": NUMBER}
    replies = await house.rows("SELECT body FROM messages WHERE direction = 'outbound-reply'")
    assert replies == [("Thanks",)]


async def test_a_received_message_is_posted_as_its_text(house: House, redis_url: str) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        await open_door(house, server.url("/in"), "POST")
        await hand_in(house, "Hello")
        await until(lambda: drained(house))
    (received,) = server.requests
    assert (received.method, received.body) == ("POST", b"Hello")
    assert received.headers["x-kannel-from"] == HANDSET
    assert received.headers["content-type"] == "text/plain; charset=UTF-8"


async def test_a_number_s_own_webhook_goes_before_the_account_s_door(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        await open_door(house, server.url("/kannel"), "GET")
        await point_number_at(house, sms_url=server.url("/own"))
        await hand_in(house, "Hello")
        await until(lambda: drained(house))
    (received,) = server.requests
    assert form(received)["Body"] == "Hello"
