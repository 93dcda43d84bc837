"""Second factors: set up with an app, asked for at sign-in, required by a carrier's policy."""

import re
from collections.abc import Iterator

import pytest

from smsc.models import Role
from tests.contract.dashboard_browser import PASSWORD, Browser, make_person
from tests.contract.dashboard_house import House, code_now

EMAIL = "dara@clinic.example"


@pytest.fixture(scope="module")
def house(house: House) -> House:
    """Add Dara, who signs in by a password."""
    make_person(house.customer.database_url, house.customer.carrier_sid, EMAIL, role=Role.MEMBER)
    return house


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


@pytest.fixture
def passkey(house: House) -> Iterator[str]:
    """Give Dara a passkey, and let the carrier require a second factor."""
    sid = "PK" + "1" * 32
    house.run(
        f"""
        INSERT INTO passkeys (sid, carrier_sid, user_sid, name, credential_id, public_key)
        SELECT '{sid}', carrier_sid, sid, 'Telephone', 'id', 'key'
        FROM users WHERE email = '{EMAIL}'
        """
    )
    house.carrier("PUT", "/security_policy", second_factor_required=True).raise_for_status()
    yield sid
    house.carrier("PUT", "/security_policy", second_factor_required=False).raise_for_status()
    house.run("DELETE FROM passkeys")


def test_who_has_a_passkey_needs_it_beside_a_password_where_the_carrier_requires_a_factor(
    house: House, passkey: str
) -> None:
    assert passkey
    with Browser(house.customer.api_url) as browser:
        asked = browser.sign_in(EMAIL)
        assert "/sign-in/code" in asked.url
        assert "Sign in with a passkey" in asked.text
        assert 'name="code"' not in asked.text
        assert "/sign-in" in browser.get("/security").url
    house.carrier("PUT", "/security_policy", second_factor_required=False).raise_for_status()
    with Browser(house.customer.api_url) as browser:
        assert browser.sign_in(EMAIL).url.endswith("/")


@pytest.mark.parametrize("proof", ["passkey", "code", "password"])
def test_a_session_that_began_by_two_factors_fulfils_the_policy(
    house: House, passkey: str, proof: str
) -> None:
    assert passkey
    where = "WHERE user_sid = (SELECT sid FROM users WHERE email LIKE 'other-member@%')"
    house.run(f"UPDATE user_sessions SET proof = '{proof}' {where}")
    with house.browser("other-member") as browser:
        page = browser.get("/numbers").url.rpartition("/")[2]
        assert page == ("security" if proof == "password" else "numbers")


def test_a_program_lists_and_takes_away_a_persons_passkeys(house: House, passkey: str) -> None:
    people = house.carrier("GET", "/people").json()["data"]
    dara = next(one for one in people if one["email"] == EMAIL)
    assert dara["passkeys"] == 1
    path = f"/people/{dara['sid']}/passkeys"
    (listed,) = house.carrier("GET", path).json()["data"]
    assert (listed["sid"], listed["name"]) == (passkey, "Telephone")
    assert house.carrier("DELETE", f"{path}/{passkey}").status_code == 204
    assert house.carrier("DELETE", f"{path}/{passkey}").status_code == 404
    assert house.carrier("GET", path).json()["data"] == []
    assert house.carrier("GET", f"/people/{dara['sid']}/sessions").json()["data"] == []
    entry = house.carrier("GET", "/audit_log?subject=passkey&limit=1").json()["data"][0]
    assert (entry["action"], entry["before"]["name"]) == ("removed", "Telephone")


def test_only_who_runs_the_carrier_takes_passkeys_away(house: House, passkey: str) -> None:
    assert passkey
    house.carrier("PUT", "/security_policy", second_factor_required=False).raise_for_status()
    people = house.carrier("GET", "/people").json()["data"]
    sid = next(one["memberships"][0]["sid"] for one in people if one["email"] == EMAIL)
    for name, status in (
        ("account-owner", 404),
        ("carrier-developer", 404),
        ("carrier-admin", 200),
    ):
        with house.browser(name) as browser:
            answer = browser.post(f"/people/{sid}/passkeys", page="/profile")
            assert answer.status_code == status
    assert "passkey</span>" not in answer.text
