"""A short version of `make chaos`: each promise holds while the real processes are broken."""

import random
from pathlib import Path

from tests.chaos import world as worlds
from tests.chaos.__main__ import strike_once
from tests.chaos.faults import FAULTS

SHORT = (
    "kill apis",
    "kill gateway",
    "kill postgres",
    "break smpp sessions",
    "drop database sessions",
    "restart apis",
    "restart gateways",
    "kill listeners",
)


async def test_every_promise_holds_whatever_breaks(tmp_path: Path) -> None:
    dice = random.Random(6)  # noqa: S311 to be repeated, not to be secret
    broken: dict[str, list[str]] = {}
    accepted = 0
    async with worlds.standing(tmp_path) as world:
        for name in SHORT:
            audit = await strike_once(world, FAULTS[name], dice, messages=90)
            accepted += audit.accepted
            broken[name] = audit.broken_promises(FAULTS[name])
    assert broken == {name: [] for name in SHORT}
    assert accepted >= len(SHORT) * 30
