"""Each answer carries the id by which an operator finds its request in the log."""

import re

import pytest
import requests

from tests.contract.running_api import Customer, run

REQUEST_ID = re.compile("RQ[0-9a-f]{32}")


def ids_of(customer: Customer, method: str, path: str, *, token: str | None = None) -> list[str]:
    answer = requests.request(
        method,
        f"{customer.api_url}{path.format(customer.account_sid)}",
        auth=(customer.account_sid, token or customer.auth_token),
        data={"To": "nobody", "From": customer.sender, "Body": "x"} if method == "POST" else None,
        timeout=10,
    )
    ids: list[str] = answer.raw.headers.getlist("Twilio-Request-Id")
    return ids


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/2010-04-01/Accounts/{}/Messages.json"),  # past the layers
        ("GET", "/2010-04-01/Accounts/{}/Messages.json"),
        ("GET", "/v1/Services"),
        ("GET", "/2010-04-01/Accounts/{}/Nothing.json"),
        ("GET", "/healthz"),
    ],
)
def test_an_answer_has_an_id_of_its_own(idle_customer: Customer, method: str, path: str) -> None:
    answers = [ids_of(idle_customer, method, path) for _ in range(2)]
    assert [len(ids) for ids in answers] == [1, 1]
    assert all(REQUEST_ID.fullmatch(one) for (one,) in answers)
    assert answers[0] != answers[1]


def test_a_refusal_has_one(idle_customer: Customer) -> None:
    path = "/2010-04-01/Accounts/{}/Messages.json"
    for method in ("GET", "POST"):
        (one,) = ids_of(idle_customer, method, path, token="wrong")
        assert REQUEST_ID.fullmatch(one)


def test_a_fault_of_ours_has_one_too(customer: Customer) -> None:
    run(customer.database_url, "ALTER TABLE messages RENAME TO gone")
    (one,) = ids_of(customer, "GET", "/2010-04-01/Accounts/{}/Messages.json")
    assert REQUEST_ID.fullmatch(one)
