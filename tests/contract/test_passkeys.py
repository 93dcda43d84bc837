"""Passkeys, made and used by Chromium with an authenticator that it pretends to have."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from api.dashboard.visitors import COOKIE
from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import House

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 30_000
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    """Lend a page of the carrier's admin, in a browser with an authenticator."""
    if not CHROMIUM.exists():
        pytest.skip("NO PASSKEY IS TESTED: apt-get install chromium")
    url = f"http://localhost:{urlsplit(house.customer.api_url).port}"  # an address has no passkeys
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": COOKIE, "value": house.tokens["carrier-admin"], "url": url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield page
        browser.close()


def test_a_passkey_is_added_lets_in_without_a_password_and_is_forgotten(
    house: House, page: Page
) -> None:
    page.goto("/security")
    page.get_by_label("Name").fill("Telephone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("cell", name="Telephone", exact=True)).to_be_visible()
    entry = house.carrier("GET", "/audit_log?subject=passkey&limit=1").json()["data"][0]
    assert (entry["action"], entry["subject_name"]) == ("created", "Telephone")
    assert entry["after"]["public_key"] == "…"

    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in?next=/numbers")
    house.carrier("PUT", "/security_policy", second_factor_required=True).raise_for_status()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Numbers")).to_be_visible()
    house.carrier("PUT", "/security_policy", second_factor_required=False).raise_for_status()

    page.goto("/security")
    page.get_by_role("button", name="Remove Telephone").click()
    expect(page.get_by_role("cell", name="Telephone", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Unauthorized")).to_be_visible()


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", '{"id": "AAAA", "response": {"clientDataJSON": "e30"}}'],
    ids=["nothing", "empty", "list", "null", "no challenge"],
)
def test_what_is_no_passkey_lets_nobody_in(house: House, credential: str) -> None:
    with Browser(house.customer.api_url) as browser:
        answer = browser.post("/sign-in/passkey", page="/sign-in", credential=credential)
        assert answer.status_code == 401
        assert "/sign-in" in browser.get("/").url
