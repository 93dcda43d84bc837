"""Every route of the dashboard times everybody who may come."""

import re
from collections.abc import Iterator, Mapping

import pytest
import requests

from api.dashboard.rights import Right
from api.dashboard.routing import FORMS, OPEN, PAGES, ROUTES
from smsc.models import Role
from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import House

CARRIER = {role.value: f"carrier-{role.value}" for role in Role}
ACCOUNT = {role.value: f"account-{role.value}" for role in Role}
ALERT = "NO" + "1" * 32
SEQ = "9000000"  # of a request that was made to the API
RUNNER = "platform-runner"  # a member of an account, beside
EVERYBODY = {*CARRIER.values(), *ACCOUNT.values(), RUNNER, "shut-out"}
# Who has a right: said here by name, not computed as the code computes it.
HOLDERS: Mapping[Right, set[str]] = {
    Right.READ: EVERYBODY - {"shut-out"},
    Right.SEND: EVERYBODY - {"shut-out", "carrier-member", "account-member", RUNNER},
    Right.DEVELOP: EVERYBODY - {"shut-out", "carrier-member", "account-member", RUNNER},
    Right.KEEP: {"carrier-owner", "carrier-admin", "account-owner", "account-admin"},
    Right.READ_CARRIER: {*CARRIER.values()},
    Right.SEND_CARRIER: {"carrier-owner", "carrier-admin", "carrier-developer"},
    Right.OWN_CARRIER: {"carrier-owner"},
    Right.DEVELOP_CARRIER: {"carrier-owner", "carrier-admin", "carrier-developer"},
    Right.RUN_CARRIER: {"carrier-owner", "carrier-admin"},
    Right.RUN_PLATFORM: {RUNNER},
}


@pytest.fixture(scope="module")
def house(house: House) -> House:
    """Add who runs the platform."""
    customer = house.customer
    house.make_people((RUNNER, customer.carrier_sid, customer.account_sid, Role.MEMBER))
    house.run(
        "UPDATE users SET runs_platform = true WHERE email IN "
        f"('{RUNNER}@mekong.example', 'other-owner@mekong.example')"
    )
    return house


@pytest.fixture(scope="module")
def browsers(house: House) -> Iterator[Mapping[str, Browser]]:
    """Sign everybody in; then one is shut out, whose session is still there."""
    people = {name: house.browser(name) for name in EVERYBODY - {"shut-out"}}
    people["shut-out"] = house.browser("other-owner")
    house.run(
        """
        UPDATE memberships SET state = 'disabled'
        WHERE user_sid = (SELECT sid FROM users WHERE email = 'other-owner@mekong.example')
        """
    )
    yield people
    for browser in people.values():
        browser.__exit__()


@pytest.fixture(scope="module")
def things(house: House) -> Mapping[str, str]:
    """Make one of everything that a page is about, by the beginning of its path."""
    account = house.customer.account_sid
    numbers = house.carrier("GET", f"/phone_numbers?account_sid={account}").json()["data"]
    draft = {"url": "https://a.example/events", "types": ["connector.down"]}
    rule = {"name": "Down", "kind": "connector_down"}
    subscription = house.carrier("POST", "/event_subscriptions", **draft).json()["sid"]
    house.run(
        f"""
        INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level,
                            alert_text, request_method, request_url, request_variables)
        SELECT '{ALERT}', carrier_sid, sid, '', 11200, 'error', '', 'POST', 'http://a.example/', ''
        FROM accounts WHERE sid = '{account}'
        """
    )
    house.run(
        f"""
        INSERT INTO api_requests (seq, carrier_sid, account_sid, request_id, method, path, at,
                                  duration_ms, http_status, details)
        OVERRIDING SYSTEM VALUE
        SELECT {SEQ}, carrier_sid, sid, 'RQ1', 'GET', '/v1/Keys', now(), 1, 200, '{{}}'
        FROM accounts WHERE sid = '{account}'
        """
    )
    service = requests.post(
        f"{house.customer.api_url}/v1/Services",
        auth=(account, house.customer.auth_token),
        data={"FriendlyName": "Reminders"},
        timeout=10,
    ).json()["sid"]
    connector = house.customer.connector_sid
    channel = house.carrier("POST", "/channels", connector_sid=connector, number=1).json()["sid"]
    probe = house.carrier("POST", f"/connectors/{connector}/probes").json()["sid"]
    house.carrier("POST", "/invitations", email="guest@clinic.example").raise_for_status()
    return {
        "/outbox/{sid}": house.carrier("GET", "/mails").json()["data"][0]["sid"],
        "/accounts/{sid}": account,
        "/connectors/{sid}": connector,
        "/connectors/{sid}/edit": connector,
        "/channels/{sid}": channel,
        "/probes/{sid}": probe,
        "/messages/{sid}": house.send(),
        "/numbers/{sid}": numbers[0]["sid"],
        "/services/{sid}": service,
        "/alerts/{sid}": ALERT,
        "/subscriptions/{sid}": subscription,
        "/alert-rules/{sid}": house.carrier("POST", "/alert_rules", **rule).json()["sid"],
    }


def query_of(path: str, house: House) -> dict[str, str]:
    """Return what a page has to be told beside its path."""
    account = house.customer.account_sid
    if path == "/conversation":
        return {"account": account, "ours": house.customer.sender, "theirs": "+85512345678"}
    of_an_account = ("/services", "/opt-outs", "/keys", "/tokens", "/webhooks", "/alerts")
    return {"account": account} if path.startswith(of_an_account) else {}


def filled(path: str, sid: str) -> str:
    return path.replace("{sid}", sid).replace("{seq}", SEQ)


@pytest.mark.parametrize(("path", "right"), [(path, right) for path, _, right in PAGES])
def test_a_page_is_seen_by_who_has_its_right_and_by_nobody_else(
    house: House,
    browsers: Mapping[str, Browser],
    things: Mapping[str, str],
    path: str,
    right: Right,
) -> None:
    sid = things.get(path, "XX" + "0" * 32)
    seen = set()
    for name, browser in browsers.items():
        answer = browser.get(filled(path, sid), **query_of(path, house))
        if answer.status_code != 404 and "/sign-in" not in answer.url:
            assert answer.status_code == 200, (name, path)
            assert len(answer.content) < 100_000
            seen.add(name)
    # There is no simulator, no export of theirs, and no request was made to their servers.
    if path in {"/handset", "/exports/{sid}/csv", "/webhooks/{sid}/{seq}"}:
        assert seen == set()
    else:
        assert seen == HOLDERS[right]


@pytest.mark.parametrize(("path", "right"), [(path, right) for path, _, right in FORMS])
def test_a_form_is_read_for_who_has_its_right_and_for_nobody_else(
    browsers: Mapping[str, Browser], path: str, right: Right
) -> None:
    # Without its token: who has the right is refused as 403, and nothing is done.
    answers = {
        name: browser.post_raw(path.replace("{sid}", "XX" + "0" * 32))
        for name, browser in browsers.items()
    }
    assert {name for name, one in answers.items() if one.status_code == 403} == HOLDERS[right]
    for name, answer in answers.items():
        if name not in HOLDERS[right]:
            assert answer.status_code == 404 or "/sign-in" in answer.url, (name, path)


def test_who_is_not_signed_in_sees_nothing_but_the_way_in(house: House) -> None:
    with Browser(house.customer.api_url) as nobody:
        for path, _, _ in PAGES:
            assert "/sign-in" in nobody.get(path.replace("{sid}", "XX")).url
        for path, _, _ in FORMS:
            assert "/sign-in" in nobody.post_raw(path.replace("{sid}", "XX")).url


def test_every_route_is_open_or_in_the_tables() -> None:
    assert len(ROUTES) == len(OPEN) + len(PAGES) + len(FORMS)
    assert {route.path for route in OPEN} == {
        "/brand/{sid}/{name}",
        *("/assets/{name}", "/sign-in", "/sign-in/code", "/sign-in/passkey", "/forgot-password"),
        *("/sign-in/provider/{sid}", "/sign-in/callback", "/sign-up", "/sign-up/{token}"),
        *("/reset-password/{token}", "/invitation/{token}"),
    }


@pytest.mark.parametrize("right", Right)
def test_every_right_is_asked_for_somewhere(right: Right) -> None:
    assert any(right is asked for *_, asked in (*PAGES, *FORMS))


def test_the_links_of_a_page_lead_where_their_reader_may_go(
    browsers: Mapping[str, Browser],
) -> None:
    for name in ("account-member", "carrier-member", "carrier-owner", RUNNER):
        browser = browsers[name]
        links = set(re.findall(r'<a href="(/[a-z-]*)"', browser.get("/").text))
        assert links >= {"/messages", "/numbers"}
        assert [link for link in links if browser.get(link).status_code != 200] == []
