"""Failing endpoints and replays, by the Carrier API and by the command line."""

import asyncio

import asyncpg

from tests.integration.carrier_api.conftest import CarrierApi
from tests.integration.carrier_api.test_cli_over_the_carrier_api import Smsc, made, smsc

__all__ = ["smsc"]

ORIGIN = "https://example.org:443"


def pause(carrier_api: CarrierApi, database_url: str) -> None:
    """Let a server of the customer's account have failed, and a webhook wait for it."""

    async def write() -> None:
        connection = await asyncpg.connect(database_url)
        account = carrier_api.customer.account_sid
        await connection.execute(
            """INSERT INTO webhook_endpoints (account_sid, origin, carrier_sid, failures, paused_at)
               SELECT sid, $2, carrier_sid, 50, now() FROM accounts WHERE sid = $1""",
            account,
            ORIGIN,
        )
        await connection.execute(
            """INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url,
                                     due_at, parked_for)
               SELECT 'SM1', 10, 'sent', carrier_sid, sid, 'https://example.org/', 'infinity', $2
               FROM accounts WHERE sid = $1""",
            account,
            ORIGIN,
        )
        await connection.close()

    asyncio.run(write())


def test_a_failing_endpoint_is_listed_and_resumed(
    carrier_api: CarrierApi, database_url: str, smsc: Smsc
) -> None:
    pause(carrier_api, database_url)
    account = carrier_api.customer.account_sid
    (listed,) = carrier_api.request("GET", "webhooks/endpoints").json()["data"]
    assert (listed["origin"], listed["failures"], listed["waiting"]) == (ORIGIN, 50, 1)
    assert made(smsc("webhook", "resume", account, ORIGIN, "--json")) == {"webhooks": 1}
    assert "No customer's server fails" in smsc("webhook", "endpoints").stdout


def test_a_replay_names_a_message_or_a_time(carrier_api: CarrierApi) -> None:
    account = carrier_api.customer.account_sid
    for fields in ({}, {"message_sid": "SM1", "failed_since": "2026-01-01T00:00:00Z"}):
        answer = carrier_api.request("POST", "webhooks/replay", {"account_sid": account, **fields})
        assert answer.status_code == 400
        assert "give either message_sid or failed_since" in answer.text
    since = {"account_sid": account, "failed_since": "2026-01-01T00:00:00Z"}
    assert carrier_api.request("POST", "webhooks/replay", since).json() == {"webhooks": 0}


def test_another_carriers_account_is_not_found(carrier_api: CarrierApi) -> None:
    stranger = {"account_sid": "AC" + "0" * 32, "origin": ORIGIN}
    assert carrier_api.request("POST", "webhooks/endpoints/resume", stranger).status_code == 404
