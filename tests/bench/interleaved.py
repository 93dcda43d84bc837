"""Runs of several subjects by turns, so that the machine's moods fall on all of them."""

import sys
from collections.abc import Mapping
from statistics import median

from tests.bench.figures import QUIET_SINKS_MS, Figure, norm
from tests.bench.path import Course, Run

Runs = dict[str, list[Run]]


def by_turns(courses: Mapping[str, Course], count: int, rounds: int) -> Runs:
    """Warm each up, then run `count` messages on each, so many rounds."""
    runs: Runs = {name: [] for name in courses}
    for course in courses.values():
        course.warm_up()
    for number in range(1, rounds + 1):
        for name, course in courses.items():
            run = course.run(count)
            runs[name].append(run)
            told = f"round {number}, {name}: {run.cpu_ms:.3f} CPU-ms a message"
            print(told, file=sys.stderr, flush=True)
    return runs


def medians(runs: list[Run], *, with_norm: bool) -> list[Figure]:
    """Return what several runs of one subject come to."""
    kinds = sorted(runs[0].cpu_seconds)
    figures = [
        Figure("accept_per_second", "accepted a second", median(r.accept_rate for r in runs)),
        Figure(
            "end_to_end_per_second", "end to end a second", median(r.end_to_end_rate for r in runs)
        ),
        *(
            Figure(
                f"cpu_ms_{kind}",
                f"CPU-ms a message: {kind}",
                median(1000 * run.cpu_seconds[kind] / run.accepted for run in runs),
                3,
            )
            for kind in kinds
        ),
        Figure("cpu_ms_total", "CPU-ms a message: all", median(r.cpu_ms for r in runs), 3),
        Figure("cpu_ms_least", "the least of the runs", min(r.cpu_ms for r in runs), 3),
        Figure("cpu_ms_most", "the most of the runs", max(r.cpu_ms for r in runs), 3),
    ]
    if with_norm:
        scaled = median(norm(run.cpu_ms, run.sinks_ms, QUIET_SINKS_MS) for run in runs)
        figures += [
            Figure(
                "sinks_ms", "CPU-ms a message of the sinks", median(r.sinks_ms for r in runs), 3
            ),
            Figure("cpu_ms_norm", "CPU-ms a message: all, norm", scaled, 3),
        ]
    return [
        *figures,
        Figure("refused", "refused requests", sum(run.refused for run in runs)),
        Figure("lost", "lost callbacks", sum(run.lost for run in runs)),
        Figure("doubled", "doubled callbacks", sum(run.doubled for run in runs)),
    ]
