"""A carrier deletes by the API what its accounts have of one handset."""

import asyncio
from typing import Any

import requests

from tests.contract.running_api import HANDSET, Customer, provision, run


def send(customer: Customer, to: str = HANDSET) -> str:
    path = f"/2010-04-01/Accounts/{customer.account_sid}/Messages.json"
    answer = requests.post(
        f"{customer.api_url}{path}",
        auth=(customer.account_sid, customer.auth_token),
        data={"To": to, "From": customer.sender, "Body": "Your result is here."},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    return f"{customer.api_url}{answer.json()['uri']}"


def erase(customer: Customer, **draft: str) -> requests.Response:
    return requests.post(
        f"{customer.api_url}/carrier/v1/erasures",
        headers={"Authorization": f"Bearer {customer.bearer}"},
        json=draft,
        timeout=10,
    )


def status_of(customer: Customer, url: str) -> Any:
    auth = (customer.account_sid, customer.auth_token)
    return requests.get(url, auth=auth, timeout=10).status_code


def test_a_handset_is_erased_of_the_carriers_accounts_and_of_no_others(
    customer: Customer,
) -> None:
    other = asyncio.run(provision(customer.settings, customer.api_url, sender="+15075550199"))
    ours, to_another, theirs = send(customer), send(customer, "+85512345679"), send(other)
    waiting = erase(customer, phone_number=HANDSET)
    assert waiting.status_code == 200, waiting.text
    assert waiting.json() == {"messages": 0, "others": 0, "unfinished": 1}
    run(customer.database_url, "DELETE FROM queue")
    run(customer.database_url, "UPDATE messages SET status = 'delivered'")
    spaced = "+855 12 345 678"
    assert erase(customer, account_sid=other.account_sid, phone_number=spaced).status_code == 404
    done = erase(customer, account_sid=customer.account_sid, phone_number=spaced)
    assert done.json() == {"messages": 1, "others": 0, "unfinished": 0}
    assert status_of(customer, ours) == 404
    assert (status_of(customer, to_another), status_of(other, theirs)) == (200, 200)
    no_number = erase(customer, phone_number="CLINIC")
    assert (no_number.status_code, no_number.json()["code"]) == (400, 21211)


def test_a_closed_account_forgets_a_handset_too(customer: Customer) -> None:
    send(customer)
    run(customer.database_url, "UPDATE messages SET status = 'failed'")
    run(customer.database_url, "UPDATE accounts SET status = 'closed'")
    erased = erase(customer, phone_number=HANDSET)
    assert erased.json() == {"messages": 1, "others": 0, "unfinished": 0}
