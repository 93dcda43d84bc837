"""Sends the test texts, and learns how they arrived: by itself where it can, else by asking."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from smsc.doctor.arrivals import Arrivals
from smsc.doctor.courier import Courier, submit_of
from smsc.doctor.report import Outcome, Probe, Report
from smsc.doctor.texts import ProbeText, conclude, probe_texts, recognise
from smsc.smpp.pdu import SubmitSm

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
        pdus = submits_of(courier.probe, text)
        accepted = await courier.send(f"Text {text.name}", pdus)
        if accepted == len(pdus):
            await courier.await_receipts(accepted)
            sent.append(text)
    on_handset: Sequence[str] = []
    if handset is not None:
        on_handset = await _read_all(handset, sent)
    settle(sent, courier.arrivals, on_handset, report, may_ask=handset is None)


def submits_of(probe: Probe, text: ProbeText) -> list[SubmitSm]:
    """Return the `submit_sm`s of a test text."""
    return [
        submit_of(probe, data_coding, octets, has_udh=has_udh)
        for data_coding, octets, has_udh in text.segments
    ]


def settle(
    sent: Sequence[ProbeText],
    arrivals: Arrivals,
    on_handset: Sequence[str],
    report: Report,
    *,
    may_ask: bool,
) -> None:
    """Conclude from what is on the handset and what came back; ask for the rest if that may be."""
    seen = {}
    for text in sent:
        looped = arrivals.texts(whatever_alphabet=text.name not in _RAW)
        seen[text.name] = recognise(text, [*on_handset, *looped])
    if may_ask:
        report.questions += [text.question for text in sent if seen[text.name] is None]
    conclude(seen, report)


async def _read_all(handset: Handset, sent: Sequence[ProbeText]) -> Sequence[str]:
    """Read a handset until all texts are there, for a few seconds at most."""
    deadline = asyncio.get_running_loop().time() + _SETTLE_SECONDS
    while True:
        texts = await handset()
        is_whole = all(recognise(text, texts) is not None for text in sent)
        if is_whole or asyncio.get_running_loop().time() > deadline:
            return texts
        await asyncio.sleep(_POLL_SECONDS)
