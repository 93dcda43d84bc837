"""The arithmetic of the bench."""

from pathlib import Path

import pytest

from tests.bench.figures import as_json, by_kind, latencies, norm, percentile
from tests.bench.growing import room
from tests.bench.registry import SCENARIOS, chosen
from tests.bench.stacks import Share, shares
from tests.bench.traffic import read_fast_log


@pytest.mark.parametrize(
    ("percent", "value"),
    [(50, 500), (99, 990), (99.9, 999), (100, 1000), (0, 1)],
    ids=["p50", "p99", "p99.9", "the most", "the least"],
)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    percent: float, value: int
) -> None:
    assert percentile(range(1000, 0, -1), percent) == value


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_latencies_are_told_in_milliseconds() -> None:
    told = latencies("accept", "accept", [0.25])
    assert [(figure.name, figure.value) for figure in told] == [
        ("accept_p50_ms", 250.0),
        ("accept_p99_ms", 250.0),
        ("accept_p99.9_ms", 250.0),
    ]


def test_the_norm_halves_what_a_machine_of_half_speed_has_measured() -> None:
    assert norm(1.2, 0.1, quiet_sinks_ms=0.05) == pytest.approx(0.6)


def test_sinks_that_cost_nothing_give_no_norm() -> None:
    with pytest.raises(ValueError, match="more messages"):
        norm(1.0, 0.0)


def test_cpu_time_is_told_by_kind_and_in_all() -> None:
    figures = by_kind("cpu_ms", "CPU-ms", {"workers": 0.3, "api": 0.2}, 1000)
    assert as_json([("path", figures)]) == {
        "path": {
            "cpu_ms_api": pytest.approx(0.2),
            "cpu_ms_workers": pytest.approx(0.3),
            "cpu_ms_total": pytest.approx(0.5),
        }
    }


def test_without_a_choice_every_scenario_runs() -> None:
    assert chosen(None) == list(SCENARIOS)


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no scenario speed; there are path, accept"):
        chosen("path,speed")


def test_a_disk_that_is_too_small_is_refused_with_what_to_change() -> None:
    with pytest.raises(room.NoRoom, match=r"--sizes \(now 1000000\)"):
        room.require(Path("/disk"), [1_000_000], 0, lambda _: 2**30)


def test_a_disk_with_room_is_taken() -> None:
    room.require(Path("/disk"), [1000], 1000, lambda _: 2**40)


def test_a_function_counts_once_in_a_stack_that_it_is_in_twice() -> None:
    found = shares(["run (a.py:1);read (b.py:2);run (a.py:9) 3", "run (a.py:1) 1"])
    assert found == [Share("run (a.py)", 100.0, 100.0), Share("read (b.py)", 0.0, 75.0)]


def test_a_thread_that_waits_is_in_no_share() -> None:
    waiting = "run (a.py:1);_worker (concurrent/futures/thread.py:81) 9"
    assert shares([waiting, "run (a.py:1) 1"]) == [Share("run (a.py)", 100.0, 100.0)]


def test_a_request_of_the_fast_client_began_with_the_answer_before_it_on_its_connection() -> None:
    lines = ["8 201 3000000 {}", "7 201 4000000 {}", "9 201 5000000 {}"]
    answers = read_fast_log(lines, began_us=1_000_000, first=7, connections=2)
    assert [(one.number, one.started, one.seconds) for one in answers] == [
        (8, 1.0, 2.0),
        (7, 1.0, 3.0),
        (9, 3.0, 2.0),
    ]
