"""What a request by Twilio's SDK was refused with."""

import json
from collections.abc import Callable

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException


def refusal(call: Callable[[], object]) -> tuple[int, int]:
    """Return HTTP status and Twilio's code; a list raises another exception than the rest."""
    with pytest.raises(TwilioException) as caught:
        call()
    error = caught.value
    if isinstance(error, TwilioRestException):
        return error.status, error.code
    response = error.args[1]
    return response.status_code, json.loads(response.text)["code"]
