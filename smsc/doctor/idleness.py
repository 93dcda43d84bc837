"""Says what a session that was left alone showed of its remote."""

from datetime import timedelta
from typing import Final

from smsc.doctor.report import Outcome, Report

_EARLIER: Final = 0.5  # of the idle time after which a remote closes: ask so early


def report_idleness(
    idle: timedelta, *, enquired_after: float | None, ended_after: float | None, report: Report
) -> None:
    """Say who spoke or left first, each after so many seconds; None: it did not."""
    if enquired_after is not None:
        words = f"The remote asks after the link itself, first after {enquired_after:.0f} s"
        report.add("Idle", Outcome.OK, words)
    if ended_after is None:
        words = f"The session stood {idle.total_seconds():g} s without a word of ours"
        report.add("Idle", Outcome.OK, words)
        return
    words = f"The remote ended the idle session after {ended_after:.0f} s"
    report.add("Idle", Outcome.WARNING, words)
    sooner = max(1, int(ended_after * _EARLIER))
    report.suggest("enquire_link_seconds", sooner, "the remote ends idle sessions")
