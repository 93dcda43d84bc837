import itertools

import pytest

from smsc.simulator.handsets import Handsets
from smsc.simulator.inbox import Inbox
from smsc.simulator.numbers import display, smpp_address
from smsc.smpp.pdu import SubmitSm, Tag
from smsc.sms.alphabet import Alphabet
from smsc.sms.segments import split


def submits(text: str, reference: int = 7, source_addr: str = "85510000001") -> list[SubmitSm]:
    return [
        SubmitSm(
            source_addr=source_addr,
            destination_addr="85512345678",
            esm_class=0x40 if segment.has_udh else 0,
            data_coding=segment.data_coding,
            short_message=segment.user_data,
        )
        for segment in split(text, reference)
    ]


def fill(inbox: Inbox, *pdus: SubmitSm) -> list[str]:
    for pdu in pdus:
        inbox.take(pdu, Alphabet.GSM7, 0.0)
    return [message.text for message in inbox.messages]


@pytest.mark.parametrize(
    "text",
    ["hello", "", "€" * 200, "ខ្មែរ" * 60, "🙂" * 100, "x" * 1600],
    ids=["short", "empty", "extension", "khmer", "pairs", "longest"],
)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    pdus = submits(text)
    assert fill(Inbox(10), *reversed(pdus)) == [text]


def test_a_segment_that_comes_twice_is_no_second_message() -> None:
    first, second = submits("x" * 200)
    assert fill(Inbox(10), first, first, second) == ["x" * 200]


def test_two_senders_with_one_reference_are_kept_apart() -> None:
    one, two = submits("a" * 200, source_addr="1111111111"), submits("b" * 200)
    mixed = list(itertools.chain.from_iterable(zip(one, two, strict=True)))
    assert fill(Inbox(10), *mixed) == ["a" * 200, "b" * 200]


def test_segments_numbered_by_sar_parameters_are_joined() -> None:
    parts = [
        SubmitSm(
            source_addr="1",
            short_message=text,
            tlvs={
                Tag.SAR_MSG_REF_NUM: b"\0\x07",
                Tag.SAR_TOTAL_SEGMENTS: b"\x02",
                Tag.SAR_SEGMENT_SEQNUM: bytes((number,)),
            },
        )
        for number, text in ((2, b"world"), (1, b"hello "))
    ]
    assert fill(Inbox(10), *parts) == ["hello world"]


def test_only_the_latest_messages_are_kept_and_numbers_go_on() -> None:
    inbox = Inbox(3)
    fill(inbox, *(submits(f"{n}")[0] for n in range(10)))
    assert [message.number for message in inbox.messages] == [8, 9, 10]
    assert [message.text for message in inbox.after(9)] == ["9"]


def test_unfinished_messages_are_forgotten_in_the_end() -> None:
    inbox = Inbox(3)
    for reference in range(200):
        fill(inbox, submits("x" * 200, reference)[0])
    assert len(inbox._partial) == 20


def test_the_handset_used_longest_ago_is_forgotten_first() -> None:
    handsets = Handsets(lambda _addr, _deliveries: True, most_handsets=2, most_messages=1)
    first = handsets.get("85510000001")
    handsets.get("85510000002")
    assert handsets.get("+85510000001") is first
    handsets.get("85510000003")
    assert [handset.number for handset in handsets.all()] == ["+85510000003", "+85510000001"]


def test_a_number_is_the_same_with_and_without_plus() -> None:
    assert display("85512345678") == display("+85512345678") == "+85512345678"
    assert display("1234") == "1234"
    assert smpp_address("+85512345678") == ("85512345678", 1, 1)
    assert smpp_address("1234") == ("1234", 0, 1)
    assert smpp_address("CLINIC") == ("CLINIC", 5, 0)
