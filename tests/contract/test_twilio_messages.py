import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer, run


def send(client: Client, customer: Customer, body: str = "hello", to: str = HANDSET) -> str:
    sid: str = client.messages.create(to=to, from_=customer.sender, body=body).sid
    return sid


def test_the_sdk_sends_a_message_and_reads_it_back(client: Client, customer: Customer) -> None:
    created = client.messages.create(to=HANDSET, from_=customer.sender, body="Hello, ភ្នំពេញ")
    assert re.fullmatch(r"SM[0-9a-f]{32}", created.sid or "")
    assert created.status == "queued"
    fetched = client.messages(created.sid or "").fetch()
    assert fetched.body == "Hello, ភ្នំពេញ"
    assert fetched.account_sid == customer.account_sid
    assert (fetched.to, fetched.from_) == (HANDSET, customer.sender)
    assert fetched.direction == "outbound-api"
    assert fetched.num_segments == "1"
    assert fetched.num_media == "0"
    assert fetched.api_version == "2010-04-01"
    assert fetched.date_sent is None
    assert fetched.error_code is None
    assert fetched.date_created is not None
    assert abs(fetched.date_created - datetime.now(UTC)) < timedelta(minutes=5)
    assert fetched.uri == f"/2010-04-01/Accounts/{customer.account_sid}/Messages/{fetched.sid}.json"
    assert fetched.subresource_uris is not None
    assert set(fetched.subresource_uris) == {"media", "feedback"}


def test_an_sms_has_no_media(client: Client, customer: Customer) -> None:
    assert client.messages(send(client, customer)).media.list() == []


def test_a_walk_over_pages_sees_each_message_once_while_others_arrive(
    client: Client, customer: Customer
) -> None:
    before = [send(client, customer, f"before {number}") for number in range(7)]
    walked: list[str | None] = []
    page = client.messages.page(page_size=3)
    while page is not None:
        walked += [message.sid for message in page]
        send(client, customer, "meanwhile")
        following = page.next_page()
        if following is None:
            break
        page = following
    assert walked == before[::-1]


def test_the_previous_page_is_what_was_just_before(client: Client, customer: Customer) -> None:
    sent = [send(client, customer, str(number)) for number in range(5)][::-1]
    first = client.messages.page(page_size=2)
    second = first.next_page()
    assert second is not None
    assert [message.sid for message in second] == sent[2:4]
    back = second.previous_page()
    assert back is not None
    assert [message.sid for message in back] == sent[:2]
    assert back.previous_page() is None


def test_an_empty_list_has_no_pages_on_either_side(idle_client: Client) -> None:
    page = idle_client.messages.page()
    assert list(page) == []
    assert page.next_page_url is None
    assert page.previous_page_url is None


def test_the_list_is_filtered_by_to_and_from(client: Client, customer: Customer) -> None:
    send(client, customer)
    other = send(client, customer, to="+85587654321")
    assert [m.sid for m in client.messages.list(to="+85587654321")] == [other]
    assert len(client.messages.list(from_=customer.sender)) == 2
    assert client.messages.list(from_="+15075550199") == []
    assert client.messages.list(to="nobody") == []


def test_an_unsent_message_has_no_date_sent_to_be_found_by(
    client: Client, customer: Customer
) -> None:
    send(client, customer)
    assert client.messages.list(date_sent=datetime.now(UTC)) == []


def test_sent_messages_are_found_by_day_and_by_time(client: Client, customer: Customer) -> None:
    sid = send(client, customer)
    run(customer.database_url, "UPDATE messages SET sent_at = now(), status = 'sent'")
    sent_at = client.messages(sid).fetch().date_sent
    second = timedelta(seconds=1)
    for filters in (
        {"date_sent": sent_at.date()},
        {"date_sent_after": sent_at, "date_sent_before": sent_at},
        {"date_sent_after": sent_at.date()},
    ):
        assert [message.sid for message in client.messages.list(**filters)] == [sid]
    for filters in ({"date_sent_after": sent_at + second}, {"date_sent_before": sent_at - second}):
        assert client.messages.list(**filters) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "12"}, 21211),
        ({"to": "whatsapp:+85512345678"}, 21211),
        ({"from_": "!"}, 21212),
        ({"from_": "+15075550199"}, 21606),
        ({"to": "+15075550123"}, 21266),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": ""}, 21603),
        ({"to": ""}, 21604),
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback": "https://under_score.example/"}, 21609),
        ({"status_callback": "https://example.org/" + "x" * 4000}, 21609),
        ({"from_": "", "messaging_service_sid": "MG" + "0" * 32}, 21701),
        ({"send_at": datetime(2030, 1, 1, tzinfo=UTC), "schedule_type": "fixed"}, 35118),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_refusal_has_twilios_code(
    idle_client: Client, idle_customer: Customer, changes: dict[str, str], code: int
) -> None:
    arguments = {"to": HANDSET, "from_": idle_customer.sender, "body": "hello"} | changes
    with pytest.raises(TwilioRestException) as caught:
        idle_client.messages.create(**arguments)
    assert caught.value.code == code
    assert caught.value.status == (404 if code == 21701 else 400)
    assert idle_client.messages.list() == []


def test_the_first_of_several_faults_is_told(idle_client: Client) -> None:
    form: dict[str, Any] = {
        "to": "",
        "from_": "",
        "media_url": ["nowhere"],
        "risk_check": "perhaps",
        "body": "",
        "status_callback": "nowhere",
        "validity_period": 0,
        "send_at": datetime(2020, 1, 1, tzinfo=UTC),
        "schedule_type": "fixed",
    }
    mended: list[tuple[str, object]] = [
        ("to", "12"),
        ("from_", "!"),
        ("media_url", []),
        ("risk_check", "enable"),
        ("body", "x" * 1601),
        ("body", "hello"),
        ("to", HANDSET),
        ("from_", "+15075550199"),
        ("status_callback", "https://example.org/"),
        ("validity_period", 60),
        ("schedule_type", ""),
    ]
    told = [refusal(lambda: idle_client.messages.create(**form))[1]]
    for name, value in mended:
        form[name] = value
        if name == "schedule_type":
            del form["send_at"]
        told.append(refusal(lambda: idle_client.messages.create(**form))[1])
    assert told == [
        *(21604, 21603, 21620, 20001, 21602, 21617),
        *(21211, 21212, 21609, 21624, 35118, 21606),
    ]


def test_a_wrong_token_is_refused_with_20003(client: Client, customer: Customer) -> None:
    client.auth = (customer.account_sid, "0" * 32)
    with pytest.raises(TwilioRestException) as caught:
        send(client, customer)
    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_another_accounts_path_is_refused_like_a_wrong_token(idle_customer: Customer) -> None:
    answer = requests.get(
        f"{idle_customer.api_url}/2010-04-01/Accounts/AC{'0' * 32}/Messages.json",
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    )
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert answer.json()["code"] == 20003


def test_a_message_that_does_not_exist_is_404_with_20404(idle_client: Client) -> None:
    with pytest.raises(TwilioRestException) as caught:
        idle_client.messages("SM" + "0" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert "was not found" in caught.value.msg


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/2010-04-01/Nothing.json", 404, 20404),
        ("GET", "/v1/Nothing", 404, 20404),
        ("POST", "/v2/x/y", 404, 20404),
        ("GET", "/carrier", 404, 20404),
        ("DELETE", "/2010-04-01/Accounts/AC1/Messages.json", 405, 20004),
        ("PUT", "/carrier/v1/accounts", 405, 20004),
    ],
    ids=str,
)
def test_unknown_paths_and_methods_are_answered_in_twilios_shape(
    idle_customer: Customer, method: str, path: str, status: int, code: int
) -> None:
    answer = requests.request(method, idle_customer.api_url + path, timeout=10)
    assert answer.status_code == status
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


def test_without_the_json_suffix_it_is_the_same(customer: Customer) -> None:
    url = f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages"
    auth = (customer.account_sid, customer.auth_token)
    data = {"To": HANDSET, "From": customer.sender, "Body": "plain"}
    created = requests.post(url, data=data, auth=auth, timeout=10)
    assert created.status_code == 201
    fetched = requests.get(f"{url}/{created.json()['sid']}", auth=auth, timeout=10)
    assert fetched.json() == created.json()
    assert len(requests.get(url, auth=auth, timeout=10).json()["messages"]) == 1


def test_the_uris_of_a_page_repeat_the_filters(idle_customer: Customer) -> None:
    url = f"{idle_customer.api_url}/2010-04-01/Accounts/{idle_customer.account_sid}/Messages.json"
    answer = requests.get(
        url + "?To=%2B85512345678&DateSent%3E=2026-01-01&PageSize=7",
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    ).json()
    path = f"/2010-04-01/Accounts/{idle_customer.account_sid}/Messages.json"
    assert answer["uri"] == f"{path}?To=%2B85512345678&DateSent%3E=2026-01-01&PageSize=7&Page=0"
    assert answer["first_page_uri"] == answer["uri"]
    assert answer["page_size"] == 7
    assert set(answer) == {
        *("first_page_uri", "next_page_uri", "previous_page_uri", "uri"),
        *("page", "page_size", "start", "end", "messages"),
    }


@pytest.mark.parametrize(
    "query",
    ["PageSize=0", "PageSize=x", "PageToken=PAnonsense", "Page=2", "DateSent=yesterday"],
)
def test_a_list_that_cannot_be_read_is_refused(idle_customer: Customer, query: str) -> None:
    answer = requests.get(
        f"{idle_customer.api_url}/2010-04-01/Accounts/{idle_customer.account_sid}/Messages.json?{query}",
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"To=%2B85512345678&Body=%00", 400),
        (b"To=%2B85512345678&Body=%ff", 400),
        (b"Body=" + b"x" * 70_000, 413),
        (b"&".join(b"a=1" for _ in range(200)), 400),
    ],
    ids=["U+0000", "no UTF-8", "too large", "too many fields"],
)
def test_a_body_that_cannot_be_read_is_refused(
    idle_customer: Customer, data: bytes, status: int
) -> None:
    answer = requests.post(
        f"{idle_customer.api_url}/2010-04-01/Accounts/{idle_customer.account_sid}/Messages.json",
        data=data,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    )
    assert answer.status_code == status
    assert answer.json()["code"] == 20001


def test_a_body_of_unsaid_length_is_read_up_to_the_limit(idle_customer: Customer) -> None:
    answer = requests.post(
        f"{idle_customer.api_url}/2010-04-01/Accounts/{idle_customer.account_sid}/Messages.json",
        data=iter([b"Body=" + b"x" * 40_000, b"x" * 40_000]),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    )
    assert answer.status_code == 413


def test_json_is_refused_where_forms_are_read(idle_customer: Customer) -> None:
    answer = requests.post(
        f"{idle_customer.api_url}/2010-04-01/Accounts/{idle_customer.account_sid}/Messages.json",
        json={"To": HANDSET},
        auth=(idle_customer.account_sid, idle_customer.auth_token),
        timeout=10,
    )
    assert answer.status_code == 415


def test_dates_are_rfc_2822(customer: Customer) -> None:
    answer = requests.post(
        f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json",
        data={"To": HANDSET, "From": customer.sender, "Body": "x"},
        auth=(customer.account_sid, customer.auth_token),
        timeout=10,
    ).json()
    assert re.fullmatch(
        r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", answer["date_created"]
    )
    assert f"{date.today():%Y}" in answer["date_created"]  # noqa: DTZ011 the year will do
