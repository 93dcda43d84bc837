"""The network between our gateways and the SMSCs: slow, one-way, torn, forgotten, unnamed."""

import asyncio
import random
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.chaos.faults.fault import Fault, Strike
from tests.chaos.proxy import CALM, Way, Weather
from tests.chaos.world import WINDOW, World
from tests.integration.smpp import certificates

NOWHERE = "smsc.invalid"  # no resolver knows it: RFC 6761


def _weather(weather: Weather, longest: float = 4.0) -> Strike:
    """Have this weather on both links for a while."""

    async def strike(world: World, dice: random.Random) -> None:
        for link in world.links.values():
            link.weather = weather
        await asyncio.sleep(dice.uniform(1, longest))
        for link in world.links.values():
            link.weather = CALM

    return strike


async def _forget(world: World, dice: random.Random) -> None:
    for link in world.links.values():
        link.forget_links()


async def _reset(world: World, dice: random.Random) -> None:
    for link in world.links.values():
        link.reset_links()


async def _lose_the_name(world: World, dice: random.Random) -> None:
    """Let the SMSCs' names have no address for a while; sessions must be made anew meanwhile."""
    await world.change_connectors(host=NOWHERE)
    await asyncio.sleep(dice.uniform(3, 6))
    await world.change_connectors(host="127.0.0.1")


async def _let_the_certificate_expire(world: World, dice: random.Random) -> None:
    """Have the SMSCs speak TLS, with an expired certificate at first; then in the clear again."""
    for valid_for in (timedelta(minutes=-1), timedelta(hours=1)):
        with tempfile.TemporaryDirectory() as folder:
            authority, _ = certificates.make(Path(folder), "127.0.0.1", valid_for=valid_for)
            for link in world.links.values():
                await link.speak_tls(certificates.server_context(Path(folder)))
        await world.change_connectors(tls=True, tls_ca=authority)
        await asyncio.sleep(dice.uniform(3, 6))
    await world.until_bound()
    for link in world.links.values():
        await link.speak_tls(None)
    await world.change_connectors(tls=False, tls_ca=None)


def _fault(name: str, strike: Strike, doubles: int = WINDOW) -> Fault:
    return Fault(name, strike, doubles, may_refuse=False)


CONNECTION_FAULTS = (
    _fault("latency of 300 ms", _weather(Weather(latency=0.3)), 0),
    _fault("nothing arrives at the smsc", _weather(Weather(blocked=frozenset({Way.UP})), 8)),
    _fault("nothing arrives from the smsc", _weather(Weather(blocked=frozenset({Way.DOWN})), 8)),
    _fault("half-open sessions", _forget),
    _fault("sessions reset", _reset),
    _fault("reset in mid-pdu upwards", _weather(Weather(torn=Way.UP))),
    _fault("reset in mid-pdu downwards", _weather(Weather(torn=Way.DOWN))),
    _fault("slow reader", _weather(Weather(piece=100, pause=0.05))),
    _fault("an octet at a time", _weather(Weather(piece=1))),
    _fault("name without address", _lose_the_name),
    _fault("expired certificate", _let_the_certificate_expire),
)
