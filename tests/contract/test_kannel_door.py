"""The door for programs that were written for Kannel: shut unless the carrier opens it."""

from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.contract.running_api import HANDSET, Customer


def ask_carrier(customer: Customer, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(
        method,
        f"{customer.api_url}/carrier/v1/kannel_users{path}",
        json=body,
        headers={"Authorization": f"Bearer {customer.bearer}"},
        timeout=10,
    )
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


@pytest.fixture
def login(customer: Customer) -> dict[str, str]:
    draft = {"account_sid": customer.account_sid, "username": "rapidpro"}
    user = ask_carrier(customer, "POST", "", draft | {"default_sender": customer.sender})
    return {"username": user["username"], "password": user["password"], "sid": user["sid"]}


def sendsms(customer: Customer, **fields: str) -> requests.Response:
    return requests.get(f"{customer.api_url}/cgi-bin/sendsms", params=fields, timeout=10)


def test_a_message_is_accepted_and_kannel_s_words_are_answered(
    client: Client, customer: Customer, login: dict[str, str]
) -> None:
    answer = sendsms(customer, to=HANDSET.lstrip("+"), text="hello ភ", **login)
    assert (answer.status_code, answer.text) == (202, "0: Accepted for delivery")
    (message,) = client.messages.list()
    assert (message.to, message.from_, message.body) == (HANDSET, customer.sender, "hello ភ")


def test_a_post_is_read_as_a_get_is(
    client: Client, customer: Customer, login: dict[str, str]
) -> None:
    answer = requests.post(
        f"{customer.api_url}/cgi-bin/sendsms", data=login | {"to": HANDSET, "text": "x"}, timeout=10
    )
    assert answer.status_code == 202
    assert len(client.messages.list()) == 1


def test_what_can_t_be_routed_is_refused_for_good(
    customer: Customer, login: dict[str, str]
) -> None:
    answer = sendsms(customer, to="12", text="x", **login)
    assert answer.status_code == 403
    assert answer.text.startswith("Not routable. Do not try again.")
    assert sendsms(customer, text="x", **login).status_code == 400


def test_the_door_is_shut_without_a_login_and_after_it(
    customer: Customer, login: dict[str, str]
) -> None:
    wrong = login | {"password": "x"}
    for fields in (wrong, {}, {"username": "nobody", "password": "x"}):
        answer = sendsms(customer, to=HANDSET, text="x", **fields)
        assert (answer.status_code, answer.text) == (403, "Authorization failed for sendsms")
    listed = ask_carrier(customer, "GET", "")["data"]
    assert [user["sid"] for user in listed] == [login["sid"]]
    assert "password" not in listed[0]
    ask_carrier(customer, "DELETE", f"/{login['sid']}")
    assert sendsms(customer, to=HANDSET, text="x", **login).status_code == 403


def test_a_login_is_refused_outside_of_its_networks(
    customer: Customer, login: dict[str, str]
) -> None:
    def limit(networks: list[str]) -> None:
        ask_carrier(customer, "PATCH", f"/{login['sid']}", {"allowed_networks": networks})

    def listed() -> Any:
        return ask_carrier(customer, "GET", "")["data"][0]

    limit(["192.0.2.0/24"])
    answer = sendsms(customer, to=HANDSET, text="x", **login)
    assert (answer.status_code, answer.text) == (403, "Authorization failed for sendsms")
    assert listed()["allowed_networks"] == ["192.0.2.0/24"]
    assert listed()["last_used_at"] is None
    limit(["127.0.0.0/8"])
    assert sendsms(customer, to=HANDSET, text="x", **login).status_code == 202


def test_who_asks_too_fast_is_told_to_try_again(customer: Customer, login: dict[str, str]) -> None:
    answer = requests.patch(
        f"{customer.api_url}/carrier/v1/accounts/{customer.account_sid}",
        json={"requests_per_second": 0.01},
        headers={"Authorization": f"Bearer {customer.bearer}"},
        timeout=10,
    )
    assert answer.ok
    answers = [sendsms(customer, to=HANDSET, text="x", **login) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 503]
    assert answers[1].text == "Temporal failure, try again later."
