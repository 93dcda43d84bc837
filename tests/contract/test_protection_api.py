"""Caps, quarantine and the pumping guard, as carriers set them and customers meet them."""

import pytest
import requests
from twilio.rest import Client

from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer, run
from tests.contract.test_twilio_limits import ask_carrier


def account_path(customer: Customer) -> str:
    return f"/accounts/{customer.account_sid}"


def block(customer: Customer, prefix: str) -> None:
    """Shut a prefix as the guard does, and let every process know."""
    run(
        customer.database_url,
        f"""INSERT INTO blocked_prefixes
              (account_sid, prefix, carrier_sid, why, stops, blocked_at, until)
            VALUES ('{customer.account_sid}', '{prefix}', '{customer.carrier_sid}', 'a test', true,
                    now(), now() + interval '1 hour')""",
    )
    ask_carrier(customer, "PATCH", account_path(customer), {"pumping_guard": "all"})


def test_a_cap_on_messages_answers_with_twilio_s_code(client: Client, customer: Customer) -> None:
    shown = ask_carrier(
        customer,
        "PATCH",
        account_path(customer),
        {"messages_per_day": 1, "spend_per_day": "2.50", "spend_per_month": None},
    )
    assert (shown["messages_per_day"], shown["spend_per_day"]) == (1, "2.500000")

    def send() -> object:
        return client.messages.create(to=HANDSET, from_=customer.sender, body="hello")

    send()
    assert refusal(send) == (429, 63038)
    (alert,) = client.monitor.v1.alerts.list()
    assert (alert.error_code, alert.resource_sid) == ("63038", customer.account_sid)
    assert "daily messages limit" in (alert.fetch().alert_text or "")


def test_a_quarantined_account_reads_and_can_t_send_until_it_is_lifted(
    client: Client, customer: Customer
) -> None:
    path = f"{account_path(customer)}/quarantine"
    sent = client.messages.create(to=HANDSET, from_=customer.sender, body="hello")
    shown = ask_carrier(customer, "PUT", path, {"why": "its token leaked"})
    assert shown["quarantined_at"]
    assert shown["quarantine_why"] == "its token leaked"

    def send() -> object:
        return client.messages.create(to=HANDSET, from_=customer.sender, body="hello")

    assert refusal(send) == (403, 20005)
    assert client.messages(sent.sid or "").fetch().status == "queued"
    assert ask_carrier(customer, "DELETE", path, {})["quarantined_at"] is None
    send()


def test_numbers_of_a_blocked_prefix_get_30450_unless_the_sender_vouches_for_them(
    client: Client, customer: Customer
) -> None:
    block(customer, "855123")

    def send(risk_check: str) -> object:
        return client.messages.create(
            to=HANDSET, from_=customer.sender, body="hello", risk_check=risk_check
        )

    assert refusal(lambda: send("enable")) == (400, 30450)
    send("disable")
    path = f"{account_path(customer)}/blocked_prefixes"
    (shown,) = ask_carrier(customer, "GET", path, {})["data"]
    assert shown["prefix"] == "855123"


@pytest.mark.parametrize("way", ["lifted", "safe"])
def test_a_carrier_opens_a_blocked_prefix(client: Client, customer: Customer, way: str) -> None:
    service = client.verify.v2.services.create(friendly_name="Clinic")

    def verify() -> object:
        return service.verifications.create(to=HANDSET, channel="sms")

    block(customer, "855123")
    assert refusal(verify) == (403, 60410)
    if way == "safe":
        ask_carrier(customer, "PATCH", account_path(customer), {"safe_prefixes": ["85512"]})
    else:
        lifted = requests.delete(
            f"{customer.api_url}/carrier/v1{account_path(customer)}/blocked_prefixes/855123",
            headers={"Authorization": f"Bearer {customer.bearer}"},
            timeout=10,
        )
        assert lifted.status_code == 204
    verify()
