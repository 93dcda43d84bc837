"""What a batch's columns look like as parameters."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.unnesting import numbers, octets, since, sparse, texts, words


def test_words_are_parted_by_commas() -> None:
    assert words(["SM1", "SM2"]) == "SM1,SM2"


def test_numbers_are_an_array_of_postgresql() -> None:
    assert numbers([1, None, -2]) == "{1,NULL,-2}"


def test_moments_are_microseconds_after_the_first() -> None:
    first = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    earlier, later = first - timedelta(microseconds=3), first + timedelta(days=1, microseconds=1)
    assert since(first, [first, later, earlier]) == "{0,86400000001,-3}"


def test_any_texts_are_an_array_of_postgresql() -> None:
    assert texts(["", None, 'a "b"', "c\\d"]) == r'{"",NULL,"a \"b\"","c\\d"}'


def test_octets_are_an_array_of_postgresql() -> None:
    assert octets([b"\x00A", None, b""]) == r'{"\\x0041",NULL,"\\x"}'


def test_no_numbers_are_an_empty_array() -> None:
    assert numbers([]) == "{}"


@pytest.mark.parametrize(
    ("column", "passed"),
    [([None, None], None), ([], None), ([None, 0], [None, 0]), (["", None], ["", None])],
    ids=["nothing but None", "empty", "nought", "an empty text"],
)
def test_only_a_column_of_nothing_but_none_is_left_out(
    column: list[int | str | None], passed: list[int | str | None] | None
) -> None:
    assert sparse(column) == passed
