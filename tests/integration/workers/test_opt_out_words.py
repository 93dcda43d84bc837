"""STOP, START and HELP, from the handset's message to the refusal of the next one."""

import json

import pytest

from smsc.errors.services import OptedOut
from smsc.messaging.accept import senders
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.services import add_sender, add_service, send
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering, form, hand_in, point_number_at, until
from tests.integration.workers.test_inbound_webhooks import replies, settled, twiml

OWN = {"stop_words": ["ARRET"], "texts": {"en": {"stop": "Au revoir"}}}


async def say(house: House, text: str, to: str = NUMBER) -> None:
    await hand_in(house, text, to)
    house.directory.clear()  # two seconds later


async def answers(house: House) -> list[str]:
    rows = await house.rows(
        """SELECT body FROM messages WHERE direction = 'outbound-reply' ORDER BY sid"""
    )
    return [str(body) for (body,) in rows]


async def test_who_says_stop_gets_an_answer_and_nothing_more(house: House) -> None:
    await say(house, "Stop")
    (answer,) = await answers(house)
    assert "unsubscribed" in answer
    assert await house.rows("SELECT scope, handset, source FROM opt_outs") == [
        (NUMBER, HANDSET, "keyword")
    ]
    with pytest.raises(OptedOut):
        await house.accept()
    await house.accept(to="+85587654321")
    assert await house.value("SELECT count(*) FROM queue") == 2


async def test_a_second_stop_is_not_answered(house: House) -> None:
    await say(house, "STOP")
    await say(house, "STOP")
    assert len(await answers(house)) == 1


async def test_start_undoes_stop_and_is_answered_where_it_does(house: House) -> None:
    await say(house, "START")
    assert await answers(house) == []
    await say(house, "STOP")
    await say(house, "Yes")
    assert "subscribed" in (await answers(house))[1]
    await house.accept()


async def test_help_is_answered_to_everyone(house: House) -> None:
    await say(house, "STOP")
    await say(house, "HELP")
    assert "STOP" in (await answers(house))[1]


async def test_the_word_still_reaches_the_webhook_and_its_reply_is_not_sent(
    house: House, redis_url: str
) -> None:
    answer = twiml("<Message>But why?</Message>")
    async with serve(answer) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "STOP")
        await until(lambda: settled(house))
    (received,) = server.requests
    assert form(received)["Body"] == "STOP"
    assert "OptOutType" not in form(received)
    assert "But why?" not in await answers(house)
    assert await house.rows("SELECT error_code FROM webhook_attempts") == [(21610,)]
    assert len(await replies(house)) == 1


async def test_a_stop_to_one_number_holds_for_its_whole_service(house: House) -> None:
    await add_sender(house, "+15555550101", iso="US")
    service = await add_service(house, NUMBER, "+15555550101")
    await say(house, "STOP")
    assert await house.value("SELECT scope FROM opt_outs") == service
    with pytest.raises(OptedOut):
        await send(house, service)
    with pytest.raises(OptedOut):
        await house.accept(from_="+15555550101")
    assert await house.value("SELECT messaging_service_sid FROM messages") == service


async def test_of_more_opt_outs_than_are_kept_each_recipient_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "MOST_KEPT", 0)
    await say(house, "STOP")
    with pytest.raises(OptedOut):
        await house.accept()
    await house.accept(to="+85587654321")


async def test_to_a_lone_short_code_stop_is_a_word_like_others(house: House) -> None:
    await add_sender(house, "1294", kind="short_code", iso=None)
    await say(house, "STOP", "1294")
    assert await house.value("SELECT count(*) FROM opt_outs") == 0
    assert await answers(house) == []


async def test_a_service_has_words_of_its_own_and_tells_its_webhook(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        await add_service(
            house, NUMBER, inbound_request_url=server.url("/service"), opt_out=json.dumps(OWN)
        )
        await say(house, "STOP")
        await say(house, "arret")
        await until(lambda: settled(house))
    stop, own = (form(received) for received in server.requests)
    assert "OptOutType" not in stop
    assert own["OptOutType"] == "STOP"
    assert own["MessagingServiceSid"] == stop["MessagingServiceSid"]
    assert await answers(house) == ["Au revoir"]


async def test_a_service_without_a_url_makes_no_request(house: House) -> None:
    await add_service(house, NUMBER)
    await hand_in(house, "Hi")
    assert await house.value("SELECT count(*) FROM webhooks") == 0
    await add_service(house, NUMBER, use_inbound_webhook_on_number=True)
    await hand_in(house, "Hi")
    assert await house.value("SELECT url FROM webhooks") == "http://127.0.0.1/sms"
