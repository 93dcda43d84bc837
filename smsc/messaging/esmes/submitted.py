"""Reads a customer's `submit_sm`, `data_sm` or `submit_multi` as drafts."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Final

from smsc.errors import InvalidSender
from smsc.messaging.accept.drafts import LONGEST_VALIDITY, Draft
from smsc.messaging.directory import AccountFacts
from smsc.messaging.esmes.esme_credentials import EsmeCredential
from smsc.messaging.esmes.submit_times import Unacceptable, read_send_at, read_validity
from smsc.messaging.esmes.submitted_as import SubmittedAs
from smsc.messaging.receiving.ports import ports_element
from smsc.models import Lane
from smsc.smpp.pdu import (
    MOST_DESTINATIONS,
    CommandStatus,
    DataSm,
    DistributionList,
    SmeAddress,
    SubmitMulti,
    SubmitSm,
    Tag,
)
from smsc.sms.address import Npi, SmppAddress, Ton, from_smpp, parse_sender
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part, read_part
from smsc.sms.inbound_text import Piece, read_pieces
from smsc.sms.segments import DataCoding
from smsc.sms.udh import concatenation_header

# Of registered_delivery: which final receipts, and whether intermediate ones. The rest asks for
# acknowledgements by the recipient, which an SMS has not. Source: SMPP 3.4 §5.2.17.
RECEIPT_BITS: Final = 0x13
# What we take apart into text and encode anew, so that it goes out as the connector likes it; and
# the same of class 0, which is flash.
_TEXT: Final = frozenset({DataCoding.GSM7, DataCoding.LATIN1, DataCoding.UCS2, 1})
_FLASH: Final = frozenset({DataCoding.GSM7_FLASH, DataCoding.UCS2_FLASH, 0xF0})
# Of priority_flag: 0 says nothing; the rest are ANSI-136's normal, urgent and very urgent.
_LANES: Final = {1: Lane.NORMAL, 2: Lane.OTP, 3: Lane.ALERT}


def read_submit(
    pdu: SubmitSm | DataSm, account: AccountFacts, credential: EsmeCredential, now: datetime
) -> Draft:
    """Return the draft of a submitted message.

    Text is decoded, and later split by us; a message of class 0 stays one. A segment with a header
    of its own, what is no text, and text of another class, which we would lose, goes on as it is:
    the ESME has done the splitting. Segments that it numbered by sar_* TLVs, and data that it
    addressed to a port by TLVs, get the header that says the same: not every remote reads those.

    Raises:
        Unacceptable: a field is malformed, asks for what we don't do, or for what the credential
            may not.
    """
    octets = pdu.message_octets
    if isinstance(pdu, SubmitSm):
        _check_fields(pdu, octets)
    has_udh = pdu.has_udh
    part = read_part(octets, has_udh=has_udh, sar=pdu.sar)
    piece = Piece(part.payload, pdu.data_coding, part.udh)
    if not has_udh and (elements := _elements(pdu, part)):
        octets = bytes([len(elements)]) + elements + octets
        has_udh = True
    source = SmppAddress(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi)
    destination = SmppAddress(pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi)
    from_, to = from_smpp(*source), from_smpp(*destination)
    _check_sender(from_, credential)
    is_flash = pdu.data_coding in _FLASH
    as_it_is = has_udh or not (is_flash or pdu.data_coding in _TEXT)
    send_at = read_send_at(pdu.schedule_delivery_time, now) if isinstance(pdu, SubmitSm) else None
    if send_at is not None and (as_it_is or is_flash):
        why = "only a text that we split can wait for its time"
        raise Unacceptable(CommandStatus.ESME_RINVSCHED, why)
    return Draft(
        account=account,
        send_at=send_at,
        to=to,
        from_=from_,
        body=read_pieces([piece], Alphabet.GSM7).body,
        lane=_lane(pdu, credential),
        smpp_credential_sid=credential.sid,
        registered_delivery=pdu.registered_delivery & RECEIPT_BITS,
        user_data=octets if as_it_is else None,
        data_coding=pdu.data_coding if as_it_is else None,
        has_udh=has_udh,
        flash=is_flash and not as_it_is,
        submitted_as=_submitted_as(pdu, source, destination, from_, to),
        validity=_validity(pdu, now, send_at),
    )


def _elements(pdu: SubmitSm | DataSm, part: Part) -> bytes:
    """Return the header elements that a message's TLVs stand for."""
    elements = ports_element(pdu.tlvs)
    if part.total > 1:
        elements = concatenation_header(part.reference, part.total, part.number)[1:] + elements
    return elements


def read_multi(pdu: SubmitMulti) -> list[SubmitSm]:
    """Return what a `submit_multi` stands for: one `submit_sm` a destination, in order.

    Raises:
        Unacceptable: it has no destination, or too many, or a list, of which we keep none; or it
            is to replace what is present.
    """
    if not 1 <= len(pdu.destinations) <= MOST_DESTINATIONS:
        raise Unacceptable(CommandStatus.ESME_RINVNUMDESTS, f"{len(pdu.destinations)} destinations")
    if pdu.replace_if_present_flag:
        why = "a submit_multi replaces nothing: its messages are several"
        raise Unacceptable(CommandStatus.ESME_RINVREPFLAG, why)
    addresses: list[SmeAddress] = []
    for destination in pdu.destinations:
        if isinstance(destination, DistributionList):
            raise Unacceptable(CommandStatus.ESME_RINVDLNAME, "we keep no distribution lists")
        addresses.append(destination)
    common = SubmitSm(**{name: getattr(pdu, name) for name in _COMMON})
    return [
        replace(
            common,
            dest_addr_ton=address.ton,
            dest_addr_npi=address.npi,
            destination_addr=address.addr,
        )
        for address in addresses
    ]


def _check_fields(pdu: SubmitSm, octets: bytes) -> None:
    if pdu.priority_flag > max(_LANES):
        raise Unacceptable(CommandStatus.ESME_RINVPRTFLG, f"priority_flag {pdu.priority_flag}")
    if pdu.replace_if_present_flag > 1:
        why = f"replace_if_present_flag {pdu.replace_if_present_flag}"
        raise Unacceptable(CommandStatus.ESME_RINVREPFLAG, why)
    if pdu.sm_default_msg_id and not octets:
        raise Unacceptable(CommandStatus.ESME_RINVDFTMSGID, "we keep no predefined messages")


def _submitted_as(
    pdu: SubmitSm | DataSm, source: SmppAddress, destination: SmppAddress, from_: str, to: str
) -> str | None:
    """Return what is kept of how it was written; the commonest way is told apart cheaply."""
    protocol_id = pdu.protocol_id if isinstance(pdu, SubmitSm) else 0  # a data_sm has none
    if (
        source == (from_[1:], Ton.INTERNATIONAL, Npi.ISDN)
        and destination == (to[1:], Ton.INTERNATIONAL, Npi.ISDN)
        and not (pdu.service_type or pdu.data_coding or protocol_id)
    ):
        return None
    written = SubmittedAs(
        source, destination, pdu.service_type, pdu.data_coding, protocol_id=protocol_id
    )
    return written.stored(from_, to)


def _check_sender(from_: str, credential: EsmeCredential) -> None:
    if not credential.senders or not from_:  # without one, the accept says what is missing
        return
    try:
        sender = parse_sender(from_).value
    except InvalidSender:
        sender = from_
    if sender not in credential.senders:
        raise Unacceptable(
            CommandStatus.ESME_RINVSRCADR, "the sender is not among its allowed_senders"
        )


def _validity(pdu: SubmitSm | DataSm, now: datetime, send_at: datetime | None) -> timedelta | None:
    """Return a message's validity period; that of a `data_sm` is qos_time_to_live, in seconds.

    Source: SMPP 3.4 §5.3.2.9.
    """
    if isinstance(pdu, SubmitSm):
        return read_validity(pdu.validity_period, now, send_at)
    lifetime = pdu.tlvs.get(Tag.QOS_TIME_TO_LIVE)
    if lifetime is None:
        return None
    if len(lifetime) != 4 or not any(lifetime):
        raise Unacceptable(CommandStatus.ESME_RINVOPTPARAMVAL, "qos_time_to_live is no lifetime")
    return min(timedelta(seconds=int.from_bytes(lifetime)), LONGEST_VALIDITY)


def _lane(pdu: SubmitSm | DataSm, credential: EsmeCredential) -> Lane:
    """Return the lane: the credential's, or a less urgent one that the message asks for."""
    asked = _LANES.get(pdu.priority_flag) if isinstance(pdu, SubmitSm) else None
    return credential.lane if asked is None else max(asked, credential.lane)


_COMMON: Final[Sequence[str]] = sorted(
    {one.name for one in fields(SubmitSm)} & {one.name for one in fields(SubmitMulti)}
)
