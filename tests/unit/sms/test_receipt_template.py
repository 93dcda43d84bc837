"""Receipts as customers' ESMEs want them written."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsc.sms.alphabet import decode_gsm7
from smsc.sms.receipt import parse
from smsc.sms.receipt_template import APPENDIX_B, USUAL, ReceiptFacts, ReceiptTemplate
from smsc.sms.status import MessageState

FACTS = ReceiptFacts(
    "SM1",
    MessageState.UNDELIVERABLE,
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 5, 6, tzinfo=UTC),
    30005,
    "Your parcel waits at the office",
)


def test_the_usual_one_is_appendix_b() -> None:
    assert USUAL.render(FACTS) == (
        b"id:SM1 sub:001 dlvrd:000 submit date:2601020304 done date:2601020305 "
        b"stat:UNDELIV err:005 text:Your parcel waits at"
    )


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("id:{id} stat:{stat}", b"id:SM1 stat:UNDELIV"),
        ("stat:{stat} err:{err} id:{id}", b"stat:UNDELIV err:005 id:SM1"),
        (
            "id:{id} done date:{done_date:%y%m%d%H%M%S} stat:{stat}",
            b"id:SM1 done date:260102030506 stat:UNDELIV",
        ),
        ("id:{id} stat:{stat} Text:none", b"id:SM1 stat:UNDELIV Text:none"),
    ],
    ids=["short", "another order", "dates with seconds", "a word of its own"],
)
def test_a_template_is_filled(template: str, body: bytes) -> None:
    octets = ReceiptTemplate.parse(template).render(FACTS)
    assert octets == body
    receipt = parse(octets)
    assert (receipt.message_id, receipt.state) == ("SM1", MessageState.UNDELIVERABLE)


@pytest.mark.parametrize("state", [state for state in MessageState if state >= 0])
def test_every_state_is_a_word_that_is_read_back(state: MessageState) -> None:
    assert parse(USUAL.render(replace(FACTS, state=state))).state is state


@pytest.mark.parametrize(
    ("text", "septets", "shown"),
    [
        ("a@b_c$", b"a\x00b\x11c\x02", "a@b_c$"),
        ("Grüße €5", b"Gr\x7e\x1ee \x1be5", "Grüße €5"),
        ("ខ្មែរ ok", b"????? ok", "????? ok"),
        ("x" * 30, b"x" * 20, "x" * 20),
    ],
    ids=["ASCII apart from GSM 7-bit", "accents and the euro", "another script", "twenty"],
)
def test_the_text_is_in_the_alphabet_that_data_coding_0_names(
    text: str, septets: bytes, shown: str
) -> None:
    body = USUAL.render(replace(FACTS, text=text))
    assert body.partition(b"text:")[2] == septets
    assert decode_gsm7(body).partition("text:")[2] == shown


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("id:{id}", "must contain"),
        ("stat:{stat}", "must contain"),
        ("id:{id} stat:{stat} {body}", "has the fields id, sub"),
        ("id:{id.__class__} stat:{stat}", "has the fields"),
        ("id:{id} stat:{stat} {", "is no template"),
        ("id:{id!r} stat:{stat}", "knows no conversion"),
        ("id:{id:40} stat:{stat}", "only a date has a format"),
        ("id:{id} stat:{stat} {done_date:%A}", "only a date has a format"),
        ("id:{id} stat:{stat} done_date:x", "ASCII only"),
        ("id:{id} stat:{stat} état", "ASCII only"),
        (APPENDIX_B + "x" * 100, "more than 255 octets"),
        ("{}{id}{stat}", "has the fields"),
    ],
)
def test_what_is_no_template_is_told_so(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ReceiptTemplate.parse(template)
