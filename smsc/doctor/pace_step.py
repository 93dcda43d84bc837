"""Finds the usable window and rate by sending texts until the remote has enough."""

import asyncio
from typing import Final

from smsc.doctor.courier import Courier, submit_of
from smsc.doctor.pace import RateSearch, WindowSearch
from smsc.doctor.report import Outcome
from smsc.smpp.pdu import SubmitSm

_REST_SECONDS: Final = 1.1  # limits are counted by the second


async def find_window(courier: Courier, most: int) -> None:
    """Send 1, 2, 4 … texts at once, `most` in all; suggest the widest window that pays."""
    search = WindowSearch(min(most, courier.left))
    while (size := search.size) is not None:
        search.note(await courier.burst(_text(courier), size))
        if search.size is not None:
            await asyncio.sleep(_REST_SECONDS)
    usable = search.usable
    if not usable:
        courier.report.add("Window", Outcome.WARNING, f"Not found: {search.verdict}")
        return
    courier.report.add("Window", Outcome.OK, f"{usable} at once work; {search.verdict}")
    if search.why:
        courier.report.suggest("window", usable, search.why)


async def find_rate(courier: Courier) -> None:
    """Send what is left as fast as the remote takes it; suggest a throughput if it has a limit."""
    search = RateSearch(courier.left)
    if search.is_over:
        courier.report.add("Rate", Outcome.WARNING, "Not found: no texts are left to send")
        return
    while not search.is_over:
        search.note(await courier.burst(_text(courier), search.round, search.rate))
        if not search.is_over:
            await asyncio.sleep(_REST_SECONDS)
    if search.suggestion is None:
        if not search.taken:
            courier.report.add("Rate", Outcome.WARNING, "Not found: texts were refused or lost")
        else:
            words = f"{search.taken} texts at once were all taken: no limit was met"
            courier.report.add("Rate", Outcome.OK, words)
        return
    why = f"the remote refused more than about {search.refused_at:.1f} a second"
    courier.report.add("Rate", Outcome.OK, f"About {search.suggestion:g} a second: {why}")
    courier.report.suggest("throughput", search.suggestion, why)


def _text(courier: Courier) -> SubmitSm:
    return submit_of(courier.probe, 0, b"smsc doctor: this is a test.", has_udh=False)
