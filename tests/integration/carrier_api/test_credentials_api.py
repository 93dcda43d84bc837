"""What the Carrier API takes and shows of an SMPP credential's limits."""

import pytest

from tests.integration.carrier_api.conftest import CarrierApi

LIMITS: dict[str, object] = {
    "allowed_networks": ["192.0.2.0/24", "2001:db8::/48"],
    "bind_types": ["transceiver"],
    "max_binds": 2,
    "throughput": 12.5,
    "allowed_senders": ["+15555550100", "CLINIC"],
    "lane": "otp",
    "receipt_template": "id:{id} stat:{stat}",
}


def test_a_credential_s_limits_are_made_shown_and_changed(carrier_api: CarrierApi) -> None:
    account_sid = carrier_api.customer.account_sid
    made = carrier_api.make("smpp_credentials", account_sid=account_sid, **LIMITS)
    path = f"smpp_credentials/{made['sid']}"
    shown = carrier_api.request("GET", path).json()
    assert {name: shown[name] for name in LIMITS} == LIMITS
    changes: dict[str, object] = {
        "lane": "bulk",
        "allowed_networks": [],
        "throughput": None,
        "receipt_template": "",
    }
    changed = carrier_api.request("PATCH", path, changes).json()
    assert (changed["lane"], changed["allowed_networks"]) == ("bulk", [])
    assert (changed["throughput"], changed["receipt_template"]) == (None, None)
    assert changed["allowed_senders"] == LIMITS["allowed_senders"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"allowed_networks": ["192.0.2.1/24"]}, "must be a network such as"),
        ({"bind_types": ["sideways"]}, "'bind_types"),
        ({"max_binds": 0}, "'max_binds'"),
        ({"throughput": 0}, "'throughput'"),
        ({"allowed_senders": ["!"]}, "sender"),
        ({"lane": "express"}, "'lane'"),
        ({"receipt_template": "stat:{stat}"}, "must contain {id} and {stat}"),
        ({"receipt_template": "id:{id} stat:{stat} {body}"}, "has the fields id, sub"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_limit_that_cannot_be_is_refused_with_the_reason(
    idle_carrier_api: CarrierApi, limits: dict[str, object], words: str
) -> None:
    body = {"account_sid": idle_carrier_api.customer.account_sid} | limits
    refused = idle_carrier_api.request("POST", "smpp_credentials", body)
    assert refused.status_code == 400
    assert words in refused.text
