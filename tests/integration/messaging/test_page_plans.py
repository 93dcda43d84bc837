"""The statements of the dashboard's lists walk indexes of what grows with traffic."""

import re
from collections.abc import Mapping

import pytest

from smsc.billing import usage
from smsc.messaging import delivery_rates, traffic_hours
from smsc.messaging.reading import (
    charts,
    conversations,
    exports,
    journey,
    overview,
    stream,
    webhook_log,
)
from smsc.messaging.reading.queries import MessageFilter, scope_of, search_statement
from smsc.messaging.tracing import api_requests
from smsc.models import Role
from smsc.provisioning.reach import Reach
from tests.integration.conftest import House
from tests.integration.messaging.test_traffic_plans import GROWING, plan

CARRIER = Reach("CR" + "1" * 32, Role.OWNER)
ACCOUNT = Reach("CR" + "1" * 32, None, {"AC" + "1" * 32: Role.OWNER})


def latest(reach: Reach, *, of_one: bool) -> str:
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    return conversations.latest_statement(
        scope, len(parameters) + (2 if of_one else 1), of_one=of_one
    )


def happened(reach: Reach) -> str:
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    return stream.statement(scope, len(parameters) + 1)


STATEMENTS: Mapping[str, str] = {
    "messages": search_statement(CARRIER, MessageFilter(), 25)[0],
    "messages of an account's people": search_statement(ACCOUNT, MessageFilter(), 25)[0],
    "messages to a handset": search_statement(CARRIER, MessageFilter(to="+855"), 25)[0],
    "messages by status": search_statement(CARRIER, MessageFilter(status="failed"), 25)[0],
    "conversations": latest(CARRIER, of_one=False),
    "conversations with a handset": latest(ACCOUNT, of_one=True),
    "a conversation": conversations.LINES,
    "a message's callbacks": journey._OWED,
    "webhooks": webhook_log.PAGE,
    "webhooks of a message": webhook_log._OF_ONE,
    "requests": api_requests.PAGE,
    "delivery rates": delivery_rates.COUNT,
    "events": happened(CARRIER),
    "events of an account": happened(ACCOUNT),
    "hours": traffic_hours.COUNT,
    "hours again": traffic_hours.RECOUNT,
    "hours of what was scheduled": traffic_hours.SCHEDULED,
    "charges of hours": traffic_hours.CHARGED,
    "today": overview.traffic_statement(CARRIER)[0],
    "the last day": charts.statement(ACCOUNT)[0],
    "usage": usage._USED,
    "export begun": exports._OLDEST,
    "export's part": exports._PART,
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_list_of_a_page_scans_a_growing_table(house: House, name: str) -> None:
    async with house.database.begin() as connection:
        text = await plan(connection, STATEMENTS[name])
    scanned = re.findall(r"Seq Scan on (\w+)", text)
    growing = (*GROWING, "webhook_attempts", "api_requests", "ledger", "traffic_hours")
    assert [table for table in scanned if table in growing] == [], text


@pytest.mark.parametrize("name", ["messages", "conversations", "webhooks", "events", "today"])
async def test_an_idle_accounts_list_is_not_looked_for_among_a_busy_ones(
    house: House, name: str
) -> None:
    message = await house.accept()
    async with house.database.begin() as connection:
        await connection.execute(
            """
            INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_,
                                  body, data_coding, num_segments, lane)
            SELECT 'SM' || lpad(number::text, 32, '0'), carrier_sid, account_sid, direction,
                   status, to_, from_, body, data_coding, num_segments, lane
            FROM messages, generate_series(1, 5000) AS number WHERE sid = $1
            """,
            message.sid,
        )
        await connection.execute("ANALYZE messages")
        text = await plan(connection, STATEMENTS[name])
    assert "Scan Backward using ix_messages_account" in text
    assert "Scan Backward using pk_messages" not in text, text
