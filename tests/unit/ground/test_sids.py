"""SIDs have Twilio's shape and sort by the time of their making."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from smsc import sids
from smsc.sids import Prefix


@pytest.mark.parametrize("prefix", list(Prefix))
def test_a_sid_has_two_letters_and_the_hex_of_a_uuid_of_version_seven(prefix: Prefix) -> None:
    sid = sids.make(prefix)
    assert re.fullmatch(rf"{prefix.value}[0-9a-f]{{32}}", sid)
    assert UUID(sid[2:]).version == 7
    assert sids.is_sid(sid, prefix)


def test_a_hundred_thousand_sids_are_distinct_and_sorted() -> None:
    made = [sids.make(Prefix.MESSAGE) for _ in range(100_000)]
    assert made == sorted(set(made))


def test_the_bound_of_a_moment_parts_what_came_before_from_what_came_after() -> None:
    before = sids.first_of(Prefix.MESSAGE, datetime.now(UTC) - timedelta(seconds=1))
    sid = sids.make(Prefix.MESSAGE)
    after = sids.first_of(Prefix.MESSAGE, datetime.now(UTC) + timedelta(seconds=1))
    assert before < sid < after


@pytest.mark.parametrize("text", ["", "SM", "SM" + "g" * 32, "AC" + "0" * 32, "SM" + "0" * 31])
def test_what_has_another_shape_is_no_sid_of_a_message(text: str) -> None:
    assert not sids.is_sid(text, Prefix.MESSAGE)
