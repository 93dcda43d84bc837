"""Bulks over HTTP: files in, one resource out, lists of its messages and of its bad lines."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
import requests

from tests.contract.running_api import Customer, provision

PATH = "/v1/Messages/Bulk"
JSON_LINES = "application/x-ndjson"
PEOPLE = [{"to": f"+855123456{n:02}", "name": f"no. {n}"} for n in range(5)]


def call(customer: Customer, method: str, path: str = PATH, **options: object) -> requests.Response:
    basic = (customer.account_sid, customer.auth_token)
    url = path if path.startswith("http") else customer.api_url + path
    return requests.request(method, url, auth=basic, timeout=30, **options)  # type: ignore[arg-type]


def create(
    customer: Customer,
    body: bytes,
    media_type: str = JSON_LINES,
    key: str | None = None,
    **changes: str | None,
) -> requests.Response:
    query = {"From": customer.sender, "Body": "Dear {name}", "Paused": "true"} | changes
    headers = {"Content-Type": media_type} | ({} if key is None else {"Idempotency-Key": key})
    wanted = {name: value for name, value in query.items() if value is not None}
    return call(customer, "POST", params=wanted, data=body, headers=headers)


def lines(fields: Iterable[object]) -> bytes:
    return "\n".join(json.dumps(one) for one in fields).encode()


def test_a_bulk_is_answered_with_its_resource(idle_customer: Customer) -> None:
    answer = create(idle_customer, lines(PEOPLE))
    assert answer.status_code == 201, answer.text
    bulk = answer.json()
    assert bulk["sid"].startswith("BK")
    assert bulk["status"] == "paused"
    assert bulk["lane"] == "bulk"
    assert (bulk["recipients"], bulk["accepted"], bulk["rejected"]) == (5, 5, 0)
    assert bulk["counts"] == {"queued": 5}
    assert bulk["progress"] == 0
    assert call(idle_customer, "GET", bulk["url"]).json() == bulk


def test_its_messages_are_pages_of_ordinary_messages(idle_customer: Customer) -> None:
    bulk = create(idle_customer, lines(PEOPLE)).json()
    bodies = []
    url = bulk["links"]["messages"] + "?PageSize=2"
    while url:
        page = call(idle_customer, "GET", url).json()
        bodies += [message["body"] for message in page["messages"]]
        url = page["meta"]["next_page_url"]
    assert bodies == [f"Dear no. {n}" for n in reversed(range(5))]
    none = call(idle_customer, "GET", bulk["links"]["messages"] + "?Status=delivered").json()
    assert none["messages"] == []
    sid = call(idle_customer, "GET", bulk["links"]["messages"]).json()["messages"][0]["sid"]
    path = f"/2010-04-01/Accounts/{idle_customer.account_sid}/Messages/{sid}.json"
    assert call(idle_customer, "GET", path).json()["status"] == "queued"


def test_csv_makes_the_same_messages(idle_customer: Customer) -> None:
    text = '\ufeffTo;name\n+85512345678;"Sok; Dara"\n+85512345679;Chan\n'
    bulk = create(idle_customer, text.encode(), "text/csv; charset=utf-8").json()
    page = call(idle_customer, "GET", bulk["links"]["messages"]).json()
    assert [one["body"] for one in page["messages"]] == ["Dear Chan", "Dear Sok; Dara"]


BAD_LINES = {
    "json": (JSON_LINES, b'{"to": "+85512345678"', 20001, "no JSON"),
    "array": (JSON_LINES, b'["+85512345678"]', 20001, "no JSON object"),
    "no recipient": (JSON_LINES, b'{"name": "Sok"}', 20001, "names no recipient"),
    "nested": (JSON_LINES, b'{"to": "+85512345678", "name": {}}', 20001, "'name' must be"),
    "no value": (JSON_LINES, b'{"to": "+85512345678"}', 20001, "no value for {name}"),
    "no number": (JSON_LINES, b'{"to": "12", "name": ""}', 21211, "'12'"),
    "short row": ("text/csv", b"+85512345678", 20001, "1 values for 2 columns"),
    "empty cell": ("text/csv", b",Sok", 20001, "fill its column 'to'"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_named_and_says_how_to_mend_it(idle_customer: Customer, name: str) -> None:
    media_type, line, code, words = BAD_LINES[name]
    first = b"to,name\n" if media_type == "text/csv" else b'{"to": "+85512345678", "name": ""}\n'
    bulk = create(idle_customer, first + line, media_type).json()
    page = call(idle_customer, "GET", bulk["links"]["rejections"]).json()
    (rejection,) = page["rejections"]
    assert rejection["line"] == 2
    assert rejection["error_code"] == code
    assert words in rejection["message"]
    assert page["meta"]["next_page_url"] is None


def test_rejections_come_in_pages(idle_customer: Customer) -> None:
    bulk = create(idle_customer, b"x\n" * 5).json()
    seen: list[int] = []
    url = bulk["links"]["rejections"] + "?PageSize=2"
    while url:
        page = call(idle_customer, "GET", url).json()
        seen += [one["line"] for one in page["rejections"]]
        url = page["meta"]["next_page_url"]
    assert seen == [1, 2, 3, 4, 5]


REFUSED = {
    "media type": ({"media_type": "application/json"}, 415, "application/x-ndjson or text/csv"),
    "array": ({"body": b"[{}]"}, 400, "one object a line"),
    "no column to": ({"body": b"phone\n1", "media_type": "text/csv"}, 400, "one of them 'to'"),
    "column missing": ({"body": b"to,x\n1,2", "media_type": "text/csv"}, 400, "has {name}"),
    "not UTF-8": ({"body": b"to,name\n1,\xff", "media_type": "text/csv"}, 400, "CSV UTF-8"),
    "long line": ({"body": b"x" * 70_000}, 400, "Line 1 is longer"),
    "brace": ({"Body": "Dear {"}, 400, "write {{"),
    "no body": ({"Body": None}, 400, "body is required"),
    "sender": ({"From": "+15555550199"}, 400, "+15555550199"),
    "no sender": ({"From": None}, 400, "From"),
    "service": ({"From": None, "MessagingServiceSid": "MG1"}, 400, "MG1"),
    "lane": ({"Lane": "slow"}, 400, "alert, otp, normal, bulk"),
    "validity": ({"ValidityPeriod": "0"}, 400, "ValidityPeriod"),
    "callback": ({"StatusCallback": "ftp://x"}, 400, "ftp://x"),
    "schedule": ({"SendAt": "2026-01-01T00:00:00Z"}, 400, "Paused=true"),
    "unknown": ({"To": "+85512345678"}, 400, "'To' is no parameter"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_is_wrong_as_a_whole_is_refused(idle_customer: Customer, name: str) -> None:
    changes, status, words = REFUSED[name]
    options: dict[str, Any] = {"body": lines(PEOPLE), **changes}  # type: ignore[dict-item]
    answer = create(idle_customer, **options)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["message"]


def test_a_body_beyond_the_limit_is_refused_unread(idle_customer: Customer) -> None:
    def endless() -> Iterable[bytes]:
        yield from (b"x" * 2**20 for _ in range(65))

    basic = (idle_customer.account_sid, idle_customer.auth_token)
    answer = requests.post(
        f"{idle_customer.api_url}{PATH}",
        params={"From": idle_customer.sender, "Body": "Hello"},
        data=endless(),
        headers={"Content-Type": JSON_LINES},
        auth=basic,
        timeout=30,
    )
    assert answer.status_code == 413


def test_the_same_key_is_answered_with_the_same_bulk(idle_customer: Customer) -> None:
    first = create(idle_customer, lines(PEOPLE), key="flood 7").json()
    again = create(idle_customer, lines(PEOPLE), key="flood 7")
    assert again.status_code == 201
    assert again.json() == first
    other = create(idle_customer, lines(PEOPLE[:1]), key="flood 7")
    assert other.status_code == 409
    assert create(idle_customer, lines(PEOPLE), key="flood 7", Body="Bye").status_code == 409


def test_a_bulk_is_resumed_paused_and_canceled(idle_customer: Customer) -> None:
    url = create(idle_customer, lines(PEOPLE)).json()["url"]
    for status in ("sending", "paused", "canceled"):
        answer = call(idle_customer, "POST", url, data={"Status": status})
        assert answer.json()["status"] == status
    late = call(idle_customer, "POST", url, data={"Status": "sending"})
    assert late.status_code == 409
    assert "canceled" in late.json()["message"]
    wrong = call(idle_customer, "POST", url, data={"Status": "stopped"})
    assert "paused, sending (which resumes) or canceled" in wrong.json()["message"]


def test_bulks_are_listed_newest_first(idle_customer: Customer) -> None:
    sids = [create(idle_customer, lines(PEOPLE[:1])).json()["sid"] for _ in range(3)]
    page = call(idle_customer, "GET", params={"PageSize": "2"}).json()
    assert [bulk["sid"] for bulk in page["bulks"]] == sids[:0:-1]
    following = call(idle_customer, "GET", page["meta"]["next_page_url"]).json()
    assert following["bulks"][0]["sid"] == sids[0]


async def test_another_accounts_bulk_is_not_there(idle_customer: Customer) -> None:
    url = create(idle_customer, lines(PEOPLE)).json()["url"]
    stranger = await provision(idle_customer.settings, idle_customer.api_url, "+15075550199")
    for method, path, form in (
        ("GET", url, None),
        ("POST", url, {"Status": "canceled"}),
        ("GET", f"{url}/Messages", None),
        ("GET", f"{url}/Rejections", None),
    ):
        assert call(stranger, method, path, data=form).status_code == 404
    assert call(stranger, "GET").json()["bulks"] == []
    assert call(idle_customer, "GET", url).json()["status"] == "paused"


def test_without_credentials_nothing_is_read(idle_customer: Customer) -> None:
    assert requests.post(idle_customer.api_url + PATH, timeout=10).status_code == 401
