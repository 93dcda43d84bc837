"""What went wrong with customers' servers becomes an alert, and what is old is forgotten."""

import pytest

from smsc.webhooks import alerts, kannel
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import Answer, respond, serve
from tests.integration.workers.parts import delivering, hand_in, point_number_at, tell, until


async def shown(house: House) -> list[tuple[object, ...]]:
    return await house.rows(
        "SELECT error_code, log_level, request_method, response_body FROM alerts ORDER BY sid"
    )


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (respond("500 Oops", body=b"no"), (11200, "error", "POST", "no")),
        (
            respond(body=b"<Response><Play/></Response>", headers={"Content-Type": "text/xml"}),
            (14110, "warning", "POST", "<Response><Play/></Response>"),
        ),
        (
            respond(body=b"<Nothing/>", headers={"Content-Type": "text/xml"}),
            (12102, "error", "POST", "<Nothing/>"),
        ),
    ],
    ids=["5xx", "verb of voice", "other root"],
)
async def test_an_unusable_answer_makes_an_alert(
    house: House, redis_url: str, answer: Answer, found: tuple[object, ...]
) -> None:
    async with serve(answer) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await until(lambda: shown(house))
    assert (await shown(house))[0][0] == found[0]
    assert (await shown(house))[0] == found
    (row,) = await house.rows("SELECT account_sid, resource_sid, request_variables FROM alerts")
    assert row[:2] == (house.account.sid, await house.value("SELECT sid FROM messages"))
    assert "Body=Hi" in str(row[2])


async def test_a_status_callback_that_nobody_takes_makes_an_alert(
    house: House, redis_url: str
) -> None:
    async with delivering(house, redis_url):
        message = await house.accept(status_callback="http://127.0.0.1:9/status")
        await tell(house, message.sid, sent=1)
        await until(lambda: shown(house))
    codes = {row[0] for row in await shown(house)}
    assert codes == {11205}


async def test_what_went_well_makes_no_alert(house: House, redis_url: str) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await until(lambda: house.value("SELECT count(*) > 0 FROM webhook_attempts"))
    assert await shown(house) == []


@pytest.mark.parametrize("wrapped", [False, True], ids=["a GET of Twilio's", "a GET of Kannel's"])
async def test_what_is_kept_of_a_get_tells_neither_text_nor_number(
    house: House,
    redis_url: str,
    wrapped: bool,  # noqa: FBT001 a parameter
) -> None:
    async with serve(respond("500 Oops")) as server, delivering(house, redis_url):
        if wrapped:
            url = server.url("/in?text=%a&from=%p")
            await point_number_at(house, sms_url=kannel.wrap(url, 0), sms_method="GET")
        else:
            await point_number_at(house, sms_url=server.url("/sms?ref=7"), sms_method="GET")
        await hand_in(house, "Canary")
        await until(lambda: shown(house))
    urls = await house.rows("SELECT url FROM webhook_attempts UNION SELECT request_url FROM alerts")
    assert urls == [(server.url("/in?…" if wrapped else "/sms?…"),)]
    assert any("Canary" in request.path for request in server.requests)


async def test_an_alert_is_kept_for_thirty_days(house: House) -> None:
    old, young = "NO" + "0" * 32, "NO" + "f" * 32
    for sid in (old, young):
        await house.value(
            """INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code,
                 log_level, alert_text, request_method, request_url, request_variables)
               VALUES ($1, '', '', '', 11200, 'error', '', 'POST', '', '')""",
            sid,
        )
    assert await alerts.forget_old(house.database) == 1
    assert await house.rows("SELECT sid FROM alerts") == [(young,)]
