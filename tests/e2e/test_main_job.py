"""The main job through the real processes of `smsc up`, by Twilio's own SDK."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from twilio.rest import Client

from tests.e2e import customer as customers
from tests.e2e.customer import Customer
from tests.e2e.up import Up, home, until

HANDSET = "+12025550190"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with home(tmp_path_factory.mktemp("up") / "home") as up:
        up.start()
        yield up


@pytest.fixture
def customer(up: Up) -> Iterator[Customer]:
    with customers.serving() as customer:
        customer.auth_token = up.demo["auth_token"]
        yield customer


@pytest.fixture
def client(up: Up) -> Client:
    return up.client


def test_the_first_start_shows_a_delivered_message_and_how_to_send_the_next(up: Up) -> None:
    for word in ("accepted", "submitted", "receipt", "callback", "curl", "from twilio.rest"):
        assert word in up.screen, f"{word!r} is not on the screen:\n{up.screen}"


def test_the_demo_file_has_what_others_rely_on_and_is_private(up: Up) -> None:
    assert up.demo.keys() >= {
        *("api_url", "account_sid", "auth_token", "test_account_sid", "test_auth_token"),
        *("phone_numbers", "carrier_api_key", "dashboard_url", "smpp_port", "smpp_system_id"),
        *("dashboard_email", "dashboard_password"),
        *("smpp_password", "simulator_port", "simulator_http_url"),
    }
    assert len(up.demo["phone_numbers"]) >= 3
    for name in ("demo.json", "secret"):
        assert stat.S_IMODE((up.home / name).stat().st_mode) == 0o600


def test_a_message_is_delivered_and_both_callbacks_come_signed_and_in_order(
    up: Up, client: Client, customer: Customer
) -> None:
    body = "Ünïcödé — ж 🎉"
    sent = client.messages.create(
        to=HANDSET,
        from_=up.demo["phone_numbers"][0],
        body=body,
        status_callback=customer.url("/status"),
    )
    until(lambda: len(customer.statuses(sent.sid)) == 2)
    assert customer.statuses(sent.sid) == ["sent", "delivered"]
    assert customer.forged == 0
    assert len(set(customer.tokens)) == 2
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.status, fetched.body, fetched.error_code) == ("delivered", body, None)
    assert sent.sid in [message.sid for message in client.messages.list(to=HANDSET)]
    assert body in up.inbox(HANDSET)


def test_an_inbound_sms_calls_the_webhook_and_its_answer_is_the_reply(
    up: Up, client: Client, customer: Customer
) -> None:
    number = up.demo["phone_numbers"][1]
    numbers_url = f"{up.demo['api_url']}/carrier/v1/phone_numbers"
    listed = up.request("GET", numbers_url)["data"]
    sid = next(one["sid"] for one in listed if one["phone_number"] == number)
    up.request("PATCH", f"{numbers_url}/{sid}", {"sms_url": customer.url("/sms")})
    reply = "<Response><Message><Body>You said: ping</Body></Message></Response>"
    customer.answers["/sms"] = ("text/xml", reply)
    up.handset_sends(HANDSET, number, "ping")
    until(lambda: "You said: ping" in up.inbox(HANDSET))
    ((_, form),) = [request for request in customer.requests if request[0] == "/sms"]
    assert (form["From"], form["To"], form["Body"]) == (HANDSET, number, "ping")
    assert customer.forged == 0
    replies = client.messages.list(to=HANDSET, from_=number)
    assert [(message.direction, message.body) for message in replies] == [
        ("outbound-reply", "You said: ping")
    ]


def secrets_of(up: Up) -> dict[str, str]:
    """Return every secret of the home, by name."""
    named = {
        name: up.demo[name]
        for name in (
            *("auth_token", "test_auth_token", "carrier_api_key"),
            *("smpp_password", "dashboard_password"),
        )
    }
    named["carrier_api_key"] = named["carrier_api_key"].partition(".")[2]
    for name in ("secret", "postgres-password"):
        named[name] = (up.home / name).read_text().strip()
    return named


def whole_numbers_of(up: Up) -> set[str]:
    """Return every number that anybody sent to or from, with and without its plus."""
    messages = up.client.messages.list(page_size=1000)
    numbers = {one for message in messages for one in (message.to, message.from_)}
    numbers |= {HANDSET, *up.demo["phone_numbers"]}
    return numbers | {number.removeprefix("+") for number in numbers}


def test_the_logs_hold_no_secret_no_text_and_no_whole_number(up: Up, client: Client) -> None:
    bodies = {message.body for message in client.messages.list(page_size=1000)}
    assert len(bodies) > 2
    hidden = {*secrets_of(up).values(), *whole_numbers_of(up), *bodies}
    logs = list(Path(up.home / "logs").glob("*.log"))
    assert len(logs) > 3
    for log in logs:
        text = log.read_text(errors="replace")
        assert [one for one in hidden if one in text] == [], log.name


def test_no_process_has_a_secret_or_a_number_among_its_arguments(up: Up) -> None:
    hidden = {*secrets_of(up).values(), *whole_numbers_of(up)}
    assert up.process is not None
    pids = [up.process.pid, *(child.pid for child in up.children())]
    assert len(pids) > 4
    for pid in pids:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        assert [one for one in hidden if one in arguments] == [], arguments


def test_no_refusal_and_no_url_of_ours_tells_a_secret(up: Up, client: Client) -> None:
    hidden = [*secrets_of(up).values()]
    account = f"{up.demo['api_url']}/2010-04-01/Accounts/{up.demo['account_sid']}"
    right = (up.demo["account_sid"], up.demo["auth_token"])
    wrong = (up.demo["account_sid"], up.demo["auth_token"][::-1])
    answers = [
        requests.get(f"{account}/Messages.json", auth=wrong, timeout=10),
        requests.get(f"{account}/Nothing.json", auth=right, timeout=10),
        requests.post(f"{account}/Messages.json", auth=right, data={"To": "x"}, timeout=10),
        requests.post(f"{account}/Messages.json", auth=right, data=b"\xff" * 99_999, timeout=10),
        requests.get(f"{up.demo['api_url']}/carrier/v1/accounts", timeout=10),
        requests.get(f"{up.demo['api_url']}/nowhere", timeout=10),
        requests.get(f"{up.demo['api_url']}/messages", timeout=10),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 400, 413, 401, 404, 200]
    for answer in answers:
        told = f"{answer.url} {answer.headers} {answer.text}"
        assert [one for one in hidden if one in told] == [], answer.url
    page = client.messages.list(limit=1)[0]
    assert [one for one in hidden if one in str(vars(page))] == []


def test_a_second_start_in_one_home_says_who_holds_it(up: Up) -> None:
    assert up.process is not None
    second = subprocess.run(
        [sys.executable, "-m", "smsc.cli", "up"],
        env=up.environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert str(up.process.pid) in second.stderr.decode()
