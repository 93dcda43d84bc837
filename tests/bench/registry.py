"""Every scenario of `make bench`, in the order of the table."""

from collections.abc import Callable
from typing import Final

from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.scenarios import (
    accept,
    bulk,
    idle,
    inbound,
    latency,
    path,
    pooler,
    receipts,
    rest,
    scale,
    scheduled,
    statements,
)

SCENARIOS: Final[dict[str, Callable[[Options], list[Figure]]]] = {
    "path": path.measure,
    "accept": accept.measure,
    "latency": latency.measure,
    "inbound": inbound.measure,
    "receipts": receipts.measure,
    "scheduled": scheduled.measure,
    "bulk": bulk.measure,
    "idle": idle.measure,
    "rest": rest.measure,
    "statements": statements.measure,
    "scale": scale.measure,
    "pooler": pooler.measure,
}


def chosen(only: str | None) -> list[str]:
    """Return the names in a list with commas; all of none.

    Raises:
        ValueError: there is no such scenario; says which there are.
    """
    names = list(SCENARIOS) if only is None else only.split(",")
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise ValueError(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    return names
