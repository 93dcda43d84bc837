"""Every answer of the dashboard says what a browser may do with it; every cookie is kept close."""

import re
from pathlib import Path

import pytest
import requests

from api.dashboard.guarding import PRIVATE, SAFETY
from api.dashboard.routing import FORMS, OPEN, PAGES
from api.dashboard.visitors import COOKIE
from tests.contract.dashboard_house import House
from tests.contract.running_api import serving

NOBODYS = "XX" + "0" * 32
GETS = [
    *(path for path, _, _ in PAGES),
    *(route.path for route in OPEN if route.methods and "GET" in route.methods),
    *("/nowhere", "/assets/dashboard.css", "/assets/dashboard.js", "/opt-outs/csv"),
]
POSTS = ["/sign-in", *(path for path, _, _ in FORMS)]
DASHBOARD = Path(__file__).parents[2] / "api" / "dashboard"
TEMPLATES = DASHBOARD / "templates"


@pytest.fixture(scope="module")
def answers(house: House) -> list[requests.Response]:
    """Ask each route, signed in and not, and keep what is answered; redirects are answers."""
    found = []
    for cookies in ({}, {COOKIE: house.tokens["carrier-owner"]}):
        with requests.Session() as browser:
            for method, paths in (("GET", GETS), ("POST", POSTS)):
                for path in paths:
                    url = house.customer.api_url + re.sub(r"\{[^}]*\}", NOBODYS, path)
                    found.append(
                        browser.request(
                            method, url, cookies=cookies, allow_redirects=False, timeout=10
                        )
                    )
    return found


def named(answers: list[requests.Response], *, lacking: dict[str, str]) -> list[str]:
    return [
        f"{one.request.method} {one.url} ({one.status_code})"
        for one in answers
        if any(one.headers.get(name) != value for name, value in lacking.items())
    ]


def test_every_answer_of_every_route_has_every_security_header(
    answers: list[requests.Response],
) -> None:
    assert len(answers) > 120
    assert {one.status_code for one in answers} >= {200, 303, 403, 404}
    assert named(answers, lacking=SAFETY) == []


def test_no_answer_but_a_file_may_be_kept_by_a_cache(answers: list[requests.Response]) -> None:
    files = [one for one in answers if "/assets/dashboard" in one.url]
    assert named([one for one in answers if one not in files], lacking=PRIVATE) == []
    assert all("immutable" in one.headers["Cache-Control"] for one in files if one.ok)


def test_every_form_without_its_token_is_refused_and_nothing_is_done(
    answers: list[requests.Response],
) -> None:
    posts = [one for one in answers if one.request.method == "POST"]
    by_owner = posts[len(POSTS) :]
    assert [one.url for one in by_owner if one.status_code != 403] == []
    assert {one.status_code for one in posts[: len(POSTS)]} <= {303, 403}


def test_the_policy_allows_no_inline_script_or_style_and_no_other_host() -> None:
    policy = SAFETY["Content-Security-Policy"]
    sources = {word for part in policy.split("; ") for word in part.split()[1:]}
    assert sources == {"'none'", "'self'"}


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_has_no_inline_script_style_or_handler(path: Path) -> None:
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(), flags=re.DOTALL)
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert [tag for tag in tags if re.search(r"\s(?:style|on[a-z]+)\s*=", tag)] == []
    assert [tag for tag in tags if tag.startswith("<script") and "src=" not in tag] == []
    assert "<style" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_every_form_of_a_template_that_changes_something_carries_its_token(path: Path) -> None:
    forms = re.findall(r"<form\b.*?</form>", path.read_text(), flags=re.DOTALL)
    posting = [form for form in forms if 'method="post"' in form]
    assert [form for form in posting if "csrf" not in form] == []


def test_every_cookie_is_out_of_scripts_reach_and_of_other_sites_forms(
    house: House, answers: list[requests.Response]
) -> None:
    cookies = [one.headers["Set-Cookie"] for one in answers if "Set-Cookie" in one.headers]
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie  # this house is reached without TLS


def test_where_customers_come_by_tls_cookies_are_secure_and_browsers_stay_with_it(
    house: House,
) -> None:
    settings = house.customer.settings.model_copy(update={"public_url": "https://sms.example.org"})
    with serving(settings) as url:
        answer = requests.get(f"{url}/sign-in", timeout=10)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_under_tls_no_other_host_can_have_put_a_cookie_that_is_heeded(house: House) -> None:
    settings = house.customer.settings.model_copy(update={"public_url": "https://sms.example.org"})
    with serving(settings) as url:

        def page_with(name: str) -> requests.Response:
            cookie = {"Cookie": f"{name}={house.tokens['carrier-owner']}"}
            return requests.get(url, headers=cookie, allow_redirects=False, timeout=10)

        given = requests.get(f"{url}/sign-in", timeout=10).headers["Set-Cookie"]
        assert given.startswith("__Host-smsc_form=")
        assert "Path=/;" in given
        assert "Domain" not in given
        assert page_with(f"__Host-{COOKIE}").status_code == 200
        assert page_with(COOKIE).headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("path", sorted(DASHBOARD.glob("*.py")), ids=lambda path: path.name)
def test_cookies_are_read_and_set_in_one_place_alone(path: Path) -> None:
    if path.name != "cookies.py":
        assert not re.search(r"request\.cookies\b|\w\.(set|delete)_cookie\(", path.read_text())


def test_every_answer_of_the_apis_is_kept_from_caches_and_guesses(house: House) -> None:
    account = f"/2010-04-01/Accounts/{house.customer.account_sid}"
    for method, path in (
        ("POST", f"{account}/Messages.json"),  # past the layers
        ("GET", f"{account}.json"),
        ("GET", "/v1/Services"),
        ("GET", "/carrier/v1/accounts"),
        ("GET", "/carrier/v1/nothing"),
        ("GET", "/healthz"),
    ):
        answer = requests.request(method, house.customer.api_url + path, timeout=10)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Cache-Control"] == "no-store", path
