"""A customer's web server that fails in each way that there is, and then works again."""

import asyncio
import random

from tests.chaos.customer import Mood
from tests.chaos.faults.fault import Fault, Strike
from tests.chaos.world import World

# Shorter than the first delay of the durable schedule: what failed is delivered at its next try.
LONGEST_SECONDS = 4.0


def _mood(mood: Mood) -> Strike:
    async def strike(world: World, dice: random.Random) -> None:
        world.customer.mood = mood
        await asyncio.sleep(dice.uniform(1, LONGEST_SECONDS))
        world.customer.mood = Mood.WELL

    return strike


WEBHOOK_FAULTS = tuple(
    Fault(f"webhooks: {words}", _mood(mood), 0, may_refuse=False)
    for mood, words in {
        Mood.ERRORS: "500s",
        Mood.SILENCE: "timeouts",
        Mood.RESET: "resets after reading",
        Mood.CIRCLE: "redirects in a circle",
        Mood.GIGABYTE: "answers of 1 GB",
        Mood.TRICKLE: "slow trickle",
        Mood.BAD_TLS: "expired certificate",
    }.items()
)
