"""U+0000, which PostgreSQL keeps in no text: refused wherever a request may have it."""

from typing import Any

import pytest
import requests

from tests.contract.running_api import Customer


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api_keys", {"account_sid": "AC\x00"}),
        ("POST", "/opt_outs", {"account_sid": "{account}", "scope": "a\x00", "handset": "+855"}),
        ("PATCH", "/connectors/{connector}", {"binds": {"a\x00": 1}}),
        ("POST", "/connectors/{connector}/probes", {"text": "\x00"}),
        ("GET", "/conversations/lines?account_sid={account}&ours=%00&theirs=1", None),
        ("GET", "/phone_numbers?phone_number=%00", None),
        ("GET", "/accounts/%00", None),
        ("DELETE", "/opt_outs/a%00?account_sid={account}", None),
    ],
)
def test_the_carrier_api_refuses_it(
    idle_customer: Customer, method: str, path: str, body: dict[str, object] | None
) -> None:
    names = {"account": idle_customer.account_sid, "connector": idle_customer.connector_sid}
    filled: Any = (
        None
        if body is None
        else {
            name: value.format(**names) if isinstance(value, str) else value
            for name, value in body.items()
        }
    )
    answer = requests.request(
        method,
        f"{idle_customer.api_url}/carrier/v1{path.format(**names)}",
        json=filled,
        headers={"Authorization": f"Bearer {idle_customer.bearer}"},
        timeout=30,
    )
    assert answer.status_code == 400, answer.status_code
    assert "U+0000" in answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/2010-04-01/Accounts/{account}/Messages/SM%00.json",
        "/2010-04-01/Accounts/{account}/Messages/%00/Media.json",
        "/2010-04-01/Accounts/%00/Messages.json",
        "/2010-04-01/Accounts/{account}/Applications/%00.json",
        "/v1/Services/%00",
        "/v1/Services/%00/PhoneNumbers",
        "/v1/Keys/%00?AccountSid=1",
        "/v2/Services/%00/Verifications/%00",
        "/v2/PhoneNumbers/%00",
        "/v1/Messaging/Countries/%00",
    ],
)
def test_no_path_of_an_account_has_it(idle_customer: Customer, path: str) -> None:
    answer = requests.get(
        f"{idle_customer.api_url}{path.format(account=idle_customer.account_sid)}",
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=30,
    )
    assert answer.status_code == 400, answer.status_code
