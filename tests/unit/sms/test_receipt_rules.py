"""A connector's own tables: what its err and its command_status mean, whose receipt decides."""

import pytest

from smsc.sms import receipt_errors, status_table
from smsc.sms.command_status import Verdict
from smsc.sms.receipt_errors import InvalidReceiptErrors, parse_receipt_errors
from smsc.sms.receipt_rules import Rollup
from smsc.sms.status import MessageState, MessageStatus, outcome
from smsc.sms.status_table import InvalidVerdicts, parse_verdicts

ERRORS = parse_receipt_errors(
    {"001": 30003, "21b": 30007, "500-599": 30006, "510": 30004, "0x40-0x4F": 30017, "*": 30005}
)


@pytest.mark.parametrize(
    ("err", "code"),
    [
        ("1", 30003),
        ("0001", 30003),
        ("21B", 30007),
        ("021b", 30007),
        ("500", 30006),
        ("599", 30006),
        ("510", 30004),
        ("4a", 30017),
        ("04F", 30017),
        ("45", 30017),
        ("600", 30005),
        ("zz", 30005),
        ("", 30005),
        (None, None),
    ],
    ids=str,
)
def test_an_err_is_looked_up_as_the_remote_writes_it(err: str | None, code: int | None) -> None:
    assert ERRORS.code(err) == code


def test_the_narrowest_range_decides() -> None:
    errors = parse_receipt_errors({"1-999": 30008, "100-199": 30006, "150-160": 30004})
    assert [errors.code(err) for err in ("99", "120", "155")] == [30008, 30006, 30004]


def test_what_the_table_does_not_have_is_left_to_the_house() -> None:
    errors = parse_receipt_errors({"27": 30006})
    assert outcome(MessageState.UNDELIVERABLE, "027", errors) == (
        MessageStatus.UNDELIVERED,
        30006,
    )
    assert outcome(MessageState.UNDELIVERABLE, "001", errors) == (
        MessageStatus.UNDELIVERED,
        30005,
    )
    assert outcome(MessageState.EXPIRED, "000", errors) == (MessageStatus.UNDELIVERED, 30003)
    assert outcome(MessageState.DELIVERED, "027", errors) == (MessageStatus.DELIVERED, None)


def test_no_table_is_the_standard_one() -> None:
    assert parse_receipt_errors({}) is receipt_errors.STANDARD
    assert parse_verdicts([]) is status_table.STANDARD


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"001": 1}, "'001' is mapped to 1"),
        ({"001": "30005"}, "'001' is mapped to '30005'"),
        ({"001": True}, "'001' is mapped to True"),
        ({"5-1": 30005}, "'5-1' is no err"),
        ({"0x5-9": 30005}, "'0x5-9' is no err"),
        ({"": 30005}, "'' is no err"),
        ({"a b": 30005}, "'a b' is no err"),
    ],
    ids=str,
)
def test_a_table_of_errors_that_makes_no_sense_says_where(
    table: dict[str, object], says: str
) -> None:
    with pytest.raises(InvalidReceiptErrors, match=says.replace("(", r"\(")):
        parse_receipt_errors(table)


STATUSES = parse_verdicts(
    [
        {"status": "0x0400-0x04FF", "verdict": "temporary", "error_code": 30017},
        {"status": "0x0401", "verdict": "throttled", "meaning": "too fast for this SIM"},
        {"status": 1042, "error_code": 30007},
        {"status": "0x45", "verdict": "permanent"},
    ]
)


@pytest.mark.parametrize(
    ("status", "verdict", "code", "reason"),
    [
        (0x400, Verdict.TEMPORARY, 30017, "0x00000400: an error of the peer's own"),
        (0x401, Verdict.THROTTLED, 30008, "0x00000401: too fast for this SIM"),
        (0x412, Verdict.PERMANENT, 30007, "0x00000412: an error of the peer's own"),
        (0x4FF, Verdict.TEMPORARY, 30017, "0x000004FF: an error of the peer's own"),
        (0x500, Verdict.PERMANENT, 30008, "0x00000500: no known error"),
        (0x45, Verdict.PERMANENT, 30008, "ESME_RSUBMITFAIL (0x45): submit failed"),
        (0x14, Verdict.QUEUE_FULL, 30001, "ESME_RMSGQFUL (0x14): message queue full"),
        (0x00, Verdict.OK, 30008, "ESME_ROK (0x00): no error"),
    ],
)
def test_a_status_means_what_its_connector_says(
    status: int, verdict: Verdict, code: int, reason: str
) -> None:
    assert STATUSES.verdict(status) is verdict
    assert STATUSES.twilio_error(status) == code
    assert STATUSES.reason(status) == reason


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"verdict": "temporary"}, "with a status"),
        ({"status": "0x401"}, "says nothing"),
        ({"status": 0, "verdict": "permanent"}, "0 is success"),
        ({"status": "0-5", "verdict": "permanent"}, "0 is success"),
        ({"status": "ten", "verdict": "permanent"}, "'ten'"),
        ({"status": True, "verdict": "permanent"}, "True"),
        ({"status": "0x1FFFFFFFF", "verdict": "permanent"}, "0x1FFFFFFFF"),
        ({"status": 5, "verdict": "sometimes"}, "none of ok, throttled"),
        ({"status": 5, "verdict": []}, "none of ok"),
        ({"status": 5, "error_code": 12}, "no code from 30001"),
        ({"status": 5, "meaning": 7}, "a text"),
        ({"status": 5, "verdict": "ok", "colour": "red"}, "each entry is an object"),
        ("0x401", "each entry is an object"),
    ],
    ids=str,
)
def test_a_table_of_statuses_that_makes_no_sense_says_where(entry: object, says: str) -> None:
    with pytest.raises(InvalidVerdicts, match=says):
        parse_verdicts([entry])


@pytest.mark.parametrize(
    ("rollup", "shares"),
    [
        (Rollup.ALL, [1, 1, 1]),
        (Rollup.FIRST, [3, 0, 0]),
        (Rollup.LAST, [0, 0, 3]),
        (Rollup.ANY, [3, 3, 3]),
    ],
)
def test_for_how_many_segments_each_receipt_stands(rollup: Rollup, shares: list[int]) -> None:
    assert [rollup.share(number, 3) for number in (1, 2, 3)] == shares
    assert rollup.share(1, 1) == 1
