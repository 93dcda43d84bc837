"""Customers' servers that fail: paused, probed, resumed, by themselves and by hand."""

import re
from datetime import timedelta

import asyncpg
import pytest

from smsc.db import TRAFFIC_PLANNER
from smsc.messaging.neighbour import lending
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.webhooks import claiming, delivery, endpoints
from smsc.webhooks.endpoints import Endpoint, endpoint_of
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import Received, WebServer, respond, serve
from tests.integration.workers.parts import (
    add_account,
    deliverer_at_rest,
    delivering,
    form,
    until,
)
from tests.integration.workers.test_webhook_deliveries import OTHER_NUMBER, owe, paid

OWNER = "WP" + "7" * 32


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.org/a?b=c", "https://example.org:443"),
        ("http://user:pw@example.org:8080/", "http://example.org:8080"),
        ("kannel+31+http://example.org/dlr?%d", "http://example.org:80"),
        ("http://[::1]:80/", "http://::1:80"),
        ("http://example.org:many/", "http://example.org:many/"),
    ],
)
def test_an_endpoint_is_an_accounts_server(url: str, origin: str) -> None:
    assert endpoint_of("AC1", url) == Endpoint("AC1", origin)


async def paused(house: House) -> bool:
    return bool(await house.value("SELECT count(*) FROM webhook_endpoints WHERE probe_at > now()"))


async def waiting(house: House) -> object:
    return await house.value("SELECT count(*) FROM webhooks WHERE parked_for IS NOT NULL")


async def probe_now(house: House) -> None:
    await house.value("UPDATE webhook_endpoints SET probe_at = now()")


def tokens(server: WebServer) -> list[str]:
    return [received.headers["i-twilio-idempotency-token"] for received in server.requests]


async def test_an_endpoint_is_paused_after_fifty_failures_in_a_row_and_resumed_by_a_probe(
    house: House, redis_url: str
) -> None:
    works = False

    async def answer(received: Received, writer: object) -> None:
        await respond("200 OK" if works else "500 Oops")(received, writer)  # type: ignore[arg-type]

    async with serve(answer) as server:
        await owe(house, house.account.sid, server.url(), 1500)
        async with delivering(house, redis_url):
            await until(lambda: paused(house))
            await until(lambda: all_parked(house))
            asked = len(server.requests)
            assert endpoints.PAUSED_AFTER <= asked < 1500
            await probe_now(house)
            await until(lambda: asked_again(server, asked))
            assert len(server.requests) == asked + 1  # one of them finds out
            works = True
            await probe_now(house)
            await until(lambda: all_but_the_probe_are_told(house))
    assert len(set(tokens(server))) == 1500
    assert await house.value("SELECT count(*) FROM webhook_endpoints") == 0


async def all_but_the_probe_are_told(house: House) -> bool:
    """The probe may have failed once more than the others, and be due only in five minutes."""
    return await house.rows("SELECT tries FROM webhooks") in ([], [(2,)])


async def all_parked(house: House) -> bool:
    return not await house.value(
        "SELECT count(*) FROM webhooks WHERE due_at <= now() OR claimed_by IS NOT NULL"
    )


async def asked_again(server: WebServer, before: int) -> bool:
    return len(server.requests) > before


async def test_an_endpoint_that_sometimes_works_is_not_paused(house: House, redis_url: str) -> None:
    async def answer(received: Received, writer: object) -> None:
        status = "200 OK" if received.order % 5 == 0 else "500 Oops"
        await respond(status)(received, writer)  # type: ignore[arg-type]

    async with serve(answer) as server:
        await owe(house, house.account.sid, server.url(), 200)
        async with delivering(house, redis_url):
            await until(lambda: asked_again(server, 199))
            await until(lambda: all_parked(house))
    assert (
        await house.value("SELECT count(*) FROM webhook_endpoints WHERE probe_at IS NOT NULL") == 0
    )


async def test_another_account_with_the_same_server_is_not_paused_with_it(
    house: House, redis_url: str
) -> None:
    other = await add_account(house, OTHER_NUMBER)

    async def answer(received: Received, writer: object) -> None:
        fails = form(received)["AccountSid"] == house.account.sid
        await respond("500 Oops" if fails else "200 OK")(received, writer)  # type: ignore[arg-type]

    async with serve(answer) as server:
        await owe(house, house.account.sid, server.url(), 1000)
        async with delivering(house, redis_url):
            await until(lambda: paused(house))
            await owe(house, other, server.url(), 5)
            await until(lambda: paid(house, other))
    assert await waiting(house)


async def test_what_is_parked_for_as_long_as_the_schedule_lasts_is_given_up(house: House) -> None:
    await owe(house, house.account.sid, "http://127.0.0.1:9/", 2)
    await house.value("UPDATE webhooks SET due_at = 'infinity', parked_for = 'http://127.0.0.1:9'")
    assert await endpoints.give_up(house.database) == 0
    await house.value("UPDATE webhooks SET created_at = now() - $1::interval", timedelta(hours=76))
    assert await endpoints.give_up(house.database) == 2


async def test_what_was_parked_after_the_resumption_is_released_all_the_same(house: House) -> None:
    await owe(house, house.account.sid, "http://127.0.0.1:9/", 2)
    await house.value("UPDATE webhooks SET due_at = 'infinity', parked_for = 'http://127.0.0.1:9'")
    assert await endpoints.release_forgotten(house.database) == 2
    assert not await waiting(house)


REFUSE_TO_PARK = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.parked_for IS NOT NULL THEN
    RAISE EXCEPTION 'not now' USING ERRCODE = 'cannot_connect_now';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def execute(house: House, script: str) -> None:
    async with house.database.single() as connection:
        await connection.execute(script)


async def test_what_could_not_be_parked_is_parked_when_the_database_is_back(
    house: House, redis_url: str
) -> None:
    url = "http://127.0.0.1:9/"
    message = await house.accept(status_callback=url)
    await house.value(
        """INSERT INTO webhook_endpoints (account_sid, origin, carrier_sid, failures, paused_at,
             probe_at) VALUES ($1, $2, $3, 50, now(), now() + interval '1 hour')""",
        house.account.sid,
        endpoint_of(house.account.sid, url).origin,
        house.account.carrier_sid,
    )
    async with deliverer_at_rest(house, redis_url) as deliverer:
        await deliverer._tend()  # it hears of the pause
        changed: list[Changed] = []
        with lending(deliverer, changed) as claimant:
            async with house.database.begin() as connection:
                advances = [Advance(message_sid=message.sid, sent=1)]
                changed += await advance(connection, advances, claimant)
        await execute(house, REFUSE_TO_PARK)
        with pytest.raises(asyncpg.CannotConnectNowError):
            await deliverer._tend()
        await execute(house, "DROP TRIGGER refuse ON webhooks; DROP FUNCTION refuse()")
        assert not await waiting(house)
        await deliverer._tend()
        assert await waiting(house) == 1
        assert await all_parked(house)


async def test_a_claim_past_a_busy_account_walks_its_twenty_thousand_rows_once(
    house: House,
) -> None:
    busy = house.account.sid
    other = await add_account(house, OTHER_NUMBER)
    await owe(house, busy, "http://127.0.0.1:9/", 20_000)
    await house.value("UPDATE webhooks SET due_at = now() - interval '1 minute'")
    await owe(house, other, "http://127.0.0.1:9/", 5)
    first = await claiming.claim(house.database, OWNER, 100, [busy])
    assert len(first.webhooks) == 5
    await owe_again(house, other)
    rows = await walked(house, busy, first)
    assert rows < 1000
    second = await claiming.claim(house.database, OWNER, 100, [busy], first.looked_until)
    assert len(second.webhooks) == 5


async def owe_again(house: House, account: str) -> None:
    await house.value(
        "UPDATE webhooks SET due_at = now(), claimed_by = NULL WHERE account_sid = $1", account
    )


async def walked(house: House, busy: str, before: claiming.Claimed) -> int:
    """Return how many rows a claim visits that begins where an earlier one ended."""
    values = (OWNER, 100, [busy], delivery.CLAIM_SECONDS, before.looked_until)
    async with house.database.begin() as connection:
        for key, value in TRAFFIC_PLANNER.items():
            await connection.execute(f"SET LOCAL {key} = '{value}'")
        plan = await connection.fetch(f"EXPLAIN ANALYZE {claiming._CLAIM}", *values)
        await connection.execute(
            "UPDATE webhooks SET due_at = now(), claimed_by = NULL WHERE claimed_by = $1", OWNER
        )
    text = "\n".join(row[0] for row in plan)
    assert "ix_webhooks_due" in text
    removed = [int(count) for count in re.findall(r"Rows Removed by Filter: (\d+)", text)]
    return sum(removed)


async def test_while_an_account_is_busy_the_next_event_of_a_message_of_another_is_not_late(
    house: House,
) -> None:
    message = await house.accept(status_callback="http://127.0.0.1:9/")
    await house.value(
        """INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, tries)
           SELECT sid, n, 'sent', carrier_sid, account_sid, 'http://127.0.0.1:9/', 0
           FROM messages, unnest('{10,20}'::smallint[]) AS n WHERE sid = $1""",
        message.sid,
    )
    claimed = await claiming.claim(house.database, OWNER, 10, ["AC" + "0" * 32])
    assert [webhook.ordinal for webhook in claimed.webhooks] == [10]
    await house.value("DELETE FROM webhooks WHERE ordinal = 10")
    following = await claiming.claim_following(house.database, OWNER, [message.sid])
    assert [webhook.ordinal for webhook in following] == [20]
