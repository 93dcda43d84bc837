"""Connectors and channels are made and changed by forms, each field with its own complaint."""

import re
from collections.abc import Iterator

import pytest

from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import House

NEW = {"name": "GoIP in the office", "host": "192.0.2.7", "port": "7777", "window": "1"}
SIGN_IN = {"system_id": "admin", "password": "s3cret"}


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    with house.browser("carrier-admin") as browser:
        yield browser


def connectors(house: House) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in house.carrier("GET", "/connectors").json()["data"]}


def wrong(name: str) -> str:
    return f'aria-invalid="true" aria-describedby="f-{name}-wrong"'


def test_a_connector_is_added_by_its_devices_profile_at_rest_and_its_bind_is_tried(
    house: House, browser: Browser
) -> None:
    page = browser.get("/connectors/new", profile="goip")
    assert "Channel number" in page.text
    assert 'name="channel_format" value="{system_id}{number:02}"' in page.text
    made = browser.post(
        "/connectors", page="/connectors/new?profile=goip", profile="goip", **NEW, **SIGN_IN
    )
    assert "Report on GoIP in the office" in made.text
    connector = connectors(house)["GoIP in the office"]
    assert connector["paused"] is True
    assert connector["profile"] == "goip"
    assert connector["channel_selection"] == "bind"
    probes = house.carrier("GET", f"/connectors/{connector['sid']}/probes").json()["data"]
    assert [one["asked"] for one in probes] == [{}]


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    house: House, browser: Browser
) -> None:
    fields = {
        **NEW,
        **SIGN_IN,
        "name": "Other",
        "port": "99999",
        "source_rules": "{",
        "window": "0",
    }
    page = browser.post("/connectors", page="/connectors/new?profile=generic", **fields)
    assert page.status_code == 400
    for name in ("port", "window", "source_rules"):
        assert wrong(name) in page.text
    assert 'value="192.0.2.7"' in page.text
    assert SIGN_IN["password"] not in page.text
    assert "Other" not in connectors(house)


def test_a_name_that_is_taken_is_said_beside_the_name(browser: Browser) -> None:
    fields = {**NEW, **SIGN_IN, "name": "sim box"}
    page = browser.post("/connectors", page="/connectors/new?profile=generic", **fields)
    assert page.status_code == 400
    assert "Another connector has this name already." in page.text


def test_a_change_keeps_the_password_that_is_not_typed_again(
    house: House, browser: Browser
) -> None:
    before = connectors(house)["sim box"]
    path = f"/connectors/{before['sid']}"
    page = browser.get(f"{path}/edit").text
    assert 'name="password" value=""' in page
    form = dict(re.findall(r'<input id="f-\w+" name="(\w+)" value="([^"]*)"', page))
    told = browser.post(path, page=f"{path}/edit", **form | {"throughput": "0.1"})
    assert "Saved." in told.text
    after = connectors(house)["sim box"]
    assert after["throughput"] == 0.1
    unchanged = before.keys() - {"throughput", "date_updated", "state", "reason", "state_at"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


def test_a_connector_that_drains_takes_nothing_new_and_can_be_put_back(
    house: House, browser: Browser
) -> None:
    sid = connectors(house)["sim box"]["sid"]
    page = browser.post(f"/connectors/{sid}/drain", page="/connectors").text
    assert "Take new messages again" in page
    explained = house.carrier("GET", "/routes/explanation?to=%2B85512345678").json()
    assert explained["candidates"][0]["verdict"] == "draining"
    browser.post(f"/connectors/{sid}/resume", page="/connectors")
    assert connectors(house)["sim box"]["draining"] is False


def test_a_channels_quota_is_set_by_a_form_and_shown_beside_its_use(
    house: House, browser: Browser
) -> None:
    sid = str(connectors(house)["sim box"]["sid"])
    there = f"/channels?connector={sid}"
    fields = {"connector_sid": sid, "number": "3", "name": "Cellcard", "day_segments": "200"}
    assert "0 of 200" in browser.post("/channels", page=there, **fields).text
    again = browser.post("/channels", page=there, **fields)
    assert "The connector has a channel 3 already" in again.text
    channel = house.carrier("GET", f"/channels?connector_sid={sid}").json()["data"][0]["sid"]
    changed = browser.post(
        f"/channels/{channel}", page=f"/channels/{channel}", day_segments="", time_zone="Mars"
    )
    assert wrong("time_zone") in changed.text
    browser.post(f"/channels/{channel}", page=f"/channels/{channel}", day_segments="")
    assert house.carrier("GET", f"/channels/{channel}").json()["day_segments"] is None


def test_what_the_doctor_suggests_is_set_by_one_press(house: House, browser: Browser) -> None:
    sid = connectors(house)["sim box"]["sid"]
    probe = "PB" + "3" * 32
    house.run(
        f"""
        INSERT INTO probes (sid, carrier_sid, connector_sid, state, report)
        VALUES ('{probe}', '{house.customer.carrier_sid}', '{sid}', 'done', '{{"findings": [
            {{"step": "bind", "outcome": "ok", "words": "bound in 3 ms", "milliseconds": 3}}],
          "suggestions": [{{"setting": "window", "value": 4, "why": "a fifth is refused"}}]}}')
        """
    )
    page = browser.get(f"/probes/{probe}").text
    assert "bound in 3 ms" in page
    assert "a fifth is refused" in page
    browser.post(f"/probes/{probe}/apply", page=f"/probes/{probe}")
    assert connectors(house)["sim box"]["window"] == 4


def test_a_test_message_needs_numbers(house: House, browser: Browser) -> None:
    sid = connectors(house)["sim box"]["sid"]
    fields = {"to": "nobody", "from": "+12025550141"}
    answer = browser.post(f"/connectors/{sid}/probe", page=f"/connectors/{sid}", **fields)
    assert answer.status_code == 400
