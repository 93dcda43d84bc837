"""One process of each kind, and two: whether a message costs the same, by turns.

On two cores the second processes can't make it faster; what they show is whether the work of a
message grows with the number of processes that share it. Each has as many connections as the one
had, as it would where two are needed: that is what the formula of docs/scaling.md counts on.
"""

from statistics import median

from tests.bench.figures import Figure
from tests.bench.interleaved import by_turns, medians
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course
from tests.bench.second import doubled

ROUNDS = 3
NAMES = {"one": "one of each", "two": "two of each"}


def measure(options: Options) -> list[Figure]:
    """Run both systems by turns; the last figure is by how much the formula is off for two."""
    with (
        ours(options.window, options.tools) as (_, single),
        ours(options.window, options.tools) as (running, subject),
        doubled(running, subject) as double,
    ):
        courses = {
            "one": Course(single, options.connections, options.tools),
            "two": Course(double, 2 * options.connections, options.tools),
        }
        runs = by_turns(courses, options.messages, ROUNDS)
    figures = [
        Figure(f"{name}_{figure.name}", f"{words}, {figure.words}", figure.value, figure.digits)
        for name, words in NAMES.items()
        for figure in medians(runs[name], with_norm=options.tools is not None)
    ]
    ratios = [two.cpu_ms / one.cpu_ms for one, two in zip(runs["one"], runs["two"], strict=True)]
    ratio = median(ratios)
    # The formula has it that a message's price is that of one process of each.
    return [
        *figures,
        Figure("scale_ratio", "CPU-ms, two over one", ratio, 2),
        Figure("formula_off_percent", "the formula is off for two, %", 100 * (1 / ratio - 1), 1),
    ]
