"""Bulks through a gateway: all arrive, others pass them, one callback tells the end."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qsl

from smsc.messaging.accept import recipients
from smsc.messaging.accept.bulk import BulkAccept, BulkDraft
from smsc.messaging.accept.recipients import Format
from smsc.messaging.accept.template import Template
from smsc.messaging.sending import bulks
from smsc.models import Lane
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.webhooks.client import WebhookClient
from tests.integration.conftest import NUMBER, House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.test_gateway_process import point_at, running, until
from workers.bulk_callbacks import BulkCaller
from workers.feeding import reserve_of
from workers.glances import Glances


async def send(house: House, count: int, **changes: object) -> str:
    text = "to,n\n" + "".join(f"+855123{n + 1000:05},{n}\n" for n in range(count))
    values: dict[str, object] = {
        "account": house.account,
        "from_": NUMBER,
        "messaging_service_sid": None,
        "template": Template("no. {n}"),
    }
    draft = BulkDraft(**values | changes)  # type: ignore[arg-type]
    lines = recipients.read(io.BytesIO(text.encode()), Format.CSV, draft.template.names)
    return await BulkAccept(house.database, house.outbound).accept(draft, lines)


async def have_status(house: House, sid: str, status: str, count: int) -> bool:
    query = "SELECT count(*) FROM messages WHERE bulk_sid = $1 AND status = $2"
    return await house.value(query, sid, status) == count


def texts(box: SimBox) -> list[str]:
    """What the box took, in its order."""
    return [submit.pdu.message_octets.decode() for submit in box.submits]


@contextlib.asynccontextmanager
async def calling(house: House) -> AsyncIterator[None]:
    client = WebhookClient(allow_private=True)
    task = asyncio.create_task(
        BulkCaller(house.database, house.directory, client, Glances(house.database)).run()
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()


async def test_each_message_of_a_bulk_arrives_once_in_its_order(
    house: House, redis_url: str
) -> None:
    async with SimBox(Behaviour()) as box:
        await point_at(house, box)
        sid = await send(house, 300)
        async with running(house, redis_url):
            await until(lambda: have_status(house, sid, "delivered", 300))
    assert texts(box) == [f"no. {n}" for n in range(300)]
    await bulks.look_after(house.database)
    assert await house.value("SELECT status FROM bulks") == "completed"


async def test_an_urgent_message_passes_a_bulk_that_fills_the_window(
    house: House, redis_url: str
) -> None:
    async with SimBox(Behaviour(response_delay=timedelta(seconds=2), receipts=False)) as box:
        await point_at(house, box)
        await send(house, 400)
        async with running(house, redis_url):
            await until(lambda: _at_least(box, 9))
            urgent = await house.accept(body="code 123", lane=Lane.OTP)
            await until(lambda: _has_left(house, urgent.sid))
            await until(lambda: _has_come(box, "code 123"))
    place = texts(box).index("code 123")
    assert place < 40  # of 400: it waited for no more than what was in flight then


async def test_a_bulk_leaves_the_reserve_of_the_window(house: House, redis_url: str) -> None:
    async with SimBox(Behaviour(swallow_every=1, receipts=False)) as box:
        await point_at(house, box)
        await send(house, 50)
        async with running(house, redis_url):
            await until(lambda: _at_least(box, 9))
            await house.accept(body="code 123")
            await until(lambda: _at_least(box, 10))
            assert texts(box) == [*(f"no. {n}" for n in range(9)), "code 123"]


async def test_the_end_of_a_bulk_is_told_once(house: House, redis_url: str) -> None:
    async with SimBox(Behaviour()) as box, serve(respond()) as web, calling(house):
        await point_at(house, box)
        sid = await send(house, 3, status_callback=web.url("/bulk"))
        async with running(house, redis_url):
            await until(lambda: have_status(house, sid, "delivered", 3))
        await bulks.look_after(house.database)
        await until(lambda: _is_told(house))
    (request,) = web.requests
    told = dict(parse_qsl(request.body.decode()))
    assert told["BulkSid"] == sid
    assert told["BulkStatus"] == "completed"
    assert told["DeliveredCount"] == "3"
    assert "x-twilio-signature" in request.headers
    assert await house.value("SELECT count(*) FROM webhook_attempts") == 1


async def test_a_callback_that_fails_is_tried_again_and_leaves_an_alert(house: House) -> None:
    async with serve(respond("500 No")) as web, calling(house):
        await send(house, 0, status_callback=web.url("/bulk"))
        await bulks.look_after(house.database)
        await until(lambda: _has_tried(house))
    assert await house.value("SELECT callback_due_at > now() FROM bulks") is True
    assert await house.value("SELECT error_code FROM alerts") == 11200


async def _at_least(box: SimBox, count: int) -> bool:
    return len(box.submits) >= count


async def _has_come(box: SimBox, text: str) -> bool:
    return text in texts(box)


async def _has_left(house: House, sid: str) -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM in_flight WHERE message_sid = $1)"
        " OR EXISTS (SELECT FROM segments WHERE message_sid = $1)"
    )
    return await house.value(query, sid) is True


async def _is_told(house: House) -> bool:
    return await house.value("SELECT callback_due_at IS NULL FROM bulks") is True


async def _has_tried(house: House) -> bool:
    return await house.value("SELECT callback_tries FROM bulks") == 1


def test_a_window_of_one_has_no_reserve() -> None:
    assert [reserve_of(window) for window in (1, 2, 10, 11, 100)] == [0, 1, 1, 2, 10]
