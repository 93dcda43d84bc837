"""What the doors do about guesses, and about keys from elsewhere."""

from typing import Any

import requests
from twilio.rest import Client

from tests.contract.conftest import client_for
from tests.contract.refusals import refusal
from tests.contract.running_api import Customer


def carrier_api(customer: Customer, method: str, path: str, **body: Any) -> requests.Response:
    return requests.request(
        method,
        f"{customer.api_url}/carrier/v1{path}",
        json=body,
        headers={"Authorization": f"Bearer {customer.bearer}"},
        timeout=10,
    )


def make_key(customer: Customer, *networks: str) -> Client:
    answer = carrier_api(
        customer,
        "POST",
        "/api_keys",
        account_sid=customer.account_sid,
        kind="main",
        allowed_networks=list(networks),
    )
    key = answer.json()
    client = Client(key["sid"], key["secret"], customer.account_sid)
    client.api.base_url = customer.api_url
    return client


def test_a_guesser_waits_and_says_nothing_of_others(customer: Customer, client: Client) -> None:
    wrong = client_for(customer.api_url, customer.account_sid, "0" * 32)

    def guess() -> object:
        return wrong.messages.list(limit=1)

    assert {refusal(guess) for _ in range(10)} == {(401, 20003)}
    assert refusal(guess) == (429, 20429)
    assert refusal(lambda: client.messages.list(limit=1)) == (429, 20429)  # nor the right one
    assert make_key(customer).messages.list(limit=1) == []


def test_whoever_guesses_at_carrier_keys_is_told_how_long_to_wait(customer: Customer) -> None:
    def ask() -> requests.Response:
        return requests.get(
            f"{customer.api_url}/carrier/v1/accounts",
            headers={"Authorization": f"Bearer {customer.bearer}x"},
            timeout=10,
        )

    assert {ask().status_code for _ in range(10)} == {401}
    refused = ask()
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 61


def test_a_key_is_refused_outside_of_its_networks(customer: Customer) -> None:
    elsewhere = make_key(customer, "192.0.2.0/24", "2001:db8::/32")
    here = make_key(customer, "192.0.2.0/24", "127.0.0.0/8")
    assert refusal(lambda: elsewhere.messages.list(limit=1)) == (403, 20403)
    assert here.messages.list(limit=1) == []


def test_a_network_that_is_none_is_refused_in_words(customer: Customer) -> None:
    answer = carrier_api(
        customer,
        "POST",
        "/api_keys",
        account_sid=customer.account_sid,
        allowed_networks=["192.0.2.1/24"],
    )
    assert answer.status_code == 400
    assert "must be a network such as 192.0.2.0/24" in answer.json()["message"]
