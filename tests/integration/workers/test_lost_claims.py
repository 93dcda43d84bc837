"""A claim that was committed though its answer was lost holds nothing up."""

import contextlib
from collections.abc import AsyncIterator, Callable

from smsc.db import Connection
from smsc.messaging.receiving.inbound import take
from smsc.messaging.statuses import Advance, advance
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import (
    add_credential,
    delivering,
    listening,
    point_number_at,
    received_part,
    until,
)
from tests.integration.workers.program import program


@contextlib.asynccontextmanager
async def breaking_a_claim(
    house: House, table: str, ring: Callable[[], None]
) -> AsyncIterator[Connection]:
    """Change what only a commit at the end shows; meanwhile a claim gets stuck and is broken.

    What only looks at the table, and can't have claimed anything, may be stuck as well.
    """
    async with house.database.begin() as connection:
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield connection

        async def is_stuck() -> object:
            ring()
            return await house.value(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock' "
                "AND query LIKE '%' || $1 || '%'",
                f"UPDATE {table} ",
            )

        await until(is_stuck)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )


async def is_empty(house: House, table: str) -> bool:
    return await house.value(f"SELECT count(*) FROM {table}") == 0


async def as_a_lost_claim_leaves_it(connection: Connection, table: str, owner: str) -> None:
    """Let all rows of an outbox be `owner`'s, who does not know of it."""
    await connection.execute(
        f"UPDATE {table} SET claimed_by = $1, due_at = now() + interval '5 minutes'", owner
    )


async def test_a_webhook_of_a_lost_claim_is_delivered_all_the_same(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url) as deliverer:
        message = await house.accept(status_callback=server.url())
        async with breaking_a_claim(house, "webhooks", house.bells.ring_webhooks) as connection:
            (change,) = await advance(connection, [Advance(message_sid=message.sid, sent=1)])
            assert change.has_webhook
            await as_a_lost_claim_leaves_it(connection, "webhooks", deliverer._sid)
        await until(lambda: is_empty(house, "webhooks"))
    assert len(server.requests) == 1


async def test_what_an_esme_is_owed_is_delivered_after_a_lost_claim(house: House) -> None:
    await point_number_at(house, sms_url=None)
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        async with breaking_a_claim(house, "esme_deliveries", listener.wake) as connection:
            await take(connection, house.directory, [received_part(house, "Hello")])
            owner = listener._deliveries._sid
            await as_a_lost_claim_leaves_it(connection, "esme_deliveries", owner)
        await until(lambda: is_empty(house, "esme_deliveries"))
    assert len(esme.delivered) == 1
