"""Finds the usable window and rate by sending texts until the remote has enough."""

import asyncio
from typing import Final

from smsc.doctor.courier import Courier, submit_of
from smsc.doctor.pace import RateSearch, WindowSearch
from smsc.doctor.report import Outcome, Probe, Report
from smsc.smpp.pdu import SubmitSm

REST_SECONDS: Final = 1.1  # limits are counted by the second


async def find_window(courier: Courier, most: int) -> None:
    """Send 1, 2, 4 … texts at once, `most` in all; suggest the widest window that pays."""
    search = WindowSearch(min(most, courier.left))
    while (size := search.size) is not None:
        search.note(await courier.burst(text_of(courier.probe), size))
        if search.size is not None:
            await asyncio.sleep(REST_SECONDS)
    conclude_window(search, courier.report)


async def find_rate(courier: Courier) -> None:
    """Send what is left as fast as the remote takes it; suggest a throughput if it has a limit."""
    search = RateSearch(courier.left)
    while not search.is_over:
        search.note(await courier.burst(text_of(courier.probe), search.round, search.rate))
        if not search.is_over:
            await asyncio.sleep(REST_SECONDS)
    conclude_rate(search, courier.report)


def text_of(probe: Probe) -> SubmitSm:
    """Return the `submit_sm` that is sent again and again."""
    return submit_of(probe, 0, b"smsc doctor: this is a test.", has_udh=False, receipt=False)


def conclude_window(search: WindowSearch, report: Report) -> None:
    """Say what a search has found."""
    usable = search.usable
    if not usable:
        report.add("Window", Outcome.WARNING, f"Not found: {search.verdict}")
        return
    report.add("Window", Outcome.OK, f"{usable} at once work; {search.verdict}")
    if search.why:
        report.suggest("window", usable, search.why)


def conclude_rate(search: RateSearch, report: Report) -> None:
    """Say what a search has found."""
    if search.suggestion is not None:
        why = f"the remote refused more than about {search.refused_at:.1f} a second"
        report.add("Rate", Outcome.OK, f"About {search.suggestion:g} a second: {why}")
        report.suggest("throughput", search.suggestion, why)
    elif search.taken:
        words = f"{search.taken} texts at once were all taken: no limit was met"
        report.add("Rate", Outcome.OK, words)
    else:
        words = "texts were refused or lost" if search.has_begun else "no texts are left to send"
        report.add("Rate", Outcome.WARNING, f"Not found: {words}")
