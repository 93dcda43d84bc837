"""Turns claimed segments into the `submit_sm`s of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc.messaging.esmes.submitted_as import protocol_id_of
from smsc.messaging.sending.dispatch import Claim
from smsc.smpp.pdu import EsmClass, SubmitSm, Tag
from smsc.smpp.pdu.operations import Tlvs, write_sar
from smsc.sms import address_rules, segments
from smsc.sms.address import Address, AddressKind, SmppAddress
from smsc.sms.address_rules import AddressRules
from smsc.sms.recoding import recode
from smsc.sms.segments import Segment
from smsc.sms.text_style import parse_style

RECEIPT_ALWAYS: Final = 0x01  # registered_delivery, SMPP 3.4 §5.2.17
_NO_TLVS: Final[Tlvs] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRules:
    """What of a `submit_sm` is the connector's to say; its text is styled at the accept."""

    service_type: str = ""
    source: AddressRules = address_rules.DEFAULT
    destination: AddressRules = address_rules.DEFAULT
    passes_validity: bool = True


DEFAULT: Final = SubmitRules()


def to_submits(
    claims: Sequence[Claim], now: datetime, rules: SubmitRules = DEFAULT
) -> list[SubmitSm]:
    """Return one `submit_sm` a claim, in order; each asks for a receipt.

    A validity period began in our queue: the remote is told what is left of it.

    The concatenation reference of a message comes from its SID: a segment that is sent again, by
    whichever process, still fits its siblings.
    """
    split: dict[str, list[Segment]] = {}
    sources: dict[str, SmppAddress] = {}
    submits = []
    for claim in claims:
        source = sources.get(claim.from_)
        if source is None:  # few senders, many recipients
            source = rules.source.write(address_rules.sender(claim.from_))
            sources[claim.from_] = source
        submits.append(_to_submit(claim, source, _segment(claim, split), now, rules))
    return submits


def _to_submit(
    claim: Claim, source: SmppAddress, segment: Segment, now: datetime, rules: SubmitRules
) -> SubmitSm:
    destination = rules.destination.write(Address(claim.to, AddressKind.E164))
    tlvs = _NO_TLVS
    if segment.sar is not None:
        tlvs = write_sar(*segment.sar)
    if segment.is_payload:
        tlvs = {**tlvs, Tag.MESSAGE_PAYLOAD: segment.user_data}
    return SubmitSm(  # in the order of its fields: twenty names cost more than all the rest of it
        0,  # the session gives it a sequence_number
        0,
        rules.service_type,
        source.ton,
        source.npi,
        source.addr,
        destination.ton,
        destination.npi,
        destination.addr,
        EsmClass.UDH_INDICATOR if segment.has_udh else 0,
        protocol_id_of(claim.submitted_as),
        0,
        "",
        _validity_period(claim, now) if rules.passes_validity else "",
        RECEIPT_ALWAYS,
        0,
        segment.data_coding,
        0,
        b"" if segment.is_payload else segment.user_data,
        tlvs,
    )


def _segment(claim: Claim, split: dict[str, list[Segment]]) -> Segment:
    style = parse_style(claim.text_style)
    if claim.user_data is not None:
        return recode(claim.user_data, claim.data_coding, has_udh=claim.has_udh, style=style)
    parts = split.get(claim.message_sid)
    if parts is None:
        parts = segments.split(claim.body or "", int(claim.message_sid[-4:], 16), style)
        if len(parts) > 1:
            split[claim.message_sid] = parts
    return parts[claim.number - 1]


def _validity_period(claim: Claim, now: datetime) -> str:
    """Return what is left of a message's validity period, relative: hours, minutes, seconds.

    Source: SMPP 3.4 §7.1.1.2.
    """
    if claim.validity_seconds is None:
        return ""
    left = claim.validity_seconds - int((now - claim.queued_at).total_seconds())
    minutes, seconds = divmod(min(max(left, 1), claim.validity_seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"000000{hours:02}{minutes:02}{seconds:02}000R"
