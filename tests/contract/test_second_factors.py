"""Second factors: set up with an app, asked for at sign-in, required by a carrier's policy."""

import re
from collections.abc import Iterator

import pytest

from smsc.embedded import EmbeddedPostgres
from smsc.models import Role
from tests.contract.dashboard_browser import PASSWORD, Browser, make_person
from tests.contract.dashboard_house import House, code_now, dashboard_house, make_people

EMAIL = "dara@clinic.example"


@pytest.fixture(scope="module")
def house(
    postgres_server: EmbeddedPostgres, migrated_template: str, valkey_server: str
) -> Iterator[House]:
    with dashboard_house(postgres_server, migrated_template, valkey_server) as house:
        make_people(house)
        make_person(
            house.customer.database_url, house.customer.carrier_sid, EMAIL, role=Role.MEMBER
        )
        yield house


@pytest.fixture
def codes(house: House) -> Iterator[list[str]]:
    """Set Dara's second factor up; return the recovery codes."""
    with Browser(house.customer.api_url) as browser:
        browser.sign_in(EMAIL)
        browser.post("/security/begin", page="/security")
        page = browser.post("/security/confirm", page="/security", code=code_now(house, EMAIL))
        yield re.findall(r"<li><code>([a-z0-9-]+)</code>", page.text)
    house.run(f"UPDATE users SET totp_sealed = NULL, totp_at = NULL WHERE email = '{EMAIL}'")


def forget_used_step(house: House) -> None:
    house.run("UPDATE users SET totp_step = 0")


def test_an_app_reads_the_secret_of_a_drawing_and_a_wrong_code_switches_nothing_on(
    house: House,
) -> None:
    with house.browser("account-admin") as browser:
        page = browser.post("/security/begin", page="/security").text
        assert "<svg" in page
        assert "style=" not in page
        assert browser.post("/security/confirm", page="/security", code="12345").status_code == 400
        assert "Since" not in browser.get("/security").text


def test_a_password_alone_lets_nobody_in_and_a_code_counts_once(
    house: House, codes: list[str]
) -> None:
    assert len(codes) == 10
    forget_used_step(house)
    with Browser(house.customer.api_url) as browser:
        asked = browser.sign_in(EMAIL, next="/numbers")
        assert "/sign-in/code" in asked.url
        assert "/sign-in" in browser.get("/numbers").url
        wrong = browser.post("/sign-in/code", page="/sign-in/code", code="000000")
        assert wrong.status_code == 401
        code = code_now(house, EMAIL)
        page = browser.post("/sign-in/code", page="/sign-in/code", code=code, next="/numbers")
        assert page.url.endswith("/numbers")
    with Browser(house.customer.api_url) as again:
        again.sign_in(EMAIL)
        assert again.post("/sign-in/code", page="/sign-in/code", code=code).status_code == 401


def test_a_recovery_code_lets_in_once(house: House, codes: list[str]) -> None:
    for status in (200, 401):
        with Browser(house.customer.api_url) as browser:
            browser.sign_in(EMAIL)
            answer = browser.post("/sign-in/code", page="/sign-in/code", code=codes[0].upper())
            assert answer.status_code == status
            if status == 200:
                assert "9 recovery codes are left" in browser.get("/security").text


def test_after_five_wrong_codes_the_name_is_shut_out(house: House, codes: list[str]) -> None:
    assert codes
    name = "five@clinic.example"
    make_person(house.customer.database_url, house.customer.carrier_sid, name)
    with Browser(house.customer.api_url) as browser:
        browser.sign_in(name)
        browser.post("/security/begin", page="/security")
        browser.post("/security/confirm", page="/security", code=code_now(house, name))
    forget_used_step(house)
    with Browser(house.customer.api_url) as browser:
        browser.sign_in(name)
        for _ in range(5):
            answer = browser.post("/sign-in/code", page="/sign-in/code", code="000000")
        assert answer.status_code == 401
        assert browser.get("/sign-in/code").url.endswith("/sign-in")
        assert browser.sign_in(name).status_code == 429


def test_a_second_factor_is_switched_off_by_a_code_alone(house: House, codes: list[str]) -> None:
    with Browser(house.customer.api_url) as browser:
        browser.sign_in(EMAIL)
        browser.post("/sign-in/code", page="/sign-in/code", code=codes[1])
        assert browser.post("/security/remove", page="/security", code="000000").status_code == 400
        browser.post("/security/remove", page="/security", code=codes[2])
        assert 'action="/security/begin"' in browser.get("/security").text
    with Browser(house.customer.api_url) as browser:
        assert browser.sign_in(EMAIL, PASSWORD).url.endswith("/")


def test_a_carrier_that_requires_it_shows_nothing_to_who_has_none(
    house: House, codes: list[str]
) -> None:
    with Browser(house.customer.api_url) as browser, house.browser("account-member") as member:
        browser.sign_in(EMAIL)
        browser.post("/sign-in/code", page="/sign-in/code", code=codes[3])
        house.carrier("PUT", "/security_policy", second_factor_required=True).raise_for_status()
        assert browser.get("/numbers").url.endswith("/numbers")
        for path in ("/", "/numbers", "/profile"):
            page = member.get(path)
            assert page.url.endswith("/security")
        assert "without a second factor" in page.text
        assert member.post("/exports", page="/security").url.endswith("/security")
        house.carrier("PUT", "/security_policy", second_factor_required=False).raise_for_status()
        assert member.get("/numbers").url.endswith("/numbers")


def test_only_who_runs_the_carrier_takes_a_second_factor_away_and_no_admin_an_owners(
    house: House, codes: list[str]
) -> None:
    assert codes
    for name in ("carrier-owner", "account-owner", "account-developer"):
        house.run(
            "UPDATE users SET totp_sealed = 'x', totp_at = now() "
            f"WHERE email = '{name}@mekong.example'"
        )
    sids = {
        person["email"].partition("@")[0]: person["memberships"][0]["sid"]
        for person in house.carrier("GET", "/people").json()["data"]
    }

    def take_away(by: str, of: str) -> int:
        with house.browser(by) as browser:
            path = f"/people/{sids[of]}/second-factor"
            return browser.post(path, page="/profile").status_code

    assert take_away("account-owner", "account-developer") == 404
    assert take_away("carrier-admin", "carrier-owner") == 403
    assert take_away("carrier-admin", "account-developer") == 200
    people = house.carrier("GET", "/people").json()["data"]
    have = {one["email"].partition("@")[0] for one in people if one["second_factor"]}
    assert have >= {"carrier-owner", "account-owner"}
    assert "account-developer" not in have
