import pytest

from smsc.doctor import dialect
from smsc.doctor.report import Report
from smsc.smpp.pdu import DataSm, DeliverSm, Tag

BODY = (
    b"id:0000000031 sub:001 dlvrd:001 submit date:2601010900 done date:2601010901 "
    b"stat:DELIVRD err:000 text:"
)


@pytest.mark.parametrize(
    ("submitted", "receipted", "words"),
    [
        ("1f", "1f", "as the response did"),
        ("1F", "001f", "but for case or leading zeros"),
        ("1f", "31", "in decimal"),
        ("31", "1f", "in hexadecimal"),
        ("31", "0000001F", "in hexadecimal"),
        ("a-b", "c-d", "in a way of its own"),
    ],
)
def test_the_spelling_of_an_id_is_told(submitted: str, receipted: str, words: str) -> None:
    assert words in dialect.spelling(submitted, receipted)


def report_on(message: DeliverSm | DataSm, submitted: str = "1f") -> Report:
    report = Report("", 0, "")
    receipt = dialect.read_receipt(message)
    assert receipt is not None
    dialect.report_on(message, receipt, submitted, report)
    return report


def test_an_unmarked_receipt_suggests_the_setting_for_it() -> None:
    report = report_on(DeliverSm(short_message=BODY))
    assert [(one.setting, one.value) for one in report.suggestions] == [("unmarked_receipts", True)]
    assert "unmarked" in report.findings[0].words


def test_a_marked_receipt_suggests_nothing() -> None:
    report = report_on(DeliverSm(esm_class=4, short_message=BODY))
    assert report.suggestions == []
    words = report.findings[0].words
    assert "dates of 10 digits (yyMMddHHmm)" in words
    assert "no TLVs" in words
    assert "in decimal" in report.findings[1].words


def test_a_receipt_of_tlvs_alone_is_told_from_one_with_a_text() -> None:
    tlvs: dict[int, bytes] = {Tag.RECEIPTED_MESSAGE_ID: b"1f\0", Tag.MESSAGE_STATE: b"\x02"}
    words = report_on(DataSm(tlvs=tlvs)).findings[0].words
    assert "in data_sm" in words
    assert "no id in its text" in words
    assert "TLVs receipted_message_id, message_state" in words


def test_an_ordinary_message_is_no_receipt() -> None:
    assert dialect.read_receipt(DeliverSm(short_message=b"hello")) is None
