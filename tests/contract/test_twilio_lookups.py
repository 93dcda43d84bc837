"""Lookup v2, by Twilio's own SDK."""

import pytest
from twilio.rest import Client

from tests.contract.refusals import refusal
from tests.contract.running_api import Customer


def test_a_number_is_looked_up(idle_client: Client, idle_customer: Customer) -> None:
    found = idle_client.lookups.v2.phone_numbers("+14159929960").fetch()
    assert (found.calling_country_code, found.country_code) == ("1", "US")
    assert (found.national_format, found.valid) == ("(415) 992-9960", True)
    assert found.validation_errors == []
    assert found.line_type_intelligence is None
    assert found.url == f"{idle_customer.api_url}/v2/PhoneNumbers/+14159929960"


def test_a_bad_number_is_answered_with_its_fault(idle_client: Client) -> None:
    found = idle_client.lookups.v2.phone_numbers("+141599299600").fetch()
    assert (found.valid, found.validation_errors) == (False, ["TOO_LONG"])
    assert found.national_format is None


def test_line_type_is_told_when_asked(idle_client: Client) -> None:
    found = idle_client.lookups.v2.phone_numbers("012345678").fetch(
        fields="line_type_intelligence,sim_swap", country_code="KH"
    )
    assert found.phone_number == "+85512345678"
    line = found.line_type_intelligence
    assert line is not None
    assert (line["type"], line["carrier_name"]) == ("mobile", "Cellcard")
    assert found.sim_swap == {"error_code": 60601}
    assert found.caller_name is None


@pytest.mark.parametrize("bad", [{"fields": "moon_phase"}, {"country_code": "XX"}], ids=str)
def test_what_is_unknown_is_refused(idle_client: Client, bad: dict[str, str]) -> None:
    number = idle_client.lookups.v2.phone_numbers("+14159929960")
    assert refusal(lambda: number.fetch(**bad)) == (400, 20001)
