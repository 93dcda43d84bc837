"""What holds for every resource: names, booleans, suffixes, pages; asked as bare HTTP."""

from typing import Any

import pytest
import requests

from tests.contract.running_api import HANDSET, Customer

ACCOUNT = "/2010-04-01/Accounts/{}"


def ask(customer: Customer, method: str, path: str, **form: object) -> requests.Response:
    return requests.request(
        method,
        customer.api_url + path.format(customer.account_sid),
        data=form or None,
        auth=(customer.account_sid, customer.auth_token),
        timeout=10,
    )


@pytest.fixture(scope="module")
def message(idle_customer: Customer) -> dict[str, Any]:
    """A message that was asked for with what a form may have too."""
    form = {
        "To": " +855 (12) 345-678 ",
        "From": idle_customer.sender,
        "Body": "hello",
        "SmartEncoded": "TRUE",
        "ProvideFeedback": "False",
        "Colour": "red",
    }
    made = ask(idle_customer, "POST", f"{ACCOUNT}/Messages.json", **form)
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


def test_unknown_parameters_are_ignored_and_booleans_are_read_in_any_case(
    message: dict[str, Any],
) -> None:
    assert (message["status"], message["body"]) == ("queued", "hello")


def test_the_punctuation_of_a_number_is_left_out(message: dict[str, Any]) -> None:
    assert message["to"] == HANDSET


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_medium_of_an_sms_is_not_found(
    idle_customer: Customer, message: dict[str, Any], method: str
) -> None:
    path = f"{ACCOUNT}/Messages/{message['sid']}/Media/ME{'0' * 32}.json"
    answer = ask(idle_customer, method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert answer.json()["message"].startswith("The requested resource /2010-04-01/Accounts/")


@pytest.mark.parametrize(
    "resource", ["Applications", "IncomingPhoneNumbers", "Keys", "Usage/Records", "Messages"]
)
def test_the_uris_of_a_list_end_in_json_however_it_was_asked_for(
    idle_customer: Customer, resource: str
) -> None:
    asked = f"{ACCOUNT}/{resource}"
    path = f"{asked.format(idle_customer.account_sid)}.json"
    for suffix in ("", ".json"):
        page = ask(idle_customer, "GET", f"{asked}{suffix}?PageSize=5000").json()
        assert page["uri"] == f"{path}?PageSize=1000&Page=0"
        assert page["first_page_uri"] == page["uri"]


def test_what_is_for_sale_is_listed_under_the_uri_that_asked(idle_customer: Customer) -> None:
    path = f"{ACCOUNT}/AvailablePhoneNumbers/US/Local"
    page = ask(idle_customer, "GET", f"{path}?AreaCode=507").json()
    assert page["uri"] == f"{path.format(idle_customer.account_sid)}.json?AreaCode=507"


def test_the_urls_of_a_v1_list_are_absolute_and_tell_its_key(idle_customer: Customer) -> None:
    meta = ask(idle_customer, "GET", "/v1/Services?PageSize=20").json()["meta"]
    url = f"{idle_customer.api_url}/v1/Services?PageSize=20&Page=0"
    assert meta == {
        "key": "services",
        "page": 0,
        "page_size": 20,
        "first_page_url": url,
        "previous_page_url": None,
        "next_page_url": None,
        "url": url,
    }


def test_a_key_is_flagged_with_what_it_is_good_for(idle_customer: Customer) -> None:
    ask(idle_customer, "POST", "/v1/Keys", AccountSid=idle_customer.account_sid)
    path = f"/v1/Keys?AccountSid={idle_customer.account_sid}"
    (key,) = ask(idle_customer, "GET", path).json()["keys"]
    assert key["flags"] == ["rest_api", "signing"]
