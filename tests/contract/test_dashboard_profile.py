from collections.abc import Iterator

import pytest
import requests

from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.running_api import Customer

OWNER = "owner@mekong.example"


@pytest.fixture
def browser(customer: Customer) -> Iterator[Browser]:
    make_person(customer.database_url, customer.carrier_sid, OWNER)
    with Browser(customer.api_url) as browser:
        browser.sign_in(OWNER)
        yield browser


def test_a_page_is_in_the_browsers_language_until_its_reader_chooses_another(
    customer: Customer, browser: Browser
) -> None:
    def asking_for(language: str) -> str:
        return requests.get(
            f"{customer.api_url}/sign-in", headers={"Accept-Language": language}, timeout=10
        ).text

    assert '<html lang="en" dir="ltr">' in asking_for("de")
    assert '<html lang="ar" dir="rtl">' in asking_for("ar-EG, en;q=0.5")
    page = browser.post(
        "/profile", page="/profile", name="Sokha", locale="km", time_zone="Asia/Phnom_Penh"
    ).text
    assert '<html lang="km" dir="ltr">' in page
    assert "Sokha</a>" in page
    assert " +07</time>" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"locale": "xx", "time_zone": "UTC"},
        {"locale": "", "time_zone": "Moon/Tranquility"},
        {"locale": "", "time_zone": "UTC", "name": "x" * 65},
    ],
    ids=["language", "zone", "name"],
)
def test_manners_that_we_do_not_know_are_refused(browser: Browser, fields: dict[str, str]) -> None:
    assert browser.post("/profile", page="/profile", **fields).status_code == 400
