"""Reads a customer's `submit_sm` as a draft."""

from typing import Final

from smsc.messaging.directory import AccountFacts
from smsc.messaging.outbound import Draft
from smsc.messaging.submitted_as import SubmittedAs
from smsc.smpp.pdu import DataSm, SubmitSm
from smsc.sms.address import SmppAddress, from_smpp
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import read_part
from smsc.sms.decoding import decode_text
from smsc.sms.segments import DataCoding
from smsc.sms.udh import concatenation_header

# Of registered_delivery: which final receipts, and whether intermediate ones. The rest asks for
# acknowledgements by the recipient, which an SMS has not. Source: SMPP 3.4 §5.2.17.
RECEIPT_BITS: Final = 0x13
# What we take apart into text and encode anew, so that it goes out as the connector likes it.
_TEXT: Final = frozenset({DataCoding.GSM7, DataCoding.LATIN1, DataCoding.UCS2, 1})


def read_submit(pdu: SubmitSm | DataSm, account: AccountFacts, credential_sid: str) -> Draft:
    """Return the draft of a submitted message.

    Text is decoded, and later split by us. A segment with a header of its own, and what is no text,
    goes on as it is: the ESME has done the splitting. If it numbered its segments by sar_* TLVs,
    which not every remote reads, they get the header that says the same.
    """
    octets = pdu.message_octets
    has_udh = pdu.has_udh
    part = read_part(octets, has_udh=has_udh, sar=pdu.sar)
    body = decode_text(part.payload, pdu.data_coding, Alphabet.GSM7)
    if part.total > 1 and not has_udh:
        octets = concatenation_header(part.reference, part.total, part.number) + octets
        has_udh = True
    source = SmppAddress(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi)
    destination = SmppAddress(pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi)
    from_, to = from_smpp(*source), from_smpp(*destination)
    as_it_is = has_udh or pdu.data_coding not in _TEXT
    return Draft(
        account=account,
        to=to,
        from_=from_,
        body=body,
        smpp_credential_sid=credential_sid,
        registered_delivery=pdu.registered_delivery & RECEIPT_BITS,
        user_data=octets if as_it_is else None,
        data_coding=pdu.data_coding if as_it_is else None,
        has_udh=has_udh,
        submitted_as=SubmittedAs(source, destination, pdu.service_type).stored(from_, to),
    )
