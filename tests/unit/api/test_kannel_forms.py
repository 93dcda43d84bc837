from datetime import timedelta

import pytest

from api.kannel import BadSendsms, read_drafts, read_fields
from smsc.messaging.accept.drafts import Draft
from smsc.messaging.directory import AccountFacts
from smsc.models import Lane

ACCOUNT = AccountFacts("AC1", "CR1", "active", "token")


def read(query: str, sender: str | None = "1294") -> list[Draft]:
    return read_drafts(read_fields(query.encode()), ACCOUNT, sender)


def test_a_text_is_utf_8_unless_said() -> None:
    (draft,) = read("to=%2B85512345678&text=Gr%C3%BC%C3%9Fe+%26")
    assert (draft.to, draft.from_, draft.body) == ("+85512345678", "1294", "Grüße &")
    (draft,) = read("to=1&text=Gr%FC%DFe&charset=ISO-8859-1")
    assert draft.body == "Grüße"


def test_coding_2_is_big_endian_ucs2_unless_a_charset_says_else() -> None:
    (draft,) = read("to=1&coding=2&text=%17%97%00a")
    assert draft.body == "ភa"
    (draft,) = read("to=1&coding=2&charset=UTF-8&text=%E1%9E%97a")
    assert draft.body == "ភa"


def test_a_udh_and_binary_go_out_as_they_are() -> None:
    (draft,) = read("to=1&udh=%05%00%03%01%02%01&text=ab")
    assert (draft.user_data, draft.has_udh, draft.data_coding) == (b"\5\0\3\1\2\1ab", True, 0)
    (draft,) = read("to=1&coding=1&text=%00%FF")
    assert (draft.user_data, draft.has_udh, draft.data_coding) == (b"\0\xff", False, 4)


def test_each_recipient_gets_a_message() -> None:
    drafts = read("to=0085512345678+85587654321+1294&text=x")
    assert [draft.to for draft in drafts] == ["+85512345678", "+85587654321", "1294"]


def test_priority_validity_and_class_are_heeded() -> None:
    (draft,) = read("to=1&text=x&priority=1&validity=90&mclass=0&from=CLINIC")
    assert (draft.lane, draft.flash, draft.from_) == (Lane.OTP, True, "CLINIC")
    assert draft.validity == timedelta(minutes=90)


def test_reports_need_a_url_and_a_mask() -> None:
    (draft,) = read("to=1&text=x&dlr-url=http%3A%2F%2Fhost%2F%3Fs%3D%25d&dlr-mask=3")
    assert draft.status_callback == "kannel+3+http://host/?s=%d"
    for query in ("dlr-url=http://host/", "dlr-mask=3"):
        assert read(f"to=1&text=x&{query}")[0].status_callback is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("text=x", "Missing receiver"),
        ("to=1&text=%FF", "misformed"),
        ("to=1&text=x&charset=moon", "misformed"),
        ("to=1&text=x&coding=7", "misformed"),
        ("text=x&to=" + "+".join(["1"] * 101), "Too many"),
    ],
)
def test_what_can_t_be_read_is_refused_in_kannel_s_words(query: str, words: str) -> None:
    with pytest.raises(BadSendsms, match=words):
        read(query)
    with pytest.raises(BadSendsms, match="Sender missing"):
        read("to=1&text=x", sender=None)
