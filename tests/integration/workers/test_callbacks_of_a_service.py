"""What a customer's program is told of a message through a service, up to the remote's receipt."""

from datetime import UTC, datetime

from twilio.request_validator import RequestValidator

from smsc.messaging.receiving import receipts
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.sms import receipt
from tests.integration.conftest import HANDSET, NUMBER, OWNER, House
from tests.integration.messaging.services import add_service, send
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering, form, until

MESSAGE_ID = "a1b2"


async def send_out(house: House) -> None:
    """Let the remote take every segment that waits."""
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    now = datetime.now(UTC)
    async with house.database.begin() as connection:
        await record_responses(
            connection,
            [
                Answer(
                    house.connector_sid,
                    claim.message_sid,
                    claim.number,
                    house.lease.epoch,
                    0,
                    f"{MESSAGE_ID}{claim.number}",
                    now,
                )
                for claim in claims
            ],
        )
    house.bells.ring_webhooks()


async def report(house: House, number: int) -> None:
    """Let a segment's receipt come, twice: remotes do that."""
    body = f"id:{MESSAGE_ID}{number} stat:DELIVRD err:000 done date:2611221200".encode()
    received = ReceivedReceipt.read(
        receipt.parse(body),
        body,
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=HANDSET,
        destination_addr=NUMBER,
    )
    for _ in range(2):
        async with house.database.begin() as connection:
            await receipts.apply(connection, [received])
    house.bells.ring_webhooks()


async def test_each_status_is_told_once_in_order_with_the_remotes_date(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url):
        url = server.url("/told")
        service = await add_service(house, NUMBER, status_callback=url)
        message = await send(house, service, body="ж" * 100)
        await send_out(house)
        for number in (2, 1):
            await report(house, number)
        await until(lambda: all_told(house))
    told = [form(received) for received in server.requests]
    assert [params["MessageStatus"] for params in told] == ["sent", "delivered"]
    assert [params.get("RawDlrDoneDate") for params in told] == [None, "2611221200"]
    assert {params["MessagingServiceSid"] for params in told} == {service}
    assert {params["From"] for params in told} == {NUMBER}
    tokens = [received.headers["i-twilio-idempotency-token"] for received in server.requests]
    assert tokens == [f"{message.sid}.sent", f"{message.sid}.delivered"]
    validator = RequestValidator("token")
    for received, params in zip(server.requests, told, strict=True):
        assert validator.validate(url, params, received.headers["x-twilio-signature"])


async def all_told(house: House) -> bool:
    return (
        await house.value("SELECT count(*) FROM webhooks") == 0
        and await house.value("SELECT status FROM messages") == "delivered"
    )
