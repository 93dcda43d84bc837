"""Tells a receipt from an inbound part, and reads either."""

import struct
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.receiving.ports import ports_element
from smsc.messaging.sending.submit import DEFAULT, SubmitRules
from smsc.smpp.pdu import DataSm, DeliverSm, Tag
from smsc.sms import address_rules, receipt, receipt_rules
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part, read_part
from smsc.sms.decoding import is_default_alphabet
from smsc.sms.packing import unpack
from smsc.sms.receipt import Receipt
from smsc.sms.receipt_rules import ReceiptRules


def read_delivery(
    pdu: DeliverSm | DataSm,
    connector_sid: str,
    carrier_sid: str,
    default_alphabet: Alphabet,
    rules: ReceiptRules = receipt_rules.DEFAULT,
    *,
    packed: bool = False,
    addresses: SubmitRules = DEFAULT,
) -> tuple[ReceivedReceipt | ReceivedPart, bytes]:
    """Read a `deliver_sm` or `data_sm` of a connector; return its content, and it raw.

    What comes is addressed the other way about: its source is what we would write to.
    """
    source = addresses.destination.read(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi)
    destination = _read_ours(addresses, pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi)
    body = pdu.message_octets
    tlvs = pdu.tlvs
    if receipt.is_receipt(
        pdu.esm_class,
        has_receipted_message_id=bool(tlvs) and Tag.RECEIPTED_MESSAGE_ID in tlvs,
        has_message_state=bool(tlvs) and Tag.MESSAGE_STATE in tlvs,
        unmarked_body=body if rules.unmarked and not pdu.has_udh and not pdu.sar else None,
    ):
        parsed = _parse_with(tlvs, body) if tlvs else receipt.parse(body)
        raw = body or _written_tlvs(tlvs)
        return (
            ReceivedReceipt.read(
                parsed,
                raw,
                connector_sid=connector_sid,
                carrier_sid=carrier_sid,
                source_addr=source,
                destination_addr=destination,
                rules=rules,
            ),
            raw,
        )
    part = read_part(body, has_udh=pdu.has_udh, sar=pdu.sar)
    if Tag.DESTINATION_PORT in tlvs and not part.udh:
        part = replace(part, udh=ports_element(tlvs))
    return (
        ReceivedPart(
            connector_sid=connector_sid,
            carrier_sid=carrier_sid,
            source_addr=source,
            destination_addr=destination,
            data_coding=pdu.data_coding,
            default_alphabet=default_alphabet,
            part=_unpacked(part) if packed and is_default_alphabet(pdu.data_coding) else part,
            pdu=body,
        ),
        body,
    )


def _parse_with(tlvs: Mapping[int, bytes], body: bytes) -> Receipt:
    state = tlvs.get(Tag.MESSAGE_STATE)
    return receipt.parse(
        body,
        receipted_message_id=tlvs.get(Tag.RECEIPTED_MESSAGE_ID),
        message_state=state[0] if state else None,
        network_error_code=tlvs.get(Tag.NETWORK_ERROR_CODE),
    )


def _read_ours(addresses: SubmitRules, addr: str, ton: int, npi: int) -> str:
    """Read one of our own addresses: they are few, and come often."""
    if addresses.source is address_rules.DEFAULT:
        return _read_by_default(addr, ton, npi)
    return addresses.source.read(addr, ton, npi)


_read_by_default = lru_cache(maxsize=1024)(address_rules.DEFAULT.read)


def _unpacked(part: Part) -> Part:
    return replace(part, payload=unpack(part.payload, header_octets=part.header_octets))


def _written_tlvs(tlvs: Mapping[int, bytes]) -> bytes:
    """Return the TLVs of a receipt that has no text, as the wire has them: they are all it says.

    Source: SMPP 3.4 §3.2.4.1.
    """
    return b"".join(
        struct.pack("!HH", tag, len(tlvs[tag])) + tlvs[tag] for tag in _RECEIPT_TAGS if tag in tlvs
    )


_RECEIPT_TAGS: Final = (Tag.RECEIPTED_MESSAGE_ID, Tag.MESSAGE_STATE, Tag.NETWORK_ERROR_CODE)
