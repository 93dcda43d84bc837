"""Alerts and Notifications, by Twilio's own SDK."""

from datetime import UTC, datetime, timedelta

import pytest
from twilio.rest import Client

from smsc import sids
from tests.contract.refusals import refusal
from tests.contract.running_api import Customer, run

MESSAGE = "SM" + "0" * 32


@pytest.fixture
def alerts(customer: Customer) -> list[str]:
    """Two alerts of the account, an error and a warning, oldest first."""
    made = [sids.make(sids.Prefix.ALERT) for _ in range(2)]
    for sid, code, level in zip(made, (11200, 12200), ("error", "warning"), strict=True):
        run(
            customer.database_url,
            "INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, "
            "log_level, alert_text, request_method, request_url, request_variables, "
            f"response_headers, response_body) VALUES ('{sid}', '{customer.carrier_sid}', "
            f"'{customer.account_sid}', '{MESSAGE}', {code}, '{level}', 'HTTP 500', 'POST', "
            "'https://example.org/sms', 'Body=Hi', 'server: x', 'Oops')",
        )
    return made


def test_alerts_are_listed_newest_first_and_by_level(client: Client, alerts: list[str]) -> None:
    assert [alert.sid for alert in client.monitor.v1.alerts.list()] == alerts[::-1]
    (error,) = client.monitor.v1.alerts.list(log_level="error")
    assert (error.sid, error.error_code, error.log_level) == (alerts[0], "11200", "error")
    assert error.more_info == "https://www.twilio.com/docs/errors/11200"
    assert error.resource_sid == MESSAGE
    assert error.date_generated is not None
    assert abs(error.date_generated - datetime.now(UTC)) < timedelta(minutes=5)


def test_alerts_are_listed_by_time(client: Client, alerts: list[str]) -> None:
    today, day = datetime.now(UTC), timedelta(days=1)
    listed = client.monitor.v1.alerts.list
    assert len(listed(start_date=today - day, end_date=today + day)) == 2
    assert listed(start_date=today + day) == []
    assert listed(end_date=today - day) == []


def test_an_alert_walk_sees_each_once(client: Client, alerts: list[str]) -> None:
    page = client.monitor.v1.alerts.page(page_size=1)
    following = page.next_page()
    assert following is not None
    assert [a.sid for a in page] + [a.sid for a in following] == alerts[::-1]
    assert following.next_page() is None


def test_an_alert_has_the_request_and_its_answer(client: Client, alerts: list[str]) -> None:
    alert = client.monitor.v1.alerts(alerts[0]).fetch()
    assert (alert.request_url, alert.request_variables) == ("https://example.org/sms", "Body=Hi")
    assert (alert.response_headers, alert.response_body) == ("server: x", "Oops")
    assert refusal(client.monitor.v1.alerts("NO" + "0" * 32).fetch) == (404, 20404)


def test_notifications_are_the_same_rows(client: Client, alerts: list[str]) -> None:
    assert [n.sid for n in client.notifications.list()] == alerts[::-1]
    (warning,) = client.notifications.list(log=1)
    assert (warning.sid, warning.error_code, warning.log) == (alerts[1], "12200", "1")
    today, day = datetime.now(UTC).date(), timedelta(days=1)
    assert len(client.notifications.list(message_date=today)) == 2
    assert client.notifications.list(message_date_before=today - day) == []
    fetched = client.notifications(alerts[0]).fetch()
    assert (fetched.message_text, fetched.response_body) == ("HTTP 500", "Oops")
