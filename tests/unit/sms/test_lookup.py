import pytest

from smsc.sms.lookup import Fault, look_up


@pytest.mark.parametrize(
    ("text", "country", "number", "fault"),
    [
        ("+85512345678", None, "+85512345678", None),
        ("012 345 678", "KH", "+85512345678", None),
        ("(415) 992-9960", "US", "+14159929960", None),
        ("+1415992996", None, "+1415992996", Fault.TOO_SHORT),
        ("+141599299600", None, "+141599299600", Fault.TOO_LONG),
        ("+12005550001", None, "+12005550001", Fault.INVALID_BUT_POSSIBLE),
        ("+999123456", None, "+999123456", Fault.INVALID_COUNTRY_CODE),
        ("4159929960", None, "4159929960", Fault.INVALID_COUNTRY_CODE),
        ("hello", "US", "hello", Fault.NOT_A_NUMBER),
    ],
)
def test_a_number_is_valid_or_told_what_is_wrong(
    text: str, country: str | None, number: str, fault: Fault | None
) -> None:
    found = look_up(text, country)
    assert (found.phone_number, found.fault) == (number, fault)


def test_the_line_and_the_operator_are_read_from_the_prefix() -> None:
    found = look_up("+85512345678")
    assert (found.line_type, found.operator) == ("mobile", "Cellcard")
    assert (found.country_code, found.calling_country_code) == ("KH", "855")
    assert look_up("+18005550199").line_type == "tollFree"
    assert look_up("+14159929960").line_type is None
