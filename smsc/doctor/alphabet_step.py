"""Sends the test texts, and learns how they arrived: by itself where it can, else by asking."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from smsc.doctor.courier import Courier, submit_of
from smsc.doctor.report import Outcome
from smsc.doctor.texts import ProbeText, conclude, probe_texts, recognise

Handset = Callable[[], Awaitable[Sequence[str]]]  # reads what it has received

_RAW: Final = frozenset({"A", "B"})
_SETTLE_SECONDS: Final = 5.0  # from the last receipt to the last text on the handset
_POLL_SECONDS: Final = 0.1


async def find_alphabet(courier: Courier, handset: Handset | None) -> None:
    """Send the test texts for which there is room; conclude, or leave questions in the report."""
    report = courier.report
    sent: list[ProbeText] = []
    for text in probe_texts(courier.arrivals.tag):
        if len(text.segments) > courier.left:
            report.add(f"Text {text.name}", Outcome.WARNING, f"Not sent, to find {text.about}")
            continue
        pdus = [
            submit_of(courier.probe, data_coding, octets, has_udh=has_udh)
            for data_coding, octets, has_udh in text.segments
        ]
        accepted = await courier.send(f"Text {text.name}", pdus)
        if accepted == len(pdus):
            await courier.await_receipts(accepted)
            sent.append(text)
    seen = await _look(courier, sent, handset)
    if handset is None:
        report.questions += [text.question for text in sent if seen[text.name] is None]
    conclude(seen, report)


async def _look(
    courier: Courier, sent: Sequence[ProbeText], handset: Handset | None
) -> dict[str, tuple[str, ...] | None]:
    """Say how each text arrived; None: it is not known."""
    seen: dict[str, tuple[str, ...] | None] = {}
    deadline = asyncio.get_running_loop().time() + _SETTLE_SECONDS
    while True:
        on_handset = [] if handset is None else await handset()
        for text in sent:
            looped = courier.arrivals.texts(whatever_alphabet=text.name not in _RAW)
            seen[text.name] = recognise(text, [*on_handset, *looped])
        is_whole = all(means is not None for means in seen.values())
        if handset is None or is_whole or asyncio.get_running_loop().time() > deadline:
            return seen
        await asyncio.sleep(_POLL_SECONDS)
