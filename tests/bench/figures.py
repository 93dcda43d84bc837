"""What is measured: figures with their words, and the arithmetic that makes them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

PERCENTILES: Final = (50.0, 99.0, 99.9)
# CPU-ms a message that the fast sinks took in their best run on the machine of docs/performance.md.
# It only fixes the scale of `norm`: ratios between runs don't depend on it.
QUIET_SINKS_MS: Final = 0.04


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `name` is for programs, `words` for readers."""

    name: str
    words: str
    value: float
    digits: int = 0

    @property
    def text(self) -> str:
        """The value as the table shows it."""
        return f"{self.value:,.{self.digits}f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the least value that `percent` of all values do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values, no percentile")
    rank = ceil(round(len(values) * percent / 100, 9))  # 99.9 % of 1,000 is 999, not 1,000
    return sorted(values)[max(rank, 1) - 1]


def latencies(name: str, words: str, seconds: Sequence[float]) -> list[Figure]:
    """Return p50, p99 and p99.9 in milliseconds; none of none."""
    if not seconds:
        return []
    ordered = sorted(seconds)
    return [
        Figure(f"{name}_p{percent:g}_ms", f"{words}, p{percent:g}, ms", value, 1)
        for percent in PERCENTILES
        for value in [1000 * percentile(ordered, percent)]
    ]


def norm(cpu_ms: float, sinks_ms: float, quiet_sinks_ms: float = QUIET_SINKS_MS) -> float:
    """Scale a run's CPU-ms by what the sinks, whose work is always the same, cost in that run.

    Raises:
        ValueError: the sinks cost nothing, so they say nothing of the machine.
    """
    if sinks_ms <= 0:
        raise ValueError("the sinks used no CPU time that could be measured: send more messages")
    return cpu_ms * quiet_sinks_ms / sinks_ms


def by_kind(
    name: str, words: str, seconds: Mapping[str, float], count: int, digits: int = 3
) -> list[Figure]:
    """Return CPU-ms a piece of `count`, by kind of process and in all."""
    figures = [
        Figure(f"{name}_{kind}", f"{words}: {kind}", 1000 * used / count, digits)
        for kind, used in sorted(seconds.items())
    ]
    total = 1000 * sum(seconds.values()) / count
    return [*figures, Figure(f"{name}_total", f"{words}: all", total, digits)]


def as_json(sections: Iterable[tuple[str, Sequence[Figure]]]) -> dict[str, dict[str, float]]:
    """Return the value of each figure by scenario and name."""
    return {
        scenario: {figure.name: figure.value for figure in figures}
        for scenario, figures in sections
    }
