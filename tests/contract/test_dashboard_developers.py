import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import House

_PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def developer(house: House) -> Iterator[Browser]:
    with house.browser("account-developer") as browser:
        yield browser


def code_of(page: str, element: str) -> str:
    found = re.search(rf'<code id="{element}">([^<]+)</code>', page)
    assert found is not None
    return found[1]


def status_of(house: House, path: str, username: str, password: str) -> int:
    url = house.customer.api_url + path.format(house.customer.account_sid)
    return requests.get(url, auth=(username, password), timeout=10).status_code


def eventually(browser: Browser, page: str, wanted: str, /, **query: str) -> str:
    """Return a page once it says what is wanted."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while wanted not in (said := browser.get(f"{page}?{urlencode(query)}").text):
        assert time.monotonic() < deadline, f"{page} never said {wanted!r}"
        time.sleep(0.05)
    return said


def test_a_key_is_made_shown_once_used_and_revoked(house: House, developer: Browser) -> None:
    account = house.customer.account_sid
    made = developer.post(
        "/keys",
        page="/keys",
        account=account,
        friendly_name="Web shop",
        kind="standard",
        allowed_networks="127.0.0.0/8\n::1/128",
    )
    sid, secret = code_of(made.text, "key-sid"), code_of(made.text, "key-secret")
    messages = "/2010-04-01/Accounts/{}/Messages.json"
    assert status_of(house, messages, sid, secret) == 200
    page = developer.get("/keys").text
    assert "127.0.0.0/8" in page
    assert secret not in page
    developer.post(f"/keys/{sid}/revoke", page="/keys", account=account)
    assert status_of(house, messages, sid, secret) == 401


def test_a_key_with_unknown_permissions_is_refused(house: House, developer: Browser) -> None:
    answer = developer.post(
        "/keys",
        page="/keys",
        account=house.customer.account_sid,
        kind="restricted",
        permissions="/twilio/messaging/messages/create /twilio/nothing",
    )
    assert answer.status_code == 400
    assert "/twilio/nothing is no permission here." in answer.text


def test_a_second_token_is_promoted_as_at_twilio(house: House) -> None:
    account = house.other_account
    with house.browser("other-developer") as developer:
        path = f"/2010-04-01/Accounts/{account}.json"
        assert "••••" in developer.get("/tokens").text
        developer.post("/tokens/secondary", page="/tokens", account=account)
        shown = developer.post("/tokens/show", page="/tokens", account=account).text
        first, second = re.findall(r"<code>([0-9a-f]{32})</code>", shown)[:2]
        assert [status_of(house, path, account, one) for one in (first, second)] == [200, 200]
        promoted = developer.post("/tokens/promote", page="/tokens", account=account)
        assert "it is the only token now" in promoted.text
        assert [status_of(house, path, account, one) for one in (first, second)] == [401, 200]
        developer.post("/tokens/secondary", page="/tokens", account=account)
        developer.post("/tokens/secondary/remove", page="/tokens", account=account)
        assert "/tokens/promote" not in developer.get("/tokens").text


def test_a_form_for_another_account_is_answered_as_if_there_were_none(
    house: House, developer: Browser
) -> None:
    for path, page in (("/keys", "/keys"), ("/tokens/show", "/tokens"), ("/signature",) * 2):
        fields = {"url": "https://a.example/"}
        answer = developer.post(path, page=page, account=house.other_account, **fields)
        assert answer.status_code == 404


def test_a_signature_is_computed_and_its_difference_named(house: House, developer: Browser) -> None:
    url, account = "https://example.org/sms", house.customer.account_sid
    validator = RequestValidator(house.customer.auth_token)

    def tried(signature: str) -> str:
        return developer.post(
            "/signature",
            page="/signature",
            account=account,
            url=url,
            params="Body=Hi&To=%2B1",
            signature=signature,
        ).text

    right = validator.compute_signature(url, {"Body": "Hi", "To": "+1"})
    assert "It fits" in (page := tried(right))
    assert code_of(page, "expected") == right.replace("+", "&#43;").replace("&#43;", "+")
    wrong = validator.compute_signature("http://example.org/sms", {"Body": "Hi", "To": "+1"})
    assert "http in place of https" in tried(wrong)


def test_what_a_program_sent_and_got_is_shown_without_texts_and_secrets(
    house: House, developer: Browser
) -> None:
    customer = house.customer
    sid = house.send("A private text")
    url = f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json"
    refused = requests.post(url, auth=(customer.account_sid, "wrong"), data={"To": "1"}, timeout=10)
    request_id = refused.headers["Twilio-Request-Id"]
    page = eventually(developer, "/requests", "20003", id=request_id)
    assert page.count("/requests/") >= 1
    page = eventually(developer, "/requests", "201", path="Messages.json", outcome="served")
    link = re.search(r'href="(/requests/[0-9]+)"', page)
    assert link is not None
    one = developer.get(link[1]).text
    assert "A private text" not in one
    assert "(14)" in one
    assert sid in one
    assert "python-requests" in one


def test_webhooks_are_listed_with_request_and_answer_and_told_again(
    house: House, developer: Browser
) -> None:
    sid, account = house.send(), house.customer.account_sid
    house.run(
        f"""
        INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url, method,
                                      duration_ms, http_status, error_code, error)
        SELECT sid, carrier_sid, account_sid, 'delivered', 'https://shop.example/status', 'POST',
               12, 500, 11200, 'The server answered with status 500.'
        FROM messages WHERE sid = '{sid}'
        """
    )
    page = developer.get("/webhooks", outcome="failed").text
    assert "https://shop.example/status" in page
    assert "shop.example" not in developer.get("/webhooks", outcome="taken").text
    assert "shop.example" not in developer.get("/webhooks", url="elsewhere").text
    link = re.search(rf'href="(/webhooks/{sid}/[0-9]+)"', page)
    assert link is not None
    one = developer.get(link[1]).text
    assert "<code>MessageStatus</code>" in one
    assert "status 500" in one
    listed = house.carrier("GET", f"/webhooks/attempts?account_sid={account}&failed=true").json()
    assert [attempt["message_sid"] for attempt in listed["data"]] == [sid]
    fetched = house.carrier("GET", link[1].replace("/webhooks", "/webhooks/attempts")).json()
    assert fetched["parameters"]["MessageSid"] == sid
    again = developer.post("/webhooks/replay", page="/webhooks", account=account, hours="1")
    assert "0 webhooks are sent again." in again.text  # its message names no callback
    assert developer.post("/webhooks/replay", page="/webhooks", account=account).status_code == 400


def test_a_paused_server_is_shown_and_resumed(house: House, developer: Browser) -> None:
    account = house.customer.account_sid
    house.run(
        f"""
        INSERT INTO webhook_endpoints (account_sid, origin, carrier_sid, failures, paused_at)
        SELECT sid, 'https://dead.example:443', carrier_sid, 50, now() FROM accounts
        WHERE sid = '{account}'
        """
    )
    assert "https://dead.example:443" in developer.get("/webhooks").text
    developer.post(
        "/webhooks/resume", page="/webhooks", account=account, origin="https://dead.example:443"
    )
    assert "https://dead.example:443" not in developer.get("/webhooks").text


def test_an_alert_is_told_in_plain_words(house: House, developer: Browser) -> None:
    account = house.customer.account_sid
    house.run(
        f"""
        INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level,
                            alert_text, request_method, request_url, request_variables,
                            response_headers, response_body)
        SELECT 'NO{"2" * 32}', carrier_sid, sid, 'SM1', 11205, 'error', 'refused', 'POST',
               'https://shop.example/', 'Body=Hi', 'server: x', 'Oops' FROM accounts
        WHERE sid = '{account}'
        """
    )
    assert "No connection to your server could be made." in developer.get("/alerts").text
    assert "NO222" not in developer.get("/alerts", level="warning").text
    one = developer.get(f"/alerts/NO{'2' * 32}").text
    assert all(said in one for said in ("Body=Hi", "server: x", "Oops"))


def test_a_carrier_s_program_is_subscribed_to_events_and_shown_what_it_was_told(
    house: House,
) -> None:
    with house.browser("carrier-developer") as developer:
        made = developer.post(
            "/subscriptions",
            page="/subscriptions",
            name="Pager",
            url="https://pager.example/events",
            **{"connector.down": "true", "message.failed": "true"},
        )
        assert code_of(made.text, "secret").startswith("whsec_")
        link = re.search(r'href="(/subscriptions/DF[0-9a-f]+)"', made.text)
        assert link is not None
        page = developer.post(f"{link[1]}/test", page=link[1]).text
        assert "<code>test</code>" in page
        nothing = developer.post(link[1], page=link[1], url="https://pager.example/", name="")
        assert nothing.status_code == 400
        assert "Choose one or more types of events." in nothing.text
        changed = developer.post(
            link[1], page=link[1], url="https://pager.example/", **{"connector.up": "true"}
        )
        assert "disabled" in changed.text
    listed = house.carrier("GET", "/event_subscriptions").json()["data"]
    (one,) = [subscription for subscription in listed if "pager" in subscription["url"]]
    assert (one["types"], one["state"]) == (["connector.up"], "disabled")
    told = house.carrier("GET", f"/event_subscriptions/{one['sid']}/deliveries").json()["data"]
    assert [event["type"] for event in told] == ["test"]


def test_events_are_shown_as_they_happen(house: House, developer: Browser) -> None:
    sid = house.send()
    assert f"/messages/{sid}" in developer.get("/events").text
    with house.browser("other-member") as other:
        assert sid not in other.get("/events").text
