import re
from collections.abc import Iterator

import pytest

from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import OTHER_SENDER, House
from tests.contract.running_api import HANDSET, SENDER


@pytest.fixture(scope="module")
def owner(house: House) -> Iterator[Browser]:
    with house.browser("carrier-owner") as browser:
        yield browser


@pytest.fixture(scope="module")
def admin(house: House) -> Iterator[Browser]:
    with house.browser("account-admin") as browser:
        yield browser


def number_sid(house: House, phone_number: str) -> str:
    found = house.carrier("GET", f"/phone_numbers?phone_number=%2B{phone_number[1:]}").json()
    sid: str = found["data"][0]["sid"]
    return sid


def test_a_csv_file_fills_the_inventory_and_its_numbers_are_for_sale(owner: Browser) -> None:
    csv = "phone_number,locality\n+15075550131,Mankato\n+15075550132,\n"
    answer = owner.post("/numbers/import", page="/numbers/import", csv=csv)
    assert "2 were new and have been added." in answer.text
    page = owner.get("/numbers", account="-").text
    assert "+15075550131" in page
    assert SENDER not in page
    again = owner.post("/numbers/import", page="/numbers/import", csv=csv)
    assert "0 were new" in again.text


def test_a_line_that_cannot_be_read_is_named_and_nothing_is_imported(owner: Browser) -> None:
    csv = "phone_number\n+15075550141\n\n,\n"
    answer = owner.post("/numbers/import", page="/numbers/import", csv=csv + "nonsense,1,2\n")
    assert answer.status_code == 400
    assert "line" in answer.text
    assert "+15075550141" not in owner.get("/numbers").text


def test_an_account_buys_configures_and_releases_a_number(
    house: House, owner: Browser, admin: Browser
) -> None:
    owner.post("/numbers/import", page="/numbers/import", csv="phone_number\n+15075550151\n")
    assert "+15075550151" in admin.get("/numbers/for-sale", contains="5550151").text
    bought = admin.post(
        "/numbers/buy",
        page="/profile",
        number="+15075550151",
        account=house.customer.account_sid,
    )
    assert "Bought: the number is yours." in bought.text
    sid = number_sid(house, "+15075550151")
    path = f"/numbers/{sid}"
    refused = admin.post(path, page=path, sms_url="example.org")
    assert refused.status_code == 400
    assert "sms_url: must be an absolute http or https URL" in refused.text
    saved = admin.post(path, page=path, sms_url="https://example.org/sms", sms_method="GET")
    assert 'value="https://example.org/sms"' in saved.text
    freed = admin.post(f"{path}/release", page=path, account=house.customer.account_sid)
    assert "for sale again" in freed.text
    assert house.carrier("GET", f"/phone_numbers/{sid}").json()["account_sid"] is None


def test_nobody_touches_a_number_of_another_account(house: House, admin: Browser) -> None:
    sid = number_sid(house, OTHER_SENDER)
    assert OTHER_SENDER not in admin.get("/numbers").text
    assert admin.get(f"/numbers/{sid}").status_code == 404
    assert admin.post(f"/numbers/{sid}", page="/profile", friendly_name="x").status_code == 404
    for account in (house.customer.account_sid, house.other_account):
        answer = admin.post(f"/numbers/{sid}/release", page="/profile", account=account)
        assert answer.status_code == 404


def test_a_service_is_made_and_its_pool_filled_and_emptied(house: House, admin: Browser) -> None:
    account = house.customer.account_sid
    made = admin.post("/services", page="/services", account=account, FriendlyName="Reminders")
    sid = re.search(r"MG[0-9a-f]{32}", made.url)
    assert sid is not None
    path, page = f"/services/{sid[0]}", f"/services/{sid[0]}?account={account}"
    sender = f"e164:{number_sid(house, SENDER)}"
    joined = admin.post(f"{path}/senders", page=page, account=account, sender=sender)
    assert f'name="sender" value="{sender}"' in joined.text
    changed = admin.post(
        path, page=page, account=account, FriendlyName="Alerts", StickySender="false"
    )
    assert "<h1>Alerts</h1>" in changed.text
    assert 'name="StickySender" value="true">' in changed.text
    left = admin.post(f"{path}/senders/remove", page=page, account=account, sender=sender)
    assert "No sender is in it" in left.text
    assert "Removed." in admin.post(f"{path}/remove", page=page, account=account).text
    assert admin.get(page).status_code == 404


def test_a_service_of_another_account_is_nobodys_business(house: House, admin: Browser) -> None:
    with house.browser("other-owner") as other:
        made = other.post(
            "/services", page="/services", account=house.other_account, FriendlyName="Theirs"
        )
    sid = made.url.partition("/services/")[2].partition("?")[0]
    for account in (house.customer.account_sid, house.other_account):
        assert admin.get(f"/services/{sid}", account=account).status_code == 404
        answer = admin.post(f"/services/{sid}/remove", page="/profile", account=account)
        assert answer.status_code == 404


def test_opt_outs_are_added_imported_downloaded_and_removed(house: House, admin: Browser) -> None:
    account = house.customer.account_sid
    added = admin.post(
        "/opt-outs", page="/opt-outs", account=account, scope=SENDER, handset="+855 12 345 671"
    )
    assert "+85512345671" in added.text
    csv = "handset\n+85512345671\n+85512345672\n"
    imported = admin.post("/opt-outs/csv", page="/opt-outs", account=account, scope=SENDER, csv=csv)
    assert "1 was new and has been added." in imported.text
    table = admin.get("/opt-outs/csv", account=account).text.splitlines()
    assert [line.split(",")[1:3] for line in table[1:]] == [
        ["+85512345671", "api"],
        ["+85512345672", "import"],
    ]
    found = admin.get("/opt-outs", account=account, handset="+85512345672").text
    assert "+85512345671" not in found
    sid = re.search(r"/opt-outs/(OO[0-9a-f]{32})/remove", found)
    assert sid is not None
    admin.post(f"/opt-outs/{sid[1]}/remove", page="/opt-outs", account=account)
    assert "+85512345672" not in admin.get("/opt-outs", account=account).text


def test_the_tester_says_which_route_is_taken_and_why_the_others_are_not(
    house: House, owner: Browser
) -> None:
    connector = house.customer.connector_sid
    page = owner.post("/routes", page="/routes", prefix="855", connector_sid=connector)
    assert "Added." in page.text
    tried = owner.get("/routes", to=HANDSET).text
    assert "Cambodia" in tried
    assert "It goes to sim box." in tried
    assert "That is not bound now" in tried
    assert "not taken: a longer prefix fits" in tried
    told = house.carrier("GET", f"/routes/explanation?to=%2B{HANDSET[1:]}").json()
    verdicts = [(one["prefix"], one["verdict"]) for one in told["candidates"]]
    assert verdicts == [("855", "taken"), ("", "shorter")]


def test_the_tester_says_when_a_number_would_be_refused(house: House, owner: Browser) -> None:
    path = f"/connectors/{house.customer.connector_sid}"
    owner.post(f"{path}/pause", page="/connectors")
    assert "every connector of its routes is paused" in owner.get("/routes", to="+15075550100").text
    owner.post(f"{path}/resume", page="/connectors")
    assert owner.get("/routes", to="nonsense").status_code == 200


def test_a_route_that_is_deleted_is_gone(house: House, owner: Browser) -> None:
    asked = {"prefix": "44", "connector_sid": house.customer.connector_sid}
    sid = house.carrier("POST", "/routes", **asked).json()["sid"]
    assert "Removed." in owner.post(f"/routes/{sid}/remove", page="/routes").text
    assert house.carrier("GET", f"/routes/{sid}").status_code == 404
