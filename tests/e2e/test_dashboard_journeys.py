"""What people do on the dashboard of `smsc up`, in the system's Chromium.

Each journey is gone by two readers: in English on a desk, in Arabic, right to left, on a phone.
What is pressed is found by what it does, so that no language matters.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from api.dashboard.languages import language
from tests.e2e.dashboard_readers import (
    HANDSET,
    READERS,
    SIZES,
    Reader,
    chromium,
    english_on,
    every_page,
    keep,
    reading,
    require_chromium,
    sign_in,
    sign_in_as_owner,
    watch,
)
from tests.e2e.up import Up, home

MOST_OCTETS = 100_000


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    require_chromium()
    with home(tmp_path_factory.mktemp("dashboard") / "home") as up:
        up.start()
        yield up


@pytest.fixture(scope="module")
def browser(up: Up) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module", params=READERS, ids=lambda reader: f"{reader.language}")
def reader(request: pytest.FixtureRequest) -> Reader:
    reader: Reader = request.param
    return reader


@pytest.fixture(scope="module")
def page(up: Up, browser: Browser, reader: Reader) -> Iterator[Page]:
    """Lend a page of the demo's owner, signed in; a fault of a script fails the module's end."""
    with reading(browser, up, reader) as page:
        faults = watch(page)
        sign_in_as_owner(page, up)
        expect(page.locator("html")).to_have_attribute("lang", reader.language)
        yield page
        assert faults == []


def submit(page: Page, action: str) -> None:
    """Press the button of the form that goes there."""
    page.locator(f'form[action="{action}"] button').last.click()


def test_a_message_goes_from_the_form_to_a_handset_and_its_answer_comes_back(
    page: Page, reader: Reader
) -> None:
    page.goto("/compose")
    page.locator("[name=sender]").select_option("+12025550141")
    page.locator("[name=to]").fill(HANDSET)
    page.locator("[name=body]").press_sequentially("Come at 9 ж")
    expect(page.locator("#reckoning")).to_contain_text("UCS-2")
    submit(page, "/compose")
    expect(page.locator("#state .status.good")).to_be_visible()

    page.goto(f"/handset?number=%2B{HANDSET[1:]}")
    expect(page.locator("#screen")).to_contain_text("Come at 9 ж")
    answer = f"I will come {secrets.token_hex(3)}"
    page.locator("[name=text]").fill(answer)
    submit(page, "/handset")
    expect(page.locator("#screen .own").last).to_contain_text(answer)

    page.goto("/conversations")
    page.locator(".threads a").first.click()
    expect(page.locator("#thread")).to_contain_text(answer)
    page.locator("[name=body]").fill("Thank you")
    submit(page, "/conversation")
    expect(page.locator("#thread .own").last).to_contain_text("Thank you")
    delivered = language(reader.language).catalogue.gettext("delivered")
    expect(page.locator("#thread .own").last).to_contain_text(delivered)


def test_a_message_is_found_its_way_is_told_and_it_is_sent_again(page: Page) -> None:
    page.goto("/messages")
    page.locator("[name=to]").fill(HANDSET)
    page.locator("form[action='/messages'] button").first.click()
    page.locator("tbody a[href^='/messages/SM']").first.click()
    expect(page.locator(".journey li").first).to_be_visible()
    first = page.url
    page.locator("form[action$='/resend'] button").click()
    expect(page.locator("#state .status.good")).to_be_visible()
    assert page.url != first


def test_a_list_of_messages_is_exported_with_progress_and_downloaded(page: Page) -> None:
    page.goto("/messages")
    submit(page, "/exports")
    link = page.locator("a[href$='/csv']").first
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("sid,date_created")
    assert len(lines) > 1


def test_the_first_page_draws_the_last_day_with_a_table_behind_each_chart(page: Page) -> None:
    page.goto("/")
    chart = page.locator(".chart").first
    expect(chart.locator("svg")).to_be_visible()
    chart.locator("summary").click()
    expect(chart.locator("th").first).to_be_visible()


def test_a_connector_is_added_by_its_profile_tried_and_put_in_service(
    page: Page, reader: Reader
) -> None:
    page.goto("/connectors/new")
    page.locator("a[href$='profile=simulator']").click()
    name = f"second {reader.language}"
    page.locator("[name=name]").fill(name)
    submit(page, "/connectors")
    expect(page.locator("button.go")).to_be_visible()
    page.locator("button.go").click()
    expect(page.locator("h1 .status").first).to_be_visible()
    expect(page.locator("#state tbody .status.good").first).to_be_visible()
    page.locator("form[action$='/pause'] button").click()
    expect(page.locator("form[action$='/resume'] button")).to_be_visible()
    page.locator("form[action$='/remove'] button").click()
    expect(page.locator(".notice")).to_be_visible()


def test_a_channel_gets_its_quota(page: Page, reader: Reader) -> None:
    page.goto("/connectors")
    page.locator("h2 a[href^='/connectors/CN']").first.click()
    page.locator("a[href^='/channels?connector=']").click()
    details = page.locator("details:not([open]) summary")
    if details.count():
        details.first.click()
    number = "1" + str(READERS.index(reader))
    page.locator("[name=number]").fill(number)
    page.locator("[name=day_segments]").fill("150")
    submit(page, "/channels")
    expect(page.locator("tbody tr", has_text=number).locator("meter")).to_have_count(1)


def test_a_number_is_told_where_its_messages_go(page: Page) -> None:
    page.goto("/numbers")
    page.locator("tbody a[href^='/numbers/PN']").first.click()
    page.locator("[name=sms_url]").fill("http://127.0.0.1:9/sms")
    page.locator("form:has([name=sms_url]) button").click()
    expect(page.locator(".notice")).to_be_visible()
    page.locator("[name=sms_url]").fill("")
    page.locator("form:has([name=sms_url]) button").click()


def test_a_service_gets_a_sender(page: Page) -> None:
    page.goto("/services")
    page.locator("form[action='/services'] [name=FriendlyName]").fill("Alerts")
    submit(page, "/services")
    expect(page.locator("form[action$='/senders']")).to_be_visible()


def test_a_handset_is_opted_out_and_in_again(page: Page) -> None:
    page.goto("/opt-outs")
    page.locator("form[action='/opt-outs'] [name=handset][required]").fill("+12025550177")
    submit(page, "/opt-outs")
    row = page.locator("tbody tr", has_text="+12025550177")
    expect(row).to_be_visible()
    row.locator("button").click()
    expect(row).to_have_count(0)


def test_the_tester_of_routes_says_how_a_number_would_go(page: Page) -> None:
    page.goto("/routes")
    page.locator("[name=to]").fill(HANDSET)
    page.locator("form[role=search] button").click()
    expect(page.locator("section[role=status] .status.good").first).to_be_visible()


def test_a_developer_makes_a_key_and_sees_what_a_program_did_with_it(
    up: Up, page: Page, reader: Reader
) -> None:
    page.goto("/developers")
    page.locator(".tabs a[href='/keys']").click()
    page.locator("[name=friendly_name]").fill(f"Web shop {reader.language}")
    submit(page, "/keys")
    key = (page.locator("#key-sid").inner_text(), page.locator("#key-secret").inner_text())
    account = up.demo["account_sid"]
    page.goto(f"/requests?account={account}&outcome=refused")
    rows = page.locator("#list tbody tr")
    before = rows.count()
    url = f"{up.demo['api_url']}/2010-04-01/Accounts/{account}/Messages.json"
    form = {"To": HANDSET, "From": "not a sender", "Body": "Hello"}
    answer = requests.post(url, auth=key, data=form, timeout=10)
    assert answer.status_code == 400
    expect(rows).to_have_count(before + 1)
    expect(rows.first).to_contain_text(str(answer.json()["code"]))
    rows.first.locator("a").first.click()
    expect(page.locator("main")).to_contain_text(answer.headers["Twilio-Request-Id"])
    expect(page.locator("main")).to_contain_text("not a sender")
    page.goto("/signature")
    page.locator("[name=url]").fill("https://example.org/sms")
    page.locator("[name=signature]").fill("wrong")
    submit(page, "/signature")
    expect(page.locator("section[role=status] #expected")).to_be_visible()
    expect(page.locator("section[role=status]")).to_contain_text("wrong")


def make_empty_carrier(up: Up, reader: Reader) -> tuple[str, str]:
    """Make a carrier that has nothing but its owner; return how they sign in."""

    def smsc(*words: str) -> dict[str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "smsc.cli", *words, "--json"],
            env=os.environ | up.environment,
            capture_output=True,
            check=True,
        )
        said: dict[str, str] = json.loads(done.stdout)
        return said

    carrier = smsc("carrier", "create", f"New carrier {reader.language}")["sid"]
    email = f"owner-{reader.language}@new.example"
    return email, smsc("user", "create", email, "--carrier", carrier)["password"]


def test_nobody_needs_a_terminal_from_an_empty_system_to_a_delivered_message(
    up: Up, browser: Browser, reader: Reader
) -> None:
    email, password = make_empty_carrier(up, reader)
    with reading(browser, up, reader) as page:
        sign_in(page, email, password)
        expect(page.locator("#steps")).to_be_visible()
        submit(page, "/setup/lawful-use")
        page.locator("a[href$='profile=simulator']").click()
        submit(page, "/connectors")
        page.locator("button.go").click()
        expect(page.locator("#state tbody .status.good").first).to_be_visible()
        page.goto("/setup")
        page.locator("[name=friendly_name]").fill("Clinic")
        submit(page, "/setup/account")
        submit(page, "/setup/number")
        submit(page, "/setup/route")
        submit(page, "/compose")
        expect(page.locator("#state .status.good")).to_be_visible()
        page.goto("/setup")
        expect(page.locator("#steps .done")).to_have_count(7)
        keep(page, "/setup-done", f"{reader.language}.{reader.size}")


def test_every_page_is_accessible_small_translated_and_fits_a_phone_in_both_directions(
    up: Up, page: Page, reader: Reader
) -> None:
    axe = Axe()
    found = []
    for path in every_page(up, number=READERS.index(reader)):
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        assert len(response.body()) <= MOST_OCTETS, path
        for name, size in SIZES.items():
            page.set_viewport_size(size)
            if page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            ):
                found.append(f"{path} is wider than a {name} in {reader.language}")
            keep(page, path, f"{reader.language}.{name}")
        if reader.language != "en":
            found += [f"{path} says {text!r}" for text in english_on(page)]
        # On the phone, which comes last: there more of a page scrolls.
        found += [f"{path}: {one['id']}" for one in axe.run(page).response["violations"]]
    page.set_viewport_size(SIZES[reader.size])
    assert found == []


def test_the_keyboard_alone_reaches_the_content_and_every_page(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("header nav a").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("header [aria-current]")).to_have_attribute("href", "/messages")
