"""Holds docs/receipts.md to the tables of the code."""

import json
import re
from pathlib import Path

import pytest

from smsc.smpp.pdu import CommandStatus
from smsc.sms.command_status import Verdict, twilio_error, verdict
from smsc.sms.receipt import parse
from smsc.sms.receipt_errors import parse_receipt_errors
from smsc.sms.status import MessageStatus, outcome
from smsc.sms.status_table import parse_verdicts

PAGE = (Path(__file__).parents[3] / "docs" / "receipts.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]
STATUSES = {name: row for row in ROWS for name in re.findall(r"ESME_\w+", row[0])}
STATES = {
    word: row for row in ROWS if len(row) == 3 for word in re.findall(r"\b[A-Z_]{5,}\b", row[0])
}
THEN = {
    "sent": Verdict.OK,
    "back in its place; the bind slows down": Verdict.THROTTLED,
    "back in its place; the bind pauses, for longer each time": Verdict.QUEUE_FULL,
    "likewise": Verdict.TEMPORARY,
    "fails": Verdict.PERMANENT,
}


@pytest.mark.parametrize("status", CommandStatus, ids=lambda status: status.name)
def test_each_status_is_treated_as_the_page_says(status: CommandStatus) -> None:
    _, then, code = STATUSES.get(status.name, ["", "fails", "30008"])
    expected = Verdict.TEMPORARY if then.startswith("tried again") else THEN[then]
    assert verdict(status) is expected
    if expected is not Verdict.OK:
        assert twilio_error(status) == int(code)


@pytest.mark.parametrize("word", [word for word in STATES if not word.startswith("ESME")])
def test_each_state_makes_of_a_message_what_the_page_says(word: str) -> None:
    _, becomes, code = STATES[word]
    status, error = outcome(parse(f"id:1 stat:{word}".encode()).state, None)
    assert (MessageStatus(becomes.strip("`")) if becomes != "as it was" else None) is status
    if error is not None:
        assert str(error) in code


@pytest.mark.parametrize("err", [1, 5, 6, 9, 11, 12, 13, 21, 27, 31, 32, 2])
def test_each_err_has_the_code_that_the_page_says(err: int) -> None:
    told = dict.fromkeys([1, 5], 30005) | dict.fromkeys([6, 27, 31, 32], 30003)
    told |= dict.fromkeys([9, 11, 12, 13], 30004) | {21: 30006}
    receipt = parse(f"id:1 stat:UNDELIV err:{err:03d}".encode())
    assert outcome(receipt.state, receipt.error_code)[1] == told.get(err, 30008)
    assert re.search(rf"\b{err}\b[^;]*\b{told[err]}\b" if err in told else "else 30008", PAGE)


def test_the_examples_of_the_page_can_be_set_as_they_stand() -> None:
    (errors,) = re.findall(r"receipt_errors=(\{.*\})'", PAGE)
    (verdicts,) = re.findall(r"command_verdicts=(\[.*\])'", PAGE)
    assert parse_receipt_errors(json.loads(errors)).code("21B") == 30007
    assert parse_verdicts(json.loads(verdicts)).verdict(0x401) is Verdict.THROTTLED
