"""Self sign-up: a mail, an account on trial with its owner, approved and upgraded."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from smsc.embedded import EmbeddedPostgres
from smsc.models import Role
from tests.contract.conftest import client_for
from tests.contract.dashboard_browser import PASSWORD, Browser
from tests.contract.dashboard_house import House
from tests.contract.dns_server import dns_server
from tests.contract.running_api import HANDSET, cloned_database, serving_a_customer

OWN = "+85512000001"
SENDER = "+15075550177"


@pytest.fixture(scope="module")
def house(
    postgres_server: EmbeddedPostgres, migrated_template: str, valkey_server: str
) -> Iterator[House]:
    """Lend a house of one carrier alone, whose the sign-up page is."""
    with (
        cloned_database(postgres_server, migrated_template) as database_url,
        dns_server() as dns,
        serving_a_customer(database_url, valkey_server, dns_server=dns.address) as customer,
    ):
        house = House(customer, "", dns)
        house.make_people(
            ("carrier-owner", customer.carrier_sid, None, Role.OWNER),
            ("account-owner", customer.carrier_sid, customer.account_sid, Role.OWNER),
        )
        yield house


def offer(house: House, **policy: object) -> None:
    put = house.carrier("PUT", "/sign_up_policy", **({"enabled": True} | policy))
    assert put.status_code == 200, put.text


def ask(house: House, email: str, organisation: str = "Clinic of Kep") -> requests.Response:
    with Browser(house.customer.api_url) as browser:
        fields = {"email": email, "organisation": organisation}
        return browser.post("/sign-up", page="/sign-up", **fields)


def mail_to(house: House, email: str) -> str:
    """Return the newest mail to somebody, as the outbox shows it."""
    with house.browser("carrier-owner") as owner:
        rows = owner.get("/outbox").text.split("<tr>")[1:]
        row = next(row for row in rows if email in row)
        found = re.search(r'href="(/outbox/ML\w+)"', row)
        assert found is not None
        return unescape(owner.get(found[1]).text)


def link_in(text: str) -> str:
    found = re.search(r"/sign-up/[\w-]+", text)
    assert found is not None
    return found[0]


def sign_up(house: House, email: str) -> dict[str, object]:
    """Go all the way; return the account as its carrier sees it."""
    assert ask(house, email).status_code == 200
    link = link_in(mail_to(house, email))
    with Browser(house.customer.api_url) as browser:
        made = browser.post(link, page=link, name="Sok", password=PASSWORD)
        assert "/sign-in" in made.url
    people = house.carrier("GET", "/people").json()["data"]
    (membership,) = next(one for one in people if one["email"] == email)["memberships"]
    assert membership["role"] == "owner"
    account: dict[str, object] = house.carrier(
        "GET", f"/accounts/{membership['account_sid']}"
    ).json()
    return account


def client_of(house: House, account: dict[str, object]) -> Client:
    house.run(f"DELETE FROM phone_numbers WHERE phone_number = '{SENDER}'")
    number = {"phone_number": SENDER, "account_sid": account["sid"]}
    house.carrier("POST", "/phone_numbers", **number).raise_for_status()
    return client_for(house.customer.api_url, str(account["sid"]), str(account["auth_token"]))


def test_a_carrier_that_offers_nothing_has_no_page_for_it(house: House) -> None:
    house.carrier("PUT", "/sign_up_policy", enabled=False).raise_for_status()
    with Browser(house.customer.api_url) as browser:
        assert browser.get("/sign-up").status_code == 404
        assert "/sign-up" not in browser.get("/sign-in").text
        offer(house)
        assert browser.get("/sign-up").status_code == 200
        assert "/sign-up" in browser.get("/sign-in").text


def test_whoever_confirms_their_address_owns_an_account_with_the_trials_limits(
    house: House,
) -> None:
    offer(house, messages_per_day=7, spend_per_month="2.5", text_prefix="Trial of Mekong:")
    account = sign_up(house, "sok@kep.example")
    assert account["friendly_name"] == "Clinic of Kep"
    assert (account["status"], account["messages_per_day"]) == ("active", 7)
    assert float(str(account["spend_per_month"])) == 2.5
    assert account["only_recipients"] == []
    assert account["trial_since"] is not None
    with Browser(house.customer.api_url) as browser:
        assert browser.sign_in("sok@kep.example").url.endswith("/")
        assert "Own numbers" in browser.get("/numbers").text
    entries = house.carrier("GET", "/audit_log?subject=account&limit=5").json()["data"]
    created = next(one for one in entries if one["action"] == "created")
    assert created["actor"]["name"] == "sok@kep.example"


def test_a_link_makes_one_account_and_a_later_mail_ends_it(house: House) -> None:
    offer(house)
    email = "twice@kep.example"
    ask(house, email)
    link = link_in(mail_to(house, email))
    house.run("UPDATE sign_ups SET created_at = created_at - interval '10 minutes'")
    ask(house, email)
    newer = link_in(mail_to(house, email))
    with Browser(house.customer.api_url) as browser:
        assert browser.get(link).status_code == 404
        short = browser.post(newer, page=newer, password="short")
        assert short.status_code == 400
        browser.post(newer, page=newer, password=PASSWORD)
        assert browser.get(newer).status_code == 404


def test_the_answer_does_not_tell_whether_an_address_is_known(house: House) -> None:
    offer(house)
    known, unknown = "account-owner@mekong.example", "unknown@kep.example"
    answers = {ask(house, email).text for email in (known, unknown)}
    assert len({re.sub(r'value="[0-9a-f]+"', "", text) for text in answers}) == 1
    assert "It is known here" in mail_to(house, known)
    assert "/sign-up/" not in mail_to(house, known)


def test_an_address_gets_one_mail_in_two_minutes_and_what_is_none_gets_none(
    house: House,
) -> None:
    offer(house)
    before = len(house.carrier("GET", "/mails").json()["data"])
    for _ in range(2):
        assert ask(house, "again@kep.example").status_code == 200
    assert ask(house, "no address").status_code == 400
    assert len(house.carrier("GET", "/mails").json()["data"]) == before + 1


def test_an_account_that_waits_sends_nothing_until_the_carrier_approves_it(house: House) -> None:
    offer(house, needs_approval=True, own_numbers_only=False)
    account = sign_up(house, "waits@kep.example")
    assert account["status"] == "suspended"
    assert "It sends nothing until you approve it" in mail_to(house, "carrier-owner@mekong.example")
    with house.browser("carrier-owner") as owner:
        path = f"/accounts/{account['sid']}"
        assert "Approve it" in owner.get(path).text
        assert owner.post(f"{path}/approve", page=path).status_code == 200
    assert "is approved" in mail_to(house, "waits@kep.example")
    assert house.carrier("POST", f"/accounts/{account['sid']}/approve").status_code == 409
    client = client_of(house, account)
    assert client.messages.create(to=HANDSET, from_=SENDER, body="Hi").status == "queued"


def test_a_trial_writes_to_its_own_numbers_alone_with_the_carriers_words_before(
    house: House,
) -> None:
    offer(house, text_prefix="Trial:")
    account = sign_up(house, "trial@kep.example")
    path = f"/accounts/{account['sid']}"
    house.carrier("POST", f"{path}/own_numbers", phone_number=OWN).raise_for_status()
    client = client_of(house, account)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=HANDSET, from_=SENDER, body="Hi")
    assert refused.value.code == 21608
    assert client.messages.create(to=OWN, from_=SENDER, body="Hi").body == "Trial: Hi"
    assert house.carrier("POST", f"{path}/upgrade").json()["trial_since"] is None
    sent = client.messages.create(to=HANDSET, from_=SENDER, body="Hi")
    assert sent.body == "Hi"
    assert house.carrier("POST", f"{path}/upgrade").status_code == 409
    again = house.carrier("POST", f"{path}/own_numbers", phone_number=OWN)
    assert again.status_code == 409


def test_an_owner_confirms_a_number_by_the_code_that_it_gets(house: House) -> None:
    customer = house.customer
    with_token = customer.account_sid, customer.auth_token
    service = requests.post(
        f"{customer.api_url}/v2/Services",
        auth=with_token,
        data={"FriendlyName": "Mekong"},
        timeout=10,
    ).json()["sid"]
    offer(house, verify_service_sid=service)
    account = sign_up(house, "confirms@kep.example")
    with Browser(customer.api_url) as browser:
        browser.sign_in("confirms@kep.example")
        fields = {"account": str(account["sid"]), "number": "+855 12 000 002"}
        asked = browser.post("/own-numbers", page="/own-numbers", **fields)
        assert "Code of the text message" in asked.text
        verifying = client_for(customer.api_url, customer.account_sid, customer.auth_token)
        (sent,) = verifying.messages.list(to="+85512000002")
        code = re.search(r"\d{6}", str(sent.body))
        assert code is not None
        wrong = "000000" if code[0] != "000000" else "111111"
        page = "/own-numbers"
        refused = browser.post("/own-numbers/confirm", page=page, code=wrong, **fields)
        assert "The code is wrong" in refused.text
        browser.post("/own-numbers/confirm", page=page, code=code[0], **fields)
        kept = house.carrier("GET", f"/accounts/{account['sid']}").json()["only_recipients"]
        assert kept == ["+85512000002"]
        entries = house.carrier("GET", f"/audit_log?subject={account['sid']}&limit=1").json()
        assert entries["data"][0]["after"] == {"only_recipients": "…"}
        others = fields | {"account": customer.account_sid}
        assert browser.post("/own-numbers", page=page, **others).status_code == 404
        browser.post(
            "/own-numbers/remove", page=page, account=str(account["sid"]), number="+85512000002"
        )
        kept = house.carrier("GET", f"/accounts/{account['sid']}").json()["only_recipients"]
        assert kept == []


def test_the_settings_page_sets_what_the_carrier_api_shows(house: House) -> None:
    with house.browser("carrier-owner") as owner:
        fields = {"name": "Mekong", "default_texts_days": "30", "default_logs_days": ""}
        assert owner.post("/settings", page="/settings", **fields).status_code == 200
        shown = house.carrier("GET", "/settings").json()
        assert (shown["name"], shown["default_texts_days"]) == ("Mekong", 30)
        made = house.carrier("POST", "/accounts", friendly_name="New").json()
        assert (made["texts_days"], made["logs_days"]) == (30, None)
        wrong = owner.post("/settings", page="/settings", name="", default_texts_days="-1")
        assert wrong.status_code == 400
        sign_ups = {"enabled": "true", "messages_per_day": "5", "verify_service_sid": "VA1"}
        refused = owner.post("/settings/sign-up", page="/settings", **sign_ups)
        assert "the carrier has no such Verify service" in refused.text
        provider = {"name": "ID", "issuer": "http://10.0.0.1", "client_id": "x", "scopes": "openid"}
        away = owner.post("/settings/provider", page="/settings", **provider)
        assert away.status_code == 400
        assert "answer as a provider" in away.text
        policy = {"required": "false", "back": "/settings"}
        assert owner.post("/people/policy", page="/settings", **policy).url.endswith(
            "/settings?done=changed"
        )
    house.carrier("PATCH", "/settings", name="Mekong Tel").raise_for_status()
