"""Test credentials and magic numbers, by Twilio's own SDK."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.contract.conftest import client_for
from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer

GOOD = "+15005550006"


@pytest.fixture(scope="module")
def tester(idle_customer: Customer) -> Iterator[Client]:
    """Log in with the account's test credentials, as its carrier knows them."""
    shown = requests.get(
        f"{idle_customer.api_url}/carrier/v1/accounts/{idle_customer.account_sid}",
        headers={"Authorization": f"Bearer {idle_customer.bearer}"},
        timeout=10,
    ).json()
    client = client_for(idle_customer.api_url, shown["test_sid"], shown["test_auth_token"])
    yield client
    client.http_client.session.close()


def test_a_message_is_queued_in_pretence_and_stored_nowhere(
    tester: Client, idle_client: Client
) -> None:
    made = tester.messages.create(to=HANDSET, from_=GOOD, body="hello")
    assert (made.status, made.to, made.body) == ("queued", HANDSET, "hello")
    assert made.account_sid == tester.username
    assert made.num_segments == "1"
    assert idle_client.messages.list() == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15005550001", 21212),
        ("+15005550007", 21606),
        ("+15005550008", 21611),
        ("+15075550123", 21606),
    ],
)
def test_a_magic_sender_is_refused_as_twilio_does(tester: Client, number: str, code: int) -> None:
    create: Callable[..., Any] = tester.messages.create
    assert refusal(lambda: create(to=HANDSET, from_=number, body="hello"))[1] == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15005550001", 21211),
        ("+15005550002", 21612),
        ("+15005550003", 21408),
        ("+15005550004", 21610),
        ("+15005550009", 21614),
        ("12", 21211),
    ],
)
def test_a_magic_recipient_is_refused_as_twilio_does(
    tester: Client, number: str, code: int
) -> None:
    create: Callable[..., Any] = tester.messages.create
    assert refusal(lambda: create(to=number, from_=GOOD, body="hello"))[1] == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"phone_number": "+15005550000"}, 21422),
        ({"phone_number": "+15005550001"}, 21421),
        ({"phone_number": "+15075550123"}, 21421),
        ({"area_code": "533"}, 21452),
    ],
    ids=str,
)
def test_a_magic_number_can_t_be_bought(tester: Client, asked: dict[str, Any], code: int) -> None:
    create: Callable[..., Any] = tester.incoming_phone_numbers.create
    assert refusal(lambda: create(**asked)) == (400, code)


def test_a_number_is_bought_in_pretence(tester: Client, idle_client: Client) -> None:
    bought = tester.incoming_phone_numbers.create(phone_number=GOOD, friendly_name="desk")
    assert (bought.phone_number, bought.friendly_name) == (GOOD, "desk")
    assert tester.incoming_phone_numbers.create(area_code="500").phone_number == GOOD
    assert [n.phone_number for n in idle_client.incoming_phone_numbers.list()] == ["+15075550123"]


def test_everything_else_is_refused_with_20008(tester: Client, idle_customer: Customer) -> None:
    for call in (
        tester.messages.list,
        tester.messages("SM" + "0" * 32).fetch,
        tester.incoming_phone_numbers.list,
        tester.balance.fetch,
        tester.new_keys.create,
        tester.api.v2010.accounts.list,
    ):
        assert refusal(call) == (403, 20008)


def test_test_credentials_don_t_open_the_account_itself(
    tester: Client, idle_customer: Customer
) -> None:
    real = tester.api.v2010.accounts(idle_customer.account_sid)
    assert refusal(lambda: real.messages.create(to=HANDSET, from_=GOOD, body="x")) == (401, 20003)
