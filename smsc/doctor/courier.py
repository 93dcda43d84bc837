"""Carries the texts of an examination: within what may be sent, with what comes back for them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from smsc.doctor import advice, dialect
from smsc.doctor.arrivals import Arrivals
from smsc.doctor.dialogue import Dialogue, NoAnswer
from smsc.doctor.pace import Burst
from smsc.doctor.report import Outcome, Probe, Report, Target
from smsc.errors import BodyTooLong
from smsc.smpp.pdu import CommandStatus, EsmClass, SubmitSm, SubmitSmResp
from smsc.sms.address import parse_destination, parse_sender, to_smpp
from smsc.sms.segments import MAX_BODY_CHARACTERS, split
from smsc.sms.status import MessageState

_ALL_RECEIPTS = 0x01  # registered_delivery, SMPP 3.4 §5.2.17


@dataclass(frozen=True, slots=True)
class Answer:
    """How the remote answered a segment; `command_status` None: not at all."""

    command_status: int | None
    message_id: str
    words: str
    seconds: float | None

    @property
    def accepted(self) -> bool:
        """Whether it was taken."""
        return self.command_status == CommandStatus.ESME_ROK


def submit_of(
    probe: Probe, data_coding: int, user_data: bytes, *, has_udh: bool, receipt: bool = True
) -> SubmitSm:
    """Return the `submit_sm` of octets for the probe's destination.

    Raises:
        InvalidSender, InvalidDestination: an address can't be.
    """
    source = to_smpp(parse_sender(probe.source))
    destination = to_smpp(parse_destination(probe.destination))
    return SubmitSm(
        source_addr=source.addr,
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        destination_addr=destination.addr,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        esm_class=EsmClass.UDH_INDICATOR if has_udh else 0,
        registered_delivery=_ALL_RECEIPTS if receipt else 0,
        data_coding=data_coding,
        short_message=user_data,
    )


def segments_of(probe: Probe) -> list[SubmitSm]:
    """Return the `submit_sm`s of a probe's own text.

    Raises:
        InvalidSender, InvalidDestination: an address can't be.
        BodyTooLong: the text is longer than a message may be.
    """
    if len(probe.text) > MAX_BODY_CHARACTERS:
        raise BodyTooLong
    return [
        submit_of(probe, segment.data_coding, segment.user_data, has_udh=segment.has_udh)
        for segment in split(probe.text, reference=1)
    ]


class Courier:
    """Submits on one bound session; never more than the probe allows.

    Without a `receiver`, a session of its own, what comes back comes by the same one.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        receiver: Dialogue | None,
        arrivals: Arrivals,
        target: Target,
        probe: Probe,
        report: Report,
    ) -> None:
        own = len(segments_of(probe))
        self.left = own if probe.most_texts is None else max(probe.most_texts, own)
        self.probe = probe
        self.report = report
        self.arrivals = arrivals
        self._dialogue = dialogue
        self._receiving = receiver or dialogue
        self._target = target
        self._is_described = False
        self._has_given_up = False  # on receipts

    async def submit(self, pdu: SubmitSm) -> Answer:
        """Submit one segment and await the answer; the messages meanwhile are held back."""
        self.left -= 1
        try:
            answer, took = await self._dialogue.ask(pdu, self._target.patience)
        except NoAnswer as why:
            return Answer(None, "", f"No answer: {why}", None)
        if answer.command_status != CommandStatus.ESME_ROK:
            words = advice.for_status(answer.command_status)
            return Answer(answer.command_status, "", words, took)
        message_id = answer.message_id if isinstance(answer, SubmitSmResp) else ""
        if pdu.registered_delivery:
            self.arrivals.expect(message_id)
        return Answer(0, message_id, f"Accepted as {message_id or '(no id)'}", took)

    async def send(self, step: str, pdus: Sequence[SubmitSm]) -> int:
        """Submit one after the other until one is refused; say how many were accepted."""
        self._receiving.hold()  # a receipt may come before the answer that tells its id
        try:
            for number, pdu in enumerate(pdus, start=1):
                answer = await self.submit(pdu)
                name = step if len(pdus) == 1 else f"{step} segment {number}"
                outcome = Outcome.OK if answer.accepted else Outcome.FAILED
                self.report.add(name, outcome, answer.words, seconds=answer.seconds)
                if not answer.accepted:
                    return number - 1
            return len(pdus)
        finally:
            self._receiving.release()

    async def burst(self, pdu: SubmitSm, count: int, pace: float | None = None) -> Burst:
        """Submit a segment `count` times at once, or `pace` a second."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answers: list[asyncio.Task[Answer]] = []
        for number in range(count):
            if pace is not None:
                await asyncio.sleep(begun + number / pace - loop.time())
            answers.append(asyncio.create_task(self.submit(pdu)))
        statuses = [answer.command_status for answer in await asyncio.gather(*answers)]
        return Burst.of(count, statuses, loop.time() - begun)

    async def await_receipts(self, expected: int) -> None:
        """Wait for a final receipt of each of the last segments; report what comes.

        Where none came once, none is waited for again.
        """
        if self._has_given_up:
            return
        loop = asyncio.get_running_loop()
        begun, final = loop.time(), 0
        within = self.probe.receipt_within.total_seconds()
        try:
            async with asyncio.timeout(within):
                while final < expected:
                    message = await self._receiving.ours.get()
                    receipt = dialect.read_receipt(message)
                    if receipt is None:
                        continue
                    if not self._is_described:
                        self._is_described = True
                        submitted = self.arrivals.submitted_as(receipt)
                        dialect.report_on(message, receipt, submitted, self.report)
                    final += receipt.state.final
                    is_bad = receipt.state.final and receipt.state is not MessageState.DELIVERED
                    self.report.add(
                        "Receipt",
                        Outcome.WARNING if is_bad else Outcome.OK,
                        f"{receipt.raw_state} for {receipt.message_id}, err {receipt.error_code}",
                        seconds=loop.time() - begun,
                    )
        except TimeoutError:
            self._has_given_up = True
            self.report.add(
                "Receipt",
                Outcome.FAILED,
                f"None for {expected - final} of {expected} segments within {within:g} s: does "
                "this bind receive, and does the remote send receipts to it?",
            )
