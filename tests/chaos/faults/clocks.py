"""The wall clock of all processes, the database's included, that jumps."""

import asyncio
import random
import shutil
from datetime import timedelta

from tests.chaos.faults.fault import Fault, Strike
from tests.chaos.world import WINDOW, World


def _jump(*offsets: timedelta) -> Strike:
    """Let the clock be off by each of these for a while, and be right at the end."""

    async def strike(world: World, dice: random.Random) -> None:
        assert world.fleet.skew is not None
        for offset in (*offsets, timedelta(0)):
            world.fleet.skew.set(offset)
            await asyncio.sleep(dice.uniform(0.5, 1.5))

    return strike


def _no_compiler() -> str | None:
    return None if shutil.which("cc") else "a clock that jumps needs a C compiler"


CLOCK_FAULTS = tuple(
    Fault(f"clock jumps {words}", strike, WINDOW, may_refuse=False, why_not=_no_compiler)
    for words, strike in {
        "an hour ahead and back": _jump(timedelta(hours=1)),
        "an hour back and ahead": _jump(timedelta(hours=-1)),
    }.items()
)
