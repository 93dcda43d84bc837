"""How many webhooks a process holds: what is told waits for its commit and takes no place."""

from datetime import UTC, datetime

from smsc.webhooks.delivery import DueWebhook
from workers.webhook_places import MOST_AT_ONCE, MOST_CLAIMED, Places


def webhook(number: int = 0, account_sid: str = "AC1") -> DueWebhook:
    return DueWebhook(
        message_sid=f"SM{number}",
        ordinal=10,
        event="sent",
        carrier_sid="CR1",
        account_sid=account_sid,
        url="http://127.0.0.1/",
        method="POST",
        fallback_url=None,
        fallback_method="POST",
        error_code=None,
        raw_dlr_done_date=None,
        tries=0,
        to="",
        from_="",
        body="",
        num_segments=1,
        message_created_at=datetime(2026, 11, 26, tzinfo=UTC),
        messaging_service_sid=None,
        opt_out_type=None,
    )


def test_what_is_told_gives_its_place_to_another_before_it_is_on_record() -> None:
    places = Places()
    places.take(webhook())
    assert places.room == MOST_AT_ONCE - 1
    places.free(webhook())
    assert places.room == MOST_AT_ONCE
    assert places.claimed == {("SM0", 10)}
    places.let_go(webhook())
    assert not places.claimed


def test_no_more_is_claimed_while_as_much_as_may_be_is_not_on_record() -> None:
    places = Places()
    for number in range(MOST_CLAIMED):
        places.take(webhook(number))
        places.free(webhook(number))
    assert places.room == 0
    places.let_go(webhook(0))
    assert places.room == 1


def test_an_account_is_busy_until_enough_of_its_requests_are_told_each_counted_once() -> None:
    places = Places()
    for number in range(2):
        places.take(webhook(number))
    places.take(webhook(2, "AC2"))
    assert places.busy_accounts(2) == ["AC1"]
    places.free(webhook(0))
    places.let_go(webhook(0))
    assert places.busy_accounts(2) == []
    assert places.busy_accounts(1) == ["AC1", "AC2"]
