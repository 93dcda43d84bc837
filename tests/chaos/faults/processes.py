"""Processes that are killed, stopped beyond their lease, or told to end under load."""

import asyncio
import random
import signal

from smsc.db import Database
from tests.chaos.faults.fault import Fault, Strike
from tests.chaos.fleet import APIS, GATEWAYS, OURS, SERVERS, Fleet
from tests.chaos.world import WINDOW, World

_CLEAN = (0, -signal.SIGTERM)  # uvicorn raises the signal again once it has drained
BEYOND_THE_LEASE_SECONDS = 13.0  # a lease lasts 10 s


async def _holder(fleet: Fleet) -> str:
    """Return the gateway that holds a lease; of two that do, either."""
    pids = {process.pid: name for name, process in fleet.running.items()}
    async with (
        await Database.connect(fleet.database_url, size=1, name="chaos") as database,
        database.single() as connection,
    ):
        pid = await connection.fetchval(
            "SELECT p.pid FROM connector_leases l JOIN worker_processes p ON p.sid = l.owner"
        )
    return pids.get(pid, "gateway-1")


def killing(*names: str) -> Strike:
    """Return a strike that kills these and starts them again, servers first."""

    async def strike(world: World, dice: random.Random) -> None:
        world.fleet.kill(*names)
        await asyncio.sleep(dice.uniform(0, 0.5))
        servers = [name for name in names if name in SERVERS]
        if servers:
            await world.fleet.start(*servers)
        if ours := [name for name in names if name in OURS]:
            await world.fleet.start(*ours)

    return strike


async def _kill_gateway(world: World, dice: random.Random) -> None:
    await killing(await _holder(world.fleet))(world, dice)


async def _stall_gateway(world: World, dice: random.Random) -> None:
    """Stop the holder beyond its lease, so that another takes over; then let it go on."""
    name = await _holder(world.fleet)
    world.fleet.signal(name, signal.SIGSTOP)
    await asyncio.sleep(BEYOND_THE_LEASE_SECONDS)
    world.fleet.signal(name, signal.SIGCONT)


def restarting(*names: str) -> Strike:
    """Return a strike that restarts these one after the other; each must end cleanly."""

    async def strike(world: World, dice: random.Random) -> None:
        for name in names:
            codes = await world.fleet.stop(name)
            if codes[name] not in _CLEAN:
                raise RuntimeError(f"{name} ended with {codes[name]} after SIGTERM")
            await world.fleet.start(name)

    return strike


PROCESS_FAULTS = (
    Fault("kill apis", killing(*APIS), 0),
    Fault("kill gateway", _kill_gateway, WINDOW),
    Fault("kill webhooks", killing("webhooks"), 0, may_refuse=False),
    Fault("kill clock", killing("clock"), 0, may_refuse=False),
    Fault("kill valkey", killing("valkey"), 0, may_refuse=False),
    Fault("kill postgres", killing("postgres"), WINDOW),
    Fault("kill all", killing(*OURS, *SERVERS), WINDOW),
    Fault("stall gateway", _stall_gateway, WINDOW, may_refuse=False),
    Fault("restart apis", restarting(*APIS), 0, may_refuse=False),
    Fault("restart gateways", restarting(*GATEWAYS), 0, may_refuse=False),
    Fault("restart webhooks", restarting("webhooks"), 0, may_refuse=False),
    Fault("restart clock", restarting("clock"), 0, may_refuse=False),
)
