"""`make chaos`: break the real processes on purpose, heal them, and audit every message.

The seed decides on faults, moments and traffic; the machine's own timing stays its own.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from smsc import log
from tests.chaos import world as worlds
from tests.chaos.audit import Audit, settle_and_audit
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.soak import soak
from tests.chaos.table import Tally, as_markdown, show
from tests.chaos.world import World

SECONDS = 1.5  # of traffic a run


async def strike_once(world: World, fault: Fault, dice: random.Random, messages: int) -> Audit:
    """Send, break in the middle, heal, wait, audit."""
    sending = asyncio.create_task(world.round(messages, SECONDS, dice))
    await asyncio.sleep(dice.uniform(0.1, SECONDS))
    struck_at = time.monotonic()
    await fault.strike(world, dice)
    return await settle_and_audit(world, await sending, struck_at)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a series strikes: the faults in turn, so often, in so many worlds side by side."""

    seed: int
    runs: int
    names: list[str]
    messages: int
    worlds: int
    seconds: float  # after them nothing more is struck


async def run(plan: Plan) -> list[Tally]:
    """Strike as planned; print each round as it ends."""
    console = Console(soft_wrap=True)
    tallies = []
    for fault in (FAULTS[name] for name in plan.names):
        if reason := fault.why_not():
            console.print(f"SKIPPED  {fault.name}: {reason}", highlight=False)
        else:
            tallies.append(Tally(fault))
    numbers = iter(range(plan.runs))
    until = time.monotonic() + plan.seconds

    async def strike(world: World) -> None:
        for number in numbers:
            if time.monotonic() > until:
                return
            tally = tallies[number % len(tallies)]
            dice = random.Random(f"{plan.seed} {number}")  # noqa: S311 to be repeated, no secret
            try:
                audit = await strike_once(world, tally.fault, dice, plan.messages)
            except Exception as error:  # noqa: BLE001 the table of all that was struck is worth it
                tally.broken.append(f"run {number + 1}: it could not be struck: {error!r}")
                return  # this world is broken, not only its promises
            broken = audit.broken_promises(tally.fault)
            tally.audits.append(audit)
            tally.broken += [f"run {number + 1}: {words}" for words in broken]
            console.print(
                f"{number + 1:>4}  {tally.fault.name}: {audit.accepted} accepted, "
                f"{sum(audit.doubled.values())} doubled, {audit.held} held, settled in "
                f"{audit.recovered_in:.1f} s: {'; '.join(broken) or 'kept'}",
                highlight=False,
            )

    with tempfile.TemporaryDirectory(prefix="smsc-chaos-") as folder:
        async with AsyncExitStack() as stack:
            standing = [
                await stack.enter_async_context(
                    worlds.standing(Path(folder) / str(number), together=number % 2 == 1)
                )
                for number in range(plan.worlds)
            ]
            async with asyncio.TaskGroup() as striking:
                for world in standing:
                    striking.create_task(strike(world))
    return tallies


async def run_soak(seed: int, messages: int, seconds: float) -> int:
    """Soak a world; return 1 if something grew or was lost."""
    dice = random.Random(seed)  # noqa: S311 to be repeated, not to be secret
    with tempfile.TemporaryDirectory(prefix="smsc-chaos-") as folder:
        async with worlds.standing(Path(folder)) as world:
            found = await soak(world, messages, seconds, dice)
    found.show()
    for words in found.broken:
        print(words)
    return int(bool(found.broken))


def main() -> int:
    """Strike, print, and return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--messages", type=int, default=120, help="a run")
    parser.add_argument("--worlds", type=int, default=1, help="side by side, each with its fleet")
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="so long at most")
    parser.add_argument("--faults", default=",".join(FAULTS), help="a list of: %(default)s")
    parser.add_argument("--json", type=Path, help="write the audits here, too")
    parser.add_argument("--markdown", type=Path, help="write the table here, too")
    parser.add_argument("--soak", type=int, help="send so many, 86400 being a day's; no faults")
    asked = parser.parse_args()
    names = [name.strip() for name in asked.faults.split(",")]
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        parser.error(f"no such fault: {', '.join(unknown)}; there are: {', '.join(FAULTS)}")
    log.configure("error")
    if asked.soak is not None:
        return asyncio.run(run_soak(asked.seed, asked.soak, asked.minutes * 60))
    plan = Plan(asked.seed, asked.runs, names, asked.messages, asked.worlds, asked.minutes * 60)
    tallies = asyncio.run(run(plan))
    show(tallies, asked.seed)
    if asked.json is not None:
        audits = {tally.fault.name: [asdict(audit) for audit in tally.audits] for tally in tallies}
        asked.json.write_text(json.dumps({"seed": asked.seed, "audits": audits}, indent=2))
    if asked.markdown is not None:
        asked.markdown.write_text(as_markdown(tallies))
    broken = [f"{tally.fault.name}, {words}" for tally in tallies for words in tally.broken]
    for words in broken:
        print(words)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
