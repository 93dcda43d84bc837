"""People: invited by mail, given roles, shut out; and what nobody may do to an owner."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from smsc.models import Role
from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import House

NEW = "a good long password"


@pytest.fixture(scope="module")
def owner(house: House) -> Iterator[Browser]:
    with house.browser("carrier-owner") as browser:
        yield browser


def link_to(owner: Browser, email: str) -> str:
    """Return the path of the link in the newest mail to somebody, as the outbox shows it."""
    rows = owner.get("/outbox").text.split("<tr>")
    (sid,) = re.findall(r'href="/outbox/(ML\w+)"', next(row for row in rows if email in row))
    text = unescape(owner.get(f"/outbox/{sid}").text)
    links = re.findall(r'href="http://[^/]+(/(?:invitation|reset-password)/[\w-]+)"', text)
    return str(links[0])


def membership(house: House, email: str, account: str | None = None) -> dict[str, str]:
    for person in house.carrier("GET", "/people").json()["data"]:
        if person["email"] == email:
            for one in person["memberships"]:
                if one["account_sid"] == account:
                    found: dict[str, str] = one
                    return found
    raise AssertionError(email)


def test_an_invited_person_chooses_a_password_once_and_signs_in(
    house: House, owner: Browser
) -> None:
    account = house.customer.account_sid
    page = owner.post(
        "/people/invitations",
        page="/people",
        email="Sokha@Clinic.example",
        role="developer",
        account=account,
    ).text
    assert "sokha@clinic.example" in page
    path = link_to(owner, "sokha@clinic.example")
    with Browser(house.customer.api_url) as guest:
        assert "Clinic" in guest.get(path).text
        assert guest.post(path, page=path, password="short").status_code == 400
        answer = guest.post(path, page=path, password=NEW, name="Sokha")
        assert answer.url.endswith("/sign-in?done=joined")
        assert guest.get(path).status_code == 404
        assert guest.sign_in("sokha@clinic.example", NEW).url.endswith("/")
        assert guest.get("/compose").status_code == 200
        assert guest.get("/people").status_code == 404
    assert membership(house, "sokha@clinic.example", account)["role"] == "developer"
    actors = house.carrier("GET", "/audit_log?subject=membership&limit=1").json()["data"]
    assert actors[0]["actor"]["name"] == "sokha@clinic.example"


def test_who_is_known_here_already_joins_another_account_with_the_password_they_have(
    house: House, owner: Browser
) -> None:
    house.make_people(("many", house.customer.carrier_sid, house.other_account, Role.MEMBER))
    email = "many@mekong.example"
    owner.post(
        "/people/invitations",
        page="/people",
        email=email,
        role="member",
        account=house.customer.account_sid,
    )
    path = link_to(owner, email)
    with Browser(house.customer.api_url) as guest:
        assert 'name="password"' not in guest.get(path).text
        guest.post(path, page=path)
    accounts = {
        one["account_sid"]
        for person in house.carrier("GET", "/people").json()["data"]
        if person["email"] == email
        for one in person["memberships"]
    }
    assert accounts == {house.other_account, house.customer.account_sid}


def test_a_mail_that_is_sent_again_ends_the_link_of_the_one_before(
    house: House, owner: Browser
) -> None:
    made = house.carrier("POST", "/invitations", email="twice@clinic.example", role="member").json()
    first = link_to(owner, "twice@clinic.example")
    owner.post(f"/people/invitations/{made['sid']}/send", page="/people")
    second = link_to(owner, "twice@clinic.example")
    with Browser(house.customer.api_url) as guest:
        assert guest.get(first).status_code == 404
        assert guest.get(second).status_code == 200
        owner.post(f"/people/invitations/{made['sid']}/remove", page="/people")
        assert guest.get(second).status_code == 404


def test_an_invitation_that_is_too_old_offers_nothing(house: House, owner: Browser) -> None:
    house.carrier("POST", "/invitations", email="late@clinic.example").raise_for_status()
    path = link_to(owner, "late@clinic.example")
    house.run("UPDATE invitations SET expires_at = now() WHERE email = 'late@clinic.example'")
    with Browser(house.customer.api_url) as guest:
        assert guest.get(path).status_code == 404


def test_nobody_is_invited_twice_or_into_what_they_belong_to(house: House) -> None:
    house.carrier("POST", "/invitations", email="once@clinic.example").raise_for_status()
    assert house.carrier("POST", "/invitations", email="once@clinic.example").status_code == 409
    member = house.carrier("POST", "/invitations", email="carrier-member@mekong.example")
    assert member.status_code == 409
    assert house.carrier("POST", "/invitations", email="nobody").status_code == 400


def test_the_last_owner_stays_an_owner_until_there_is_another(house: House) -> None:
    sid = membership(house, "carrier-owner@mekong.example")["sid"]
    for method, body in (
        ("PATCH", {"role": "admin"}),
        ("PATCH", {"state": "disabled"}),
        ("DELETE", {}),
    ):
        assert house.carrier(method, f"/memberships/{sid}", **body).status_code == 409
    other = membership(house, "carrier-admin@mekong.example")["sid"]
    house.carrier("PATCH", f"/memberships/{other}", role="owner").raise_for_status()
    assert house.carrier("PATCH", f"/memberships/{sid}", role="admin").status_code == 200
    assert house.carrier("DELETE", f"/memberships/{other}").status_code == 409
    house.carrier("PATCH", f"/memberships/{sid}", role="owner").raise_for_status()
    house.carrier("PATCH", f"/memberships/{other}", role="admin").raise_for_status()


def test_an_admin_neither_makes_owners_nor_touches_them(house: House) -> None:
    owner = membership(house, "account-owner@mekong.example", house.customer.account_sid)["sid"]
    member = membership(house, "account-member@mekong.example", house.customer.account_sid)["sid"]
    with house.browser("account-admin") as admin:
        for path, fields in (
            (f"/people/{owner}/suspend", {}),
            (f"/people/{owner}/remove", {}),
            (f"/people/{owner}", {"role": "member"}),
            (f"/people/{member}", {"role": "owner"}),
        ):
            assert admin.post(path, page="/people", **fields).status_code == 403, path
        invited = admin.post(
            "/people/invitations",
            page="/people",
            email="boss@clinic.example",
            role="owner",
            account=house.customer.account_sid,
        )
        assert invited.status_code == 403
        assert admin.post(f"/people/{member}", page="/people", role="developer").status_code == 200


def test_people_of_another_account_are_out_of_reach(house: House) -> None:
    other = membership(house, "other-member@mekong.example", house.other_account)["sid"]
    carriers = membership(house, "carrier-member@mekong.example")["sid"]
    with house.browser("account-owner") as owner:
        page = owner.get("/people").text
        assert "other-member@" not in page
        assert "carrier-member@" not in page
        for sid in (other, carriers):
            assert owner.post(f"/people/{sid}/suspend", page="/people").status_code == 404
        for account in (house.other_account, ""):
            answer = owner.post(
                "/people/invitations",
                page="/people",
                email="spy@clinic.example",
                role="member",
                account=account,
            )
            assert answer.status_code == 404


def test_a_suspended_person_is_out_at_once_and_in_again_when_resumed(
    house: House, owner: Browser
) -> None:
    sid = membership(house, "other-admin@mekong.example", house.other_account)["sid"]
    with house.browser("other-admin") as admin:
        assert admin.get("/numbers").status_code == 200
        owner.post(f"/people/{sid}/suspend", page="/people")
        assert "/sign-in" in admin.get("/numbers").url
        owner.post(f"/people/{sid}/resume", page="/people")
        assert "/sign-in" not in admin.get("/numbers").url


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    house: House, owner: Browser
) -> None:
    email = "carrier-developer@mekong.example"
    with Browser(house.customer.api_url) as guest:
        said = guest.post("/forgot-password", page="/forgot-password", email=email).text
        unknown = guest.post("/forgot-password", page="/forgot-password", email="x@y.example").text
        assert re.sub('value="[0-9a-f]+"', "", said) == re.sub('value="[0-9a-f]+"', "", unknown)
        path = link_to(owner, email)
        with house.browser("carrier-developer") as signed_in:
            assert guest.post(path, page=path, password="short").status_code == 400
            assert guest.post(path, page=path, password=NEW).url.endswith("?done=password")
            assert "/sign-in" in signed_in.get("/").url
        assert guest.get(path).status_code == 404
        assert guest.sign_in(email, NEW).url.endswith("/")
    assert "Your password was changed" in owner.get("/outbox").text


def test_a_second_wish_for_a_password_sends_no_second_mail(house: House, owner: Browser) -> None:
    with Browser(house.customer.api_url) as guest:
        for _ in range(2):
            guest.post(
                "/forgot-password", page="/forgot-password", email="account-owner@mekong.example"
            )
    assert owner.get("/outbox").text.count("account-owner@mekong.example") == 1


def test_sessions_are_listed_and_ended_by_the_carriers_key(house: House) -> None:
    with house.browser("other-developer") as developer:
        assert developer.get("/").status_code == 200
        (sid,) = (
            person["sid"]
            for person in house.carrier("GET", "/people").json()["data"]
            if person["email"] == "other-developer@mekong.example"
        )
        (session,) = house.carrier("GET", f"/people/{sid}/sessions").json()["data"]
        assert session["user_agent"] == "tests"
        assert house.carrier("DELETE", f"/people/{sid}/sessions").status_code == 204
        assert "/sign-in" in developer.get("/").url


def test_a_person_ends_all_their_other_sessions_at_once(house: House) -> None:
    house.make_people(("twin", house.customer.carrier_sid, None, Role.MEMBER))
    with Browser(house.customer.api_url) as elsewhere, house.browser("twin") as here:
        house.run(
            "INSERT INTO user_sessions (sid, carrier_sid, user_sid, digest, ip, user_agent,"
            f" expires_at) SELECT 'UN{'8' * 32}', carrier_sid, sid, sha256('other'), '', '',"
            " now() + interval '1 hour' FROM users WHERE email = 'twin@mekong.example'"
        )
        elsewhere.carry("other")
        assert "/sign-in" not in elsewhere.get("/").url
        here.post("/end-other-sessions", page="/profile")
        assert "/sign-in" in elsewhere.get("/").url
        assert "/sign-in" not in here.get("/").url


def test_who_belongs_to_several_accounts_switches_between_them(house: House) -> None:
    house.make_people(("several", house.customer.carrier_sid, house.other_account, Role.OWNER))
    house.run(
        "INSERT INTO memberships (sid, carrier_sid, user_sid, account_sid, role)"
        f" SELECT 'MB{'7' * 32}', carrier_sid, sid, '{house.customer.account_sid}', 'member'"
        " FROM users WHERE email = 'several@mekong.example'"
    )
    with house.browser("several") as browser:
        both = browser.get("/numbers").text
        assert "+15075550123" in both
        assert "+15075550199" in both
        browser.post("/switch", page="/", account=house.customer.account_sid)
        one = browser.get("/numbers").text
        assert "+15075550123" in one
        assert "+15075550199" not in one
        assert browser.get("/people").status_code == 404
        other = browser.post("/switch", page="/", account="AC" + "1" * 32)
        assert other.status_code == 404
        browser.post("/switch", page="/", account="")
        assert "+15075550199" in browser.get("/numbers").text
        assert browser.get("/people").status_code == 200


def test_only_an_owner_of_the_carrier_reads_mails_with_their_links(house: House) -> None:
    for name in ("carrier-admin", "account-owner"):
        with house.browser(name) as browser:
            assert browser.get("/outbox").status_code == 404
    mails = house.carrier("GET", "/mails").json()["data"]
    assert mails
    assert all("text" not in mail and "body" not in mail for mail in mails)
