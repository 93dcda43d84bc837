"""Signing in by a carrier's OpenID Connect provider, which is a real one on loopback."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from smsc.embedded import EmbeddedPostgres
from smsc.models import Role
from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.dashboard_house import House
from tests.contract.dns_server import dns_server
from tests.contract.running_api import cloned_database, serving_a_customer
from tests.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    OpenIdProvider,
    SigningKey,
    openid_provider,
)

OWNER = "carrier-owner@mekong.example"
STRANGER = "nobody@mekong.example"


@pytest.fixture(scope="module")
def house(
    postgres_server: EmbeddedPostgres, migrated_template: str, valkey_server: str
) -> Iterator[House]:
    """Lend a house that may reach providers on loopback, and nowhere else inside."""
    with (
        cloned_database(postgres_server, migrated_template) as database_url,
        dns_server() as dns,
        serving_a_customer(
            database_url,
            valkey_server,
            dns_server=dns.address,
            webhook_allowed_networks="127.0.0.0/30",
        ) as customer,
    ):
        house = House(customer, "", dns)
        made = house.carrier("POST", "/accounts", friendly_name="Shop")
        house = House(customer, made.json()["sid"], dns)
        make_people_but_the_stranger(house)
        yield house


def make_people_but_the_stranger(house: House) -> None:
    """Make people of one carrier alone, so that the sign-in page knows whose it is."""
    carrier_sid = house.customer.carrier_sid
    house.make_people(
        ("carrier-owner", carrier_sid, None, Role.OWNER),
        ("carrier-member", carrier_sid, None, Role.MEMBER),
        ("account-owner", carrier_sid, house.customer.account_sid, Role.OWNER),
    )


@pytest.fixture(scope="module")
def served() -> Iterator[OpenIdProvider]:
    with openid_provider() as provider:
        yield provider


@pytest.fixture
def provider(house: House, served: OpenIdProvider) -> OpenIdProvider:
    """Lend a provider without faults, which the carrier trusts."""
    served.be_well(OWNER)
    put(house, served)
    return served


def put(house: House, provider: OpenIdProvider, **changes: object) -> None:
    draft: dict[str, object] = {
        "name": "Mekong ID",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    answer = house.carrier("PUT", "/identity_provider", **(draft | changes))
    assert answer.status_code == 200, answer.text


def leave_path(house: House) -> str:
    return f"/sign-in/provider/{house.customer.carrier_sid}"


def outcome(house: House, **query: str) -> tuple[int, str]:
    """Sign in by the provider; return the status, and where it ended or why it didn't."""
    with Browser(house.customer.api_url) as browser:
        answer = browser.get(leave_path(house), **query)
        said = re.search(r'role="alert"[^>]*>(.*?)</p>', answer.text)
        is_in = "/sign-in" not in browser.get("/profile").url
        assert is_in == (said is None)
        if said is not None:
            return answer.status_code, said[1].replace("&#39;", "'")
        return answer.status_code, answer.url.removeprefix(house.customer.api_url)


def last_entry(house: House, subject: str) -> dict[str, object]:
    entries = house.carrier("GET", f"/audit_log?subject={subject}&limit=1").json()["data"]
    entry: dict[str, object] = entries[0]
    return entry


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_member_is_let_in_by_the_word_of_the_carriers_provider(
    house: House, provider: OpenIdProvider, algorithm: str, method: str
) -> None:
    provider.key = SigningKey.make(algorithm)
    provider.methods = (method,)
    put(house, provider)
    assert outcome(house, next="/numbers") == (200, "/numbers")
    entry = last_entry(house, "session")
    assert (entry["action"], entry["after"]) == ("signed in", {"proof": "provider"})


def test_the_sign_in_page_leads_to_the_provider(house: House, provider: OpenIdProvider) -> None:
    with Browser(house.customer.api_url) as browser:
        assert "Sign in with Mekong ID" in browser.get("/sign-in").text
        put(house, provider, enabled=False)
        assert "Sign in with Mekong ID" not in browser.get("/sign-in").text
        assert browser.get(leave_path(house)).status_code == 404


NOW = datetime.now(UTC)
FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "wrong nonce": ({"nonce": "another"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "another issuer": ({"iss": "https://evil.example"}, "issuer"),
    "another client": ({"aud": "another"}, "Audience"),
    "given to another": ({"aud": [CLIENT_ID, "b"], "azp": "b"}, "azp"),
    "for several": ({"aud": [CLIENT_ID, "b"]}, "azp"),
    "expired": ({"exp": NOW - timedelta(minutes=2)}, "expired"),
    "of the future": ({"iat": NOW + timedelta(hours=1)}, "iat"),
}


@pytest.mark.parametrize(("claims", "why"), FAULTS.values(), ids=list(FAULTS))
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(
    house: House, provider: OpenIdProvider, claims: dict[str, object], why: str
) -> None:
    provider.claims |= claims
    status, said = outcome(house)
    assert status == 401
    assert "Mekong ID did not let you in" in said
    assert why in said
    assert last_entry(house, "sign-in")["action"] == "refused"


def test_a_token_that_was_changed_lets_nobody_in(house: House, provider: OpenIdProvider) -> None:
    provider.tampered = True
    assert outcome(house)[0] == 401
    provider.tampered = False
    assert outcome(house)[0] == 200


def test_a_token_by_a_key_that_the_provider_does_not_show_lets_nobody_in(
    house: House, provider: OpenIdProvider
) -> None:
    provider.signed_by = SigningKey.make(provider.key.algorithm)
    assert "a key that the provider doesn't show" in outcome(house)[1]
    provider.signed_by.kid = provider.key.kid  # it lies about which
    assert "Signature verification failed" in outcome(house)[1]


def test_keys_that_were_rotated_are_asked_for_once(house: House, provider: OpenIdProvider) -> None:
    assert outcome(house)[0] == 200
    provider.key, before = SigningKey.make("ES256"), provider.key_requests
    assert outcome(house)[0] == 200
    assert outcome(house)[0] == 200
    assert provider.key_requests == before + 1


def test_a_return_counts_once_and_only_in_the_browser_that_left(
    house: House, provider: OpenIdProvider
) -> None:
    with Browser(house.customer.api_url) as browser, Browser(house.customer.api_url) as thief:
        leaving = browser.get_raw(leave_path(house))
        cookie = leaving.headers["Set-Cookie"].partition(";")[0].partition("=")
        back = browser.get_elsewhere(leaving.headers["Location"]).headers["Location"]
        assert thief.get_elsewhere(back).status_code == 401
        thief.get_raw(leave_path(house))  # has a cookie of its own, for another state
        assert thief.get_elsewhere(back).status_code == 401
        assert browser.get_elsewhere(back).headers["Location"] == "/"
        browser.set_cookie(cookie[0], cookie[2].strip('"'))  # which our answer took away
        replayed = browser.get_elsewhere(back)
        assert replayed.status_code == 401
        assert "was used before" in replayed.text


@pytest.mark.parametrize("verified", [False, None, "no"])
def test_an_address_that_the_provider_does_not_vouch_for_lets_nobody_in(
    house: House, provider: OpenIdProvider, verified: object
) -> None:
    provider.claims["email_verified"] = verified
    status, said = outcome(house)
    assert status == 401
    assert "doesn't vouch for your email address" in said


def test_what_the_token_leaves_out_the_userinfo_endpoint_tells_of_the_same_person(
    house: House, provider: OpenIdProvider
) -> None:
    provider.claims = {}
    provider.told = {"sub": "1", "email": OWNER.upper(), "email_verified": True}
    put(house, provider)
    assert outcome(house) == (200, "/")
    provider.told["sub"] = "2"
    assert "about somebody else" in outcome(house)[1]


def test_who_is_invited_joins_by_the_provider_and_nobody_else_does(
    house: House, provider: OpenIdProvider
) -> None:
    provider.be_well(STRANGER)
    assert outcome(house) == (403, f"Nobody has invited {STRANGER} here.")
    account = house.customer.account_sid
    draft = {"email": STRANGER, "role": "developer", "account_sid": account}
    house.carrier("POST", "/invitations", **draft).raise_for_status()
    assert outcome(house) == (200, "/")
    people = house.carrier("GET", "/people").json()["data"]
    (membership,) = next(one for one in people if one["email"] == STRANGER)["memberships"]
    assert (membership["role"], membership["account_sid"]) == ("developer", account)
    assert house.carrier("GET", "/invitations").json()["data"] == []
    change = {"state": "disabled"}
    house.carrier("PATCH", f"/memberships/{membership['sid']}", **change).raise_for_status()
    assert outcome(house)[0] == 403


def test_an_address_of_an_allowed_domain_makes_a_reading_member_but_lets_no_suspended_one_in(
    house: House, provider: OpenIdProvider
) -> None:
    provider.be_well("new@staff.example")
    assert outcome(house)[0] == 403
    put(house, provider, allowed_domains=["Staff.example"])
    assert outcome(house) == (200, "/")
    people = house.carrier("GET", "/people").json()["data"]
    (membership,) = next(one for one in people if one["email"] == "new@staff.example")[
        "memberships"
    ]
    assert (membership["role"], membership["account_sid"]) == ("member", None)
    house.carrier("PATCH", f"/memberships/{membership['sid']}", state="disabled").raise_for_status()
    assert outcome(house)[0] == 403


def test_a_provider_that_is_away_or_refuses_is_told_in_plain_words(
    house: House, provider: OpenIdProvider
) -> None:
    provider.error = "access_denied"
    assert outcome(house) == (401, "Mekong ID did not let you in: access_denied")
    provider.error = None
    with Browser(house.customer.api_url) as browser:
        back = browser.get_elsewhere(browser.get_raw(leave_path(house)).headers["Location"])
        provider.broken = True
        answer = browser.get_elsewhere(back.headers["Location"])
        assert answer.status_code == 502
        assert "Mekong ID doesn&#39;t answer as it should" in answer.text
        assert "status 500" in answer.text
    draft = {"name": "-", "issuer": provider.issuer, "client_id": "-"}
    refused = house.carrier("PUT", "/identity_provider", **draft)
    assert refused.status_code == 400
    assert "issuer: it doesn't answer as a provider" in refused.json()["message"]


@pytest.mark.parametrize(
    ("issuer", "why"),
    [
        ("http://10.1.2.3:8080", "no address on the public Internet"),
        ("http://127.0.0.5:1", "no address on the public Internet"),
        ("http://login.example", "must begin with https"),
        ("https://u:p@login.example", "must be the issuer's URL"),
        ("https://login.example/#rc=5", "must be the issuer's URL"),
    ],
    ids=["private", "loopback", "without TLS", "password", "fragment"],
)
def test_a_provider_is_never_where_a_webhook_may_not_go(
    house: House, issuer: str, why: str
) -> None:
    draft = {"name": "-", "issuer": issuer, "client_id": "-"}
    answer = house.carrier("PUT", "/identity_provider", **draft)
    assert answer.status_code == 400
    assert why in answer.json()["message"]


def test_the_client_secret_is_never_shown_and_stays_when_it_is_not_sent(
    house: House, provider: OpenIdProvider
) -> None:
    shown = house.carrier("GET", "/identity_provider")
    assert CLIENT_SECRET not in shown.text
    assert shown.json()["has_client_secret"] is True
    draft = {"name": "Other", "issuer": provider.issuer, "client_id": CLIENT_ID}
    house.carrier("PUT", "/identity_provider", **draft).raise_for_status()
    assert outcome(house)[0] == 200
    entry = last_entry(house, "identity provider")
    assert (entry["action"], entry["after"]) == ("changed", {"name": "Other"})
    put(house, provider)
    draft["client_secret"] = "wrong"
    house.carrier("PUT", "/identity_provider", **draft).raise_for_status()
    assert "invalid_grant" in outcome(house)[1]
    assert last_entry(house, "identity provider")["after"] == {
        "name": "Other",
        "client_secret_sealed": "…",
    }


def test_a_required_second_factor_is_the_providers_to_ask_for(
    house: House, provider: OpenIdProvider
) -> None:
    house.carrier("PUT", "/security_policy", second_factor_required=True).raise_for_status()
    try:
        assert "doesn't say that it asked for one" in outcome(house)[1]
        provider.claims["amr"] = ["pwd", "mfa"]
        assert outcome(house) == (200, "/")
        del provider.claims["amr"]
        put(house, provider, asks_factor=True)
        assert outcome(house) == (200, "/")
    finally:
        house.carrier("PUT", "/security_policy", second_factor_required=False).raise_for_status()


def test_who_is_bound_to_the_provider_comes_by_no_password_and_is_signed_out(
    house: House, provider: OpenIdProvider
) -> None:
    staff, customer = "staff@bound.example", "customer@bound.example"
    database_url, carrier_sid = house.customer.database_url, house.customer.carrier_sid
    make_person(database_url, carrier_sid, staff, role=Role.ADMIN)
    make_person(database_url, carrier_sid, customer, account_sid=house.customer.account_sid)
    with Browser(house.customer.api_url) as one, Browser(house.customer.api_url) as other:
        one.sign_in(staff)
        other.sign_in(customer)
        put(house, provider, bound="staff")
        assert "/sign-in" in one.get("/numbers").url
        assert other.get("/numbers").url.endswith("/numbers")
        refused = one.sign_in(staff)
        assert refused.status_code == 403
        assert "Your carrier wants you to sign in another way" in refused.text
        put(house, provider, bound="everybody")
        assert "/sign-in" in other.get("/numbers").url
    provider.be_well(customer)
    assert outcome(house) == (200, "/")


def test_an_owner_of_the_carrier_comes_by_two_factors_when_the_provider_does_not_work(
    house: House, provider: OpenIdProvider
) -> None:
    put(house, provider, bound="everybody")
    with house.browser("carrier-owner") as owner:
        assert "/sign-in" in owner.get("/numbers").url
        of_owner = f"WHERE user_sid = (SELECT sid FROM users WHERE email = '{OWNER}')"
        house.run(f"UPDATE user_sessions SET proof = 'code' {of_owner}")
        assert owner.get("/numbers").url.endswith("/numbers")
    member = "WHERE user_sid = (SELECT sid FROM users WHERE email LIKE 'carrier-member@%')"
    house.run(f"UPDATE user_sessions SET proof = 'code' {member}")
    with house.browser("carrier-member") as browser:
        assert "/sign-in" in browser.get("/numbers").url


def test_without_its_provider_a_carrier_lets_in_nobody_who_came_by_it(
    house: House, provider: OpenIdProvider
) -> None:
    with Browser(house.customer.api_url) as browser:
        browser.get(leave_path(house))
        assert browser.get("/numbers").url.endswith("/numbers")
        assert house.carrier("DELETE", "/identity_provider").status_code == 204
        assert "/sign-in" in browser.get("/numbers").url
    assert house.carrier("DELETE", "/identity_provider").status_code == 404
    assert house.carrier("GET", "/identity_provider").status_code == 404


def test_on_another_carriers_host_the_provider_is_not_there(
    house: House, provider: OpenIdProvider
) -> None:
    assert provider.issuer
    other = "CR" + "9" * 32
    house.run(f"INSERT INTO carriers (sid, name) VALUES ('{other}', 'Other')")
    house.run(
        "INSERT INTO carrier_domains (carrier_sid, host, token, verified_at) "
        f"VALUES ('{other}', 'other.example', '', now())"
    )
    with Browser(house.customer.api_url) as browser:
        assert "Mekong ID" not in browser.get("/sign-in").text  # whose it is isn't known any more
        assert browser.get_raw(leave_path(house)).status_code == 303
        browser.come_by("other.example")
        assert browser.get_raw(leave_path(house)).status_code == 404
