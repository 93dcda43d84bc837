"""SMSCs that answer too little, too much, in disorder or not at all."""

import asyncio
import random

from tests.chaos.faults.fault import Fault, Strike
from tests.chaos.world import ANSWER_SECONDS, WINDOW, World


def _behaving(again: bool = False, **changes: object) -> Strike:  # noqa: FBT001, FBT002 a behaviour's name could be anything
    """Have both SMSCs behave so for a while, shorter than a response may take.

    `again`: their sessions end first, so that they are bound anew.
    """

    async def strike(world: World, dice: random.Random) -> None:
        for box in world.boxes.values():
            box.change(changes)
        if again:
            for link in world.links.values():
                link.reset_links()
        await asyncio.sleep(dice.uniform(1, 0.8 * ANSWER_SECONDS))
        for box in world.boxes.values():
            box.behave(world.behaviour)

    return strike


async def _break_sessions(world: World, dice: random.Random) -> None:
    """Have both SMSCs drop their sessions without a word, in mid-window."""
    for box in world.boxes.values():
        for session in box.sessions:
            session.abort("chaos")


def _fault(name: str, strike: Strike, doubles: int = WINDOW) -> Fault:
    return Fault(name, strike, doubles, may_refuse=False)


SMSC_FAULTS = (
    _fault("break smpp sessions", _break_sessions),
    _fault("responses swallowed", _behaving(swallow_responses=True)),
    _fault("each fifth response swallowed", _behaving(swallow_every=5)),
    _fault("responses doubled", _behaving(double_responses=True), 0),
    _fault("responses out of order", _behaving(reverse_responses=True, write_gather=0.2), 0),
    _fault("wrong sequence numbers", _behaving(misnumber_every=7)),
    _fault("ids reused", _behaving(first_id=1000, distinct_ids=15), 0),
    _fault("receipts before responses", _behaving(receipt_before_response=True), 0),
    _fault("receipts glued to responses", _behaving(write_gather=0.3, receipt_delay=0.0), 0),
    _fault("receipts doubled", _behaving(receipt_copies=2), 0),
    _fault("unbind in mid-window", _behaving(incident="unbind", incident_after=0)),
    _fault("smsc silent", _behaving(incident="silence", incident_after=0)),
    _fault("garbage", _behaving(incident="garbage", incident_after=0)),
    _fault("bind refused", _behaving(again=True, refused_binds=3)),
)
