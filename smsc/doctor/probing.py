"""Sends a probe text over our own engine and waits for its receipts."""

import asyncio

from smsc.doctor import advice
from smsc.doctor.dialogue import Dialogue, Message, NoAnswer
from smsc.doctor.report import Outcome, Probe, Report, Target
from smsc.errors import BodyTooLong
from smsc.smpp.pdu import CommandStatus, EsmClass, SubmitSm, SubmitSmResp, Tag
from smsc.sms.address import parse_destination, parse_sender, to_smpp
from smsc.sms.correlation import stored_key
from smsc.sms.receipt import Receipt, is_receipt, parse
from smsc.sms.segments import MAX_BODY_CHARACTERS, split
from smsc.sms.status import MessageState

_ALL_RECEIPTS = 0x01  # registered_delivery, SMPP 3.4 §5.2.17


class ProbeReceipts:
    """Tells the probe's receipts from what comes for others."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def expect(self, message_id: str) -> None:
        """Wait for this segment's."""
        self._keys.add(stored_key(message_id))

    def is_ours(self, message: Message) -> bool:
        """Say whether it is a receipt of a segment that we expect."""
        receipt = read_receipt(message)
        return receipt is not None and not self._keys.isdisjoint(receipt.candidate_keys())


def read_receipt(message: Message) -> Receipt | None:
    """Read a receipt; None when it is none."""
    receipted_message_id = message.tlvs.get(Tag.RECEIPTED_MESSAGE_ID)
    state = message.tlvs.get(Tag.MESSAGE_STATE)
    if not is_receipt(
        message.esm_class,
        has_receipted_message_id=receipted_message_id is not None,
        has_message_state=state is not None,
    ):
        return None
    return parse(
        message.message_octets,
        receipted_message_id=receipted_message_id,
        message_state=state[0] if state else None,
    )


def segments_of(probe: Probe) -> list[SubmitSm]:
    """Return the `submit_sm`s of a probe.

    Raises:
        InvalidSender, InvalidDestination: an address can't be.
        BodyTooLong: the text is longer than a message may be.
    """
    if len(probe.text) > MAX_BODY_CHARACTERS:
        raise BodyTooLong
    source = to_smpp(parse_sender(probe.source))
    destination = to_smpp(parse_destination(probe.destination))
    return [
        SubmitSm(
            source_addr=source.addr,
            source_addr_ton=source.ton,
            source_addr_npi=source.npi,
            destination_addr=destination.addr,
            dest_addr_ton=destination.ton,
            dest_addr_npi=destination.npi,
            esm_class=EsmClass.UDH_INDICATOR if segment.has_udh else 0,
            registered_delivery=_ALL_RECEIPTS,
            data_coding=segment.data_coding,
            short_message=segment.user_data,
        )
        for segment in split(probe.text, reference=1)
    ]


async def send_probe(
    dialogue: Dialogue, receipts: ProbeReceipts, target: Target, probe: Probe, report: Report
) -> None:
    """Submit the probe on a bound session; wait for a final receipt of each segment."""
    dialogue.hold()  # a receipt may come before the answer that tells its id
    message_ids = await _submit(dialogue, target, probe, report)
    for message_id in message_ids:
        receipts.expect(message_id)
    dialogue.release()
    if message_ids:
        await _await_receipts(dialogue, probe, len(message_ids), report)


async def _submit(dialogue: Dialogue, target: Target, probe: Probe, report: Report) -> list[str]:
    """Submit the segments until one is refused; return the ids of those accepted."""
    message_ids: list[str] = []
    for number, pdu in enumerate(segments_of(probe), start=1):
        step = f"Submit segment {number}"
        try:
            answer, took = await dialogue.ask(pdu, target.patience)
        except NoAnswer as why:
            report.add(step, Outcome.FAILED, f"No answer: {why}")
            break
        if answer.command_status != CommandStatus.ESME_ROK:
            words = advice.for_status(answer.command_status)
            report.add(step, Outcome.FAILED, words, seconds=took)
            break
        message_id = answer.message_id if isinstance(answer, SubmitSmResp) else ""
        message_ids.append(message_id)
        report.add(step, Outcome.OK, f"Accepted as {message_id or '(no id)'}", seconds=took)
    return message_ids


async def _await_receipts(dialogue: Dialogue, probe: Probe, expected: int, report: Report) -> None:
    begun = asyncio.get_running_loop().time()
    final = 0
    try:
        async with asyncio.timeout(probe.receipt_within.total_seconds()):
            while final < expected:
                receipt = read_receipt(await dialogue.ours.get())
                if receipt is None:
                    continue
                final += receipt.state.final
                is_bad = receipt.state.final and receipt.state is not MessageState.DELIVERED
                report.add(
                    "Receipt",
                    Outcome.WARNING if is_bad else Outcome.OK,
                    f"{receipt.raw_state} for {receipt.message_id}, err {receipt.error_code}",
                    seconds=asyncio.get_running_loop().time() - begun,
                )
    except TimeoutError:
        report.add(
            "Receipt",
            Outcome.FAILED,
            f"None for {expected - final} of {expected} segments within "
            f"{probe.receipt_within.total_seconds():g} s: does this bind receive, and does the "
            "remote send receipts to it?",
        )
