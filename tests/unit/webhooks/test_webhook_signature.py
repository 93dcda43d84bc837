"""Our signature against the validator of Twilio's own SDK."""

import hashlib
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from smsc.webhooks.payload import form_of
from smsc.webhooks.signature import sign

TOKEN = "0123456789abcdef0123456789abcdef"

words = st.text(st.characters(codec="utf-8"), max_size=20)


class MultiDict:
    """Parameters with repeated names, as Flask and Django hand them to the validator."""

    def __init__(self, params: list[tuple[str, str]]) -> None:
        self._params = params

    def __iter__(self) -> "object":
        return iter(name for name, _ in self._params)

    def __len__(self) -> int:
        return len(self._params)

    def getlist(self, name: str) -> list[str]:
        return [value for other, value in self._params if other == name]


def is_valid(token: str, url: str, params: list[tuple[str, str]], signature: str) -> bool:
    return bool(RequestValidator(token).validate(url, MultiDict(params), signature))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/sms",
        "https://example.org:443/sms",
        "http://example.org:8080/sms?a=1&b=%20",
        "http://example.org/?q=ü&r=a/b@c",
        "https://EXAMPLE.org/Sms",
    ],
)
def test_twilio_s_validator_accepts_our_signature(url: str) -> None:
    params = [("To", "+15005550006"), ("Body", "señor €"), ("body", ""), ("A1", "x"), ("A", "1x")]
    assert is_valid(TOKEN, url, params, sign(TOKEN, url, form_of(params)))
    assert is_valid(TOKEN, url, [], sign(TOKEN, url))


@settings(max_examples=300, deadline=None)
@given(
    token=st.text(min_size=1, max_size=100),
    path=words,
    query=words,
    port=st.sampled_from(["", ":80", ":443", ":8080"]),
    params=st.lists(st.tuples(words, words), max_size=12),
)
def test_it_does_so_for_all_parameters(
    token: str, path: str, query: str, port: str, params: list[tuple[str, str]]
) -> None:
    url = f"https://example.org{port}/{quote(path)}?{quote(query)}x"
    token = token.encode(errors="ignore").decode() or "token"
    assert is_valid(token, url, params, sign(token, url, form_of(params)))


def test_a_url_that_carries_the_hash_of_a_body_is_signed_with_it() -> None:
    body = '{"hello": "world"}'
    url = f"https://example.org/hook?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    validator = RequestValidator(TOKEN)
    assert validator.validate(url, body, sign(TOKEN, url))
    assert not validator.validate(url, body + " ", sign(TOKEN, url))


def test_another_token_gives_another_signature() -> None:
    url = "https://example.org/"
    assert not is_valid("other", url, [("a", "b")], sign(TOKEN, url, form_of([("a", "b")])))


@pytest.mark.parametrize(
    "written",
    [
        "https://example.org/sms?a=b#rc=2",
        "https://user:password@example.org/sms?a=b",
        "https://user:p@ss@example.org/sms?a=b#ct=100",
    ],
)
def test_what_the_server_does_not_see_is_not_signed(written: str) -> None:
    assert sign(TOKEN, written) == sign(TOKEN, "https://example.org/sms?a=b")


def test_an_at_sign_in_the_path_is_signed() -> None:
    url = "https://example.org/a@b"
    assert is_valid(TOKEN, url, [], sign(TOKEN, url))


def test_the_order_of_the_parameters_does_not_matter() -> None:
    params = [("b", "2"), ("a", "1"), ("a", "0"), ("a", "1")]
    assert sign(TOKEN, "http://h/", form_of(params)) == sign(
        TOKEN, "http://h/", form_of(params[::-1])
    )
