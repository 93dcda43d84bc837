from collections.abc import Iterator

import pytest

from tests.contract.dashboard_browser import PASSWORD, Browser, make_person
from tests.contract.running_api import Customer, run

OWNER = "owner@mekong.example"


@pytest.fixture
def browser(customer: Customer) -> Iterator[Browser]:
    make_person(customer.database_url, customer.carrier_sid, OWNER)
    with Browser(customer.api_url) as browser:
        yield browser


def test_who_is_not_signed_in_is_asked_to_and_then_led_on(browser: Browser) -> None:
    asked = browser.get("/profile")
    assert asked.url.endswith("/sign-in?next=%2Fprofile")
    assert 'name="next" value="/profile"' in asked.text
    answer = browser.sign_in(OWNER.upper(), next="/profile")
    assert answer.status_code == 200
    assert answer.url.endswith("/profile")
    assert "this one" in answer.text


@pytest.mark.parametrize(
    ("email", "password"),
    [(OWNER, "wrong"), ("nobody@mekong.example", PASSWORD), (OWNER, "")],
    ids=["wrong password", "unknown address", "no password"],
)
def test_a_wrong_sign_in_is_refused_with_one_sentence_for_all(
    browser: Browser, email: str, password: str
) -> None:
    answer = browser.sign_in(email, password)
    assert answer.status_code == 401
    assert "The email address or the password is wrong." in answer.text
    assert "/sign-in" in browser.get("/").url


def test_five_wrong_passwords_shut_a_name_out_though_the_sixth_is_right(browser: Browser) -> None:
    for _ in range(5):
        browser.sign_in(OWNER, "wrong")
    answer = browser.sign_in(OWNER)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_form_without_its_token_is_refused(browser: Browser) -> None:
    assert browser.post_raw("/sign-in", email=OWNER, password=PASSWORD).status_code == 403
    browser.get("/sign-in")
    assert browser.post_raw("/sign-in", email=OWNER, password=PASSWORD).status_code == 403
    browser.sign_in(OWNER)
    assert browser.post_raw("/sign-out").status_code == 403
    assert browser.post_raw("/sign-out", csrf="0" * 64).status_code == 403
    assert browser.get("/").url.endswith("/")


def test_a_session_that_was_ended_elsewhere_shows_nothing_more(
    customer: Customer, browser: Browser
) -> None:
    with Browser(customer.api_url) as elsewhere:
        elsewhere.sign_in(OWNER)
        browser.sign_in(OWNER)
        page = browser.get("/profile").text
        (sid,) = {part.partition("/")[0] for part in page.split('action="/sessions/')[1:]}
        browser.post(f"/sessions/{sid}/end", page="/profile")
        assert "/sign-in" in elsewhere.get("/").url
    assert browser.get("/profile").url.endswith("/profile")


def test_another_persons_session_cannot_be_ended(customer: Customer, browser: Browser) -> None:
    make_person(customer.database_url, customer.carrier_sid, "other@mekong.example")
    with Browser(customer.api_url) as other:
        other.sign_in("other@mekong.example")
        other_again = Browser(customer.api_url)
        other_again.sign_in("other@mekong.example")
        page = other.get("/profile").text
        sid = page.split('action="/sessions/')[1].partition("/")[0]
        browser.sign_in(OWNER)
        assert browser.post(f"/sessions/{sid}/end", page="/profile").status_code == 404
        assert other_again.get("/profile").url.endswith("/profile")
        other_again.__exit__()


def test_signing_out_ends_the_session(browser: Browser) -> None:
    browser.sign_in(OWNER)
    browser.post("/sign-out", page="/")
    assert "/sign-in" in browser.get("/").url


def test_a_disabled_membership_ends_access_whatever_its_role(
    customer: Customer, browser: Browser
) -> None:
    browser.sign_in(OWNER)
    run(customer.database_url, "UPDATE memberships SET state = 'disabled'")
    assert "/sign-in" in browser.get("/").url
    assert browser.sign_in(OWNER).status_code == 401


def test_pages_forbid_foreign_scripts_frames_and_caches(browser: Browser) -> None:
    answer = browser.get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_a_sign_in_never_leads_to_another_host(browser: Browser, there: str) -> None:
    answer = browser.sign_in(OWNER, next=there)
    assert answer.url.endswith("/")
    assert "evil" not in answer.url


def test_an_unknown_page_is_a_page_and_an_unknown_path_of_the_api_is_not(
    browser: Browser,
) -> None:
    page = browser.get("/nowhere")
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")
    assert browser.get("/v1/nowhere").json()["code"] == 20404
