"""What is done to the fleet in the middle of its traffic, and what that may cost."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from smsc.db import Database
from tests.chaos.fleet import OURS, SERVERS, Fleet
from tests.chaos.world import WINDOW, World

BEYOND_THE_LEASE_SECONDS = 13.0  # a lease lasts 10 s


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and its healing, and how many doubles at the SMSC it may cost a connector."""

    name: str
    strike: Callable[[World, random.Random], Awaitable[None]]
    doubles: int  # with `resubmit`; with `hold` there are none
    may_refuse: bool = True  # requests during it may be answered with an error, or not at all


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


def _killing(*names: str) -> Callable[[World, random.Random], Awaitable[None]]:
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
    await _killing(await _holder(world.fleet))(world, dice)


async def _stall_gateway(world: World, dice: random.Random) -> None:
    """Stop the holder beyond its lease, so that another takes over; then let it go on."""
    name = await _holder(world.fleet)
    world.fleet.signal(name, signal.SIGSTOP)
    await asyncio.sleep(BEYOND_THE_LEASE_SECONDS)
    world.fleet.signal(name, signal.SIGCONT)


def _restarting(*names: str) -> Callable[[World, random.Random], Awaitable[None]]:
    async def strike(world: World, dice: random.Random) -> None:
        for name in names:
            codes = await world.fleet.stop(name)
            if any(codes.values()):
                raise RuntimeError(f"{name} ended with {codes[name]} after SIGTERM")
            await world.fleet.start(name)

    return strike


async def _drop_connections(world: World, dice: random.Random) -> None:
    """End every database session at once, as a failover to another server does."""
    async with (
        await Database.connect(world.fleet.database_url, size=1, name="chaos") as database,
        database.single() as connection,
    ):
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


async def _break_sessions(world: World, dice: random.Random) -> None:
    """Have both SMSCs drop their sessions without a word, in mid-window."""
    for box in world.boxes.values():
        for session in box.sessions:
            session.abort("chaos")


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("kill api", _killing("api"), 0),
        Fault("kill gateway", _kill_gateway, WINDOW),
        Fault("kill webhooks", _killing("webhooks"), 0, may_refuse=False),
        Fault("kill clock", _killing("clock"), 0, may_refuse=False),
        Fault("kill valkey", _killing("valkey"), 0, may_refuse=False),
        Fault("kill postgres", _killing("postgres"), WINDOW),
        Fault("kill all", _killing(*OURS, *SERVERS), WINDOW),
        Fault("stall gateway", _stall_gateway, WINDOW, may_refuse=False),
        Fault("drop database sessions", _drop_connections, WINDOW),
        Fault("break smpp sessions", _break_sessions, WINDOW, may_refuse=False),
        Fault("restart gateways", _restarting("gateway-1", "gateway-2"), 0, may_refuse=False),
        Fault("restart webhooks", _restarting("webhooks"), 0, may_refuse=False),
        Fault("restart clock", _restarting("clock"), 0, may_refuse=False),
    )
}
