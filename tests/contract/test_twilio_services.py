"""Messaging services and their pools, as Twilio's SDK makes and reads them."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.rest import Client

from smsc.provisioning import service_pools
from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer, run


def number_sid(client: Client) -> str:
    (number,) = client.incoming_phone_numbers.list()
    return str(number.sid)


def give(customer: Customer, sid: str, sender: str, kind: str) -> None:
    """Let the carrier give a sender to the customer's account."""
    run(
        customer.database_url,
        f"""INSERT INTO phone_numbers (sid, carrier_sid, account_sid, phone_number, kind,
              friendly_name, sms_method, sms_fallback_method)
            VALUES ('{sid}', '{customer.carrier_sid}', '{customer.account_sid}', '{sender}',
                    '{kind}', '', 'POST', 'POST')""",
    )


def test_a_service_has_twilios_defaults(client: Client, customer: Customer) -> None:
    service = client.messaging.v1.services.create(friendly_name="Clinic")
    assert (service.sid or "").startswith("MG")
    assert service.account_sid == customer.account_sid
    assert service.friendly_name == "Clinic"
    for name in (
        "sticky_sender",
        "smart_encoding",
        "mms_converter",
        "fallback_to_long_code",
        "area_code_geomatch",
    ):
        assert getattr(service, name) is True, name
    assert service.use_inbound_webhook_on_number is False
    assert service.synchronous_validation is False
    assert (service.inbound_method, service.fallback_method) == ("POST", "POST")
    assert service.inbound_request_url is None
    assert service.validity_period == 36_000
    assert (service.usecase, service.scan_message_content) == ("undeclared", "inherit")
    assert service.us_app_to_person_registered is False
    assert service.url == f"{customer.api_url}/v1/Services/{service.sid}"
    assert {"phone_numbers", "short_codes", "alpha_senders", "messages"} <= set(service.links or {})


def test_a_service_is_changed_listed_and_deleted(client: Client) -> None:
    services = client.messaging.v1.services
    one, two = (services.create(friendly_name=name) for name in ("One", "Two"))
    changed = services(one.sid or "").update(
        friendly_name="First",
        inbound_request_url="https://example.org/sms",
        inbound_method="GET",
        status_callback="https://example.org/told",
        sticky_sender=False,
        validity_period=600,
    )
    assert (changed.friendly_name, changed.sticky_sender) == ("First", False)
    assert (changed.inbound_request_url, changed.inbound_method) == (
        "https://example.org/sms",
        "GET",
    )
    assert changed.validity_period == 600
    assert [service.sid for service in services.list(page_size=1)] == [two.sid, one.sid]
    assert services(two.sid or "").delete() is True
    assert [service.sid for service in services.list()] == [one.sid]
    assert refusal(services(two.sid or "").fetch) == (404, 20404)


def test_what_has_no_effect_of_a_service_is_kept_and_shown(idle_client: Client) -> None:
    asked = {
        "mms_converter": False,
        "fallback_to_long_code": False,
        "scan_message_content": "disable",
        "synchronous_validation": True,
        "usecase": "notifications",
    }
    made = idle_client.messaging.v1.services.create(friendly_name="One", **asked).fetch()
    assert {name: getattr(made, name) for name in asked} == asked


def test_what_is_linked_and_not_offered_is_not_found(
    idle_client: Client, idle_customer: Customer
) -> None:
    service = idle_client.messaging.v1.services.create(friendly_name="One")
    verify = idle_client.verify.v2.services.create(friendly_name="One")
    assert refusal(service.us_app_to_person.list) == (404, 20404)
    assert refusal(service.channel_senders.list) == (404, 20404)
    assert refusal(service.destination_alpha_senders.list) == (404, 20404)
    messages = requests.get(
        f"{service.url}/Messages",
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    )
    assert (messages.status_code, messages.json()["code"]) == (404, 20404)
    for offered_elsewhere in (verify.rate_limits, verify.messaging_configurations, verify.webhooks):
        assert refusal(offered_elsewhere.list) == (404, 20404)


@pytest.mark.parametrize(
    "settings",
    [
        {"friendly_name": ""},
        {"friendly_name": "x" * 65},
        {"friendly_name": "x", "validity_period": 36_001},
        {"friendly_name": "x", "inbound_method": "PUT"},
        {"friendly_name": "x", "scan_message_content": "perhaps"},
    ],
    ids=lambda settings: str(settings)[:50],
)
def test_a_service_that_cannot_be_is_refusal(
    idle_client: Client, settings: dict[str, object]
) -> None:
    create = idle_client.messaging.v1.services.create
    assert refusal(lambda: create(**settings)) == (400, 20001)


def test_a_number_joins_one_service_at_a_time(client: Client, customer: Customer) -> None:
    services = client.messaging.v1.services
    one, two = (services(services.create(friendly_name=name).sid or "") for name in ("One", "Two"))
    sid = number_sid(client)
    joined = one.phone_numbers.create(phone_number_sid=sid)
    assert (joined.sid, joined.phone_number) == (sid, customer.sender)
    assert (joined.country_code, joined.capabilities) == ("US", ["SMS"])
    assert [number.sid for number in one.phone_numbers.list()] == [sid]
    assert one.phone_numbers(sid).fetch().service_sid == joined.service_sid
    assert refusal(lambda: one.phone_numbers.create(phone_number_sid=sid)) == (409, 21710)
    assert refusal(lambda: two.phone_numbers.create(phone_number_sid=sid)) == (409, 21712)
    assert one.phone_numbers(sid).delete() is True
    assert refusal(one.phone_numbers(sid).fetch) == (404, 20404)
    two.phone_numbers.create(phone_number_sid=sid)
    assert client.messaging.v1.services(joined.service_sid or "").phone_numbers.list() == []


def test_a_pool_has_so_many_numbers_and_no_more(
    client: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_pools, "MOST", 1)
    give(customer, "PN" + "1" * 32, "+15075550199", "e164")
    service = client.messaging.v1.services(
        client.messaging.v1.services.create(friendly_name="One").sid or ""
    )
    one, two = (str(number.sid) for number in client.incoming_phone_numbers.list())
    service.phone_numbers.create(phone_number_sid=one)
    assert refusal(lambda: service.phone_numbers.create(phone_number_sid=two)) == (400, 21714)


def test_deleting_a_service_frees_its_numbers(client: Client) -> None:
    services = client.messaging.v1.services
    one, two = (services(services.create(friendly_name=name).sid or "") for name in ("One", "Two"))
    one.phone_numbers.create(phone_number_sid=number_sid(client))
    one.delete()
    two.phone_numbers.create(phone_number_sid=number_sid(client))


def test_short_codes_have_a_list_of_their_own(client: Client, customer: Customer) -> None:
    give(customer, "SC" + "1" * 32, "1294", "short_code")
    service = client.messaging.v1.services(
        client.messaging.v1.services.create(friendly_name="One").sid or ""
    )
    joined = service.short_codes.create(short_code_sid="SC" + "1" * 32)
    assert (joined.short_code, joined.capabilities) == ("1294", ["SMS"])
    assert [code.sid for code in service.short_codes.list()] == [joined.sid]
    assert service.phone_numbers.list() == []
    assert refusal(lambda: service.phone_numbers.create(phone_number_sid="SC" + "1" * 32)) == (
        404,
        20404,
    )
    assert service.short_codes(joined.sid or "").delete() is True


def test_a_sender_id_of_the_account_can_be_in_the_pool(client: Client, customer: Customer) -> None:
    give(customer, "PN" + "1" * 32, "CLINIC", "alphanumeric")
    service = client.messaging.v1.services(
        client.messaging.v1.services.create(friendly_name="One").sid or ""
    )
    sender = service.alpha_senders.create(alpha_sender="CLINIC")
    assert (sender.sid or "").startswith("AI")
    assert sender.alpha_sender == "CLINIC"
    assert service.alpha_senders(sender.sid or "").fetch().capabilities == ["SMS"]
    assert [each.sid for each in service.alpha_senders.list()] == [sender.sid]
    assert refusal(lambda: service.alpha_senders.create(alpha_sender="CLINIC")) == (409, 21710)
    assert refusal(lambda: service.alpha_senders.create(alpha_sender="")) == (400, 21708)
    for none_of_its in ("OTHER", "!", "1294"):
        create = service.alpha_senders.create
        assert refusal(lambda: create(alpha_sender=none_of_its)) == (400, 21709)  # noqa: B023
    assert service.alpha_senders(sender.sid or "").delete() is True
    assert service.alpha_senders.list() == []


def test_a_carrier_says_where_sender_ids_may_be_used(client: Client, customer: Customer) -> None:
    give(customer, "PN" + "1" * 32, "CLINIC", "alphanumeric")
    rules = f"{customer.api_url}/carrier/v1/sender_id_rules"
    bearer = {"Authorization": f"Bearer {customer.bearer}"}

    def send() -> object:
        return client.messages.create(to=HANDSET, from_="CLINIC", body="hello").from_

    def shown(country: str) -> tuple[str, bool]:
        answer = requests.get(rules, headers=bearer, timeout=10).json()
        (rule,) = (rule for rule in answer["data"] if rule["iso_country"] == country)
        return rule["rule"], rule["is_own"]

    assert (shown("KH"), shown("US")) == (("shown", False), ("replaced", False))
    assert send() == "CLINIC"
    requests.put(f"{rules}/kh", json={"rule": "refused"}, headers=bearer, timeout=10)
    assert refusal(send) == (400, 21612)
    assert shown("KH") == ("refused", True)
    assert requests.delete(f"{rules}/KH", headers=bearer, timeout=10).status_code == 204
    assert send() == "CLINIC"
    for path, body, status in (("KH", None, 404), ("XX", {"rule": "shown"}, 404)):
        method = "PUT" if body else "DELETE"
        answer = requests.request(method, f"{rules}/{path}", json=body, headers=bearer, timeout=10)
        assert answer.status_code == status


def test_anothers_service_is_not_found(idle_client: Client) -> None:
    service = idle_client.messaging.v1.services("MG" + "0" * 32)
    assert refusal(service.fetch) == (404, 20404)
    assert refusal(lambda: service.update(friendly_name="x")) == (404, 20404)
    assert refusal(lambda: service.phone_numbers.create(phone_number_sid="PN1")) == (404, 20404)


def service_of(client: Client) -> str:
    """Return a service whose pool is the customer's one number."""
    sid = str(client.messaging.v1.services.create(friendly_name="Clinic").sid)
    client.messaging.v1.services(sid).phone_numbers.create(phone_number_sid=number_sid(client))
    return sid


def test_through_a_service_a_message_is_accepted_then_queued(
    client: Client, customer: Customer
) -> None:
    service = service_of(client)
    created = client.messages.create(to=HANDSET, messaging_service_sid=service, body="hello")
    assert (created.status, created.from_) == ("accepted", None)
    assert created.messaging_service_sid == service
    fetched = client.messages(created.sid or "").fetch()
    assert (fetched.status, fetched.from_) == ("queued", customer.sender)


def test_a_message_is_scheduled_and_canceled(client: Client) -> None:
    created = client.messages.create(
        to=HANDSET,
        messaging_service_sid=service_of(client),
        body="tomorrow",
        schedule_type="fixed",
        send_at=datetime.now(UTC) + timedelta(days=1),
    )
    assert (created.status, created.from_, created.date_sent) == ("scheduled", None, None)
    assert client.messages(created.sid or "").update(status="canceled").status == "canceled"
    assert refusal(lambda: client.messages(created.sid or "").update(status="canceled")) == (
        409,
        30409,
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"schedule_type": "fixed"}, 35111),
        ({"schedule_type": "fixed", "send_at": "soon"}, 20001),
        ({"schedule_type": "weekly", "send_at": "2030-01-01T00:00:00Z"}, 20001),
        ({"schedule_type": "fixed", "send_at": "2020-01-01T00:00:00Z"}, 35114),
        ({"schedule_type": "fixed", "send_at": "2090-01-01T00:00:00Z"}, 35114),
        ({"application_sid": "AP" + "0" * 32}, 21218),
        ({"messaging_service_sid": "MG1"}, 21705),
        ({"messaging_service_sid": "MG" + "0" * 32}, 21701),
    ],
    ids=str,
)
def test_what_cannot_be_sent_through_a_service_is_refused(
    client: Client, changes: dict[str, str], code: int
) -> None:
    arguments = {"to": HANDSET, "messaging_service_sid": service_of(client), "body": "x"} | changes
    assert refusal(lambda: client.messages.create(**arguments))[1] == code
    assert client.messages.list() == []
