"""Examines a remote with our own codec and connection."""

import asyncio
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

from smsc.doctor import advice
from smsc.doctor.alphabet_step import Handset, find_alphabet
from smsc.doctor.arrivals import Arrivals
from smsc.doctor.binds import Binds, bind_pdu
from smsc.doctor.courier import Courier, segments_of
from smsc.doctor.dialogue import Dialogue, NoAnswer
from smsc.doctor.idleness import report_idleness
from smsc.doctor.pace_step import find_rate, find_window
from smsc.doctor.report import Finding, Outcome, Probe, Report, Step, Target
from smsc.doctor.tls_step import report_on_tls
from smsc.smpp import tls
from smsc.smpp.pdu import (
    BindResp,
    BindType,
    CommandStatus,
    EnquireLink,
    Pdu,
    Tag,
    Unbind,
)

ENGINE: Final = "smsc"
_LONGEST_PASSWORD: Final = 8  # octets, SMPP 3.4 §5.2.2
_VERSIONS: Final = {0x33: "3.3", 0x34: "3.4", 0x50: "5.0"}


async def examine(
    target: Target,
    probe: Probe | None = None,
    *,
    idle: timedelta | None = None,
    handset: Handset | None = None,
    found: Callable[[Finding], None] = lambda _finding: None,
) -> Report:
    """Resolve, connect, bind in each way, ask after the link, unbind; then send the probe's texts.

    `idle` is how long a session is left alone, to see what the remote does then. `handset` reads
    what the probe's destination has received, where a program can. `found` is told each finding.

    Raises:
        SettingError, InvalidSender, InvalidDestination, BodyTooLong: it can't be tried at all.
    """
    if probe is not None:
        segments_of(probe)
    report = Report(target.host, target.port, ENGINE, found=found)
    if len(target.password) > _LONGEST_PASSWORD:
        report.add(
            "Password",
            Outcome.WARNING,
            "It has more than 8 characters, which SMPP does not provide for: "
            "the remote may cut it or refuse it.",
        )
    if not await _resolves(target, report) or not await _connects(target, report):
        return report
    binds = Binds(report)
    for bind_type in target.bind_types:
        await _examine_bind(target, bind_type, report, binds)
        if binds.is_hopeless:
            break
    binds.conclude()
    if idle and binds.sending is not None:
        await _examine_idleness(target, binds.sending, idle, report)
    if probe is not None and binds.sending is not None:
        await _examine_delivery(target, binds, probe, report, handset)
    return report


async def _resolves(target: Target, report: Report) -> bool:
    begun = time.monotonic()
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            target.host, target.port, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError) as fault:  # the latter: a name that IDNA can't write
        report.add("Resolve", Outcome.FAILED, f"{target.host}: {advice.for_fault(fault)}")
        return False
    addresses = sorted({str(address[0]) for *_, address in found})
    words = f"{target.host} has the address {', '.join(addresses)}"
    report.add("Resolve", Outcome.OK, words, seconds=time.monotonic() - begun)
    return True


async def _connects(target: Target, report: Report) -> bool:
    begun = time.monotonic()
    try:
        dialogue = await Dialogue.open(target)
    except ssl.SSLError as fault:
        report.add("TLS", Outcome.FAILED, f"Port {target.port}: {tls.reason(fault)}")
        return False
    except OSError as fault:
        report.add("Connect", Outcome.FAILED, f"Port {target.port}: {advice.for_fault(fault)}")
        return False
    took = time.monotonic() - begun
    what = "TCP" if target.ssl_context is None else "TLS"
    report.add("Connect", Outcome.OK, f"Port {target.port} accepts {what}", seconds=took)
    if target.ssl_context is not None:
        report_on_tls(dialogue, report)
    await dialogue.close()
    return True


async def _examine_bind(target: Target, bind_type: BindType, report: Report, binds: Binds) -> None:
    """Bind, ask after the link and unbind, on a connection of its own."""
    try:
        dialogue = await Dialogue.open(target)
    except OSError as fault:
        binds.failed(bind_type, advice.for_fault(fault))
        return
    try:
        answer, took = await dialogue.ask(bind_pdu(target, bind_type), target.patience)
        if answer.command_status != CommandStatus.ESME_ROK:
            binds.refused(bind_type, answer.command_status, took)
            return
        binds.accepted(bind_type, _greeting(answer), took)
        _suggest_version(answer, target, report)
        await _ask(dialogue, EnquireLink(), target, f"Link as {bind_type}", report)
        await _ask(dialogue, Unbind(), target, f"Unbind as {bind_type}", report)
        if dialogue.put_off:
            words = f"{dialogue.put_off} messages came for the gateway; asked to repeat them later"
            report.add(f"Inbound as {bind_type}", Outcome.WARNING, words)
    except NoAnswer as why:
        binds.failed(bind_type, f"{why}: is it SMPP that listens there?")
    finally:
        await dialogue.close()


async def _examine_idleness(
    target: Target, bind_type: BindType, idle: timedelta, report: Report
) -> None:
    """Stay bound without a word, and see who speaks or leaves first."""
    loop = asyncio.get_running_loop()
    try:
        dialogue = await Dialogue.open(target)
    except OSError as fault:
        report.add("Idle", Outcome.FAILED, advice.for_fault(fault))
        return
    try:
        await dialogue.ask(bind_pdu(target, bind_type), target.patience)
        begun = loop.time()
        has_ended = await dialogue.await_end(idle)
        stayed = loop.time() - begun
        asked = [at - begun for at in dialogue.enquired_at]
        report_idleness(
            idle,
            enquired_after=asked[0] if asked else None,
            ended_after=stayed if has_ended else None,
            report=report,
        )
        if not has_ended:
            await _ask(dialogue, Unbind(), target, "Unbind after idling", report)
    except NoAnswer as why:
        report.add("Idle", Outcome.FAILED, str(why))
    finally:
        await dialogue.close()


async def _examine_delivery(
    target: Target, binds: Binds, probe: Probe, report: Report, handset: Handset | None
) -> None:
    arrivals = Arrivals(secrets.token_hex(2))
    bind_type = binds.sending or BindType.TRANSCEIVER
    async with AsyncExitStack() as stack:
        try:
            receiver = None
            if binds.needs_receiver:
                receiver = await _bound(target, BindType.RECEIVER, arrivals, stack)
            dialogue = await _bound(target, bind_type, arrivals, stack)
        except OSError as fault:
            report.add("Probe", Outcome.FAILED, advice.for_fault(fault))
            return
        except NoAnswer as why:
            report.add("Probe", Outcome.FAILED, f"No answer to the bind: {why}")
            return
        courier = Courier(dialogue, receiver, arrivals, target, probe, report)
        accepted = await courier.send("Submit", segments_of(probe))
        if accepted:
            await courier.await_receipts(accepted)
            if Step.ALPHABET in probe.steps:
                await find_alphabet(courier, handset)
            if Step.WINDOW in probe.steps:
                is_last = Step.RATE not in probe.steps
                await find_window(courier, courier.left if is_last else courier.left // 2)
            if Step.RATE in probe.steps:
                await find_rate(courier)
        await _ask(dialogue, Unbind(), target, f"Unbind as {bind_type}", report)


async def _bound(
    target: Target, bind_type: BindType, arrivals: Arrivals, stack: AsyncExitStack
) -> Dialogue:
    """Open a session that the stack closes.

    Raises:
        OSError, NoAnswer: it can't be had.
    """
    dialogue = await Dialogue.open(target, arrivals.is_ours)
    stack.push_async_callback(dialogue.close)
    await dialogue.ask(bind_pdu(target, bind_type), target.patience)
    return dialogue


def _greeting(answer: Pdu) -> str:
    if not isinstance(answer, BindResp):
        return "Bound"
    name, version = answer.system_id or "(nothing)", answer.tlvs.get(Tag.SC_INTERFACE_VERSION)
    if not version:
        return f"Bound; the remote calls itself {name}"
    spoken = f"{version[0] >> 4}.{version[0] & 0xF}"
    return f"Bound; the remote calls itself {name} and speaks SMPP {spoken}"


def _suggest_version(answer: Pdu, target: Target, report: Report) -> None:
    """Suggest an older version where the remote speaks no newer one."""
    version = answer.tlvs.get(Tag.SC_INTERFACE_VERSION) if isinstance(answer, BindResp) else None
    if version and version[0] in _VERSIONS and version[0] < target.interface_version:
        why = "the remote says that it speaks no later one"
        report.suggest("interface_version", _VERSIONS[version[0]], why)


async def _ask(dialogue: Dialogue, pdu: Pdu, target: Target, step: str, report: Report) -> None:
    try:
        answer, took = await dialogue.ask(pdu, target.patience)
    except NoAnswer as why:
        report.add(step, Outcome.WARNING, f"No answer: {why}")
        return
    if answer.command_status == CommandStatus.ESME_ROK:
        report.add(step, Outcome.OK, "Answered", seconds=took)
    else:
        report.add(step, Outcome.WARNING, advice.for_status(answer.command_status), seconds=took)
