"""What a response's status means, and in which words we say so."""

import pytest
from smpplib import consts

from smsc.sms.command_status import Verdict, reason, twilio_error, verdict
from smsc.sms.error_messages import error_message


@pytest.mark.parametrize(
    ("command_status", "expected"),
    [
        (0x00, Verdict.OK),
        (0x58, Verdict.THROTTLED),
        (0x14, Verdict.QUEUE_FULL),
        (0x08, Verdict.TEMPORARY),
        (0x64, Verdict.TEMPORARY),
        (0x04, Verdict.TEMPORARY),
        (0x45, Verdict.TEMPORARY),
        (0x0B, Verdict.PERMANENT),
        (0x65, Verdict.PERMANENT),
        (0x400, Verdict.PERMANENT),
        (0x4FF, Verdict.PERMANENT),
        (0x09, Verdict.PERMANENT),
        (0xFFFFFFFF, Verdict.PERMANENT),
    ],
)
def test_what_to_do_after_a_response(command_status: int, expected: Verdict) -> None:
    assert verdict(command_status) is expected


@pytest.mark.parametrize(
    ("command_status", "code"),
    [
        (0x0B, 30005),
        (0x50, 30005),
        (0x66, 30007),
        (0xFE, 30003),
        (0x14, 30001),
        (0x58, 30022),
        (0x08, 30008),
        (0x412, 30008),
    ],
)
def test_the_code_of_a_message_that_failed(command_status: int, code: int) -> None:
    assert twilio_error(command_status) == code
    assert str(code) not in error_message(code)


@pytest.mark.parametrize(
    ("command_status", "words"),
    [
        (0x0B, "ESME_RINVDSTADR (0x0B): invalid destination address"),
        (0x101, "ESME_RPROHIBITED (0x101): operation prohibited"),
        (0x0401, "0x00000401: an error of the peer's own"),
        (0x09, "0x00000009: no known error"),
    ],
)
def test_the_reason_in_plain_words(command_status: int, words: str) -> None:
    assert reason(command_status) == words


def test_every_status_that_another_implementation_names_has_the_same_name_here() -> None:
    theirs = {
        value: name.removeprefix("SMPP_")
        for name, value in vars(consts).items()
        if name.startswith("SMPP_ESME_R")
    }
    ours = {value: reason(value).partition(" ")[0] for value in theirs}
    assert ours == theirs


def test_an_unknown_code_still_has_a_sentence() -> None:
    assert "39999" in error_message(39999)
