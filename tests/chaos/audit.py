"""Compares, message by message and from the outside, what was promised with what came."""

import asyncio
import time
from dataclasses import dataclass, field

from smsc.db import UNAVAILABLE, Database
from smsc.models.connector import InDoubtPolicy
from tests.chaos.faults.fault import Fault
from tests.chaos.parties import Traffic
from tests.chaos.world import World

RECOVERY_SECONDS = 90


@dataclass(kw_only=True)
class Audit:
    """What one fault cost."""

    accepted: int
    refused: int
    inbound: int
    recovered_in: float  # seconds from the fault until all was settled
    lost: list[str] = field(default_factory=list)  # accepted, and never at the SMSC
    doubled: dict[InDoubtPolicy, int] = field(default_factory=dict)
    unledgered: int = 0  # doubles that our ledger does not know
    missed: list[str] = field(default_factory=list)  # callbacks that never came, or under two ids
    by_esme: int = 0  # of the accepted
    unreceipted: list[str] = field(default_factory=list)  # no receipt over the bind, or two states
    receipts_repeated: int = 0
    inbound_lost: list[str] = field(default_factory=list)  # answered OK, and never handed over
    held: int = 0  # in doubt under `hold`: they wait for a receipt, and fail after an hour

    def broken_promises(self, fault: Fault) -> list[str]:
        """Say each promise that the fault broke."""
        broken = []
        if self.lost:
            broken.append(f"lost {self.lost}")
        if self.missed:
            broken.append(f"callbacks missed: {self.missed}")
        if self.unreceipted:
            broken.append(f"receipts missed over the bind: {self.unreceipted}")
        if self.inbound_lost:
            broken.append(f"inbound lost: {self.inbound_lost}")
        if self.doubled[InDoubtPolicy.HOLD]:
            broken.append(f"{self.doubled[InDoubtPolicy.HOLD]} doubled under `hold`")
        if self.doubled[InDoubtPolicy.RESUBMIT] > fault.doubles:
            broken.append(f"{self.doubled[InDoubtPolicy.RESUBMIT]} doubled of {fault.doubles}")
        if self.unledgered:
            broken.append(f"{self.unledgered} doubles are not in the ledger")
        if self.refused and not fault.may_refuse:
            broken.append(f"{self.refused} requests failed")
        return broken


async def settle_and_audit(world: World, traffic: Traffic, struck_at: float) -> Audit:
    """Wait until everything has its end, then look."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    held: set[str] = set()
    while time.monotonic() < deadline:
        held = await _held(world)
        if not _open(world, traffic, held):
            break
        await asyncio.sleep(0.1)
    recovered_in = time.monotonic() - struck_at
    seen = {policy: world.seen(policy) for policy in world.boxes}
    at_smsc = {body for counts in seen.values() for body in counts}
    doubled = {policy: sum(n - 1 for n in counts.values()) for policy, counts in seen.items()}
    # A held segment may not have reached the SMSC: it is not lost, it fails for all to see.
    audit = Audit(
        accepted=len(traffic.accepted),
        refused=traffic.refused,
        inbound=len(traffic.inbound),
        recovered_in=recovered_in,
        lost=[
            body
            for sid, body in traffic.accepted.items()
            if body not in at_smsc and sid not in held
        ],
        doubled=doubled,
        inbound_lost=[
            body
            for body, sent in traffic.inbound.items()
            if not sent.is_acknowledged or not _is_handed_over(world, body)
        ],
        by_esme=len(traffic.by_esme),
        held=len(held & traffic.accepted.keys()),
    )
    ledger = await _ledger(world)
    of_accepted = {body: sid for sid, body in traffic.accepted.items()}
    audit.unledgered = sum(
        max(0, count - 1 - ledger.get(of_accepted[body], 0))
        for counts in seen.values()
        for body, count in counts.items()
        if body in of_accepted
    )
    audit.missed = [
        f"{sid} {status}: {ids} ids"
        for sid in traffic.accepted.keys() - traffic.by_esme - held
        for status in ("sent", "delivered")
        if (ids := world.customer.ids_of(sid, status)) != 1
    ]
    told = {sid: world.esme.final_states(sid) for sid in traffic.by_esme - held}
    audit.unreceipted = [f"{sid}: {states}" for sid, states in told.items() if len(states) != 1]
    audit.receipts_repeated = sum(
        count - 1 for sid in told for count in world.esme.receipts[sid].values()
    )
    return audit


def _open(world: World, traffic: Traffic, held: set[str]) -> bool:
    """Say whether anything has not come to its end yet."""
    return any(
        not _is_told(world, sid, by_esme=sid in traffic.by_esme)
        for sid in traffic.accepted
        if sid not in held
    ) or any(
        not sent.is_settled or not _is_handed_over(world, body)
        for body, sent in traffic.inbound.items()
    )


def _is_told(world: World, sid: str, *, by_esme: bool) -> bool:
    """Say whether the customer knows all of a message that there will be to know."""
    if by_esme:
        return bool(world.esme.final_states(sid))
    return world.customer.final_status(sid) is not None and world.customer.ids_of(sid, "sent") > 0


def _is_handed_over(world: World, body: str) -> bool:
    """Say whether an inbound SMS came both ways: by the webhook, and over the bind."""
    return body in world.customer.inbound and body in world.esme.inbound


async def _held(world: World) -> set[str]:
    rows = await _ask(world, "SELECT message_sid, 1 FROM in_flight WHERE held_at IS NOT NULL")
    return set(rows)


async def _ledger(world: World) -> dict[str, int]:
    """Return how often each message was submitted again, as we say ourselves."""
    return await _ask(
        world, "SELECT message_sid, count(*)::integer FROM double_submits GROUP BY message_sid"
    )


async def _ask(world: World, query: str) -> dict[str, int]:
    try:
        async with (
            await Database.connect(world.fleet.database_url, size=1, name="chaos") as database,
            database.single() as connection,
        ):
            return {row[0]: row[1] for row in await connection.fetch(query)}
    except UNAVAILABLE:
        return {}
