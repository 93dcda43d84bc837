"""Reads folded stacks: `outermost;...;innermost count` a line. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# Threads that wait, which py-spy takes for busy now and then.
WAITING = {"_worker (concurrent/futures/thread.py)", "_PollLikeSelector.select (selectors.py)"}


@dataclass(frozen=True, slots=True)
class Share:
    """A function's part of all samples, in percent: in itself, and with what it called."""

    function: str
    own: float
    total: float


def shares(lines: Iterable[str]) -> list[Share]:
    """Return each function's share, the largest own first; line numbers and waits are left out."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    samples = 0
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if not stack:
            continue
        functions = [_without_line(frame) for frame in stack.split(";")]
        if functions[-1] in WAITING:
            continue
        samples += int(count)
        own[functions[-1]] += int(count)
        for function in set(functions):  # a recursion counts once
            total[function] += int(count)
    return sorted(
        (Share(name, 100 * own[name] / samples, 100 * total[name] / samples) for name in total),
        key=lambda share: (-share.own, -share.total, share.function),
    )


def _without_line(frame: str) -> str:
    """Return `run (loop.py)` of `run (loop.py:12)`."""
    head, colon, line = frame.rpartition(":")
    return f"{head})" if colon and line.rstrip(")").isdigit() else frame
