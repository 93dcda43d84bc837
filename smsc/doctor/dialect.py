"""In which dialect a remote writes its receipts, and how it spells ids; pure."""

from typing import Final

from smsc.doctor.report import Outcome, Report
from smsc.smpp.pdu import DataSm, DeliverSm, Tag
from smsc.sms.receipt import Receipt, is_receipt, parse

Message = DeliverSm | DataSm

_FORMATS: Final = {10: "yyMMddHHmm", 12: "yyMMddHHmmss", 14: "yyyyMMddHHmmss"}


def read_receipt(message: Message) -> Receipt | None:
    """Read a receipt, marked or not; None when it is none."""
    octets = message.message_octets
    receipted_message_id = message.tlvs.get(Tag.RECEIPTED_MESSAGE_ID)
    state = message.tlvs.get(Tag.MESSAGE_STATE)
    if not is_receipt(
        message.esm_class,
        has_receipted_message_id=receipted_message_id is not None,
        has_message_state=state is not None,
        unmarked_body=octets,
    ):
        return None
    return parse(
        octets,
        receipted_message_id=receipted_message_id,
        message_state=state[0] if state else None,
        network_error_code=message.tlvs.get(Tag.NETWORK_ERROR_CODE),
    )


def is_unmarked(message: Message) -> bool:
    """Say whether nothing but its text makes it a receipt."""
    return not is_receipt(
        message.esm_class,
        has_receipted_message_id=Tag.RECEIPTED_MESSAGE_ID in message.tlvs,
        has_message_state=Tag.MESSAGE_STATE in message.tlvs,
    )


def spelling(submitted: str, receipted: str) -> str:
    """Say how a receipt spells the id that a `submit_sm_resp` gave."""
    if submitted == receipted:
        return "as the response did"
    if submitted.casefold().lstrip("0") == receipted.casefold().lstrip("0"):
        return "as the response did, but for case or leading zeros"
    if _number(submitted, 16) == _number(receipted, 10) is not None:
        return "in decimal, where the response was hexadecimal"
    if _number(submitted, 10) == _number(receipted, 16) is not None:
        return "in hexadecimal, where the response was decimal"
    return "in a way of its own"


def describe(message: Message, receipt: Receipt) -> str:
    """Say in words how a receipt looks."""
    octets = message.message_octets
    words = [
        f"esm_class 0x{message.esm_class:02X}" + (", unmarked" if is_unmarked(message) else ""),
        f"in {'data_sm' if isinstance(message, DataSm) else 'deliver_sm'}",
    ]
    if Tag.MESSAGE_PAYLOAD in message.tlvs and octets:
        words.append("text in message_payload")
    tlvs = [
        tag.name.lower()
        for tag in (Tag.RECEIPTED_MESSAGE_ID, Tag.MESSAGE_STATE, Tag.NETWORK_ERROR_CODE)
        if tag in message.tlvs
    ]
    words.append(f"TLVs {', '.join(tlvs)}" if tlvs else "no TLVs")
    if not receipt.text_message_id:
        words.append("no id in its text")
    if receipt.done_date is not None:
        digits = len(receipt.done_date)
        words.append(f"dates of {digits} digits ({_FORMATS.get(digits, 'unknown to us')})")
    if receipt.error_code is not None:
        words.append(f"err like {receipt.error_code}")
    return "; ".join(words)


def report_on(message: Message, receipt: Receipt, submitted: str | None, report: Report) -> None:
    """Report the dialect of the first receipt."""
    report.add("Receipt dialect", Outcome.OK, describe(message, receipt))
    if is_unmarked(message):
        report.suggest(
            "unmarked_receipts", value=True, why="its receipts lack the bits of esm_class"
        )
    ids = {receipt.message_id, receipt.text_message_id} - {None}
    if submitted and ids:
        spellings = {spelling(submitted, one) for one in ids if one is not None}
        words = f"The receipt spells the id {' and '.join(sorted(spellings))}; we match all of them"
        report.add("Receipt ids", Outcome.OK, words)


def _number(text: str, base: int) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None
