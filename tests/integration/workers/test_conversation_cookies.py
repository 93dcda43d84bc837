"""What a customer's server may leave with us in a conversation by SMS: cookies, and no more."""

from smsc.webhooks.conversations import Conversations, Pair
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering, hand_in, point_number_at, until


async def hand_over(house: House, redis_url: str, sms_url: str, handset: str = HANDSET) -> None:
    """Let a message come in to this URL, by a process of its own."""

    async def is_told() -> bool:
        return await house.value("SELECT count(*) FROM webhooks") == 0

    async with delivering(house, redis_url):
        await point_number_at(house, sms_url=sms_url)
        await hand_in(house, "Hi", handset=handset)
        await until(is_told)


async def test_a_conversation_keeps_its_cookies_for_its_own_server_and_numbers(
    house: House, redis_url: str
) -> None:
    sets = respond(headers={"Set-Cookie": "session=7"})
    async with serve(sets) as server, serve(respond()) as other:
        for sms_url, handset in (
            (server.url("/sms"), HANDSET),
            (server.url("/sms"), HANDSET),
            (server.url("/sms"), "+85587654321"),
            (other.url("/sms"), HANDSET),
        ):
            await hand_over(house, redis_url, sms_url, handset)
        sent = [r.headers.get("cookie") for r in (*server.requests, *other.requests)]
    assert sent == [None, "session=7", None, None]


async def test_an_answer_to_a_get_is_asked_for_each_time(house: House, redis_url: str) -> None:
    fresh = respond(headers={"Cache-Control": "max-age=3600", "ETag": '"1"'})
    async with serve(fresh) as server:
        for _ in range(2):
            await point_number_at(house, sms_method="GET")
            await hand_over(house, redis_url, server.url("/sms"))
    assert ["if-none-match" in received.headers for received in server.requests] == [False, False]


async def test_a_redirect_of_twiml_takes_no_cookies_to_another_server(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as other:
        away = f"<Response><Redirect>{other.url('/next')}</Redirect></Response>".encode()
        first = respond(body=away, headers={"Content-Type": "text/xml", "Set-Cookie": "session=7"})
        async with serve(first) as server:
            await hand_over(house, redis_url, server.url("/sms"))
    (received,) = other.requests
    assert "cookie" not in received.headers


async def test_a_cookie_that_is_taken_away_is_sent_no_more(house: House, redis_url: str) -> None:
    pair, origin = Pair(house.account.sid, HANDSET, NUMBER), "https://example.org:443"
    async with Conversations(redis_url, house.vault) as conversations:
        await conversations.keep(pair, origin, {"session": "7"})
        assert await conversations.cookies(pair, origin) == {"session": "7"}
        await conversations.keep(pair, origin, {})
        assert await conversations.cookies(pair, origin) == {}


async def test_without_redis_a_conversation_goes_on_without_cookies(house: House) -> None:
    pair, origin = Pair(house.account.sid, HANDSET, NUMBER), "https://example.org:443"
    async with Conversations("redis://127.0.0.1:1/0", house.vault) as conversations:
        await conversations.keep(pair, origin, {"session": "7"})
        assert await conversations.cookies(pair, origin) == {}
