"""What programs ask is noted beside their requests: bounded, and only of accounts that exist."""

from time import monotonic
from typing import Any

from api.request_log import BURST, MOST_A_FLUSH, RequestLog
from smsc.messaging.tracing import api_requests
from smsc.messaging.tracing.api_requests import RequestFilter, RequestLine
from tests.integration.conftest import House


def asked(account_sid: str, number: int, **form: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": f"/v1/Services/{number}",
        "query_string": b"PageSize=2",
        "headers": [(b"user-agent", b"shop")],
        "account_sid": account_sid,
        "request_id": f"RQ{number:032x}",
        "form": form,
    }


async def kept(house: House, **wanted: Any) -> list[RequestLine]:
    return list(
        await api_requests.page(
            house.database,
            house.account.carrier_sid,
            house.account.sid,
            RequestFilter(**wanted),
            limit=500,
        )
    )


async def test_a_flood_leaves_a_burst_of_each_kind_and_nothing_of_strangers(house: House) -> None:
    log = RequestLog()
    for number in range(BURST + 20):
        log.note(asked(house.account.sid, number), monotonic(), 200, b"{}")
    for number in range(5):
        log.note(asked(house.account.sid, number) | {"failure": (1, "")}, monotonic(), 400, b"")
        log.note(asked("AC" + "9" * 32, number), monotonic(), 200, b"{}")
    assert await log.write(house.database, house.directory) <= BURST + 10
    assert BURST <= len(await kept(house, refused=False)) <= BURST + 5
    assert len(await kept(house, refused=True)) == 5
    assert await house.value("SELECT count(DISTINCT account_sid) FROM api_requests") == 1


async def test_memory_holds_no_more_than_a_flush_takes(house: House) -> None:
    log = RequestLog()
    for number in range(MOST_A_FLUSH * 2):
        log.note(asked(f"AC{number:032x}", number), monotonic(), 200, b"{}")
    assert len(log._noted) == MOST_A_FLUSH


async def test_texts_and_secrets_are_left_out(house: House) -> None:
    log = RequestLog()
    form = {"Body": "private", "Code": "123456", "To": "+1", "AuthToken": "x"}
    log.note(asked(house.account.sid, 1, **form), monotonic(), 201, b'{"sid":"SM1","body":"abc"}')
    await log.write(house.database, house.directory)
    (line,) = await kept(house, in_path="Services", request_id=f"RQ{1:032x}")
    found = await api_requests.get(house.database, house.account.carrier_sid, line.seq)
    assert found is not None
    assert found.details is not None
    assert found.details["form"] == {"Body": "(7)", "Code": "•••", "To": "+1", "AuthToken": "•••"}
    assert found.details["answer"] == {"sid": "SM1", "body": "(3)"}
    assert found.details["query"] == {"PageSize": "2"}


async def test_what_is_old_or_too_much_is_forgotten(house: House) -> None:
    async with house.database.single() as connection:
        await connection.execute(
            """
            INSERT INTO api_requests (carrier_sid, account_sid, request_id, method, path, at,
                                      duration_ms, http_status, details)
            SELECT carrier_sid, sid, 'RQ' || n, 'GET', '/',
                   now() - CASE WHEN n <= 3 THEN interval '4 days' ELSE interval '0' END, 1, 200, ''
            FROM accounts, generate_series(1, 5010) n
            """
        )
    assert await api_requests.forget(house.database) == 10
    assert await house.value("SELECT min(right(request_id, -2)::int) FROM api_requests") == 11
