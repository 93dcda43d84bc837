"""What waits of a bulk: spans that claims walk, as long as they may be."""

from collections.abc import Sequence
from datetime import UTC, datetime

from smsc.messaging.accept.bulk_writing import MOST_IN_BATCH, Batches
from smsc.messaging.accept.drafts import Accepted
from smsc.models import Lane
from smsc.models.message import Direction
from smsc.sms.status import MessageStatus


def messages(connectors: str, first: int = 0) -> list[Accepted]:
    """Make a message a letter, each for the connector of that letter."""
    return [
        Accepted(
            sid=f"SM{number:032}",
            account_sid="AC",
            carrier_sid="CR",
            direction=Direction.OUTBOUND_API,
            status=MessageStatus.QUEUED,
            to="+12015550100",
            from_="+12015550101",
            body="hi",
            data_coding=0,
            num_segments=1,
            lane=Lane.BULK,
            connector_sid=connector,
            smpp_credential_sid=None,
            registered_delivery=0,
            status_callback=None,
            user_data=None,
            has_udh=False,
            created_at=datetime.now(UTC),
        )
        for number, connector in enumerate(connectors, first)
    ]


def spans(*chunks: Sequence[Accepted]) -> list[tuple[str, int, int, int]]:
    """Return connector, first, last and count of what these chunks become."""
    batches = Batches()
    for chunk in chunks:
        batches.add(chunk)
    return [
        (one.connector_sid, int(one.first_sid[2:]), int(one.last_sid[2:]), one.messages)
        for one in batches.spans
    ]


def test_what_is_written_for_one_connector_without_a_gap_is_one_batch() -> None:
    assert spans(messages("AAA"), messages("AA", 3)) == [("A", 0, 4, 5)]


def test_each_connector_of_a_chunk_has_a_batch() -> None:
    assert spans(messages("ABA"), messages("BB", 3)) == [("A", 0, 2, 2), ("B", 1, 4, 3)]


def test_a_connector_that_a_chunk_was_without_begins_anew() -> None:
    found = spans(messages("AB"), messages("BB", 2), messages("A", 4))
    assert found == [("A", 0, 0, 1), ("B", 1, 3, 3), ("A", 4, 4, 1)]


def test_a_batch_that_is_full_is_followed_by_another() -> None:
    full = messages("A" * MOST_IN_BATCH)
    assert spans(full, messages("A", MOST_IN_BATCH)) == [
        ("A", 0, MOST_IN_BATCH - 1, MOST_IN_BATCH),
        ("A", MOST_IN_BATCH, MOST_IN_BATCH, 1),
    ]


def test_a_bulks_span_is_from_its_first_to_its_last_message() -> None:
    batches = Batches()
    made = messages("ABA")
    batches.add(made)
    assert batches.span == (made[0].sid, made[-1].sid)


def test_a_bulk_without_a_message_has_no_span() -> None:
    assert Batches().span == (None, None)
