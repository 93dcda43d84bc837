import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from smsc.messaging.reading import journey
from tests.contract.running_api import HANDSET, run
from tests.integration.carrier_api.conftest import CarrierApi
from tests.integration.smpp import certificates

CONNECTOR = {"name": "goip 8", "host": "10.0.0.8", "system_id": "goip", "password": "secret"}


def send(carrier_api: CarrierApi, auth: tuple[str, str] | None = None) -> requests.Response:
    customer = carrier_api.customer
    auth = auth or (customer.account_sid, customer.auth_token)
    return carrier_api.session.post(
        f"{customer.api_url}/2010-04-01/Accounts/{auth[0]}/Messages.json",
        data={"To": HANDSET, "From": customer.sender, "Body": "x"},
        auth=auth,
        timeout=10,
    )


@pytest.mark.parametrize("key", [None, "Bearer x", "Bearer CK1.2", "Basic eDp5"])
def test_without_a_valid_key_nothing_is_shown(
    idle_carrier_api: CarrierApi, key: str | None
) -> None:
    answer = idle_carrier_api.session.post(
        f"{idle_carrier_api.customer.api_url}/carrier/v1/accounts",
        data=b"not even json",
        headers={} if key is None else {"Authorization": key},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_account_is_made_read_changed_and_closed(carrier_api: CarrierApi) -> None:
    made = carrier_api.make("accounts", friendly_name="Clinic of Siem Reap")
    path = f"accounts/{made['sid']}"
    assert re.fullmatch(r"[0-9a-f]{32}", str(made["auth_token"]))
    assert carrier_api.request("GET", path).json() == made
    changed = carrier_api.request("PATCH", path, {"friendly_name": "Clinic"}).json()
    assert changed["friendly_name"] == "Clinic"
    assert changed["auth_token"] == made["auth_token"]
    assert carrier_api.request("DELETE", path).status_code == 204
    assert carrier_api.request("GET", path).status_code == 404
    assert carrier_api.request("DELETE", path).status_code == 404
    assert made["sid"] not in carrier_api.sids("accounts")
    assert carrier_api.sids("accounts?status=closed") == [made["sid"]]


def test_an_account_needs_no_name(carrier_api: CarrierApi) -> None:
    assert carrier_api.make("accounts")["friendly_name"]


def test_a_suspended_account_cannot_send_and_an_active_one_can_again(
    carrier_api: CarrierApi,
) -> None:
    path = f"accounts/{carrier_api.customer.account_sid}"
    assert send(carrier_api).status_code == 201
    carrier_api.request("PATCH", path, {"status": "suspended"})
    wait_for(lambda: send(carrier_api).json()["code"] == 20005)
    carrier_api.request("PATCH", path, {"status": "active"})
    wait_for(lambda: send(carrier_api).status_code == 201)


def test_closing_an_account_frees_its_numbers(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    carrier_api.make("smpp_credentials", account_sid=customer.account_sid, system_id="clinic")
    carrier_api.request("DELETE", f"accounts/{customer.account_sid}")
    (number,) = carrier_api.request("GET", "phone_numbers").json()["data"]
    assert number["account_sid"] is None
    assert carrier_api.sids("smpp_credentials") == []


@pytest.mark.parametrize(
    ("written", "stored", "kind"),
    [
        ("+1 (507) 555-0144", "+15075550144", "e164"),
        ("1294", "1294", "short_code"),
        ("CLINIC", "CLINIC", "alphanumeric"),
    ],
)
def test_a_sender_is_normalised_and_its_kind_found(
    carrier_api: CarrierApi, written: str, stored: str, kind: str
) -> None:
    made = carrier_api.make("phone_numbers", phone_number=written)
    assert (made["phone_number"], made["kind"], made["account_sid"]) == (stored, kind, None)


def test_a_number_is_given_to_an_account_and_can_then_send(carrier_api: CarrierApi) -> None:
    account = carrier_api.make("accounts")
    (number,) = carrier_api.request("GET", "phone_numbers").json()["data"]
    auth = (str(account["sid"]), str(account["auth_token"]))
    assert send(carrier_api, auth).json()["code"] == 21606
    moved = carrier_api.request(
        "PATCH",
        f"phone_numbers/{number['sid']}",
        {"account_sid": account["sid"], "sms_url": "https://example.org/sms", "sms_method": "get"},
    ).json()
    assert (moved["sms_url"], moved["sms_method"]) == ("https://example.org/sms", "GET")
    assert moved["friendly_name"] == number["friendly_name"]
    wait_for(lambda: send(carrier_api, auth).status_code == 201)
    assert carrier_api.sids(f"phone_numbers?account_sid={account['sid']}") == [number["sid"]]
    assert carrier_api.request("DELETE", f"phone_numbers/{number['sid']}").status_code == 204
    assert carrier_api.sids("phone_numbers") == []


def test_a_connector_is_made_unowned_and_never_shows_its_password(
    carrier_api: CarrierApi,
) -> None:
    made = carrier_api.make("connectors", **CONNECTOR, throughput=0.5, window=4)
    assert made["state"] == "unowned"
    assert made["reason"] == "no gateway process runs it"
    assert (made["port"], made["window"], made["throughput"]) == (2775, 4, 0.5)
    assert (made["bind_type"], made["interface_version"]) == ("transceiver", "3.4")
    assert "password" not in made
    path = f"connectors/{made['sid']}"
    changed = carrier_api.request("PATCH", path, {"throughput": None, "host": "10.0.0.9"}).json()
    assert (changed["throughput"], changed["host"], changed["window"]) == (None, "10.0.0.9", 4)
    assert carrier_api.request("GET", path).json() == changed
    assert carrier_api.request("DELETE", path).status_code == 204
    assert carrier_api.request("GET", path).status_code == 404


def test_a_connector_that_a_process_holds_shows_its_state(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    run(
        customer.database_url,
        "UPDATE connector_leases SET owner = 'WP1', state = 'bound', bound_since = now(), "
        "expires_at = now() + interval '10 s'",
    )
    shown = carrier_api.request("GET", f"connectors/{customer.connector_sid}").json()
    assert shown["state"] == "bound"
    assert shown["bound_since"] is not None
    run(customer.database_url, "UPDATE connector_leases SET expires_at = now()")
    shown = carrier_api.request("GET", f"connectors/{customer.connector_sid}").json()
    assert (shown["state"], shown["bound_since"]) == ("unowned", None)


def test_a_connector_that_messages_wait_for_is_not_deleted(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    send(carrier_api)
    refused = carrier_api.request("DELETE", f"connectors/{customer.connector_sid}")
    assert (refused.status_code, refused.json()["code"]) == (409, 20409)
    assert "sim box" in refused.json()["message"]
    run(customer.database_url, "DELETE FROM queue")
    answer = carrier_api.request("DELETE", f"connectors/{customer.connector_sid}")
    assert answer.status_code == 204
    assert carrier_api.sids("routes") == []


def test_a_route_is_made_changed_and_deleted(carrier_api: CarrierApi) -> None:
    connector = carrier_api.make("connectors", **CONNECTOR)
    made = carrier_api.make("routes", prefix="+855", connector_sid=connector["sid"])
    assert (made["prefix"], made["priority"]) == ("855", 100)
    path = f"routes/{made['sid']}"
    assert carrier_api.request("PATCH", path, {"priority": 5}).json()["priority"] == 5
    assert carrier_api.request("PATCH", path, {}).json()["priority"] == 5
    assert carrier_api.sids(f"routes?connector_sid={connector['sid']}") == [made["sid"]]
    assert carrier_api.request("DELETE", path).status_code == 204
    assert carrier_api.request("GET", path).status_code == 404


def test_a_credential_shows_its_password_once(carrier_api: CarrierApi) -> None:
    account_sid = carrier_api.customer.account_sid
    made = carrier_api.make("smpp_credentials", account_sid=account_sid)
    assert len(str(made["password"])) == 8
    assert 0 < len(str(made["system_id"])) <= 15
    path = f"smpp_credentials/{made['sid']}"
    assert "password" not in carrier_api.request("GET", path).json()
    assert carrier_api.request("PATCH", path, {"window": 7}).json()["window"] == 7
    assert carrier_api.request("DELETE", path).status_code == 204
    carrier_api.make("smpp_credentials", account_sid=account_sid, system_id=made["system_id"])


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("accounts", {"friendly_name": "x", "colour": 1}, 400, "unknown field 'colour'"),
        ("accounts", [1], 400, "JSON object"),
        ("accounts", {"friendly_name": None}, 400, "'friendly_name'"),
        ("phone_numbers", {"phone_number": "!"}, 400, "sender ID"),
        ("phone_numbers", {}, 400, "'phone_number' is required"),
        ("phone_numbers", {"phone_number": "1295", "account_sid": "AC1"}, 404, "AC1"),
        ("phone_numbers", {"phone_number": "1295", "sms_url": "ftp://x"}, 400, "'sms_url'"),
        ("phone_numbers", {"phone_number": "+15075550123"}, 409, "inventory"),
        ("connectors", CONNECTOR | {"port": 0}, 400, "'port'"),
        ("connectors", CONNECTOR | {"bind_type": "sideways"}, 400, "'bind_type'"),
        ("connectors", CONNECTOR | {"throughput": 0}, 400, "'throughput'"),
        ("connectors", CONNECTOR | {"name": "sim box"}, 409, "name"),
        ("connectors", CONNECTOR | {"host": "smpp://x:1"}, 400, "'host'"),
        ("routes", {"prefix": "abc", "connector_sid": "CN1"}, 400, "'prefix'"),
        ("routes", {"connector_sid": "CN1"}, 404, "CN1"),
        ("smpp_credentials", {"account_sid": "AC1"}, 404, "AC1"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_object_is_refused_with_the_reason(
    idle_carrier_api: CarrierApi, path: str, body: object, status: int, words: str
) -> None:
    answer = idle_carrier_api.request("POST", path, body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["message"]


def test_another_carriers_objects_are_not_there(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    run(customer.database_url, "INSERT INTO carriers (sid, name) VALUES ('CR2', 'Other')")
    for table in ("accounts", "phone_numbers", "connectors", "routes"):
        run(customer.database_url, f"UPDATE {table} SET carrier_sid = 'CR2'")
        assert carrier_api.sids(table) == []
    for path in (f"accounts/{customer.account_sid}", f"connectors/{customer.connector_sid}"):
        assert carrier_api.request("GET", path).status_code == 404
        assert carrier_api.request("PATCH", path, {}).status_code == 404
        assert carrier_api.request("DELETE", path).status_code == 404


def test_a_list_is_walked_to_its_end(carrier_api: CarrierApi) -> None:
    made = [carrier_api.make("accounts")["sid"] for _ in range(4)]
    seen: list[str] = []
    url: str | None = f"{carrier_api.customer.api_url}/carrier/v1/accounts?limit=2"
    while url is not None:
        answer = carrier_api.session.get(
            url, headers={"Authorization": f"Bearer {carrier_api.customer.bearer}"}, timeout=10
        ).json()
        assert len(answer["data"]) <= 2
        seen += [item["sid"] for item in answer["data"]]
        url = answer["next"]
    assert seen == [carrier_api.customer.account_sid, *made]


def test_only_json_is_read(idle_carrier_api: CarrierApi) -> None:
    customer = idle_carrier_api.customer
    headers = {"Authorization": f"Bearer {customer.bearer}"}
    url = f"{customer.api_url}/carrier/v1/accounts"
    form = idle_carrier_api.session.post(
        url, data={"friendly_name": "x"}, headers=headers, timeout=10
    )
    assert form.status_code == 415
    headers["Content-Type"] = "application/json"
    broken = idle_carrier_api.session.post(url, data=b"{", headers=headers, timeout=10)
    assert (broken.status_code, broken.json()["code"]) == (400, 20001)
    large = idle_carrier_api.session.post(url, data=b" " * 70_000, headers=headers, timeout=10)
    assert large.status_code == 413


def test_the_journey_of_a_message_is_shown(carrier_api: CarrierApi) -> None:
    sid = send(carrier_api).json()["sid"]
    shown = carrier_api.request("GET", f"messages/{sid}").json()
    assert (shown["status"], shown["to"], shown["from"]) == (
        "queued",
        HANDSET,
        carrier_api.customer.sender,
    )
    (segment,) = shown["segments"]
    assert (segment["number"], segment["place"]) == (1, journey.Place.QUEUED)
    assert "body" not in shown
    assert carrier_api.request("GET", "messages/SM1").status_code == 404


def test_health_and_metrics_are_there(idle_carrier_api: CarrierApi) -> None:
    url = idle_carrier_api.customer.api_url
    assert idle_carrier_api.session.get(f"{url}/healthz", timeout=10).json() == {"status": "ok"}
    assert idle_carrier_api.session.get(f"{url}/readyz", timeout=10).json() == {"status": "ready"}
    assert (
        "smsc_api_messages_accepted_total"
        in idle_carrier_api.session.get(f"{url}/metrics", timeout=10).text
    )


def test_the_api_describes_itself(idle_carrier_api: CarrierApi) -> None:
    described = idle_carrier_api.request("GET", "openapi.json").json()
    assert "/carrier/v1/connectors/{sid}" in described["paths"]


def test_not_ready_while_a_migration_is_missing(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    run(customer.database_url, "UPDATE alembic_version SET version_num = 'older'")
    answer = carrier_api.session.get(f"{customer.api_url}/readyz", timeout=10)
    assert answer.status_code == 503
    assert "older" in answer.json()["reason"]


def wait_for(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_connector_shows_its_certificate_and_never_its_key(
    carrier_api: CarrierApi, tmp_path: Path
) -> None:
    certificate, key = certificates.make(tmp_path, "client.example.org")
    pair = {"tls": True, "tls_certificate": certificate, "tls_key": key}
    made = carrier_api.make("connectors", **CONNECTOR, **pair)
    assert made["tls"] is True
    assert made["tls_certificate"] == certificate.strip()
    assert "tls_key" not in made
    assert key not in str(carrier_api.request("GET", f"connectors/{made['sid']}").text)


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"tls_ca": "trust me"}, "PEM"),
        ({"tls_ca": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"}, "authorities"),
        ({"tls_certificate": "-----BEGIN CERTIFICATE-----"}, "go together"),
    ],
    ids=["no PEM", "no certificate", "without a key"],
)
def test_a_certificate_that_is_none_is_refused_with_its_reason(
    carrier_api: CarrierApi, fields: dict[str, str], hint: str
) -> None:
    answer = carrier_api.request("POST", "connectors", CONNECTOR | {"name": "tls"} | fields)
    assert answer.status_code == 400
    assert hint in answer.json()["message"]
