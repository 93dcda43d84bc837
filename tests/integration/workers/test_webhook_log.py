"""What a customer's server answered to a received message is kept with the attempt."""

import pytest

from smsc.messaging import edits
from smsc.messaging.reading import webhook_log
from smsc.messaging.reading.webhook_log import Exchange, LogFilter
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering, hand_in, point_number_at, until

ANSWER = b"<Response/>"


@pytest.fixture
def seals() -> bool:
    return True


async def logged(house: House) -> Exchange | None:
    carrier, account = house.account.carrier_sid, house.account.sid
    page = await webhook_log.page(house.database, carrier, account, LogFilter(), limit=10)
    if not page.attempts:
        return None
    (attempt,) = page.attempts
    return await webhook_log.exchange(house.database, carrier, attempt.message_sid, attempt.seq)


async def test_an_answer_is_kept_sealed_until_its_message_is_redacted(
    house: House, redis_url: str
) -> None:
    page = respond(body=ANSWER, headers={"Content-Type": "text/xml"})
    async with serve(page) as server, delivering(house, redis_url):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, "Hi")
        await until(lambda: logged(house))
    exchange = await logged(house)
    assert exchange is not None
    assert exchange.answer == ANSWER.decode()
    assert dict(exchange.params)["Body"] == "Hi"
    stored = await house.value("SELECT answer FROM webhook_attempts")
    assert isinstance(stored, bytes)
    assert ANSWER not in stored
    await edits.redact(house.database, house.account.sid, exchange.attempt.message_sid)
    exchange = await logged(house)
    assert exchange is not None
    assert exchange.answer is None
