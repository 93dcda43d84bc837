"""Which segment a receipt is about, or that nobody can say."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging.receiving.matching import Candidate, ReceivedReceipt, choose
from smsc.sms.correlation import stored_key
from smsc.sms.receipt import parse
from smsc.sms.status import MessageState

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HANDSET = "+85512345678"
OTHER = "+85512345679"
NUMBER = "+15555550100"


def receipt(
    message_id: str,
    source: str = HANDSET,
    destination: str = NUMBER,
    tlv: str | None = None,
    parked_at: datetime | None = None,
) -> ReceivedReceipt:
    body = f"id:{message_id} stat:DELIVRD err:000".encode()
    read = ReceivedReceipt.read(
        parse(body, receipted_message_id=None if tlv is None else tlv.encode()),
        body,
        connector_sid="CN1",
        carrier_sid="CR1",
        source_addr=source,
        destination_addr=destination,
    )
    if parked_at is None:
        return read
    return read._replace(parked_at=parked_at)


def segment(
    message_id: str,
    to: str = HANDSET,
    *,
    name: str = "SM1",
    state: MessageState | None = None,
    at: datetime = NOW,
) -> Candidate:
    return Candidate(
        message_sid=name,
        number=1,
        smsc_message_id=message_id,
        receipt_key=stored_key(message_id),
        state=None if state is None else int(state),
        submitted_at=at - timedelta(seconds=1),
        answered_at=at,
        to=to,
        account_sid="AC1",
        num_submits=1,
    )


def chosen(read: ReceivedReceipt, *candidates: Candidate) -> str | None:
    found = choose(read, candidates)
    return None if found is None else found.message_sid


@pytest.mark.parametrize(
    ("source", "destination", "fits"),
    [
        (HANDSET, NUMBER, True),
        ("012345678", NUMBER, True),
        ("12345678", "", True),
        (NUMBER, HANDSET, True),
        ("CLINIC", HANDSET, True),
        ("", NUMBER, True),
        (OTHER, NUMBER, False),
        (OTHER, "CLINIC", False),
        (NUMBER, OTHER, False),
        ("CLINIC", OTHER, False),
        ("CLINIC", "", False),
        (OTHER, "4SHOES8", False),
    ],
    ids=[
        "swapped",
        "with a trunk prefix",
        "without a country code",
        "left as they were sent",
        "left, a name as sender",
        "nothing said of the handset",
        "another handset",
        "another handset, a name as sender",
        "left, another handset",
        "left, another handset, a name as sender",
        "a name alone",
        "a name with digits",
    ],
)
def test_the_recipient_must_fit(source: str, destination: str, *, fits: bool) -> None:
    found = chosen(receipt("17", source, destination), segment("17"))
    assert found == ("SM1" if fits else None)


def test_the_id_as_it_came_goes_before_other_readings() -> None:
    same, hexadecimal = segment("16"), segment("10", name="SM2")
    assert chosen(receipt("16"), hexadecimal, same) == "SM1"
    assert chosen(receipt("10"), hexadecimal, same) == "SM2"


def test_two_readings_that_find_a_segment_each_decide_nothing() -> None:
    padded, hexadecimal = segment("16"), segment("22", name="SM2")
    assert chosen(receipt("0016"), padded, hexadecimal) is None


def test_a_reading_that_finds_another_handset_does_not_count() -> None:
    padded, hexadecimal = segment("16"), segment("22", OTHER, name="SM2")
    assert chosen(receipt("0016"), padded, hexadecimal) == "SM1"


def test_the_id_of_a_tlv_goes_before_that_of_the_text() -> None:
    by_tlv, by_text = segment("a1"), segment("b2", name="SM2")
    assert chosen(receipt("b2", tlv="a1"), by_text, by_tlv) == "SM1"
    assert chosen(receipt("b2", tlv="zz"), by_text) == "SM2"


def test_of_one_id_given_twice_the_open_segment_is_meant() -> None:
    done = segment("17", state=MessageState.DELIVERED)
    assert chosen(receipt("17"), done, segment("17", name="SM2")) == "SM2"


def test_of_one_id_given_twice_in_an_hour_neither_is_guessed() -> None:
    again = segment("17", name="SM2", at=NOW + timedelta(hours=1))
    assert chosen(receipt("17"), segment("17"), again) is None


def test_of_one_id_given_again_after_days_the_later_is_meant() -> None:
    again = segment("17", name="SM2", at=NOW + timedelta(days=4))
    assert chosen(receipt("17"), segment("17"), again) == "SM2"


def test_a_receipt_is_never_about_what_was_submitted_after_it_came() -> None:
    early = receipt("17", parked_at=NOW - timedelta(days=2))
    assert chosen(early, segment("17")) is None
    assert chosen(receipt("17", parked_at=NOW), segment("17")) == "SM1"


def test_the_done_date_is_kept_as_twilio_tells_it() -> None:
    for date in ("2611251203", "261125120359", "202611251203", "20261125120359"):
        body = f"id:1 stat:DELIVRD done date:{date}".encode()
        read = ReceivedReceipt.read(
            parse(body),
            body,
            connector_sid="CN1",
            carrier_sid="CR1",
            source_addr=HANDSET,
            destination_addr=NUMBER,
        )
        assert read.done_date == "2611251203"
