"""Countries that an account may send to, and how fast it may ask, by Twilio's own SDK."""

from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.contract.conftest import client_for
from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer


def permission(country: str, *, enabled: bool) -> dict[str, object]:
    return {"country_code": country, "type": "country", "enabled": enabled}


def ask_carrier(customer: Customer, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = requests.request(
        method,
        f"{customer.api_url}/carrier/v1{path}",
        json=body,
        headers={"Authorization": f"Bearer {customer.bearer}"},
        timeout=10,
    )
    assert answer.ok, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_closed_country_gets_no_message_until_it_is_opened(
    client: Client, customer: Customer
) -> None:
    def send() -> object:
        return client.messages.create(to=HANDSET, from_=customer.sender, body="hello")

    geo = client.accounts.v1.messaging_geopermissions
    assert geo.fetch(country_code="KH").permissions == [
        permission("KH", enabled=True) | {"prefix": "+855", "message": ""}
    ]
    changed = geo.update([permission("KH", enabled=False), permission("XX", enabled=True)])
    shown = changed.permissions or []
    assert [(p["country_code"], p["enabled"], p["error_code"]) for p in shown] == [
        ("KH", False, 0),
        ("XX", False, 20404),
    ]
    assert refusal(send) == (400, 21408)
    closed = [p["country_code"] for p in geo.fetch().permissions or [] if not p["enabled"]]
    assert closed == ["KH"]
    geo.update([permission("KH", enabled=True)])
    send()


def test_a_subaccount_begins_with_its_parent_s_countries(
    client: Client, customer: Customer
) -> None:
    client.accounts.v1.messaging_geopermissions.update([permission("KH", enabled=False)])
    made = client.api.v2010.accounts.create(friendly_name="branch")
    below = client_for(customer.api_url, made.sid or "", made.auth_token or "")
    (cambodia,) = below.accounts.v1.messaging_geopermissions.fetch("KH").permissions or []
    assert cambodia["enabled"] is False
    below.http_client.session.close()


@pytest.mark.parametrize(
    "bad", ["KH", '{"country_code": "KH"}', '{"country_code": "KH", "enabled": 2}']
)
def test_a_permission_that_can_t_be_read_is_refused(customer: Customer, bad: str) -> None:
    answer = requests.patch(
        f"{customer.api_url}/v1/Messaging/GeoPermissions",
        data={"Permissions": bad},
        auth=(customer.account_sid, customer.auth_token),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_who_asks_faster_than_the_account_may_is_told_when_to_come_back(
    customer: Customer,
) -> None:
    ask_carrier(
        customer, "PATCH", f"/accounts/{customer.account_sid}", {"requests_per_second": 0.01}
    )
    url = f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json"
    auth = (customer.account_sid, customer.auth_token)
    first, second = (requests.get(url, auth=auth, timeout=10) for _ in range(2))
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (429, 20429)
    assert 1 < int(second.headers["Retry-After"]) <= 100


def test_a_key_has_its_own_limit(client: Client, customer: Customer) -> None:
    made = ask_carrier(
        customer,
        "POST",
        "/api_keys",
        {"account_sid": customer.account_sid, "requests_per_second": 0.01},
    )
    by_key = client_for(customer.api_url, made["sid"], made["secret"])
    by_key.account_sid = customer.account_sid
    assert by_key.messages.list() == []
    assert refusal(by_key.messages.list) == (429, 20429)
    assert client.messages.list() == []
    by_key.http_client.session.close()
