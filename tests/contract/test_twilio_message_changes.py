"""What Twilio's SDK may do to a message after its creation, and what a creation may ask for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.contract.running_api import HANDSET, Customer, run


def send(client: Client, customer: Customer, **changes: object) -> str:
    arguments = {"to": HANDSET, "from_": customer.sender, "body": "hello"} | changes
    return str(client.messages.create(**arguments).sid)


def finish(customer: Customer, status: str = "delivered") -> None:
    run(customer.database_url, f"UPDATE messages SET status = '{status}', sent_at = now()")


def test_a_finished_message_is_redacted_by_an_empty_body(
    client: Client, customer: Customer
) -> None:
    sid = send(client, customer)
    finish(customer)
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).fetch().body == ""


def test_a_message_on_its_way_is_neither_redacted_nor_deleted(
    client: Client, customer: Customer
) -> None:
    sid = send(client, customer)
    for change in (lambda: client.messages(sid).update(body=""), client.messages(sid).delete):
        with pytest.raises(TwilioRestException) as caught:
            change()
        assert (caught.value.status, caught.value.code) == (409, 20009)
    assert client.messages(sid).fetch().body == "hello"


@pytest.mark.parametrize(
    "changes",
    [{"body": "other"}, {}, {"body": "", "status": "canceled"}, {"status": "delivered"}],
    ids=str,
)
def test_nothing_else_of_a_message_can_be_changed(
    client: Client, customer: Customer, changes: dict[str, str]
) -> None:
    sid = send(client, customer)
    finish(customer)
    with pytest.raises(TwilioRestException) as caught:
        client.messages(sid).update(**changes)
    assert (caught.value.status, caught.value.code) == (400, 30400)


def test_what_is_not_scheduled_cannot_be_canceled(client: Client, customer: Customer) -> None:
    sid = send(client, customer)
    with pytest.raises(TwilioRestException) as caught:
        client.messages(sid).update(status="canceled")
    assert (caught.value.status, caught.value.code) == (409, 30409)


def test_a_deleted_message_is_404_everywhere(client: Client, customer: Customer) -> None:
    sid = send(client, customer)
    finish(customer)
    assert client.messages(sid).delete() is True
    for ask in (
        client.messages(sid).fetch,
        client.messages(sid).delete,
        client.messages(sid).feedback.create,
        lambda: client.messages(sid).update(body=""),
    ):
        with pytest.raises(TwilioRestException) as caught:
            ask()
        assert (caught.value.status, caught.value.code) == (404, 20404)
    with pytest.raises(TwilioException, match="HTTP 404"):  # how the SDK says it of a list
        client.messages(sid).media.list()
    assert client.messages.list() == []


def test_the_latest_feedback_counts(client: Client, customer: Customer) -> None:
    sid = send(client, customer, provide_feedback=True)
    first = client.messages(sid).feedback.create(outcome="unconfirmed")
    second = client.messages(sid).feedback.create()
    assert (first.outcome, second.outcome) == ("unconfirmed", "confirmed")
    assert second.message_sid == sid
    assert second.date_created == first.date_created
    with pytest.raises(TwilioRestException) as caught:
        client.messages(sid).feedback.create(outcome="perhaps")
    assert caught.value.code == 20001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"media_url": ["http://example.org/a.png"]}, 21612),
        ({"media_url": ["nowhere"]}, 21620),
        ({"media_url": ["http://example.org/a.png"] * 11}, 21623),
        ({"send_as_mms": True}, 21612),
        ({"content_sid": "HX" + "0" * 32}, 21655),
        ({"content_variables": '{"1": "x"}'}, 21654),
        ({"validity_period": 0}, 21624),
        ({"validity_period": 36001}, 21624),
        ({"content_retention": "discard"}, 30029),
        ({"address_retention": "obfuscate"}, 30030),
        ({"shorten_urls": True}, 20001),
        ({"risk_check": "perhaps"}, 20001),
        ({"max_price": "cheap"}, 20001),
        ({"attempt": "first"}, 20001),
        ({"smart_encoded": "perhaps"}, 20001),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_cannot_be_done_is_refused_with_twilios_code(
    idle_client: Client, idle_customer: Customer, changes: dict[str, object], code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        send(idle_client, idle_customer, **changes)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_what_has_no_effect_here_is_accepted(client: Client, customer: Customer) -> None:
    send(
        client,
        customer,
        max_price="0.05",
        provide_feedback=True,
        attempt=1,
        force_delivery=True,
        validity_period=36000,
        content_retention="retain",
        address_retention="retain",
        persistent_action=["geo:0,0"],
        shorten_urls=False,
        send_as_mms=False,
        risk_check="disable",
        traffic_type="free",
    )


def post(customer: Customer, key: str, **changes: str) -> requests.Response:
    data = {"To": HANDSET, "From": customer.sender, "Body": "once"} | changes
    return requests.post(
        f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json",
        data=data,
        headers={"Idempotency-Key": key},
        auth=(customer.account_sid, customer.auth_token),
        timeout=10,
    )


def test_a_repeated_request_with_its_key_makes_one_message(
    client: Client, customer: Customer
) -> None:
    first = post(customer, "order-17")
    finish(customer)
    again = post(customer, "order-17")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert len(client.messages.list()) == 1
    assert post(customer, "order-18").json()["sid"] != first.json()["sid"]


def test_a_key_with_another_body_is_refused(client: Client, customer: Customer) -> None:
    post(customer, "order-17")
    other = post(customer, "order-17", Body="twice")
    assert (other.status_code, other.json()["code"]) == (409, 20409)
    assert len(client.messages.list()) == 1


def test_a_refused_request_does_not_use_up_its_key(client: Client, customer: Customer) -> None:
    assert post(customer, "order-17", To="12").status_code == 400
    assert post(customer, "order-17").status_code == 201
    assert len(client.messages.list()) == 1


def test_a_key_is_free_again_after_24_hours(client: Client, customer: Customer) -> None:
    post(customer, "order-17")
    run(
        customer.database_url,
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'",
    )
    assert post(customer, "order-17", Body="next day").status_code == 201
    assert len(client.messages.list()) == 2


def test_of_many_requests_at_once_with_one_key_one_makes_the_message(
    client: Client, customer: Customer
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(customer, "order-17"), range(24)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["sid"] for answer in answers}) == 1
    assert len(client.messages.list()) == 1


def test_an_unreadable_key_is_refused(customer: Customer) -> None:
    assert post(customer, "").status_code == 400
    assert post(customer, "x" * 256).status_code == 400
