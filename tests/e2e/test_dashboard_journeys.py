"""What people do on the dashboard of `smsc up`, in the system's Chromium."""

import os
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from api.dashboard.routing import PAGES
from tests.e2e.up import Up, home

CHROMIUM = Path("/usr/bin/chromium")
HANDSET = "+12025550188"
PATIENCE_MS = 60_000
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
MOST_OCTETS = 100_000
SCREENSHOTS = os.environ.get("SMSC_TEST_SCREENSHOTS")  # a folder: each page in each size goes there


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    if not CHROMIUM.exists():
        warning = "NO JOURNEY THROUGH THE DASHBOARD IS TESTED: apt-get install chromium"
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(warning, stacklevel=1)
        pytest.skip(warning)
    with home(tmp_path_factory.mktemp("dashboard") / "home") as up:
        up.start()
        yield up


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(up: Up, browser: Browser) -> Iterator[Page]:
    """Lend a page of the demo's owner, signed in; a fault of a script fails the next check."""
    page = browser.new_page(viewport=SIZES["desktop"], base_url=str(up.demo["api_url"]))
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/")
    page.get_by_label("Email address").fill(up.demo["dashboard_email"])
    page.get_by_label("Password").fill(up.demo["dashboard_password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    yield page
    page.close()


@pytest.fixture(scope="module")
def faults(page: Page) -> list[str]:
    """Return what the browser complains of: blocked by the policy, or thrown by a script."""
    found: list[str] = []
    page.on(
        "console", lambda message: found.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_a_message_goes_from_the_form_to_a_handset_and_its_answer_comes_back(
    page: Page, faults: list[str]
) -> None:
    page.goto("/compose")
    page.get_by_label("To", exact=True).fill(HANDSET)
    page.get_by_label("Text").press_sequentially("Come at 9 ж")
    expect(page.locator("#reckoning")).to_contain_text("UCS-2, 1 segment")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#state .status")).to_have_text("delivered", timeout=PATIENCE_MS)

    page.goto(f"/handset?number=%2B{HANDSET[1:]}")
    expect(page.locator("#screen")).to_contain_text("Come at 9 ж")
    page.get_by_label("Text").fill("I will come")
    page.get_by_role("button", name="Send from this phone").click()
    expect(page.locator("#screen .own")).to_contain_text("I will come")

    page.goto("/conversations")
    page.get_by_role("link", name=HANDSET).first.click()
    expect(page.locator("#thread")).to_contain_text("I will come")
    page.get_by_label("Answer").fill("Thank you")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#thread .own").last).to_contain_text("Thank you")
    expect(page.locator("#thread .own").last).to_contain_text("delivered", timeout=PATIENCE_MS)
    assert faults == []


def test_a_list_of_messages_is_exported_with_progress_and_downloaded(page: Page) -> None:
    page.goto("/messages")
    page.get_by_role("button", name="Export all that fit as CSV").click()
    link = page.get_by_role("link", name="Download").first
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download() as download:
        link.click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("sid,date_created")
    assert len(lines) > 1


def test_the_first_page_draws_the_last_day_with_a_table_behind_each_chart(page: Page) -> None:
    page.goto("/")
    chart = page.locator(".chart").first
    expect(chart.locator("svg")).to_be_visible()
    chart.get_by_text("As a table").click()
    expect(chart.get_by_role("columnheader", name="Hour")).to_be_visible()


def test_a_developer_makes_a_key_and_sees_what_a_program_did_with_it(
    up: Up, page: Page, faults: list[str]
) -> None:
    page.goto("/developers")
    page.get_by_role("navigation", name="Pages for developers").get_by_text("API keys").click()
    page.get_by_label("Name").fill("Web shop")
    page.get_by_role("button", name="Make it").click()
    key = (page.locator("#key-sid").inner_text(), page.locator("#key-secret").inner_text())
    account = up.demo["account_sid"]
    url = f"{up.demo['api_url']}/2010-04-01/Accounts/{account}/Messages.json"
    form = {"To": HANDSET, "From": "not a sender", "Body": "Hello"}
    answer = requests.post(url, auth=key, data=form, timeout=10)
    assert answer.status_code == 400
    page.goto(f"/requests?account={account}&outcome=refused")
    expect(page.locator("#list")).to_contain_text(str(answer.json()["code"]))
    page.locator("#list a").first.click()
    expect(page.locator("main")).to_contain_text(answer.headers["Twilio-Request-Id"])
    expect(page.locator("main")).to_contain_text("not a sender")
    page.goto("/signature")
    page.get_by_label("URL, as it is configured").fill("https://example.org/sms")
    page.get_by_label("X-Twilio-Signature").fill("wrong")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("status")).to_contain_text("It was made of something else")
    assert faults == []


def failed_webhook(up: Up) -> str:
    """Return the page of a webhook that nobody took, when there is its alert, too."""
    message = up.client.messages.create(
        to=HANDSET,
        from_=up.demo["phone_numbers"][0],
        body="Hello",
        status_callback="http://127.0.0.1:9/status",
    )
    url = f"{up.demo['api_url']}/carrier/v1/webhooks/attempts?account_sid={message.account_sid}"
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not (found := up.request("GET", f"{url}&message_sid={message.sid}")["data"]):
        assert time.monotonic() < deadline, "no webhook was tried"
        time.sleep(0.2)
    return f"/webhooks/{message.sid}/{found[0]['seq']}"


def paths(up: Up) -> list[str]:
    """Every page, with the demo's own objects in the place of SIDs."""
    carrier = f"{up.demo['api_url']}/carrier/v1"
    number = up.request("GET", f"{carrier}/phone_numbers")["data"][0]["sid"]
    connector = up.request("GET", f"{carrier}/connectors")["data"][0]["sid"]
    line = {"connector_sid": connector, "number": 1, "name": "Cellcard", "day_segments": 200}
    channel = up.request("POST", f"{carrier}/channels", line)["sid"]
    probe = up.request("POST", f"{carrier}/connectors/{connector}/probes", {})["sid"]
    message = up.client.messages.list(limit=1)[0]
    service = up.client.messaging
    service.base_url = up.demo["api_url"]
    made = service.v1.services.create(friendly_name="Reminders")
    account = up.demo["account_sid"]
    ours, theirs = (message.from_, message.to)
    if message.direction == "inbound":
        ours, theirs = theirs, ours
    asked = up.request("GET", f"{up.demo['api_url']}/carrier/v1/api_requests?account_sid={account}")
    webhook = failed_webhook(up)
    monitor = up.client.monitor
    monitor.base_url = up.demo["api_url"]
    carrier = f"{up.demo['api_url']}/carrier/v1"
    up.request("POST", f"{carrier}/invitations", {"email": "sokha@clinic.example"})
    mail = up.request("GET", f"{carrier}/mails")["data"][0]["sid"]
    filled = {
        "/outbox/{sid}": f"/outbox/{mail}",
        "/connectors/{sid}": f"/connectors/{connector}",
        "/connectors/{sid}/edit": f"/connectors/{connector}/edit",
        "/channels/{sid}": f"/channels/{channel}",
        "/channels": f"/channels?connector={connector}",
        "/probes/{sid}": f"/probes/{probe}",
        "/webhooks/{sid}/{seq}": webhook,
        "/requests/{seq}": f"/requests/{asked['data'][0]['seq']}",
        "/alerts/{sid}": f"/alerts/{monitor.v1.alerts.list(limit=1)[0].sid}",
        "/messages/{sid}": f"/messages/{message.sid}",
        "/numbers/{sid}": f"/numbers/{number}",
        "/services/{sid}": f"/services/{made.sid}?account={account}",
        "/conversation": f"/conversation?account={account}&ours=%2B{str(ours)[1:]}"
        f"&theirs=%2B{str(theirs)[1:]}",
        "/routes": f"/routes?to=%2B{HANDSET[1:]}",
    }
    left_out = {"/exports/{sid}/csv", "/opt-outs/csv", "/audit-log/csv"}  # files
    return [filled.get(path, path) for path, _, _ in PAGES if path not in left_out]


def test_every_page_is_accessible_small_and_fits_a_phone_in_both_directions_of_writing(
    up: Up, page: Page, faults: list[str]
) -> None:
    axe = Axe()
    found = []
    for path in paths(up):
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        assert len(response.body()) <= MOST_OCTETS, path
        for name, size in SIZES.items():
            page.set_viewport_size(size)
            for direction in ("ltr", "rtl"):
                page.evaluate("way => document.documentElement.dir = way", direction)
                is_wider = page.evaluate(
                    "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                )
                if is_wider:
                    found.append(f"{path} is wider than a {name}, {direction}")
            page.evaluate("document.documentElement.dir = 'ltr'")
            if SCREENSHOTS:
                slug = re.sub(r"\W+", "-", path.partition("?")[0]).strip("-") or "home"
                page.screenshot(path=Path(SCREENSHOTS) / f"{slug}.{name}.png", full_page=True)
        # On the phone, which comes last: there more of a page scrolls.
        found += [f"{path}: {one['id']}" for one in axe.run(page).response["violations"]]
    page.set_viewport_size(SIZES["desktop"])
    assert found == []
    assert faults == []


def test_the_keyboard_alone_reaches_the_content_and_every_page(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Home")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
