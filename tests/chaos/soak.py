"""A day's traffic in some minutes, and what processes hold after it that they did not before."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.audit import settle_and_audit
from tests.chaos.faults.fault import Fault
from tests.chaos.fleet import OURS
from tests.chaos.world import World

ROUND_MESSAGES = 1000
ROUND_SECONDS = 8.0
WARM_UP = 0.3  # of the rounds: pools, caches and arenas grow to what they will be
MOST_GROWTH = 1.05  # of memory
MOST_MORE = 5  # descriptors, threads or locks: connections come and go
# What autovacuum, which looks once a minute, leaves behind goes up and down: peaks are compared, of
# the last third of the rounds with the one before, and small ones are none.
MOST_OF_PEAK = 1.5
SMALL_SHARE = 0.05  # of all rows
SMALL_OCTETS = 32 << 20
# Empty between rounds: what they hold then is dead.
_QUEUES = (
    *("queue", "in_flight", "webhooks", "callback_batches", "esme_deliveries"),
    *("inbound_parts", "parked_receipts"),
)
_ROWS = "SELECT sum(n_dead_tup)::bigint, sum(n_live_tup)::bigint FROM pg_stat_user_tables"
_SIZE = "SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest($1::text[]) AS name"
_LOCKS = """
SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND database IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What one process holds."""

    memory_kib: int  # proportional set size, its share of what is shared
    descriptors: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> "Held":
        """Look at a process, as Linux shows it."""
        process = Path(f"/proc/{pid}")
        pss = next(
            line
            for line in (process / "smaps_rollup").read_text().splitlines()
            if line.startswith("Pss:")
        )
        return cls(
            int(pss.split()[1]),
            len(list((process / "fd").iterdir())),
            len(list((process / "task").iterdir())),
        )


@dataclass
class Soak:
    """The samples of each process after each round, and those of the database."""

    samples: dict[str, list[Held]] = field(default_factory=lambda: {name: [] for name in OURS})
    locks: list[int] = field(default_factory=list)  # waiting or held, between rounds
    dead_rows: list[int] = field(default_factory=list)
    dead_share: list[float] = field(default_factory=list)  # of all rows
    queue_octets: list[int] = field(default_factory=list)  # of tables that are empty then
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)
    messages: int = 0

    def judge(self) -> None:
        """Compare the last round with the one after which all was warm."""
        for name, samples in self.samples.items():
            warm, last = samples[int(len(samples) * WARM_UP)], samples[-1]
            if last.memory_kib > warm.memory_kib * MOST_GROWTH:
                self.broken.append(f"{name}: {warm.memory_kib} to {last.memory_kib} KiB")
            for what in ("descriptors", "threads"):
                before, after = getattr(warm, what), getattr(last, what)
                if after > before + MOST_MORE:
                    self.broken.append(f"{name}: {before} to {after} {what}")
        before, after = self.locks[int(len(self.locks) * WARM_UP)], self.locks[-1]
        if after > before + MOST_MORE:
            self.broken.append(f"{before} to {after} locks")
        self._judge_peaks("dead rows, of all", self.dead_share, SMALL_SHARE)
        self._judge_peaks("octets of the queues' tables", self.queue_octets, SMALL_OCTETS)

    def _judge_peaks(self, what: str, samples: Sequence[float], small: float) -> None:
        third = max(1, len(samples) // 3)
        before, last = max(samples[-2 * third : -third], default=0), max(samples[-third:])
        if last > max(before * MOST_OF_PEAK, small):
            self.broken.append(f"{what}: {before} to {last} at most")

    def show(self) -> None:
        """Print first, warm and last."""
        table = Table(title=f"{self.messages} messages in {self.seconds:.0f} s")
        for column in ("process", "KiB: warm, last", "descriptors", "threads"):
            table.add_column(column)
        for name, samples in self.samples.items():
            warm, last = samples[int(len(samples) * WARM_UP)], samples[-1]
            growth = last.memory_kib / warm.memory_kib - 1
            table.add_row(
                name,
                f"{warm.memory_kib}, {last.memory_kib} ({growth:+.1%})",
                f"{warm.descriptors}, {last.descriptors}",
                f"{warm.threads}, {last.threads}",
            )
        Console(width=120).print(table)
        print(f"locks between rounds: {self.locks}")
        print(f"dead rows between rounds: {self.dead_rows}")
        print(f"dead rows, of all: {[round(share, 3) for share in self.dead_share]}")
        print(f"KiB of the queues' tables: {[octets >> 10 for octets in self.queue_octets]}")


async def soak(world: World, messages: int, seconds: float, dice: random.Random) -> Soak:
    """Send that many both ways, in rounds, for so long at most; audit and look after each."""
    found = Soak()
    began_at = time.monotonic()
    nothing = Fault("soak", _nothing, 0, may_refuse=False)
    while found.messages < messages and time.monotonic() < began_at + seconds:
        traffic = await world.round(ROUND_MESSAGES, ROUND_SECONDS, dice)
        audit = await settle_and_audit(world, traffic, time.monotonic())
        found.broken += audit.broken_promises(nothing)
        found.messages += ROUND_MESSAGES
        for name, process in world.fleet.running.items():
            if name in found.samples:
                found.samples[name].append(Held.by(process.pid))
        await _look_into_the_database(world, found)
        world.forget()
    found.seconds = time.monotonic() - began_at
    found.judge()
    return found


async def _look_into_the_database(world: World, found: Soak) -> None:
    connection = await world.connect()
    found.locks.append(await connection.fetchval(_LOCKS))
    dead, live = await connection.fetchrow(_ROWS) or (0, 0)
    found.dead_rows.append(dead)
    found.dead_share.append(dead / max(1, dead + live))
    found.queue_octets.append(await connection.fetchval(_SIZE, list(_QUEUES)))
    await connection.close()


async def _nothing(world: World, dice: random.Random) -> None:
    """Strike nothing."""
