"""Every resource, driven by Twilio's SDK in one go: its answers are of Twilio's shape."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from twilio.rest import Client

from smsc import sids
from tests.contract.running_api import HANDSET, Customer, run
from tests.contract.twilio_properties import RESOURCES, faults, resource_of

URL = "https://example.org/hook"
POLICY = {"allow": ["/twilio/messaging/messages/read"]}
Answers = dict[str, list[tuple[int, Any]]]


@pytest.fixture(scope="module")
def answers(idle_customer: Customer, idle_client: Client) -> Answers:
    """Drive every resource, each with what it needs of the others; keep what is answered."""
    stock(idle_customer)
    kept: Answers = defaultdict(list)

    def keep(answer: requests.Response, **_: object) -> None:
        assert answer.ok, answer.text
        method = answer.request.method or ""
        if method == "DELETE":
            assert (answer.status_code, answer.text) == (204, "")
        else:
            resource = resource_of(method, urlsplit(answer.url).path)
            kept[resource].append((answer.status_code, answer.json()))

    client = idle_client
    client.http_client.session.hooks["response"].append(keep)
    drive_numbers(client, idle_customer)
    drive_messages(client, idle_customer)
    drive_service(client, idle_customer)
    drive_verify(client, idle_customer)
    drive_records(client, idle_customer)
    drive_account(client, idle_customer)
    return kept


def stock(customer: Customer) -> None:
    """Give the carrier numbers to sell, prices, and the account an alert."""
    bearer = {"Authorization": f"Bearer {customer.bearer}"}
    place = {"region": "MN", "latitude": 44.02, "longitude": -92.47}
    made: list[tuple[str, dict[str, Any]]] = [
        ("phone_numbers", {"phone_number": "+15075550111", "place": place}),
        ("phone_numbers", {"phone_number": "+15075550112"}),
        ("phone_numbers", {"phone_number": "1294", "account_sid": customer.account_sid}),
        ("phone_numbers", {"phone_number": "CLINIC", "account_sid": customer.account_sid}),
        ("tariffs", {"prefix": "", "price": "0.05"}),
        ("tariffs", {"prefix": "", "price": "0.01", "direction": "inbound"}),
    ]
    for path, body in made:
        url = f"{customer.api_url}/carrier/v1/{path}"
        assert requests.post(url, json=body, headers=bearer, timeout=10).ok
    run(
        customer.database_url,
        "INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level, "
        "alert_text, request_method, request_url, request_variables, response_headers, "
        f"response_body) VALUES ('{sids.make(sids.Prefix.ALERT)}', '{customer.carrier_sid}', "
        f"'{customer.account_sid}', 'SM{'0' * 32}', 11200, 'error', 'HTTP 500', 'POST', '{URL}', "
        "'Body=Hi', 'server: x', 'Oops')",
    )


def drive_numbers(client: Client, customer: Customer) -> None:
    for_sale = client.available_phone_numbers
    assert for_sale.list()
    for_sale("US").fetch()
    assert for_sale("US").local.list()
    application = client.applications.create(friendly_name="desk", sms_url=URL)
    application.fetch().update(message_status_callback=URL)
    assert client.applications.list()
    bought = client.incoming_phone_numbers.create(
        phone_number="+15075550111", sms_application_sid=application.sid, sms_fallback_url=URL
    )
    client.incoming_phone_numbers.local.create(phone_number="+15075550112")
    assert client.incoming_phone_numbers.local.list()
    assert client.incoming_phone_numbers.list()
    bought.fetch().update(voice_url=URL)
    bought.delete()
    (code,) = client.short_codes.list()
    code.fetch().update(sms_url=URL)


def drive_messages(client: Client, customer: Customer) -> None:
    sid = send(client, customer)
    message = client.messages(sid)
    message.feedback.create()
    message.media.list()
    run(
        customer.database_url,
        "UPDATE messages SET status = 'undelivered', sent_at = now(), error_code = 30005",
    )
    assert message.fetch().error_code == 30005
    assert client.messages.page(page_size=1).next_page() is None
    send(client, customer)
    assert client.messages.page(page_size=1).next_page() is not None
    message.update(body="")
    message.delete()


def send(client: Client, customer: Customer) -> str:
    return str(client.messages.create(to=HANDSET, from_=customer.sender, body="hello").sid)


def drive_service(client: Client, customer: Customer) -> None:
    made = client.messaging.v1.services.create(friendly_name="Clinic", inbound_request_url=URL)
    service = made.fetch()
    service.update(sticky_sender=False)
    assert client.messaging.v1.services.list()
    (code,) = client.short_codes.list()
    number = client.incoming_phone_numbers.list(phone_number=customer.sender)[0]
    service.short_codes.create(short_code_sid=code.sid or "").fetch()
    service.phone_numbers.create(phone_number_sid=number.sid or "").fetch()
    alpha = service.alpha_senders.create(alpha_sender="CLINIC").fetch()
    assert service.short_codes.list()
    assert service.phone_numbers.list()
    assert service.alpha_senders.list()
    client.messages.create(
        to=HANDSET,
        messaging_service_sid=made.sid,
        body="hello",
        schedule_type="fixed",
        send_at=datetime.now(UTC) + timedelta(days=1),
    ).update(status="canceled")
    client.messages.create(to=HANDSET, messaging_service_sid=made.sid, body="hello")
    alpha.delete()
    service.delete()


def drive_verify(client: Client, customer: Customer) -> None:
    made = client.verify.v2.services.create(friendly_name="Clinic", code_length=8)
    service = made.fetch().update(code_length=6)
    assert client.verify.v2.services.list()
    assert client.verify.v2.templates.list()
    pending = service.verifications.create(to=HANDSET, channel="sms").fetch()
    service.verification_checks.create(to=HANDSET, code=code_sent(client))
    pending = service.verifications.create(to=HANDSET, channel="sms")
    pending.update(status="canceled")
    service.delete()


def code_sent(client: Client) -> str:
    (message,) = client.messages.list(to=HANDSET, limit=1)
    return (message.body or "").rpartition(" ")[2]


def drive_records(client: Client, customer: Customer) -> None:
    """Ask for what is only read."""
    client.balance.fetch()
    assert client.usage.records.list()
    assert client.usage.records.daily.list(limit=5)
    assert client.pricing.v1.messaging.countries.list(limit=5)
    client.pricing.v1.messaging.countries("KH").fetch()
    (alert,) = client.monitor.v1.alerts.list()
    alert.fetch()
    (notification,) = client.notifications.list()
    notification.fetch()
    packages = "caller_name,sim_swap,line_type_intelligence"
    client.lookups.v2.phone_numbers(HANDSET).fetch(fields=packages)
    client.lookups.v2.phone_numbers("12").fetch()
    countries = client.accounts.v1.messaging_geopermissions
    countries.update([{"country_code": "KH", "type": "country", "enabled": True}])
    countries.fetch()


def drive_account(client: Client, customer: Customer) -> None:
    below = client.api.v2010.accounts.create(friendly_name="branch")
    below.fetch().update(status="suspended")
    assert client.api.v2010.accounts.list()
    for keys, named in (
        (client.new_keys, client.keys),
        (client.new_signing_keys, client.signing_keys),
    ):
        key = named(keys.create(friendly_name="desk").sid or "").fetch()
        key.update(friendly_name="front desk")
        assert named.list()
        key.delete()
    iam = client.iam.v1
    made = iam.new_api_key.create(
        account_sid=customer.account_sid,
        key_type="restricted",
        policy={"allow": ["/twilio/messaging/messages/read"]},
    )
    assert iam.get_api_keys.list(account_sid=customer.account_sid)
    iam.api_key(made.sid or "").fetch().update(friendly_name="desk")
    client.accounts.v1.secondary_auth_token().create().delete()
    client.accounts.v1.secondary_auth_token().create()
    client.accounts.v1.auth_token_promotion().update()


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_answer_has_twilios_properties_and_types(answers: Answers, resource: str) -> None:
    assert answers[resource]
    told = [fault for _, answer in answers[resource] for fault in faults(resource, answer)]
    assert told == []


def test_a_creation_is_answered_with_201_and_the_rest_with_200(answers: Answers) -> None:
    assert {status for name in ("new_key", "iam_new_key") for status, _ in answers[name]} == {201}
    assert {status for name in ("balance", "alerts", "iam_key") for status, _ in answers[name]} == {
        200
    }
