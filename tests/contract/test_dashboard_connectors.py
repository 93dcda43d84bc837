from collections.abc import Iterator

import pytest
import requests

from smsc.models import Role
from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.running_api import HANDSET, SENDER, Customer, run

OWNER = "owner@mekong.example"


@pytest.fixture
def browser(customer: Customer) -> Iterator[Browser]:
    make_person(customer.database_url, customer.carrier_sid, OWNER)
    with Browser(customer.api_url) as browser:
        browser.sign_in(OWNER)
        yield browser


def send(customer: Customer) -> None:
    requests.post(
        f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json",
        auth=(customer.account_sid, customer.auth_token),
        data={"To": HANDSET, "From": SENDER, "Body": "Hello"},
        timeout=10,
    ).raise_for_status()


def is_paused(customer: Customer) -> bool:
    answer = requests.get(
        f"{customer.api_url}/carrier/v1/connectors/{customer.connector_sid}",
        headers={"Authorization": f"Bearer {customer.bearer}"},
        timeout=10,
    )
    paused: bool = answer.json()["paused"]
    return paused


def test_a_connector_that_nobody_runs_says_so_and_what_waits(
    customer: Customer, browser: Browser
) -> None:
    send(customer)
    page = browser.get("/connectors").text
    assert "no gateway process runs it" in page
    assert "1 segment," in page


def test_channels_show_what_they_have_sent_and_why_they_rest(
    customer: Customer, browser: Browser
) -> None:
    requests.post(
        f"{customer.api_url}/carrier/v1/channels",
        headers={"Authorization": f"Bearer {customer.bearer}"},
        json={
            "connector_sid": customer.connector_sid,
            "number": 7,
            "name": "Cellcard",
            "day_segments": 100,
            "paused": True,
        },
        timeout=10,
    ).raise_for_status()
    page = browser.get("/connectors").text
    assert "Cellcard" in page
    assert "0 of 100" in page
    assert "it is paused" in page


def test_an_owner_pauses_a_connector_and_lets_it_go_on(
    customer: Customer, browser: Browser
) -> None:
    path = f"/connectors/{customer.connector_sid}"
    page = browser.post(f"{path}/pause", page="/connectors").text
    assert is_paused(customer)
    assert "Put it in service" in page
    browser.post(f"{path}/resume", page="/connectors")
    assert not is_paused(customer)


def test_who_only_reads_cannot_pause(customer: Customer) -> None:
    email = "reader@mekong.example"
    make_person(customer.database_url, customer.carrier_sid, email, role=Role.MEMBER)
    with Browser(customer.api_url) as reader:
        reader.sign_in(email)
        path = f"/connectors/{customer.connector_sid}/pause"
        assert reader.post(path, page="/connectors").status_code == 404
    assert not is_paused(customer)


def test_connectors_are_no_business_of_an_accounts_people(customer: Customer) -> None:
    email = "admin@clinic.example"
    make_person(
        customer.database_url,
        customer.carrier_sid,
        email,
        role=Role.ADMIN,
        account_sid=customer.account_sid,
    )
    with Browser(customer.api_url) as admin:
        admin.sign_in(email)
        assert admin.get("/connectors").status_code == 404
        path = f"/connectors/{customer.connector_sid}/pause"
        assert admin.post(path, page="/profile").status_code == 404
        assert "sim box" not in admin.get("/").text
    assert not is_paused(customer)


def test_another_carriers_owner_cannot_pause_it(customer: Customer) -> None:
    other = "CR" + "2" * 32
    run(customer.database_url, f"INSERT INTO carriers (sid, name) VALUES ('{other}', 'Other')")
    make_person(customer.database_url, other, "owner@other.example")
    with Browser(customer.api_url) as stranger:
        stranger.sign_in("owner@other.example")
        assert "sim box" not in stranger.get("/connectors").text
        path = f"/connectors/{customer.connector_sid}/pause"
        assert stranger.post(path, page="/connectors").status_code == 404
    assert not is_paused(customer)


def test_the_first_page_counts_today_and_shows_what_waits_and_alerts(
    customer: Customer, browser: Browser
) -> None:
    for _ in range(4):
        send(customer)
    run(
        customer.database_url,
        f"""
        UPDATE messages SET status = CASE WHEN sid = (SELECT min(sid) FROM messages)
                                          THEN 'failed' ELSE 'delivered' END;
        INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level,
                            alert_text, request_method, request_url, request_variables)
        SELECT 'NO' || repeat('1', 32), '{customer.carrier_sid}', '{customer.account_sid}',
               min(sid), 11200, 'error', '', 'POST', 'http://clinic.example/hook', ''
        FROM messages
        """,
    )
    page = browser.get("/").text
    assert "3 delivered" in page
    assert "1 failed" in page
    assert "75.0%" in page
    assert "http://clinic.example/hook" in page
    assert '<td class="number">4<' in page
