"""What a received message's webhook gets, and what becomes of each kind of answer."""

import asyncio

import pytest
from twilio.request_validator import RequestValidator

from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.webhooks.web_server import (
    Answer,
    Received,
    WebServer,
    by_path,
    respond,
    serve,
)
from tests.integration.workers.parts import (
    delivering,
    form,
    hand_in,
    point_number_at,
    tell,
    until,
)

XML = {"Content-Type": "text/xml"}


def twiml(verbs: str) -> Answer:
    return respond(body=f"<Response>{verbs}</Response>".encode(), headers=XML)


async def settled(house: House) -> bool:
    """Say whether no webhook waits for its first try."""
    return await house.value("SELECT count(*) FROM webhooks WHERE tries = 0") == 0


async def answers_given(
    house: House, redis_url: str, answer: Answer, text: str = "Hi"
) -> WebServer:
    """Let `text` come in while the number's URL answers so."""
    async with serve(answer) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, text)
        await until(lambda: settled(house))
    return server


async def replies(house: House) -> list[tuple[object, ...]]:
    return await house.rows(
        "SELECT to_, from_, body FROM messages WHERE direction = 'outbound-reply' ORDER BY sid"
    )


async def attempts(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT http_status, error_code FROM webhook_attempts ORDER BY seq")


async def test_the_webhook_gets_twilio_s_parameters(house: House, redis_url: str) -> None:
    server = await answers_given(house, redis_url, respond("204 No Content"), "Grüße 😀")
    (received,) = server.requests
    sid = await house.value("SELECT sid FROM messages")
    params = form(received)
    assert params == {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": house.account.sid,
        "ApiVersion": "2010-04-01",
        "From": HANDSET,
        "To": NUMBER,
        "Body": "Grüße 😀",
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": "1",
        **dict.fromkeys(
            [f"{end}{part}" for end in ("From", "To") for part in ("City", "State", "Zip")], ""
        ),
        "FromCountry": "KH",
        "ToCountry": "US",
    }
    signature = received.headers["x-twilio-signature"]
    assert RequestValidator("token").validate(server.url("/sms"), params, signature)
    assert await replies(house) == []
    assert await house.value("SELECT count(*) FROM webhooks") == 0


async def test_by_get_the_parameters_are_in_the_query(house: House, redis_url: str) -> None:
    await point_number_at(house, sms_method="GET")
    server = await answers_given(house, redis_url, respond())
    (received,) = server.requests
    assert (received.method, received.body, form(received)["Body"]) == ("GET", b"", "Hi")


@pytest.mark.parametrize(
    ("answer", "bodies"),
    [
        (twiml("<Message>Hello</Message>"), ["Hello"]),
        (twiml("<Message><Body>One</Body></Message><Sms>Two</Sms>"), ["One", "Two"]),
        (respond(body="Plain ж".encode(), headers={"Content-Type": "text/plain"}), ["Plain ж"]),
        (twiml(""), []),
        (respond(), []),
        (twiml("<Message>x</Message>" * 12), ["x"] * 10),
    ],
    ids=["message", "two verbs", "plain text", "no verb", "empty", "over ten"],
)
async def test_an_answer_s_replies_are_queued(
    house: House, redis_url: str, answer: Answer, bodies: list[str]
) -> None:
    await answers_given(house, redis_url, answer)
    assert await replies(house) == [(HANDSET, NUMBER, body) for body in bodies]
    assert await house.value("SELECT count(*) FROM queue") == len(bodies)


async def test_a_reply_s_action_and_status_callback_are_both_told(
    house: House, redis_url: str
) -> None:
    verb = '<Message action="/action" method="GET" statusCallback="/told">Hello</Message>'
    answers = by_path({"/sms": twiml(verb), "/action": respond(), "/told": respond()})
    async with serve(answers) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await until(lambda: settled(house))
        (sid,) = (await house.rows("SELECT sid FROM messages WHERE direction <> 'inbound'"))[0]
        await tell(house, str(sid), sent=1)
        await until(lambda: settled(house))
    _, told, action = server.requests
    assert (told.method, told.path) == ("POST", "/told")
    assert (action.method, action.path.partition("?")[0]) == ("GET", "/action")
    assert form(told) == form(action)
    assert form(told)["MessageStatus"] == "sent"
    tokens = {request.headers["i-twilio-idempotency-token"] for request in (told, action)}
    assert tokens == {f"{sid}.sent", f"{sid}.sent.action"}


async def test_a_reply_s_media_are_left_out_and_said_so(house: House, redis_url: str) -> None:
    media = "<Media>https://example.org/a.png</Media>"
    verbs = f"<Message><Body>Text</Body>{media}</Message><Message>{media}</Message>"
    await answers_given(house, redis_url, twiml(verbs))
    assert [body for _, _, body in await replies(house)] == ["Text"]
    assert await attempts(house) == [(200, 21612)]


async def test_of_a_loop_of_replies_fifteen_within_half_a_minute_are_sent(
    house: House, redis_url: str
) -> None:
    async with (
        serve(twiml("<Message>One</Message><Message>Two</Message>")) as server,
        delivering(house, redis_url),
    ):
        await point_number_at(house, sms_url=server.url("/sms"))
        for _ in range(9):
            await hand_in(house, "Hi")
            await until(lambda: settled(house))
    assert len(await replies(house)) == 15
    assert [code for _, code in await attempts(house)] == [None] * 7 + [14107] * 2


async def test_a_redirect_is_followed_with_the_same_parameters(
    house: House, redis_url: str
) -> None:
    answers = by_path(
        {
            "/sms": twiml("<Message>First</Message><Redirect>/next</Redirect>"),
            "/next": twiml("<Message>Second</Message>"),
        }
    )
    server = await answers_given(house, redis_url, answers)
    first, second = server.requests
    assert (second.path, form(second)) == ("/next", form(first))
    assert [body for _, _, body in await replies(house)] == ["First", "Second"]
    assert await attempts(house) == [(200, None), (200, None)]


async def test_documents_in_a_circle_end(house: House, redis_url: str) -> None:
    server = await answers_given(house, redis_url, twiml("<Redirect>/sms</Redirect>"))
    assert len(server.requests) == 10
    assert (await attempts(house))[-1] == (200, 11215)
    assert await house.value("SELECT count(*) FROM webhooks") == 0


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        (respond("500 Oops"), "11200"),
        (respond("404 Not Found"), "11200"),
        (respond(body=b"<Response>", headers=XML), "12100"),
        (respond(body=b"<Reply/>", headers=XML), "12102"),
        (respond(body=b"{}", headers={"Content-Type": "application/json"}), "12300"),
    ],
    ids=["500", "404", "no XML", "another root", "another type"],
)
async def test_the_fallback_is_told_what_failed(
    house: House, redis_url: str, failing: Answer, code: str
) -> None:
    answers = by_path({"/sms": failing, "/fallback": twiml("<Message>Sorry</Message>")})
    async with serve(answers) as server, delivering(house, redis_url):
        await point_number_at(
            house, sms_url=server.url("/sms"), sms_fallback_url=server.url("/fallback")
        )
        await hand_in(house, "Hi")
        await until(lambda: settled(house))
    first, second = server.requests
    assert form(second) == form(first) | {"ErrorCode": code, "ErrorUrl": server.url("/sms")}
    tokens = {received.headers["i-twilio-idempotency-token"] for received in server.requests}
    assert len(tokens) == 1
    assert await replies(house) == [(HANDSET, NUMBER, "Sorry")]
    assert await house.value("SELECT count(*) FROM webhooks") == 0
    assert (await attempts(house))[0][1] == int(code)


async def test_replies_before_the_document_that_fails_are_sent(
    house: House, redis_url: str
) -> None:
    answers = by_path(
        {
            "/sms": twiml("<Message>Before</Message><Redirect>/next</Redirect>"),
            "/next": respond(body=b"nonsense", headers=XML),
        }
    )
    await answers_given(house, redis_url, answers)
    assert [body for _, _, body in await replies(house)] == ["Before"]


async def test_without_an_answer_it_is_tried_again_and_replied_to_once(
    house: House, redis_url: str
) -> None:
    answers = by_path(
        {
            "/sms": twiml("<Message>Before</Message><Redirect>/next</Redirect>"),
            "/next": respond("503 Later"),
        }
    )
    async with serve(answers) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await until(lambda: settled(house))
        assert await replies(house) == []
        await house.value("UPDATE webhooks SET due_at = now()")
        await until(lambda: has_tried(house, 2))
    assert await replies(house) == []


async def has_tried(house: House, tries: int) -> bool:
    return await house.value("SELECT tries FROM webhooks") == tries


@pytest.mark.parametrize(
    "answer",
    [
        respond(body=b"<Response>", headers=XML),
        respond(body=b"x" * 70_000, headers={"Content-Type": "text/plain"}),
        respond(body=b"{}", headers={"Content-Type": "application/json"}),
        respond("300 Choose"),
    ],
    ids=["no XML", "too long", "another type", "nowhere to go"],
)
async def test_an_answer_that_can_t_be_used_is_not_asked_for_again(
    house: House, redis_url: str, answer: Answer
) -> None:
    server = await answers_given(house, redis_url, answer)
    assert len(server.requests) == 1
    assert await house.value("SELECT count(*) FROM webhooks") == 0


async def test_a_refused_reply_is_noted_and_the_others_go(house: House, redis_url: str) -> None:
    verbs = '<Message to="nonsense">A</Message><Message from="+15555550199">B</Message>'
    await answers_given(house, redis_url, twiml(f"{verbs}<Message>C</Message><What/>"))
    assert [body for _, _, body in await replies(house)] == ["C"]
    (error,) = (await house.rows("SELECT error FROM webhook_attempts"))[0]
    assert [code in str(error) for code in ("12200:", "14101:", "14102:")] == [True] * 3


async def test_an_answer_after_an_hour_is_not_sent(house: House, redis_url: str) -> None:
    async with serve(twiml("<Message>Late</Message>")) as server:
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await house.value("UPDATE messages SET created_at = now() - interval '61 minutes'")
        async with delivering(house, redis_url):
            await until(lambda: settled(house))
    assert await replies(house) == []
    assert await house.value("SELECT error FROM webhook_attempts") is not None


async def test_a_number_without_a_url_makes_a_message_and_no_request(
    house: House, redis_url: str
) -> None:
    await point_number_at(house, sms_url=None)
    await hand_in(house, "Hi")
    assert await house.rows("SELECT direction, status, body FROM messages") == [
        ("inbound", "received", "Hi")
    ]
    assert await house.value("SELECT count(*) FROM webhooks") == 0


async def test_cookies_travel_along_a_redirect(house: House, redis_url: str) -> None:
    first = respond(
        body=b"<Response><Redirect>/next</Redirect></Response>",
        headers=XML | {"Set-Cookie": "session=7"},
    )
    server = await answers_given(house, redis_url, by_path({"/sms": first, "/next": respond()}))
    assert server.requests[1].headers["cookie"] == "session=7"


async def test_a_reply_is_committed_with_its_outbox_row(house: House, redis_url: str) -> None:
    """A process that believed dead lost its claim sends no reply: its heir does."""
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await may_answer.wait()
        await twiml("<Message>Once</Message>")(received, writer)

    async with serve(answer) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await asyncio.wait_for(asked.wait(), 10)
        await house.value("UPDATE webhooks SET claimed_by = $1", "WP" + "9" * 32)
        may_answer.set()
        await until(lambda: is_attempted(house))
    assert await replies(house) == []


async def is_attempted(house: House) -> bool:
    return await house.value("SELECT count(*) FROM webhook_attempts") == 1
