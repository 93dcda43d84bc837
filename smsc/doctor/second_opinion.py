"""Examines a remote with smpplib: when it finds the same as our engine, the fault is not ours."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from smsc.doctor import dialect
from smsc.doctor.arrivals import Arrivals
from smsc.doctor.binds import Binds, bind_pdu
from smsc.doctor.courier import segments_of
from smsc.doctor.report import Finding, Outcome, Probe, Report, Target
from smsc.doctor.smpplib_session import SessionFault, SmpplibSession, TheirPdu
from smsc.smpp.pdu import BindType, DeliverSm, SubmitSm, Tag
from smsc.sms.receipt import Receipt

ENGINE: Final = "smpplib"


def examine_with_smpplib(
    target: Target,
    probe: Probe | None = None,
    *,
    found: Callable[[Finding], None] = lambda _finding: None,
) -> Report:
    """Bind in each way, ask after the link, unbind; then send the probe. Blocks.

    Of the probe the text is sent, and nothing beyond it: the further steps are our engine's.

    Raises:
        SettingError, InvalidSender, InvalidDestination, BodyTooLong: it can't be tried at all.
    """
    pdus = [] if probe is None else segments_of(probe)
    bind_pdu(target, BindType.TRANSCEIVER)
    report = Report(target.host, target.port, ENGINE, found=found)
    binds = Binds(report)
    for bind_type in target.bind_types:
        _examine_bind(target, bind_type, report, binds)
        if binds.is_hopeless:
            break
    binds.conclude()
    if probe is not None and binds.sending is not None:
        _examine_delivery(target, binds.sending, probe, pdus, report)
    return report


def _examine_bind(target: Target, bind_type: BindType, report: Report, binds: Binds) -> None:
    step, begun = "", time.monotonic()
    try:
        with SmpplibSession.bound(target, bind_type) as session:
            binds.accepted(bind_type, "Bound", time.monotonic() - begun)
            step, begun = f"Link as {bind_type}", time.monotonic()
            session.ask("enquire_link", target.patience)
            report.add(step, Outcome.OK, "Answered", seconds=time.monotonic() - begun)
            step, begun = f"Unbind as {bind_type}", time.monotonic()
    except SessionFault as fault:
        took = time.monotonic() - begun
        if step:
            report.add(step, Outcome.WARNING, str(fault), seconds=took)
        elif fault.command_status is None:
            binds.failed(bind_type, str(fault))
        else:
            binds.refused(bind_type, fault.command_status, took)
    else:
        report.add(step, Outcome.OK, "Answered", seconds=time.monotonic() - begun)


def _examine_delivery(
    target: Target, bind_type: BindType, probe: Probe, pdus: list[SubmitSm], report: Report
) -> None:
    expected, seen = Arrivals(), list[DeliverSm]()

    def take(message: TheirPdu) -> bool:
        pdu = _ours(message)
        if dialect.read_receipt(pdu) is None:
            return False
        seen.append(pdu)
        return expected.is_ours(pdu)

    step = "Submit"
    try:
        with SmpplibSession.bound(target, bind_type, take) as session:
            for number, pdu in enumerate(pdus, start=1):
                step, begun = f"Submit segment {number}", time.monotonic()
                message_id = session.submit(pdu, target.patience)
                expected.expect(message_id)
                words = f"Accepted as {message_id or '(no id)'}"
                report.add(step, Outcome.OK, words, seconds=time.monotonic() - begun)
            step = "Receipt"
            _await_receipts(session, seen, expected, len(pdus), probe.receipt_within)
            for receipt in _final(seen, expected):
                report.add(step, Outcome.OK, f"{receipt.raw_state} for {receipt.message_id}")
    except SessionFault as fault:
        report.add(step, Outcome.FAILED, str(fault))


def _await_receipts(
    session: SmpplibSession,
    seen: list[DeliverSm],
    expected: Arrivals,
    count: int,
    within: timedelta,
) -> None:
    """Read until there is a final receipt of each segment.

    Raises:
        SessionFault: there is not within that time, or the session broke off.
    """
    deadline = time.monotonic() + within.total_seconds()
    while len(_final(seen, expected)) < count:
        if time.monotonic() > deadline:
            raise SessionFault(f"not all came within {within.total_seconds():g} s")
        try:
            session.read()
        except TimeoutError:
            continue


def _final(seen: list[DeliverSm], expected: Arrivals) -> list[Receipt]:
    """Return the final receipts of the probe, one a segment."""
    found: dict[str | None, Receipt] = {}
    for pdu in seen:
        receipt = dialect.read_receipt(pdu)
        if receipt is not None and receipt.state.final and expected.is_ours(pdu):
            found[receipt.message_id] = receipt
    return list(found.values())


def _ours(message: TheirPdu) -> DeliverSm:
    """Return what counts of smpplib's `deliver_sm` as ours."""
    tlvs: dict[int, bytes] = {}
    if receipted_message_id := getattr(message, "receipted_message_id", None):
        tlvs[Tag.RECEIPTED_MESSAGE_ID] = bytes(receipted_message_id)
    if (state := getattr(message, "message_state", None)) is not None:
        tlvs[Tag.MESSAGE_STATE] = bytes((int(state),))
    return DeliverSm(
        esm_class=int(getattr(message, "esm_class", 0)),
        short_message=bytes(getattr(message, "short_message", None) or b""),
        tlvs=tlvs,
    )
