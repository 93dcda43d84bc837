"""Look-alikes and what becomes of them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabet import is_gsm7
from smsc.sms.smart_encoding import LOOK_ALIKES, simplify


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u201cso\u201d \u201eso\u201f \u00abso\u00bb \u2033", '"so" "so" "so" "'),
        ("it\u2019s \u2018a\u2019 \u201bb\u00b4 `c`", "it's 'a' 'b' 'c'"),
        ("a\u201a b", "a, b"),
        ("1\u20132 \u2014 \u2015 \u2010", "1-2 - - -"),
        ("wait\u2026", "wait..."),
        ("\u00bc \u00bd \u00be \u2153 1\u20442 3\u22154", "1/4 1/2 3/4 1/3 1/2 3/4"),
        ("\uff28\uff49\uff01 \uff10\uff5e\uff40", "Hi! 0~'"),
        ("\u2217 \u204e \u2731", "* * *"),
        ("a\u00a0b\u2003c\u3000d\te", "a b c d e"),
        ("a\u200bb\u00adc\ufeff\u202ad\u2060", "abcd"),
        ("\u2022 one\u2028\u2022 two", "- one\n- two"),
        ("a\u0338b\u0336c\u0332d", "a/b-c_d"),
    ],
    ids=[
        "double quotes",
        "single quotes",
        "low comma",
        "dashes",
        "ellipsis",
        "fractions",
        "full width",
        "asterisks",
        "spaces",
        "what has no width",
        "bullets and line separators",
        "combining strokes",
    ],
)
def test_look_alikes_become_plain(text: str, plain: str) -> None:
    assert simplify(text) == plain


@pytest.mark.parametrize("rest", ["ж", "😀", "ě", "ខ", "中", "ê"])
def test_a_text_that_stays_ucs2_is_left_as_it_is(rest: str) -> None:
    text = f"\u201cso\u201d {rest}"
    assert simplify(text) == text


def test_a_text_that_gsm_has_is_left_as_it_is() -> None:
    assert simplify("[é] \u20ac \u00c7") == "[é] \u20ac \u00c7"


def test_a_text_that_would_become_too_long_is_left_as_it_is() -> None:
    assert simplify("\u2026" * 4, 12) == "." * 12
    assert simplify("\u2026" * 4, 11) == "\u2026" * 4


def test_the_table_has_every_full_width_ascii_and_hundreds_of_entries() -> None:
    assert all(code + 0xFEE0 in LOOK_ALIKES for code in range(0x21, 0x7F))
    assert 250 <= len(LOOK_ALIKES) <= 350


def test_what_gsm_has_is_never_replaced_and_every_replacement_is_plain_gsm() -> None:
    assert [code for code in LOOK_ALIKES if is_gsm7(chr(code))] == []
    assert [plain for plain in LOOK_ALIKES.values() if not is_gsm7(plain)] == []


def test_no_letter_of_any_script_is_replaced_but_full_width_latin() -> None:
    letters = [
        code
        for code in LOOK_ALIKES
        if unicodedata.category(chr(code)) in {"Lu", "Ll", "Lo", "Lt"} and not code >= 0xFF00
    ]
    assert letters == []


@given(st.text() | st.text(alphabet=[chr(code) for code in LOOK_ALIKES]))
def test_the_result_is_the_text_or_gsm(text: str) -> None:
    plain = simplify(text)
    assert plain == text or is_gsm7(plain)
