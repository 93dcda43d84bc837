"""A carrier's accounts and set-up, and the platform, on pages and over the API."""

from collections.abc import Iterator

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import OTHER_CARRIER, House


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    with house.browser("carrier-owner") as browser:
        yield browser


def platform(house: House, path: str) -> requests.Response:
    return requests.get(
        f"{house.customer.api_url}/platform/v1{path}",
        headers={"Authorization": f"Bearer {house.customer.bearer}"},
        timeout=10,
    )


def test_an_account_is_made_limited_suspended_let_go_on_and_closed(
    house: House, browser: Browser
) -> None:
    made = browser.post("/accounts", page="/accounts", friendly_name="Farm").url
    path = f"/accounts/{made.partition('?')[0].rpartition('/')[2]}"
    fields = {"friendly_name": "Farms", "requests_per_second": "5", "texts_days": "30"}
    browser.post(path, page=path, **fields)
    account = house.carrier("GET", path).json()
    assert (account["friendly_name"], account["requests_per_second"]) == ("Farms", 5)
    assert account["texts_days"] == 30
    assert "suspended" in browser.post(f"{path}/suspend", page=path).text
    browser.post(f"{path}/reactivate", page=path)
    assert house.carrier("GET", path).json()["status"] == "active"
    browser.post(f"{path}/close", page=path)
    assert "Farms" not in browser.get("/accounts").text
    assert "Farms" in browser.get("/accounts", status="closed").text


def test_an_account_is_put_in_quarantine_with_a_reason_and_let_go(
    house: House, browser: Browser
) -> None:
    made = browser.post("/accounts", page="/accounts", friendly_name="Leaky").url
    path = f"/accounts/{made.partition('?')[0].rpartition('/')[2]}"
    refused = browser.post(f"{path}/quarantine", page=path, why=" ")
    assert refused.status_code == 400
    page = browser.post(f"{path}/quarantine", page=path, why="its token leaked <b>")
    assert "its token leaked &lt;b&gt;" in page.text
    account = house.carrier("GET", path).json()
    assert account["quarantine_why"] == "its token leaked <b>"
    assert "Put it in quarantine" in browser.post(f"{path}/let-go", page=path).text
    assert house.carrier("GET", path).json()["quarantine_why"] is None


def test_what_is_wrong_with_an_account_is_said_beside_its_field(browser: Browser) -> None:
    page = browser.post(
        "/accounts", page="/accounts", friendly_name="Farm", requests_per_second="-1"
    )
    assert 'aria-invalid="true" aria-describedby="f-requests_per_second-wrong"' in page.text


def test_an_account_of_another_carrier_is_not_there(house: House) -> None:
    with house.browser("stranger") as stranger:
        path = f"/accounts/{house.customer.account_sid}"
        assert stranger.get(path).status_code == 404
        assert stranger.post(f"{path}/suspend", page="/profile").status_code == 404
    assert house.carrier("GET", path).json()["status"] == "active"


def test_an_empty_carrier_is_led_from_the_first_page_to_its_set_up(house: House) -> None:
    with house.browser("stranger") as stranger:
        page = stranger.get("/")
        assert page.url.endswith("/setup")
        assert "0 of 8 steps are done." in page.text
        assert "bypass" in page.text
        stranger.post("/setup/lawful-use", page="/setup")
        assert "1 of 8 steps are done." in stranger.get("/setup").text
    house.run(f"DELETE FROM accounts WHERE carrier_sid = '{OTHER_CARRIER}'")


def test_the_api_says_the_same_of_the_set_up(house: House) -> None:
    steps = house.carrier("GET", "/setup").json()
    done = {step["name"]: step["done"] for step in steps["steps"]}
    assert done["connector"]
    assert not done["bind"]
    assert steps["next"] == "lawful_use"
    house.carrier("POST", "/setup/lawful_use").raise_for_status()
    assert house.carrier("GET", "/setup").json()["next"] == "bind"


def test_the_api_tells_how_traffic_goes(house: House) -> None:
    sid = house.send()
    told = house.carrier("GET", "/traffic").json()
    assert sum(told["outbound"].values()) == sum(hour["sent"] for hour in told["hours"])
    assert {one["iso_country"] for one in told["countries"]} == {"KH"}
    assert told["days"][-1]["sent"] >= 1
    (latest, *_) = house.carrier("GET", "/message_events").json()["data"]
    assert (latest["message_sid"], latest["event"]) == (sid, "accepted")
    nobody = house.carrier("GET", f"/message_events?account_sid=AC{'9' * 32}")
    assert nobody.status_code == 404


def test_the_api_says_whether_a_signature_fits(house: House) -> None:
    request = {
        "account_sid": house.customer.account_sid,
        "url": "https://a.example/sms",
        "parameters": "Body=Hello&From=%2B85512345678",
    }
    expected = house.carrier("POST", "/webhooks/signature", **request).json()["expected"]
    signed = RequestValidator(house.customer.auth_token).compute_signature(
        request["url"], {"Body": "Hello", "From": "+85512345678"}
    )
    assert expected == signed
    checked = house.carrier("POST", "/webhooks/signature", **request, signature=signed).json()
    assert (checked["fits"], checked["difference"]) == (True, None)
    wrong = request | {"url": "http://a.example/sms"}
    told = house.carrier("POST", "/webhooks/signature", **wrong, signature=signed).json()
    assert (told["fits"], told["difference"]) == (False, "scheme")
    refused = house.carrier("POST", "/webhooks/signature", **request | {"url": "a.example"})
    assert refused.status_code == 400


def test_capacity_sets_rates_beside_what_waits_and_what_went(
    house: House, browser: Browser
) -> None:
    sid = house.customer.connector_sid
    house.carrier("PATCH", f"/connectors/{sid}", throughput=0.5)
    house.run(
        "INSERT INTO connector_hours (connector_sid, hour, carrier_sid, accepted) VALUES "
        f"('{sid}', date_trunc('hour', now()), '{house.customer.carrier_sid}', 1234)"
    )
    one = house.carrier("GET", "/capacity").json()["data"][0]
    assert (one["per_second"], one["busiest_hour"], one["day"]) == (0.5, 1234, 1234)
    assert one["seconds_to_empty"] is None  # nobody runs it
    assert "1,234" in browser.get("/capacity").text


def test_only_a_key_that_was_made_for_it_opens_the_platforms_api(house: House) -> None:
    assert platform(house, "/carriers").status_code == 404
    house.run("UPDATE carrier_keys SET runs_platform = true")
    carriers = platform(house, "/carriers").json()["data"]
    assert {one["sid"] for one in carriers} == {house.customer.carrier_sid, OTHER_CARRIER}
    assert platform(house, "/health").json()["redis"]["waiting"]["webhooks"] >= 0
    tables = platform(house, "/database").json()["tables"]
    assert "messages" in {one["name"] for one in tables}
    house.run(
        "UPDATE accounts SET texts_days = 30, texts_until = 'SM0190b9f0c000' || repeat('0', 20) "
        f"WHERE sid = '{house.customer.account_sid}'"
    )
    listed = platform(house, "/retention").json()["data"]
    kept = {one["account_sid"]: one for one in listed}[house.customer.account_sid]
    assert kept["texts"] == {"days": 30, "gone_before": "2024-07-16T05:08:01.152000Z"}
    assert kept["logs"] == {"days": None, "gone_before": None}
    leases = platform(house, "/workers").json()["leases"]
    assert [one["state"] for one in leases] == ["unowned"]
    assert platform(house, "/nowhere").status_code == 404


def test_the_platforms_page_says_which_kinds_of_workers_are_missing(house: House) -> None:
    house.run("UPDATE users SET runs_platform = true WHERE email = 'account-member@mekong.example'")
    with house.browser("account-member") as runner:
        page = runner.get("/platform").text
        house.run(f"UPDATE accounts SET texts_days = 31 WHERE sid = '{house.other_account}'")
        kept = runner.get("/platform").text
    assert "No worker of the kind gateway runs." in page
    assert "31 days" in kept
    assert "Other" in page
