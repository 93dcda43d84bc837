"""Examines a remote with our own codec and connection."""

import asyncio
import socket
import time

from smsc.doctor import advice
from smsc.doctor.binds import Binds, bind_pdu
from smsc.doctor.dialogue import Dialogue, NoAnswer
from smsc.doctor.probing import ProbeReceipts, segments_of, send_probe
from smsc.doctor.report import Outcome, Probe, Report, Target
from smsc.smpp.pdu import (
    BindResp,
    BindType,
    CommandStatus,
    EnquireLink,
    Pdu,
    Tag,
    Unbind,
)

ENGINE = "smsc"
_LONGEST_PASSWORD = 8  # octets, SMPP 3.4 §5.2.2


async def examine(target: Target, probe: Probe | None = None) -> Report:
    """Resolve, connect, bind in each way, ask after the link, unbind; then send the probe.

    Raises:
        SettingError, InvalidSender, InvalidDestination, BodyTooLong: it can't be tried at all.
    """
    if probe is not None:
        segments_of(probe)
    report = Report(target.host, target.port, ENGINE)
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
    if probe is not None and binds.sending is not None:
        await _examine_delivery(target, binds.sending, probe, report)
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
    words = f"{target.host} is {', '.join(addresses)}"
    report.add("Resolve", Outcome.OK, words, seconds=time.monotonic() - begun)
    return True


async def _connects(target: Target, report: Report) -> bool:
    begun = time.monotonic()
    try:
        dialogue = await Dialogue.open(target.host, target.port, target.patience)
    except OSError as fault:
        report.add("Connect", Outcome.FAILED, f"Port {target.port}: {advice.for_fault(fault)}")
        return False
    took = time.monotonic() - begun
    report.add("Connect", Outcome.OK, f"Port {target.port} accepts TCP", seconds=took)
    await dialogue.close()
    return True


async def _examine_bind(target: Target, bind_type: BindType, report: Report, binds: Binds) -> None:
    """Bind, ask after the link and unbind, on a connection of its own."""
    try:
        dialogue = await Dialogue.open(target.host, target.port, target.patience)
    except OSError as fault:
        binds.failed(bind_type, advice.for_fault(fault))
        return
    try:
        answer, took = await dialogue.ask(bind_pdu(target, bind_type), target.patience)
        if answer.command_status != CommandStatus.ESME_ROK:
            binds.refused(bind_type, answer.command_status, took)
            return
        binds.accepted(bind_type, _greeting(answer), took)
        await _ask(dialogue, EnquireLink(), target, f"Link as {bind_type}", report)
        await _ask(dialogue, Unbind(), target, f"Unbind as {bind_type}", report)
        if dialogue.put_off:
            words = f"{dialogue.put_off} messages came for the gateway; asked to repeat them later"
            report.add(f"Inbound as {bind_type}", Outcome.WARNING, words)
    except NoAnswer as why:
        binds.failed(bind_type, f"{why}: is it SMPP that listens there?")
    finally:
        await dialogue.close()


async def _examine_delivery(
    target: Target, bind_type: BindType, probe: Probe, report: Report
) -> None:
    receipts = ProbeReceipts()
    try:
        dialogue = await Dialogue.open(target.host, target.port, target.patience, receipts.is_ours)
    except OSError as fault:
        report.add("Probe", Outcome.FAILED, advice.for_fault(fault))
        return
    try:
        await dialogue.ask(bind_pdu(target, bind_type), target.patience)
        await send_probe(dialogue, receipts, target, probe, report)
        await _ask(dialogue, Unbind(), target, f"Unbind as {bind_type}", report)
    except NoAnswer as why:
        report.add("Probe", Outcome.FAILED, f"No answer to the bind: {why}")
    finally:
        await dialogue.close()


def _greeting(answer: Pdu) -> str:
    if not isinstance(answer, BindResp):
        return "Bound"
    version = answer.tlvs.get(Tag.SC_INTERFACE_VERSION)
    spoken = f", speaks SMPP {version[0] >> 4}.{version[0] & 0xF}" if version else ""
    return f"Bound; the remote calls itself {answer.system_id or 'nothing'}{spoken}"


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
