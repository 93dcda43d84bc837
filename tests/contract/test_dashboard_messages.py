import re
from collections.abc import Iterator

import pytest
import requests

from smsc.models import Role
from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.running_api import HANDSET, SENDER, Customer, run

OWNER = "owner@mekong.example"
MEMBER = "member@mekong.example"


@pytest.fixture
def browser(customer: Customer) -> Iterator[Browser]:
    make_person(customer.database_url, customer.carrier_sid, OWNER)
    with Browser(customer.api_url) as browser:
        browser.sign_in(OWNER)
        yield browser


def send(customer: Customer, body: str, to: str = HANDSET) -> str:
    answer = requests.post(
        f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages.json",
        auth=(customer.account_sid, customer.auth_token),
        data={"To": to, "From": SENDER, "Body": body},
        timeout=10,
    )
    sid: str = answer.json()["sid"]
    return sid


def listed(page: str) -> list[str]:
    return re.findall(r'href="/messages/(SM[0-9a-f]{32})"', page)


def test_the_list_shows_the_newest_first_and_pages_to_the_oldest(
    customer: Customer, browser: Browser
) -> None:
    sent = [send(customer, f"number {number}") for number in range(27)][::-1]
    first = browser.get("/messages").text
    assert listed(first) == sent[:25]
    assert len(first) < 100_000
    second = browser.get("/messages", older=sent[24]).text
    assert listed(second) == sent[25:]
    assert listed(browser.get("/messages", newer=sent[25]).text) == sent[:25]


@pytest.mark.parametrize(
    ("filters", "is_shown"),
    [
        ({"to": "+855 12 345 678"}, True),
        ({"to": "+85512345679"}, False),
        ({"from": SENDER}, True),
        ({"status": "queued"}, True),
        ({"status": "delivered"}, False),
        ({"direction": "outbound"}, True),
        ({"direction": "inbound"}, False),
        ({"error": "30003"}, False),
        ({"since": "2020-01-01"}, True),
        ({"until": "2020-01-01"}, False),
        ({"account": "AC" + "0" * 32}, False),
    ],
    ids=str,
)
def test_a_filter_leaves_what_fits_it(
    customer: Customer, browser: Browser, filters: dict[str, str], *, is_shown: bool
) -> None:
    sid = send(customer, "Hello")
    assert listed(browser.get("/messages", **filters).text) == ([sid] if is_shown else [])


def test_a_filter_that_cannot_be_read_is_named(browser: Browser) -> None:
    answer = browser.get("/messages", since="yesterday")
    assert answer.status_code == 400
    assert "yesterday" in answer.text


def test_the_page_of_a_message_tells_its_way_and_why_it_waits(
    customer: Customer, browser: Browser
) -> None:
    sid = send(customer, "Hello <b>world</b>")
    page = browser.get(f"/messages/{sid}").text
    assert "1 segment, routed to sim box" in page
    assert "no gateway process runs the connector" in page
    assert f'href="/routes?to=%2B{HANDSET[1:]}"' in page
    assert "18 of 160 septets" in page
    assert "Hello &lt;b&gt;world&lt;/b&gt;" in page


def test_segments_are_drawn_with_what_decided_their_encoding(
    customer: Customer, browser: Browser
) -> None:
    page = browser.get(f"/messages/{send(customer, 'ж' * 71)}").text
    assert "67 of 67 UTF-16 units" in page
    assert "4 of 67 UTF-16 units" in page
    assert "GSM 7-bit has no “ж”" in page


def test_a_failed_message_says_why_in_plain_words(customer: Customer, browser: Browser) -> None:
    sid = send(customer, "Hello")
    run(
        customer.database_url,
        """
        DELETE FROM queue;
        UPDATE messages SET status = 'undelivered', error_code = 30003;
        INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                              command_status, smsc_message_id, submitted_at, answered_at, state,
                              receipt_at, receipt_error)
        SELECT sid, 1, carrier_sid, account_sid, connector_sid, 0, 'a1f', now(), now(), 5, now(),
               '001'
        FROM messages;
        INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, raw)
        SELECT sid, carrier_sid, account_sid, 'receipt', 1,
               'id:a1f done date:2611261003 stat:UNDELIV'
        FROM messages
        """,
    )
    page = browser.get(f"/messages/{sid}").text
    assert "switched off or has no network" in page
    assert "The receipt of segment 1 says UNDELIVERABLE, error 001." in page
    assert "message_id a1f" in page
    assert "message_id a1f, done date 2611261003" in page
    assert "id:a1f done date:2611261003 stat:UNDELIV" in page


def test_what_customers_are_told_is_led_to_and_what_is_under_way_is_named(
    customer: Customer, browser: Browser
) -> None:
    sid = send(customer, "Hello")
    run(
        customer.database_url,
        """
        UPDATE messages SET status = 'delivered', sent_at = now();
        INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url,
                                      duration_ms, http_status)
        SELECT sid, carrier_sid, account_sid, 'sent', 'https://a.example/', 3, 200 FROM messages;
        INSERT INTO callback_batches (id, account_sid, carrier_sid, claimed_by, due_at,
                                      message_sids, ordinals, done_dates)
        SELECT 'batch', account_sid, carrier_sid, 'WK', now(), ARRAY[sid, sid], ARRAY[10, 20],
               ARRAY[NULL, NULL] FROM messages
        """,
    )
    page = browser.get(f"/messages/{sid}").text
    assert "1 still to be delivered (delivered)" in page
    (one,) = re.findall(rf'href="(/webhooks/{sid}/\d+)">Webhook sent', page)
    assert "MessageStatus" in browser.get(one).text


def test_another_carriers_people_see_nothing_of_a_message(
    customer: Customer, browser: Browser
) -> None:
    sid = send(customer, "secret")
    other = "CR" + "2" * 32
    run(customer.database_url, f"INSERT INTO carriers (sid, name) VALUES ('{other}', 'Other')")
    make_person(customer.database_url, other, "owner@other.example")
    with Browser(customer.api_url) as stranger:
        stranger.sign_in("owner@other.example")
        assert stranger.get(f"/messages/{sid}").status_code == 404
        assert listed(stranger.get("/messages").text) == []
        assert listed(stranger.get("/messages", account=customer.account_sid).text) == []
    assert browser.get(f"/messages/{sid}").status_code == 200


def test_a_member_of_an_account_sees_its_messages_and_no_other_accounts(
    customer: Customer, browser: Browser
) -> None:
    sid = send(customer, "mine")
    other = "AC" + "3" * 32
    run(
        customer.database_url,
        f"""INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
            VALUES ('{other}', '{customer.carrier_sid}', 'Shop', 'active', 'x')""",
    )
    for account, email in ((customer.account_sid, MEMBER), (other, "shop@mekong.example")):
        make_person(
            customer.database_url,
            customer.carrier_sid,
            email,
            role=Role.MEMBER,
            account_sid=account,
        )
    with Browser(customer.api_url) as member, Browser(customer.api_url) as shop:
        member.sign_in(MEMBER)
        assert listed(member.get("/messages").text) == [sid]
        page = member.get(f"/messages/{sid}")
        assert page.status_code == 200
        assert "sim box" not in page.text  # the carrier's own business
        shop.sign_in("shop@mekong.example")
        assert listed(shop.get("/messages").text) == []
        assert shop.get(f"/messages/{sid}").status_code == 404


def test_a_message_is_sent_again_as_a_new_one(customer: Customer, browser: Browser) -> None:
    sid = send(customer, "Once more")
    path = f"/messages/{sid}"
    again = browser.post(f"{path}/resend", page=path)
    assert again.url != customer.api_url + path
    assert "Once more" in again.text
    assert len(listed(browser.get("/messages").text)) == 2


def test_a_redacted_message_keeps_its_page_without_its_text(
    customer: Customer, browser: Browser
) -> None:
    sid = send(customer, "Secret")
    path = f"/messages/{sid}"
    assert browser.post(f"{path}/redact", page="/profile").status_code == 409  # on its way
    run(customer.database_url, "DELETE FROM queue; UPDATE messages SET status = 'delivered'")
    page = browser.post(f"{path}/redact", page=path).text
    assert "Redacted" in page
    assert "Secret" not in page
    assert browser.post(f"{path}/resend", page="/profile").status_code == 400


def test_the_list_is_asked_for_as_a_file_with_its_filters(
    customer: Customer, browser: Browser
) -> None:
    send(customer, "Hello")
    page = browser.post("/exports", page="/messages?status=queued", status="queued")
    assert page.url.endswith("/exports")
    assert "being written" in page.text
    sid = re.search(r"EX[0-9a-f]{32}", page.text)
    assert sid is None  # nothing to download yet
    refused = browser.post("/exports", page="/messages", since="yesterday")
    assert refused.status_code == 400
