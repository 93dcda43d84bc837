"""Styles as a column keeps them."""

import pytest

from smsc.sms.alphabet import Alphabet
from smsc.sms.text_style import DEFAULT, Concatenation, TextStyle, parse_style


@pytest.mark.parametrize("flash", [False, True])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("latin1", [False, True])
@pytest.mark.parametrize("way", Concatenation)
@pytest.mark.parametrize("alphabet", Alphabet)
def test_a_style_is_read_back_from_its_words(
    alphabet: Alphabet, way: Concatenation, *, latin1: bool, packed: bool, flash: bool
) -> None:
    style = TextStyle(
        alphabet=alphabet, packed=packed, latin1=latin1, concatenation=way, flash=flash
    )
    assert parse_style(style.words()) == style


def test_the_default_needs_no_words_and_is_one_object() -> None:
    assert TextStyle().words() is None
    assert parse_style(None) is DEFAULT


def test_words_of_a_newer_release_are_passed_over() -> None:
    assert parse_style("packed sideways") == TextStyle(packed=True)


def test_a_style_that_flashes_is_otherwise_the_same() -> None:
    assert TextStyle(packed=True).flashing() == TextStyle(packed=True, flash=True)
