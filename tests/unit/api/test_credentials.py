import pytest
from pydantic import ValidationError

from api.basic_auth import read_basic
from api.errors import complaints
from smsc.errors import NotAuthenticated
from smsc.provisioning.connector_fields import ConnectorChange, ConnectorDraft
from smsc.provisioning.fields import is_web_url


def test_a_password_may_contain_colons() -> None:
    assert read_basic("Basic QUMxOmE6Yg==") == ("AC1", "a:b")
    assert read_basic("basic QUMxOg==") == ("AC1", "")


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic !", "Basic QUMx", "Basic /w==", "Bearer QUMxOmE="],
    ids=repr,
)
def test_a_header_that_is_no_login_is_refused(header: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        read_basic(header)


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://example.org/sms?x=1", True),
        ("http://[::1]:8000/", True),
        ("http://user:secret@host/", True),
        ("example.org", False),
        ("ftp://example.org", False),
        ("http://", False),
        ("http://under_score.example", False),
        ("http://example.org:99999", False),
        ("http://example.org/\n", False),
    ],
)
def test_a_webhook_is_an_absolute_url(url: str, *, usable: bool) -> None:
    assert is_web_url(url) is usable


def test_a_change_keeps_apart_what_was_not_sent_and_what_was_null() -> None:
    assert ConnectorChange.model_validate({"throughput": None}).asked() == {"throughput": None}
    assert ConnectorChange.model_validate({}).asked() == {}


def test_complaints_name_every_field() -> None:
    with pytest.raises(ValidationError) as caught:
        ConnectorDraft.model_validate({"name": "x", "host": "a b", "colour": 1, "port": 0})
    sentence = complaints([dict(error) for error in caught.value.errors()])
    for words in ("'host'", "'system_id' is required", "unknown field 'colour'", "'port'"):
        assert words in sentence
