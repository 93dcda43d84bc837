"""What waits for a deleted connector fails; what waits for a living one stays."""

from smsc.messaging.sending.orphans import fail_orphans
from tests.integration.conftest import House


async def test_a_message_whose_connector_is_gone_fails_with_its_reason(house: House) -> None:
    message = await house.accept(body="ж" * 71, status_callback="http://127.0.0.1/callback")
    async with house.database.begin() as connection:
        await connection.execute("DELETE FROM connectors")
    assert await fail_orphans(house.database) == 2
    assert await house.status(message.sid) == "failed"
    assert await house.value("SELECT error_code FROM messages") == 30008
    assert await house.value("SELECT count(*) FROM queue") == 0
    assert await house.rows("SELECT event FROM webhooks") == [("failed",)]
    assert await house.rows("SELECT event, why FROM message_events") == [
        ("failed", "its connector was deleted before it could be sent")
    ]


async def test_a_message_of_a_living_connector_stays(house: House) -> None:
    message = await house.accept()
    assert await fail_orphans(house.database) == 0
    assert await house.status(message.sid) == "queued"
