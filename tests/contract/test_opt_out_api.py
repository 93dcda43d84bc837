"""The suppression list and Advanced Opt-Out of a messaging service, which Twilio has no API for."""

from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer

OTHER = "+85587654321"
RULES: dict[str, Any] = {
    "stop_words": ["ARRET", "STOP"],
    "start_words": ["OUI"],
    "help_words": ["AIDE"],
    "texts": {"fr": {"stop": "Au revoir"}, "km": {"stop": "លាហើយ"}},
    "languages": {"KH": "km"},
    "language": "fr",
}


class Lists:
    """A service of the customer's, and requests about its opt-outs."""

    def __init__(self, client: Client, customer: Customer) -> None:
        (number,) = client.incoming_phone_numbers.list()
        self.sid = str(client.messaging.v1.services.create(friendly_name="Clinic").sid)
        client.messaging.v1.services(self.sid).phone_numbers.create(
            phone_number_sid=str(number.sid)
        )
        self._customer = customer

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(
            method,
            f"{self._customer.api_url}/v1/Services/{self.sid}/{path}",
            auth=(self._customer.account_sid, self._customer.auth_token),
            timeout=10,
            **options,
        )

    def handsets(self) -> list[str]:
        return [each["handset"] for each in self.ask("GET", "OptOuts").json()["opt_outs"]]


@pytest.fixture
def lists(client: Client, customer: Customer) -> Lists:
    return Lists(client, customer)


def test_who_is_on_the_list_gets_no_message_until_off_it(client: Client, lists: Lists) -> None:
    added = lists.ask("POST", "OptOuts", data={"Handset": "+855 12 345 678"})
    assert added.status_code == 201
    assert added.json()["handset"] == HANDSET
    assert added.json()["source"] == "api"

    def send() -> object:
        return client.messages.create(to=HANDSET, messaging_service_sid=lists.sid, body="x")

    assert refusal(send) == (400, 21610)
    assert lists.ask("GET", f"OptOuts/{added.json()['sid']}").json() == added.json()
    assert lists.ask("DELETE", f"OptOuts/{added.json()['sid']}").status_code == 204
    send()
    assert lists.handsets() == []


def test_the_list_is_paged_and_searched(lists: Lists) -> None:
    for handset in (HANDSET, OTHER):
        lists.ask("POST", "OptOuts", data={"Handset": handset})
    again = lists.ask("POST", "OptOuts", data={"Handset": HANDSET})
    assert again.status_code == 201
    assert lists.handsets() == [OTHER, HANDSET]
    page = lists.ask("GET", "OptOuts?PageSize=1").json()
    assert page["meta"]["key"] == "opt_outs"
    assert page["meta"]["next_page_url"] is not None
    found = lists.ask("GET", "OptOuts", params={"Handset": HANDSET}).json()["opt_outs"]
    assert [each["handset"] for each in found] == [HANDSET]


def test_a_single_number_has_a_list_of_its_own_until_it_is_in_a_service(
    client: Client, customer: Customer
) -> None:
    (number,) = client.incoming_phone_numbers.list()
    opt_outs = f"{customer.api_url}/v1/PhoneNumbers/{number.sid}/OptOuts"
    auth = (customer.account_sid, customer.auth_token)

    def send() -> object:
        return client.messages.create(to=HANDSET, from_=customer.sender, body="x").status

    added = requests.post(opt_outs, data={"Handset": HANDSET}, auth=auth, timeout=10).json()
    assert (added["sender"], added["service_sid"]) == (customer.sender, None)
    assert refusal(send) == (400, 21610)
    assert requests.get(added["url"], auth=auth, timeout=10).json() == added
    exported = requests.get(f"{opt_outs}.csv", auth=auth, timeout=10)
    assert HANDSET in exported.text
    service = client.messaging.v1.services.create(friendly_name="Clinic")
    service.phone_numbers.create(phone_number_sid=str(number.sid))
    assert requests.get(opt_outs, auth=auth, timeout=10).json()["opt_outs"] == []
    service.delete()
    assert requests.delete(added["url"], auth=auth, timeout=10).status_code == 204
    assert send() == "queued"
    nobodys = opt_outs.replace(str(number.sid), "PN" + "0" * 32)
    assert requests.get(nobodys, auth=auth, timeout=10).status_code == 404


def test_a_csv_file_goes_in_and_comes_out(lists: Lists) -> None:
    text = f"handset,name\r\n{HANDSET},A\r\n{OTHER},B\r\n{HANDSET},A again\r\n"
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    added = lists.ask("POST", "OptOuts.csv", data=text.encode(), headers=headers)
    assert (added.status_code, added.json()) == (200, {"added": 2})
    assert lists.ask("POST", "OptOuts.csv", data=text, headers=headers).json() == {"added": 0}
    exported = lists.ask("GET", "OptOuts.csv")
    assert exported.headers["Content-Type"].startswith("text/csv")
    header, *rows = exported.text.splitlines()
    assert header == "scope,handset,source,date_created"
    assert [row.split(",")[:3] for row in rows] == [
        [lists.sid, HANDSET, "import"],
        [lists.sid, OTHER, "import"],
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [("number\n+85512345678\n", "handset"), (f"handset\n{HANDSET}\n12\n", "Line 3")],
    ids=["no such column", "no number"],
)
def test_a_csv_file_that_cannot_be_read_changes_nothing(
    lists: Lists, text: str, words: str
) -> None:
    answer = lists.ask("POST", "OptOuts.csv", data=text, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert lists.handsets() == []


def test_a_service_gets_words_of_its_own(lists: Lists) -> None:
    assert lists.ask("GET", "OptOut").json()["advanced"] is False
    changed = lists.ask("POST", "OptOut", json=RULES)
    assert changed.status_code == 200, changed.text
    assert changed.json()["advanced"] is True
    assert changed.json()["stop_words"] == ["ARRET", "STOP"]
    assert lists.ask("GET", "OptOut").json() == changed.json()
    assert lists.ask("DELETE", "OptOut").status_code == 204
    assert lists.ask("GET", "OptOut").json()["advanced"] is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stop_words": []}, "stop_words"),
        ({"start_words": ["stop"]}, "STOP"),
        ({"languages": {"DE": "de"}}, "de"),
        ({"languages": {"Germany": "fr"}}, "languages"),
        ({"texts": {"fr": {"stop": "x" * 321}}}, "stop"),
        ({"words": ["x"]}, "words"),
    ],
    ids=lambda change: str(change)[:40],
)
def test_words_that_contradict_are_refused(
    lists: Lists, change: dict[str, Any], words: str
) -> None:
    answer = lists.ask("POST", "OptOut", json=RULES | change)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert words in answer.json()["message"]


def test_the_carrier_sees_and_changes_the_lists_of_its_accounts(
    customer: Customer, lists: Lists
) -> None:
    lists.ask("POST", "OptOuts", data={"Handset": OTHER})
    url = f"{customer.api_url}/carrier/v1/opt_outs"
    bearer = {"Authorization": f"Bearer {customer.bearer}"}
    draft = {
        "account_sid": customer.account_sid,
        "scope": customer.sender,
        "handset": HANDSET,
    }
    made = requests.post(url, json=draft, headers=bearer, timeout=10)
    assert made.status_code == 201, made.text
    whose = {"account_sid": customer.account_sid}
    listed = requests.get(url, params=whose, headers=bearer, timeout=10).json()["data"]
    assert [(each["scope"], each["handset"]) for each in listed] == [
        (lists.sid, OTHER),
        (customer.sender, HANDSET),
    ]
    exported = requests.get(f"{url}/csv", params=whose, headers=bearer, timeout=10)
    assert len(exported.text.splitlines()) == 3
    gone = requests.delete(f"{url}/{made.json()['sid']}", params=whose, headers=bearer, timeout=10)
    assert gone.status_code == 204
    for wrong in ({"scope": "+15075550000"}, {"account_sid": "AC" + "0" * 32}):
        refused = requests.post(url, json=draft | wrong, headers=bearer, timeout=10)
        assert refused.status_code == 404


def test_the_carrier_s_csv_file_goes_on_the_list_of_a_number(customer: Customer) -> None:
    url = f"{customer.api_url}/carrier/v1/opt_outs/csv"
    where = {"account_sid": customer.account_sid, "scope": customer.sender}
    bearer = {"Authorization": f"Bearer {customer.bearer}"}
    csv = bearer | {"Content-Type": "text/csv"}
    text = "\ufeffhandset\n" + "".join(f"+85512{n:06}\n" for n in range(5000))
    added = requests.post(url, params=where, data=text.encode(), headers=csv, timeout=30)
    assert (added.status_code, added.json()) == (200, {"added": 5000})
    exported = requests.get(url, params=where, headers=bearer, timeout=30)
    assert len(exported.text.splitlines()) == 5001
    as_json = requests.post(url, params=where, json={}, headers=bearer, timeout=10)
    assert as_json.status_code == 415
