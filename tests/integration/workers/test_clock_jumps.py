"""A database whose clock was set back: nothing waits for the time that comes again."""

import asyncio

from smsc.messaging import clock_jumps
from tests.integration.conftest import House
from tests.integration.workers.parts import add_credential, delivering, until
from tests.integration.workers.test_clock import ticking

OWNER = "WP" + "3" * 32
# By hand what a clock does that is set back by an hour: all that it ever wrote lies an hour ahead.
SET_BACK = {
    "webhooks": "due_at",
    "esme_deliveries": "due_at",
    "connector_leases": "expires_at",
    "worker_processes": "seen_at",
}


async def set_back(house: House) -> None:
    for table, column in SET_BACK.items():
        await house.value(f"UPDATE {table} SET {column} = {column} + interval '1 hour'")


async def owe_webhooks(house: House) -> None:
    """One that was never tried, one tried twice, one that is claimed."""
    message = await house.accept(status_callback="http://127.0.0.1:9/")
    await house.value(
        """INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, tries,
                                 claimed_by, due_at)
           SELECT sid, 10 * n, 'sent', carrier_sid, account_sid, 'http://127.0.0.1:9/',
                  CASE n WHEN 2 THEN 2 ELSE 0 END, CASE n WHEN 3 THEN $2 END,
                  now() + CASE n WHEN 1 THEN interval '0' ELSE interval '5 minutes' END
           FROM messages, unnest('{1,2,3}'::smallint[]) AS n WHERE sid = $1""",
        message.sid,
        OWNER,
    )


async def waits(house: House) -> list[object]:
    rows = await house.rows(
        "SELECT round(extract(epoch FROM due_at - now()) / 60)::integer FROM webhooks "
        "ORDER BY ordinal"
    )
    return [row[0] for row in rows]


async def test_after_a_clock_was_set_back_webhooks_wait_as_long_as_their_schedule_says(
    house: House,
) -> None:
    await owe_webhooks(house)
    await set_back(house)
    assert await waits(house) == [60, 65, 65]
    await clock_jumps.bring_forward(house.database)
    assert await waits(house) == [0, 5, 5]
    assert await clock_jumps.bring_forward(house.database) == 0


async def test_after_a_clock_was_set_back_dead_processes_and_their_leases_are_found(
    house: House,
) -> None:
    await house.value(
        "INSERT INTO worker_processes (sid, kinds, host, pid) VALUES ($1, 'gateway', 'h', 1)", OWNER
    )
    await set_back(house)
    await clock_jumps.bring_forward(house.database)
    assert await house.value(
        "SELECT max(expires_at) <= now() + interval '10 seconds' FROM connector_leases"
    )
    assert await house.value("SELECT max(seen_at) <= now() FROM worker_processes")


async def test_after_a_clock_was_set_back_what_esmes_are_owed_is_due(house: House) -> None:
    credential = await add_credential(house)
    await house.value(
        """INSERT INTO esme_deliveries (carrier_sid, account_sid, smpp_credential_sid, message_sid,
                                        kind, status)
           VALUES ($1, $2, $3, 'SM1', 'receipt', 'sent')""",
        house.account.carrier_sid,
        house.account.sid,
        credential.sid,
    )
    await set_back(house)
    await clock_jumps.bring_forward(house.database)
    assert await house.value("SELECT due_at <= now() FROM esme_deliveries")


async def test_the_clock_notices_by_itself_when_it_begins(house: House, redis_url: str) -> None:
    await owe_webhooks(house)
    await set_back(house)
    async with ticking(house), delivering(house, redis_url):
        await until(lambda: tried(house))


async def tried(house: House) -> object:
    await asyncio.sleep(0)
    return await house.value("SELECT count(*) FROM webhook_attempts")
