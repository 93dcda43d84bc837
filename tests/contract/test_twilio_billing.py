"""Balance, usage records, pricing and a message's price, by Twilio's own SDK."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer, run


@pytest.fixture
def carrier(customer: Customer) -> Callable[..., Any]:
    """Ask the Carrier API."""

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method,
            f"{customer.api_url}/carrier/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {customer.bearer}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    return ask


@pytest.fixture
def priced(carrier: Callable[..., Any]) -> None:
    carrier("POST", "/tariffs", {"prefix": "855", "price": "0.0075", "name": "Smart"})
    carrier("POST", "/tariffs", {"prefix": "", "price": "0.05"})
    carrier("POST", "/tariffs", {"direction": "inbound", "price": "0.001"})


def send(client: Client, customer: Customer, body: str = "hello") -> str:
    sid: str = client.messages.create(to=HANDSET, from_=customer.sender, body=body).sid
    return sid


def test_a_balance_is_credited_and_spent(
    client: Client, customer: Customer, carrier: Callable[..., Any], priced: None
) -> None:
    assert client.balance.fetch().balance == "0"
    carrier("POST", f"/balances/{customer.account_sid}/credits", {"amount": "0.01"})
    carrier("PATCH", f"/balances/{customer.account_sid}", {"floor": "0"})
    send(client, customer)
    balance = client.balance.fetch()
    assert (balance.account_sid, balance.balance, balance.currency) == (
        *(customer.account_sid, "0.0025"),
        "USD",
    )
    assert refusal(lambda: send(client, customer)) == (403, 20005)
    assert len(client.messages.list()) == 1


def test_a_message_s_price_is_shown_once_it_is_sent(
    client: Client, customer: Customer, priced: None
) -> None:
    sid = send(client, customer)
    assert client.messages(sid).fetch().price is None
    run(customer.database_url, "UPDATE messages SET status = 'sent', sent_at = now()")
    message = client.messages(sid).fetch()
    assert (message.price, message.price_unit) == ("-0.00750", "USD")
    assert client.messages.list()[0].price == "-0.00750"


def test_usage_counts_messages_segments_and_price(
    client: Client, customer: Customer, priced: None
) -> None:
    send(client, customer)
    send(client, customer, "x" * 161)
    records = {r.category: r for r in client.usage.records.list()}
    outbound = records["sms-outbound"]
    assert (outbound.count, outbound.count_unit) == ("2", "messages")
    assert (outbound.usage, outbound.usage_unit) == ("3", "segments")
    assert (str(outbound.price), outbound.price_unit) == ("0.0225", "usd")
    assert records["sms-inbound"].count == "0"
    assert str(records["totalprice"].price) == "0.0225"
    (today,) = client.usage.records.today.list(category="sms")
    assert (today.count, str(today.start_date)) == ("2", str(datetime.now(UTC).date()))
    (yesterday,) = client.usage.records.yesterday.list(category="sms")
    assert yesterday.count == "0"


@pytest.mark.parametrize(
    "period", ["daily", "monthly", "yearly", "all_time", "this_month", "last_month"]
)
def test_each_period_has_its_list(
    client: Client, customer: Customer, priced: None, period: str
) -> None:
    send(client, customer)
    records = getattr(client.usage.records, period).list(category="sms", limit=3)
    assert records[0].count == ("0" if period == "last_month" else "1")
    assert records[0].start_date <= records[0].end_date


def test_usage_is_walked_by_pages(client: Client, customer: Customer) -> None:
    page = client.usage.records.page(page_size=5)
    following = page.next_page()
    assert following is not None
    assert [r.category for r in page] + [r.category for r in following] == [
        *("sms", "sms-inbound", "sms-inbound-longcode", "sms-inbound-shortcode"),
        *("sms-outbound", "sms-outbound-longcode", "sms-outbound-shortcode", "totalprice"),
    ]
    assert following.next_page() is None


def test_an_unknown_category_is_refused(client: Client) -> None:
    assert refusal(lambda: client.usage.records.list(category="faxes")) == (400, 20001)


def test_prices_are_shown_by_country(client: Client, priced: None) -> None:
    countries = client.pricing.v1.messaging.countries.list(limit=400)
    assert "KH" in {country.iso_country for country in countries}
    assert len({country.iso_country for country in countries}) == len(countries) > 200
    cambodia = client.pricing.v1.messaging.countries("KH").fetch()
    assert (cambodia.country, cambodia.price_unit) == ("Cambodia", "USD")
    (smart,) = cambodia.outbound_sms_prices or []
    assert smart["carrier"] == "Smart"
    assert smart["prices"][0]["current_price"] == "0.007500"
    assert {p["number_type"] for p in cambodia.inbound_sms_prices or []} == {
        *("local", "mobile"),
        "toll free",
    }
    nowhere = client.pricing.v1.messaging.countries("XX")
    assert refusal(nowhere.fetch) == (404, 20404)


def test_a_carrier_lists_changes_and_deletes_prices(carrier: Callable[..., Any]) -> None:
    made = carrier("POST", "/tariffs", {"prefix": "855", "price": "0.01"})
    assert carrier("PATCH", f"/tariffs/{made['sid']}", {"price": "0.02"})["price"] == "0.020000"
    assert [t["sid"] for t in carrier("GET", "/tariffs?direction=outbound")["data"]] == [
        made["sid"]
    ]
    assert carrier("GET", "/tariffs?direction=inbound")["data"] == []
    carrier("DELETE", f"/tariffs/{made['sid']}")
    assert carrier("GET", "/tariffs")["data"] == []


def test_a_deleted_message_was_used_all_the_same(
    client: Client, customer: Customer, priced: None
) -> None:
    sid = send(client, customer, "x" * 161)
    run(customer.database_url, "UPDATE messages SET status = 'sent', sent_at = now()")
    assert client.messages(sid).delete()
    (today,) = client.usage.records.today.list(category="sms-outbound-longcode")
    assert (today.count, today.usage, str(today.price)) == ("1", "2", "0.015")


def test_a_redacted_message_leaves_no_text_in_its_alerts(
    client: Client, customer: Customer
) -> None:
    sid = send(client, customer)
    run(customer.database_url, "UPDATE messages SET status = 'sent', sent_at = now()")
    run(
        customer.database_url,
        "INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level, "
        "alert_text, request_method, request_url, request_variables, response_body) "
        f"VALUES ('NO{'0' * 32}', '{customer.carrier_sid}', '{customer.account_sid}', '{sid}', "
        "11200, 'error', '', "
        "'POST', '', 'Body=hello', 'hello')",
    )
    client.messages(sid).update(body="")
    alert = client.monitor.v1.alerts("NO" + "0" * 32).fetch()
    assert (alert.request_variables, alert.response_body) == ("", None)


def test_the_currency_changes_only_while_nobody_has_a_balance(
    client: Client, customer: Customer, carrier: Callable[..., Any]
) -> None:
    assert carrier("PUT", "/currency", {"price_unit": "eur"}) == {"price_unit": "EUR"}
    assert client.balance.fetch().currency == "EUR"
    carrier("POST", f"/balances/{customer.account_sid}/credits", {"amount": "1"})
    with pytest.raises(AssertionError, match="20409"):
        carrier("PUT", "/currency", {"price_unit": "USD"})
