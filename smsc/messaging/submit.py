"""Turns claimed segments into the `submit_sm`s of them."""

from collections.abc import Sequence
from typing import Final

from smsc.messaging.dispatch import Claim
from smsc.smpp.pdu import EsmClass, SubmitSm
from smsc.sms import segments
from smsc.sms.address import Address, AddressKind, parse_sender, to_smpp

RECEIPT_ALWAYS: Final = 0x01  # registered_delivery, SMPP 3.4 §5.2.17


def to_submits(claims: Sequence[Claim]) -> list[SubmitSm]:
    """Return one `submit_sm` a claim, in order; each asks for a receipt.

    The concatenation reference of a message comes from its SID: a segment that is sent again, by
    whichever process, still fits its siblings.
    """
    split: dict[str, list[segments.Segment]] = {}
    return [_to_submit(claim, split) for claim in claims]


def _to_submit(claim: Claim, split: dict[str, list[segments.Segment]]) -> SubmitSm:
    if claim.user_data is not None:
        data_coding, user_data, has_udh = claim.data_coding, claim.user_data, claim.has_udh
    else:
        parts = split.get(claim.message_sid)
        if parts is None:
            parts = segments.split(claim.body, reference=int(claim.message_sid[-2:], 16))
            if claim.num_segments > 1:
                split[claim.message_sid] = parts
        segment = parts[claim.number - 1]
        data_coding, user_data, has_udh = segment.data_coding, segment.user_data, segment.has_udh
    source = to_smpp(parse_sender(claim.from_))
    destination = to_smpp(Address(claim.to, AddressKind.E164))
    return SubmitSm(
        source_addr=source.addr,
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        destination_addr=destination.addr,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        esm_class=EsmClass.UDH_INDICATOR if has_udh else 0,
        registered_delivery=RECEIPT_ALWAYS,
        data_coding=data_coding,
        short_message=user_data,
    )
