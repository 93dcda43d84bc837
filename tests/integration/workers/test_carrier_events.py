"""Carriers' programs are told events, signed as the specification's own library wants them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from smsc.messaging import outages
from smsc.messaging.receiving import inbound
from smsc.models import EventSubscription
from smsc.provisioning import accounts, event_subscriptions
from smsc.provisioning.accounts import AccountChange, AccountDraft
from smsc.provisioning.event_subscriptions import (
    EventType,
    IssuedSubscription,
    SubscriptionChange,
    SubscriptionDraft,
)
from smsc.provisioning.transaction import changing, reading
from smsc.webhooks import event_deliveries
from smsc.webhooks.client import WebhookClient
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_inbound_parts import numbered, part
from tests.integration.webhooks.web_server import Received, WebServer, respond, serve
from tests.integration.workers.parts import tell, until
from workers.event_caller import EventCaller
from workers.glances import Glances

FINAL = [one for one in EventType if one.startswith("message.")]


async def quiet() -> None:
    """Announce to nobody."""


async def subscribe(
    house: House, url: str, *types: EventType, account_sid: str | None = None
) -> IssuedSubscription:
    draft = SubscriptionDraft(url=url, types=list(types), account_sid=account_sid)
    async with changing(house.database, quiet) as db:
        return await event_subscriptions.create(db, house.vault, house.account.carrier_sid, draft)


@contextlib.asynccontextmanager
async def calling(house: House) -> AsyncIterator[None]:
    client = WebhookClient(allow_private=True)
    task = asyncio.create_task(
        EventCaller(house.database, house.vault, client, Glances(house.database)).run()
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()


async def told(server: WebServer, count: int = 1) -> list[Received]:
    async def enough() -> bool:
        return len(server.requests) >= count

    await until(enough)
    return server.requests


async def state_of(house: House) -> object:
    return await house.value("SELECT state FROM event_deliveries")


async def test_a_message_s_end_is_told_and_verified_by_the_specification_s_library(
    house: House,
) -> None:
    async with serve(respond()) as server:
        issued = await subscribe(house, server.url("/events"), *FINAL)
        message = await house.accept()
        await tell(house, message.sid, sent=1)
        assert await house.value("SELECT count(*) FROM carrier_events") == 0  # sent is not final
        await tell(house, message.sid, delivered=1)
        async with calling(house):
            (request,) = await told(server)
            await until(lambda: house.value("SELECT true FROM event_attempts"))
    payload = Webhook(issued.secret).verify(request.body, request.headers)
    assert payload == json.loads(request.body)
    assert payload["type"] == "message.delivered"
    data = payload["data"]
    assert (data["sid"], data["status"], data["to"]) == (message.sid, "delivered", message.to)
    assert "Hello" not in request.body.decode()
    assert "x-twilio-signature" not in request.headers
    with pytest.raises(WebhookVerificationError):
        Webhook(issued.secret).verify(request.body + b" ", request.headers)
    assert await state_of(house) == "delivered"


async def test_a_received_message_is_told_without_its_text(house: House) -> None:
    async with serve(respond()) as server:
        await subscribe(house, server.url("/events"), EventType.MESSAGE_RECEIVED)
        async with house.database.begin() as connection:
            await inbound.take(connection, house.directory, [part(house, numbered(1, total=1))])
        async with calling(house):
            (request,) = await told(server)
            await until(lambda: house.value("SELECT true FROM event_attempts"))
    payload = json.loads(request.body)
    assert payload["type"] == "message.received"
    data = payload["data"]
    assert (data["direction"], data["from"], data["to"]) == ("inbound", HANDSET, NUMBER)
    assert "one" not in request.body.decode()


async def test_without_a_subscription_to_messages_nothing_is_entered(house: House) -> None:
    issued = await subscribe(house, "http://127.0.0.1:9/", EventType.CONNECTOR_DOWN)
    await subscribe(house, "http://127.0.0.1:9/", EventType.MESSAGE_DELIVERED)
    async with changing(house.database, quiet) as db:
        await db.delete(
            await event_subscriptions.get(db, house.account.carrier_sid, issued.subscription.sid)
        )
    message = await house.accept()
    await tell(house, message.sid, failed=1)
    assert await house.value("SELECT count(*) FROM carrier_events") == 0


async def test_an_event_that_is_not_taken_is_tried_again_under_its_id(house: House) -> None:
    async with serve(respond("500 Oops", body=b"no")) as server:
        issued = await subscribe(house, server.url("/"), EventType.MESSAGE_FAILED)
        message = await house.accept()
        await tell(house, message.sid, failed=1)
        async with calling(house):
            await told(server)
            await until(lambda: house.value("SELECT true FROM event_deliveries WHERE tries = 1"))
            assert await state_of(house) == "waiting"
            again = await event_deliveries.replay(
                house.database,
                house.account.carrier_sid,
                issued.subscription.sid,
                event_sid=None,
            )
            assert again == 1
            first, second = (await told(server, 2))[:2]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    async with reading(house.database) as db:
        page = await event_subscriptions.deliveries(
            db, house.account.carrier_sid, issued.subscription.sid, limit=10
        )
    (one,) = page.items
    assert one.event.type == "message.failed"
    tried = one.attempts[0]
    assert (tried.http_status, tried.answer) == (500, "no")


async def test_a_server_that_is_gone_is_told_no_more(house: House) -> None:
    async with serve(respond("410 Gone")) as server:
        await subscribe(house, server.url("/"), EventType.MESSAGE_FAILED)
        await tell(house, (await house.accept()).sid, failed=1)
        async with calling(house):
            disabled = "SELECT true FROM event_subscriptions WHERE state = 'disabled'"
            await until(lambda: house.value(disabled))
        await tell(house, (await house.accept()).sid, failed=1)
    assert await house.rows("SELECT state, due_at FROM event_deliveries") == [("failed", None)]


async def test_for_a_day_a_rotated_secret_signs_beside_the_new_one(house: House) -> None:
    async with serve(respond()) as server:
        issued = await subscribe(house, server.url("/"), EventType.MESSAGE_FAILED)
        carrier, sid = house.account.carrier_sid, issued.subscription.sid
        async with changing(house.database, quiet) as db:
            fresh = await event_subscriptions.rotate_secret(db, house.vault, carrier, sid)
            await event_subscriptions.send_test(db, carrier, sid)
        async with calling(house):
            (request,) = await told(server)
    for secret in (issued.secret, fresh.secret):
        assert Webhook(secret).verify(request.body, request.headers)["type"] == "test"


async def test_changes_of_accounts_and_numbers_are_told_by_whichever_door(house: House) -> None:
    kinds = [one for one in EventType if one.startswith(("account.", "number."))]
    await subscribe(house, "http://127.0.0.1:9/", *kinds)
    carrier = house.account.carrier_sid
    async with changing(house.database, quiet) as db:
        made = await accounts.create(db, house.vault, carrier, AccountDraft(friendly_name="Clinic"))
        await accounts.change(db, carrier, made.sid, AccountChange(friendly_name="Hospital"))
    await house.value("UPDATE phone_numbers SET account_sid = $1", made.sid)
    await house.value("UPDATE phone_numbers SET account_sid = NULL")
    async with changing(house.database, quiet) as db:
        await accounts.close(db, carrier, made.sid)
    rows = await house.rows(
        "SELECT type, account_sid, data ->> 'sid' FROM carrier_events ORDER BY sid"
    )
    number = await house.value("SELECT sid FROM phone_numbers")
    assert rows == [
        ("account.created", made.sid, made.sid),
        ("account.changed", made.sid, made.sid),
        ("number.assigned", made.sid, number),
        ("number.released", made.sid, number),
        ("account.closed", made.sid, made.sid),
    ]


async def test_a_subscription_for_one_account_is_told_of_no_other(house: House) -> None:
    async with changing(house.database, quiet) as db:
        other = await accounts.create(
            db, house.vault, house.account.carrier_sid, AccountDraft(friendly_name="Other")
        )
    await subscribe(house, "http://127.0.0.1:9/", *FINAL, account_sid=other.sid)
    await tell(house, (await house.accept()).sid, failed=1)
    assert await house.value("SELECT count(*) FROM carrier_events") == 0


async def test_a_connector_s_fall_and_return_are_told_once_they_have_lasted(house: House) -> None:
    await subscribe(house, "http://127.0.0.1:9/", EventType.CONNECTOR_UP, EventType.CONNECTOR_DOWN)
    lasts = "UPDATE connector_states SET since = now() - interval '1 minute'"
    events = "SELECT type, data ->> 'sid' FROM carrier_events ORDER BY sid"
    await house.value("UPDATE connector_leases SET state = 'backing_off', reason = 'refused'")
    await outages.watch_connectors(house.database)
    assert await house.rows(events) == []
    await house.value(lasts)
    await outages.watch_connectors(house.database)
    await outages.watch_connectors(house.database)
    assert await house.rows(events) == [("connector.down", house.connector_sid)]
    await house.value(
        "UPDATE connector_leases SET state = 'bound', expires_at = now() + interval '1 hour'"
    )
    await outages.watch_connectors(house.database)
    await house.value(lasts)
    await outages.watch_connectors(house.database)
    assert [row[0] for row in await house.rows(events)] == ["connector.down", "connector.up"]
    await house.value("UPDATE connectors SET paused = true")
    await outages.watch_connectors(house.database)
    await house.value(lasts)
    assert await outages.watch_connectors(house.database) == 0


async def test_while_connectors_stand_as_before_nothing_is_written(house: House) -> None:
    rows = "SELECT connector_sid, state, told, xmin::text, xmax::text FROM connector_states"
    await outages.watch_connectors(house.database)
    await house.value("UPDATE connector_states SET since = now() - interval '1 minute'")
    await outages.watch_connectors(house.database)
    before = await house.rows(rows)
    await outages.watch_connectors(house.database)
    assert await house.rows(rows) == before != []


async def test_a_quota_that_is_used_up_is_told_once_a_day(house: House) -> None:
    await subscribe(house, "http://127.0.0.1:9/", EventType.CHANNEL_QUOTA_USED_UP)
    await house.value(
        """
        INSERT INTO channels (sid, carrier_sid, connector_sid, number, day_segments,
                              month_starts_on)
        SELECT 'CH1', carrier_sid, sid, 1, 5, 1 FROM connectors
        """
    )
    await house.value(
        """
        INSERT INTO channel_usage (channel_sid, period, starts_on, carrier_sid, segments,
                                   recipients)
        SELECT 'CH1', 'day', (now() AT TIME ZONE 'UTC')::date, carrier_sid, 4, 1 FROM connectors
        """
    )
    assert await outages.watch_quotas(house.database) == 0
    await house.value("UPDATE channel_usage SET segments = 5")
    assert await outages.watch_quotas(house.database) == 1
    assert await outages.watch_quotas(house.database) == 0
    (event,) = await house.rows("SELECT type, data ->> 'segments' FROM carrier_events")
    assert event == ("channel.quota_used_up", "5")


async def test_a_change_of_types_decides_whether_messages_are_looked_for(house: House) -> None:
    issued = await subscribe(house, "http://127.0.0.1:9/", EventType.ACCOUNT_CREATED)
    subscription: EventSubscription = issued.subscription
    assert not subscription.wants_messages
    async with changing(house.database, quiet) as db:
        changed = await event_subscriptions.change(
            db,
            house.account.carrier_sid,
            subscription.sid,
            SubscriptionChange(types=[EventType.MESSAGE_CANCELED]),
        )
    assert changed.wants_messages
    assert changed.url == "http://127.0.0.1:9/"
