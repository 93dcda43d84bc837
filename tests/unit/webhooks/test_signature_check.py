import hashlib
import hmac
from base64 import b64encode

import pytest
from twilio.request_validator import RequestValidator

from smsc.webhooks.signature_check import Difference, Tokens, check, read_params

TOKEN = "a" * 32
SECOND = "b" * 32
URL = "https://example.org:8443/sms?tenant=a%20b"
PARAMS = [("To", "+85512345678"), ("Body", " Hi & bye "), ("From", "+1"), ("Empty", "")]
SORTED = "".join(name + value for name, value in sorted(PARAMS))


def signed(text: str, token: str = TOKEN, algorithm: str = "sha1") -> str:
    return b64encode(hmac.digest(token.encode(), text.encode(), algorithm)).decode()


def found(given: str) -> Difference | None:
    return check(Tokens(TOKEN, SECOND), URL, PARAMS, given).difference


def test_what_twilios_validator_computes_fits() -> None:
    given = RequestValidator(TOKEN).compute_signature(URL, dict(PARAMS))
    checked = check(Tokens(TOKEN), URL, PARAMS, given)
    assert checked.difference is Difference.NONE
    assert (checked.expected, checked.signed) == (given, URL + SORTED)


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        (URL.replace("https", "http") + SORTED, Difference.SCHEME),
        (URL.replace(":8443", "") + SORTED, Difference.PORT),
        (URL.replace(":8443", ":443") + SORTED, Difference.PORT),
        (URL.replace("/sms", "/sms/") + SORTED, Difference.TRAILING_SLASH),
        (URL.partition("?")[0] + SORTED, Difference.QUERY_LOST),
        (URL.replace("%20", " ") + SORTED, Difference.QUERY_DECODED),
        (URL, Difference.NO_PARAMETERS),
        (URL + "".join(n + v for n, v in PARAMS), Difference.PARAMETERS_UNSORTED),
        (
            URL + "".join(n + v.strip() for n, v in sorted(PARAMS)),
            Difference.PARAMETERS_STRIPPED,
        ),
        (URL + "".join(n + v for n, v in sorted(PARAMS) if v), Difference.EMPTY_LEFT_OUT),
        (
            f"{URL}To=%2B85512345678&Body=+Hi+%26+bye+&From=%2B1&Empty=",
            Difference.BODY,
        ),
        ("something else", Difference.UNKNOWN),
    ],
)
def test_what_was_signed_otherwise_is_named(text: str, difference: Difference) -> None:
    assert found(signed(text)) is difference


def test_another_token_or_algorithm_is_named() -> None:
    assert found(signed(URL + SORTED, SECOND)) is Difference.SECOND_TOKEN
    assert found(signed(URL + SORTED, algorithm="sha256")) is Difference.SHA256
    in_hex = hmac.new(TOKEN.encode(), (URL + SORTED).encode(), hashlib.sha1).hexdigest()
    assert found(in_hex) is Difference.HEX
    assert found("") is None


@pytest.mark.parametrize(
    "text",
    ["To=%2B1&Body=a+b", "To=+1\nBody=a b", "To: +1\nBody: a b", '{"To": "+1", "Body": "a b"}'],
    ids=["form", "lines", "headers", "JSON"],
)
def test_parameters_are_read_as_people_paste_them(text: str) -> None:
    assert read_params(text) == [("To", "+1"), ("Body", "a b")]
