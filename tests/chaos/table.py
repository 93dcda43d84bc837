"""The table of a series: on the screen, and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.table import Table

from smsc.models.connector import InDoubtPolicy
from tests.chaos.audit import Audit
from tests.chaos.faults import Fault

COLUMNS = (
    "fault",
    "runs",
    "accepted",
    "by SMPP",
    "refused",
    "lost",
    "doubled, most in a run",
    "doubled under `hold`",
    "callbacks missed",
    "receipts missed",
    "inbound lost",
    "settled in, median / worst",
)


@dataclass
class Tally:
    """All rounds of one fault."""

    fault: Fault
    audits: list[Audit] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        """Return what the rounds cost, by `COLUMNS`."""
        audits = self.audits
        doubles = [audit.doubled[InDoubtPolicy.RESUBMIT] for audit in audits]
        times = [audit.recovered_in for audit in audits]
        inbound = sum(audit.inbound for audit in audits)
        return (
            self.fault.name,
            str(len(audits)),
            str(sum(audit.accepted for audit in audits)),
            str(sum(audit.by_esme for audit in audits)),
            str(sum(audit.refused for audit in audits)),
            str(sum(len(audit.lost) for audit in audits)),
            f"{sum(doubles)}, {max(doubles)}",
            str(sum(audit.doubled[InDoubtPolicy.HOLD] for audit in audits)),
            str(sum(len(audit.missed) for audit in audits)),
            str(sum(len(audit.unreceipted) for audit in audits)),
            f"{sum(len(audit.inbound_lost) for audit in audits)} of {inbound}",
            f"{median(times):.1f} / {max(times):.1f} s",
        )


def sums(tallies: Sequence[Tally]) -> str:
    """Say in one line what the whole series came to."""
    audits = [audit for tally in tallies for audit in tally.audits]
    return (
        f"{len(audits)} runs, {sum(audit.accepted for audit in audits):,} messages accepted, "
        f"{sum(audit.by_esme for audit in audits):,} of them over SMPP, "
        f"{sum(len(audit.lost) for audit in audits)} lost, "
        f"{sum(audit.doubled[InDoubtPolicy.HOLD] for audit in audits)} doubled under `hold`, "
        f"{sum(audit.doubled[InDoubtPolicy.RESUBMIT] for audit in audits)} with `resubmit`, "
        f"{sum(len(audit.missed) for audit in audits)} callbacks missed, "
        f"{sum(len(audit.unreceipted) for audit in audits)} receipts missed over the bind "
        f"({sum(audit.receipts_repeated for audit in audits)} repeated), "
        f"{sum(len(audit.inbound_lost) for audit in audits)} of "
        f"{sum(audit.inbound for audit in audits):,} acknowledged inbound SMS lost"
    )


def show(tallies: Sequence[Tally], seed: int) -> None:
    """Print the table."""
    table = Table(title=f"seed {seed}")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "fault" else "right")
    for tally in tallies:
        if tally.audits:
            table.add_row(*tally.row())
    Console(width=220).print(table)
    print(sums(tallies))


def as_markdown(tallies: Sequence[Tally]) -> str:
    """Return the table as `docs/guarantees.md` has it."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(tally.row() for tally in tallies if tally.audits)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + f"\n{sums(tallies)}.\n"
