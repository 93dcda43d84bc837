"""One process of each kind, two and four: whether a message costs the same, by turns.

On two cores more processes can't make it faster; what they show is whether the work of a
message grows with the number of processes that share it. Each has as many connections as the one
had, as it would where so many are needed: that is what the formula of docs/scaling.md counts on.
"""

from contextlib import ExitStack
from statistics import median

from tests.bench.beside import multiplied
from tests.bench.figures import Figure
from tests.bench.interleaved import by_turns, medians
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course

ROUNDS = 3
NUMBERS = {1: "one", 2: "two", 4: "four"}


def measure(options: Options) -> list[Figure]:
    """Run the systems by turns; the last figures are by how much the formula is off."""
    courses: dict[str, Course] = {}
    with ExitStack() as stack:
        for times, name in NUMBERS.items():
            running, subject = stack.enter_context(ours(options.window, options.tools))
            subject = stack.enter_context(multiplied(running, subject, times))
            courses[name] = Course(subject, times * options.connections, options.tools)
        runs = by_turns(courses, options.messages, ROUNDS)
    figures = [
        Figure(
            f"{name}_{figure.name}", f"{name} of each, {figure.words}", figure.value, figure.digits
        )
        for name in courses
        for figure in medians(runs[name], with_norm=options.tools is not None)
    ]
    for name in list(courses)[1:]:
        pairs = zip(runs["one"], runs[name], strict=True)
        ratio = median(more.cpu_ms / one.cpu_ms for one, more in pairs)
        # The formula has it that a message's price is that of one process of each.
        off = 100 * (1 / ratio - 1)
        figures += [
            Figure(f"scale_ratio_{name}", f"CPU-ms, {name} over one", ratio, 2),
            Figure(f"formula_off_percent_{name}", f"the formula is off for {name}, %", off, 1),
        ]
    return figures
