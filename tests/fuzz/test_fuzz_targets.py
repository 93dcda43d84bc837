"""The fuzz targets under hypothesis: a few seconds in every test run, without a fuzzer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import SEEDS, TARGETS


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=300)
@given(data=st.data())
def test_any_octets_raise_nothing(name: str, data: st.DataObject) -> None:
    """Octets from nothing, and seeds with a piece replaced."""
    target, _ = TARGETS[name]
    noise = data.draw(st.binary(max_size=200))
    target(noise)
    seed = data.draw(st.sampled_from(SEEDS[name]))
    at = data.draw(st.integers(0, len(seed)))
    target(seed[:at] + noise + seed[at + data.draw(st.integers(0, 8)) :])


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_its_seeds(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name][0](seed)


def test_the_shares_make_a_thousand() -> None:
    assert sum(share for _, share in TARGETS.values()) == 1000
