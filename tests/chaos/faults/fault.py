"""What a fault is: how it strikes and heals, and what it may cost."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.chaos.world import World

Strike = Callable[[World, random.Random], Awaitable[None]]


def anywhere() -> str | None:
    """Let a fault strike on every machine."""
    return None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and its healing, and how many doubles at the SMSC it may cost a connector."""

    name: str
    strike: Strike
    doubles: int  # with `resubmit`; with `hold` there are none
    may_refuse: bool = True  # requests during it may be answered with an error, or not at all
    why_not: Callable[[], str | None] = anywhere  # why this machine can't do it, if it can't
