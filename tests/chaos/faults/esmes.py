"""Our listeners killed, replaced, stalled; a customer's ESME that is torn away or reads nothing."""

import asyncio
import random
import signal

from tests.chaos.faults.fault import Fault, Strike
from tests.chaos.faults.processes import BEYOND_THE_LEASE_SECONDS, killing, restarting
from tests.chaos.fleet import LISTENERS
from tests.chaos.proxy import CALM, Way, Weather
from tests.chaos.world import World

LONGEST_SECONDS = 4.0


async def _stall(world: World, dice: random.Random) -> None:
    """Stop a listener for longer than it is believed to live; then let it go on."""
    name = dice.choice(LISTENERS)
    world.fleet.signal(name, signal.SIGSTOP)
    await asyncio.sleep(BEYOND_THE_LEASE_SECONDS)
    world.fleet.signal(name, signal.SIGCONT)


async def _reset(world: World, dice: random.Random) -> None:
    world.fleet.listeners.reset_links()


async def _forget(world: World, dice: random.Random) -> None:
    world.fleet.listeners.forget_links()


async def _read_nothing(world: World, dice: random.Random) -> None:
    """Have the ESME read and answer nothing for a while; its window fills."""
    world.esme.read(on=False)
    await asyncio.sleep(dice.uniform(1, LONGEST_SECONDS))
    world.esme.read(on=True)


def _weather(weather: Weather) -> Strike:
    async def strike(world: World, dice: random.Random) -> None:
        world.fleet.listeners.weather = weather
        await asyncio.sleep(dice.uniform(1, LONGEST_SECONDS))
        world.fleet.listeners.weather = CALM

    return strike


ESME_FAULTS = (
    Fault("kill listeners", killing(*LISTENERS), 0),
    Fault("restart listeners", restarting(*LISTENERS), 0, may_refuse=False),
    Fault("stall a listener", _stall, 0),
    Fault("esme: half-open session", _forget, 0),
    Fault("esme: session reset", _reset, 0),
    Fault("esme: reset in mid-pdu upwards", _weather(Weather(torn=Way.UP)), 0),
    Fault("esme: reset in mid-pdu downwards", _weather(Weather(torn=Way.DOWN)), 0),
    Fault("esme: reads nothing", _read_nothing, 0, may_refuse=False),
    Fault("esme: an octet at a time", _weather(Weather(piece=1)), 0, may_refuse=False),
)
