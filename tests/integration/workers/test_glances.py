"""A glance sees whatever the statements that it spares would find, and nothing where nothing is."""

import asyncio

import pytest

from smsc.messaging import processes
from smsc.messaging.guard import quarantine
from tests.integration.conftest import House
from workers.glances import Glances, Sight

ONE = "1" * 32
# Each takes the carrier, the account and the connector; times are a second past what is waited for.
ROWS = {
    Sight.SCHEDULED: """
        INSERT INTO scheduled_messages (message_sid, carrier_sid, account_sid, send_at)
        SELECT 'SM' || {one}, $1, $2, now() - interval '1 second' WHERE $3 <> ''""",
    Sight.DEADLINES: """
        INSERT INTO message_deadlines (message_sid, carrier_sid, account_sid, expires_at)
        SELECT 'SM' || {one}, $1, $2, now() - interval '1 second' WHERE $3 <> ''""",
    Sight.BULKS: """
        INSERT INTO bulks (sid, carrier_sid, account_sid, status, lane, body, recipients, rejected,
                           created_at, updated_at, expires_at)
        SELECT 'BU' || {one}, $1, $2, 'sending', 2, 'Hi', 1, 0, now(), now(),
               now() + interval '1 hour' WHERE $3 <> ''""",
    Sight.BULK_CALLBACKS: """
        INSERT INTO bulks (sid, carrier_sid, account_sid, status, lane, body, recipients, rejected,
                           created_at, updated_at, expires_at, finished_at, callback_due_at)
        SELECT 'BU' || {one}, $1, $2, 'completed', 2, 'Hi', 1, 0, now(), now(), now(), now(),
               now() - interval '1 second' WHERE $3 <> ''""",
    Sight.EXPORTS: """
        INSERT INTO message_exports (sid, carrier_sid, account_sids, asked, state, rows, parts,
                                     begins_at, ends_at, expires_at)
        SELECT 'EX' || {one}, $1, ARRAY[$2], '{{}}', 'writing', 0, 0, now(), now(),
               now() + interval '1 day' WHERE $3 <> ''""",
    Sight.PARTS: """
        INSERT INTO inbound_parts (connector_sid, source_addr, destination_addr, reference, width,
                                   total, number, carrier_sid, data_coding, payload, received_at)
        SELECT $3, '855', '855', 1, 8, 2, 1, $1, 0, 'Hi', now() - interval '601 seconds'
        WHERE $2 <> ''""",
    Sight.PROBES: """
        INSERT INTO probes (sid, carrier_sid, connector_sid, state)
        SELECT 'PB' || {one}, $1, $3, 'running' WHERE $2 <> ''""",
    Sight.VERIFICATIONS: """
        WITH service AS (
          INSERT INTO verify_services (sid, carrier_sid, account_sid, friendly_name,
                                       code_length)
          SELECT 'VA' || {one}, $1, $2, 'Codes', 6 RETURNING sid)
        INSERT INTO verifications (sid, carrier_sid, account_sid, service_sid, to_, status,
                                   expires_at)
        SELECT 'VE' || {one}, $1, $2, sid, '+855', 'pending', now() - interval '1 second'
        FROM service WHERE $3 <> ''""",
    Sight.WEBHOOKS: """
        INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url)
        SELECT 'SM' || {one}, 1, 'sent', $1, $2, 'http://127.0.0.1:9/' WHERE $3 <> ''""",
    Sight.FAILING_ENDPOINTS: """
        INSERT INTO webhook_endpoints (account_sid, origin, carrier_sid)
        SELECT $2, 'http://127.0.0.1:9', $1 WHERE $3 <> ''""",
    Sight.QUEUED: """
        INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid,
                           account_sid)
        SELECT $3, 2, now(), 'SM' || {one}, 1, $1, $2""",
    Sight.EVENTS: """
        WITH event AS (
          INSERT INTO carrier_events (sid, carrier_sid, type)
          SELECT 'EV' || {one}, $1, 'connector.up' RETURNING sid
        ), subscription AS (
          INSERT INTO event_subscriptions (sid, carrier_sid, url, types, secret_sealed)
          SELECT 'ES' || {one}, $1, 'http://127.0.0.1:9/', ARRAY['connector.up'], 'none'
          RETURNING sid)
        INSERT INTO event_deliveries (subscription_sid, event_sid, carrier_sid)
        SELECT subscription.sid, event.sid, $1 FROM event, subscription
        WHERE $2 <> '' AND $3 <> ''""",
}


async def seen(house: House) -> set[Sight]:
    return set((await Glances(house.database).look()).seen)


async def test_of_a_system_at_rest_nothing_is_seen(house: House) -> None:
    await processes.beat(house.database, "WP" + ONE, "clock")
    assert await seen(house) == set()


@pytest.mark.parametrize("sight", ROWS)
async def test_what_is_due_is_seen(house: House, sight: Sight) -> None:
    statement = ROWS[sight].format(one=f"'{ONE}'")
    await house.value(statement, house.account.carrier_sid, house.account.sid, house.connector_sid)
    assert await seen(house) == {sight}


async def test_a_process_whose_heart_stopped_is_seen(house: House) -> None:
    await processes.beat(house.database, "WP" + ONE, "clock")
    await house.value("UPDATE worker_processes SET seen_at = now() - interval '11 seconds'")
    assert await seen(house) == {Sight.DEAD_PROCESSES}


async def test_an_account_in_quarantine_is_seen(house: House) -> None:
    await quarantine.begin(house.database, house.account.carrier_sid, house.account.sid, "a flood")
    assert Sight.QUARANTINED in await seen(house)


async def test_while_a_table_is_held_all_may_be_due(house: House) -> None:
    async with house.database.begin() as connection:
        await connection.execute("LOCK TABLE verifications IN ACCESS EXCLUSIVE MODE")
        assert await seen(house) == set(Sight)
    assert await seen(house) == set()


async def test_a_glance_says_when_the_next_message_leaves(house: House) -> None:
    statement = ROWS[Sight.SCHEDULED].format(one=f"'{ONE}'")
    await house.value(statement, house.account.carrier_sid, house.account.sid, house.connector_sid)
    await house.value("UPDATE scheduled_messages SET send_at = now() + interval '1 hour'")
    glance = await Glances(house.database).look()
    assert glance.next_scheduled == pytest.approx(3600, abs=60)
    assert Sight.SCHEDULED not in glance.seen


async def test_loops_that_look_together_look_once(house: House) -> None:
    glances = Glances(house.database)
    first, second, _ = await asyncio.gather(
        glances.look(), glances.look(), glances.shows(Sight.QUEUED)
    )
    assert first is second


async def test_a_bulk_that_waits_is_seen_unless_it_is_held(house: House) -> None:
    await house.value(
        """
        INSERT INTO bulk_batches (bulk_sid, first_sid, connector_sid, lane, queued_at, carrier_sid,
                                  account_sid, last_sid, after_sid)
        SELECT 'BU1', 'SM1', $3, 2, now(), $1, $2, 'SM9', 'SM0'
        """,
        house.account.carrier_sid,
        house.account.sid,
        house.connector_sid,
    )
    assert await seen(house) == {Sight.QUEUED}
    await house.value("UPDATE bulk_batches SET held = true")
    assert await seen(house) == set()
