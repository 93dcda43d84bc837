"""Who reads the dashboard in Chromium: in which language, on which screen, and every page."""

import os
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from api.dashboard.routing import PAGES
from tests.e2e.up import Up

CHROMIUM = Path("/usr/bin/chromium")
HANDSET = "+12025550188"
PATIENCE_MS = 30_000
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
SCREENSHOTS = os.environ.get("SMSC_TEST_SCREENSHOTS")  # a folder: each page in each size goes there
FILES = {"/exports/{sid}/csv", "/opt-outs/csv", "/audit-log/csv"}


@dataclass(frozen=True)
class Reader:
    """One of the two languages, one of the two sizes."""

    language: str
    size: str


READERS = (Reader("en", "desktop"), Reader("ar", "phone"))


def require_chromium() -> None:
    """Skip, loudly, where there is none."""
    if not CHROMIUM.exists():
        warning = "NO JOURNEY THROUGH THE DASHBOARD IS TESTED: apt-get install chromium"
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(warning, stacklevel=1)
        pytest.skip(warning)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@contextmanager
def reading(browser: Browser, up: Up, reader: Reader) -> Iterator[Page]:
    """Lend a page that nobody is signed in to."""
    context = browser.new_context(
        viewport=SIZES[reader.size], base_url=str(up.demo["api_url"]), locale=reader.language
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield page
    context.close()


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator('form[action="/sign-in"] button').click()
    expect(page.locator("header .who")).to_be_visible()


def sign_in_as_owner(page: Page, up: Up) -> None:
    sign_in(page, up.demo["dashboard_email"], up.demo["dashboard_password"])


def watch(page: Page) -> list[str]:
    """Return what the browser complains of: blocked by the policy, or thrown by a script."""
    found: list[str] = []
    page.on(
        "console", lambda message: found.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def keep(page: Page, path: str, name: str) -> None:
    """Keep a picture of the page, if they are wanted."""
    if SCREENSHOTS:
        slug = re.sub(r"/[A-Z]{2}[0-9a-f]{32}", "/one", path.partition("?")[0])
        slug = re.sub(r"\W+", "-", slug).strip("-") or "home"
        page.screenshot(path=Path(SCREENSHOTS) / f"{slug}.{name}.png", full_page=True)


# Words of English that no name and no protocol has; what stands in these elements isn't ours.
_ENGLISH: Final = """
() => {
  const said = /\\b(the|is|are|was|were|has|have|of|and|not|no|with|from|until|within|your)\\b/i;
  const theirs = "script,code,pre,bdi,del,ins,[lang=en],[dir=ltr],[dir=auto]";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (said.test(text.data) && !text.parentElement.closest(theirs)) found.push(text.data.trim());
  }
  return found;
}
"""


def english_on(page: Page) -> list[str]:
    """Return what a page in another language says in English."""
    found: list[str] = page.evaluate(_ENGLISH)
    return found


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


def every_page(up: Up, *, number: int) -> list[str]:
    """Return the path of each, with the demo's own objects in the place of SIDs.

    Each caller's `number` is another: its channel's is made of it.
    """
    carrier = f"{up.demo['api_url']}/carrier/v1"
    sender = up.request("GET", f"{carrier}/phone_numbers")["data"][0]["sid"]
    connector = up.request("GET", f"{carrier}/connectors")["data"][0]["sid"]
    line = {
        "connector_sid": connector,
        "number": 100 + number,
        "name": "Cellcard",
        "day_segments": 200,
    }
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
    asked = up.request("GET", f"{carrier}/api_requests?account_sid={account}")
    draft = {"url": "http://127.0.0.1:9/", "types": ["message.delivered", "connector.down"]}
    subscription = up.request("POST", f"{carrier}/event_subscriptions", draft)["sid"]
    rule = {"name": "Down", "kind": "connector_down", "emails": ["noc@clinic.example"]}
    rule_sid = up.request("POST", f"{carrier}/alert_rules", rule)["sid"]
    webhook = failed_webhook(up)
    monitor = up.client.monitor
    monitor.base_url = up.demo["api_url"]
    up.request("POST", f"{carrier}/invitations", {"email": f"guest-{number}@clinic.example"})
    mail = up.request("GET", f"{carrier}/mails")["data"][0]["sid"]
    filled = {
        "/outbox/{sid}": f"/outbox/{mail}",
        "/webhooks/{sid}/{seq}": webhook,
        "/subscriptions/{sid}": f"/subscriptions/{subscription}",
        "/alert-rules/{sid}": f"/alert-rules/{rule_sid}",
        "/requests/{seq}": f"/requests/{asked['data'][0]['seq']}",
        "/alerts/{sid}": f"/alerts/{monitor.v1.alerts.list(limit=1)[0].sid}",
        "/accounts/{sid}": f"/accounts/{account}",
        "/connectors/{sid}": f"/connectors/{connector}",
        "/connectors/{sid}/edit": f"/connectors/{connector}/edit",
        "/channels/{sid}": f"/channels/{channel}",
        "/channels": f"/channels?connector={connector}",
        "/probes/{sid}": f"/probes/{probe}",
        "/messages/{sid}": f"/messages/{message.sid}",
        "/numbers/{sid}": f"/numbers/{sender}",
        "/services/{sid}": f"/services/{made.sid}?account={account}",
        "/conversation": f"/conversation?account={account}&ours=%2B{str(ours)[1:]}"
        f"&theirs=%2B{str(theirs)[1:]}",
        "/routes": f"/routes?to=%2B{HANDSET[1:]}",
    }
    return [filled.get(path, path) for path, _, _ in PAGES if path not in FILES]
