"""Examines a remote with smpplib: when it finds the same as our engine, the fault is not ours."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from smsc.doctor import dialect
from smsc.doctor.alphabet_step import Handset, settle, submits_of
from smsc.doctor.arrivals import Arrivals
from smsc.doctor.binds import Binds, bind_pdu
from smsc.doctor.courier import segments_of
from smsc.doctor.pace import Burst
from smsc.doctor.pace_step import text_of
from smsc.doctor.report import Finding, Outcome, Probe, Report, Step, Target
from smsc.doctor.smpplib_session import SessionFault, SmpplibSession, TheirPdu
from smsc.doctor.smpplib_steps import find_idleness, find_rate, find_window
from smsc.doctor.texts import probe_texts
from smsc.smpp.pdu import BindType, DeliverSm, SubmitSm, Tag
from smsc.sms.receipt import Receipt

ENGINE: Final = "smpplib"


def examine_with_smpplib(
    target: Target,
    probe: Probe | None = None,
    *,
    idle: timedelta | None = None,
    handset: Handset | None = None,
    found: Callable[[Finding], None] = lambda _finding: None,
) -> Report:
    """Bind in each way, ask after the link, unbind; then send the probe's texts. Blocks.

    `idle` is how long a session is left alone, to see what the remote does then.

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
    if idle and binds.sending is not None:
        find_idleness(target, binds.sending, idle, report)
    if probe is not None and binds.sending is not None:
        _examine_delivery(target, binds.sending, probe, pdus, report, handset)
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
    target: Target,
    bind_type: BindType,
    probe: Probe,
    pdus: list[SubmitSm],
    report: Report,
    handset: Handset | None,
) -> None:
    errand = _Errand(target, probe, report)
    try:
        with SmpplibSession.bound(target, bind_type, errand.take) as session:
            errand.send(session, "Submit", pdus)
            if Step.ALPHABET in probe.steps:
                errand.find_alphabet(session, handset)
            errand.find_pace(session)
    except SessionFault as fault:
        report.add(errand.step, Outcome.FAILED, str(fault))


class _Errand:
    """The texts of one examination over smpplib, one after the other."""

    def __init__(self, target: Target, probe: Probe, report: Report) -> None:
        self.step = "Submit"  # what is being done, for whoever catches its fault
        self._target = target
        self._probe = probe
        self._report = report
        self._arrivals = Arrivals(secrets.token_hex(2))
        self._left = probe.most_texts or len(segments_of(probe))
        self._receipts: list[DeliverSm] = []
        self._is_described = False
        self._has_given_up = False  # on receipts

    def take(self, message: TheirPdu) -> bool:
        """Take what came, if it is ours."""
        pdu = _ours(message)
        if dialect.read_receipt(pdu) is not None:
            self._receipts.append(pdu)  # it may come before the answer that tells its id
        return self._arrivals.is_ours(pdu)

    def send(self, session: SmpplibSession, step: str, pdus: Sequence[SubmitSm]) -> None:
        """Submit segments, and wait for a final receipt of each.

        Where one did not come once, none is waited for again.

        Raises:
            SessionFault: one was refused, or not answered.
        """
        message_ids = []
        for number, pdu in enumerate(pdus, start=1):
            self.step = step if len(pdus) == 1 else f"{step} segment {number}"
            begun = time.monotonic()
            self._left -= 1
            message_ids.append(session.submit(pdu, self._target.patience))
            self._arrivals.expect(message_ids[-1])
            words = f"Accepted as {message_ids[-1] or '(no id)'}"
            self._report.add(self.step, Outcome.OK, words, seconds=time.monotonic() - begun)
        if not self._has_given_up:
            self.step = "Receipt"
            self._await_receipts(session, message_ids)

    def _await_receipts(self, session: SmpplibSession, message_ids: Sequence[str]) -> None:
        within = self._probe.receipt_within.total_seconds()
        deadline = time.monotonic() + within
        while not set(message_ids) <= self._final().keys():
            if time.monotonic() > deadline:
                self._has_given_up = True
                self._report.add(self.step, Outcome.FAILED, f"not all came within {within:g} s")
                break
            with suppress(TimeoutError):
                session.read()
        final = self._final()
        for message_id in message_ids:
            if message_id not in final:
                continue
            message, receipt = final[message_id]
            if not self._is_described:
                self._is_described = True
                dialect.report_on(message, receipt, message_id, self._report)
            words = f"{receipt.raw_state} for {receipt.message_id}"
            self._report.add(self.step, Outcome.OK, words)

    def find_alphabet(self, session: SmpplibSession, handset: Handset | None) -> None:
        """Send the test texts for which there is room, and look how they arrived.

        Raises:
            SessionFault: as `send`.
        """
        sent = []
        for text in probe_texts(self._arrivals.tag):
            if len(text.segments) <= self._left:
                self.send(session, f"Text {text.name}", submits_of(self._probe, text))
                sent.append(text)
        on_handset = [] if handset is None else asyncio.run(_read(handset))
        settle(sent, self._arrivals, on_handset, self._report, may_ask=handset is None)

    def find_pace(self, session: SmpplibSession) -> None:
        """Find the window and the rate, if that is asked.

        Raises:
            SessionFault: the connection ended meanwhile.
        """
        text, patience = text_of(self._probe), self._target.patience

        def send(count: int, pace: float | None) -> Burst:
            self._left -= count
            return session.burst(text, count, pace, patience)

        if Step.WINDOW in self._probe.steps:
            self.step = "Window"
            is_last = Step.RATE not in self._probe.steps
            find_window(send, self._left if is_last else self._left // 2, self._report)
        if Step.RATE in self._probe.steps:
            self.step = "Rate"
            find_rate(send, self._left, self._report)

    def _final(self) -> dict[str | None, tuple[DeliverSm, Receipt]]:
        """Return the final receipts that are ours, by the id that the response gave."""
        found: dict[str | None, tuple[DeliverSm, Receipt]] = {}
        for message in self._receipts:
            receipt = dialect.read_receipt(message)
            if receipt is not None and receipt.state.final and self._arrivals.is_ours(message):
                found[self._arrivals.submitted_as(receipt)] = (message, receipt)
        return found


async def _read(handset: Handset) -> Sequence[str]:
    return await handset()


def _ours(message: TheirPdu) -> DeliverSm:
    """Return what counts of smpplib's `deliver_sm` as ours."""
    tlvs: dict[int, bytes] = {}
    if receipted_message_id := getattr(message, "receipted_message_id", None):
        tlvs[Tag.RECEIPTED_MESSAGE_ID] = bytes(receipted_message_id)
    if (state := getattr(message, "message_state", None)) is not None:
        tlvs[Tag.MESSAGE_STATE] = bytes((int(state),))
    return DeliverSm(
        esm_class=int(getattr(message, "esm_class", 0)),
        data_coding=int(getattr(message, "data_coding", 0) or 0),
        short_message=bytes(getattr(message, "short_message", None) or b""),
        tlvs=tlvs,
    )
