"""Our codec against two that others wrote."""

from dataclasses import replace

import pytest
import smpplib.command
import smpplib.smpp
from aiosmpplib import NPI, TON, PhoneNumber
from aiosmpplib.protocol import BindTransceiver as TheirBind
from aiosmpplib.protocol import BindTransceiverResp as TheirBindResp
from aiosmpplib.protocol import DeliverSm as TheirDeliverSm
from aiosmpplib.protocol import SmppMessage
from aiosmpplib.protocol import SubmitSm as TheirSubmitSm
from aiosmpplib.protocol import SubmitSmResp as TheirSubmitSmResp
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.smpp.pdu import (
    Bind,
    BindResp,
    DeliverSm,
    EnquireLink,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Tlvs,
    Unbind,
    decode,
    encode,
)

address = st.text("0123456789", min_size=3, max_size=15)
word = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=150)
# What all three know of a short message.
COMMON = {
    "sequence_number": st.integers(1, 0x7FFFFFFF),
    "source_addr_ton": st.sampled_from([0, 1, 2, 5]),
    "source_addr_npi": st.sampled_from([0, 1]),
    "source_addr": address,
    "dest_addr_ton": st.sampled_from([0, 1, 2]),
    "dest_addr_npi": st.sampled_from([0, 1]),
    "destination_addr": address,
    "esm_class": st.sampled_from([0, 3, 4, 8]),
    "protocol_id": st.integers(0, 255),
    "priority_flag": st.integers(0, 3),
    "registered_delivery": st.integers(0, 31),
    "short_message": text.map(str.encode),
}
submit_sm = st.builds(SubmitSm, **COMMON)
deliver_sm = st.builds(DeliverSm, **COMMON)


class Sequence:
    """smpplib takes its sequence numbers from a client."""

    sequence = 7

    def next_sequence(self) -> int:
        return self.sequence


def by_smpplib(command: str, **parameters: object) -> bytes:
    pdu = smpplib.smpp.make_pdu(command, client=Sequence(), **parameters)
    octets: bytes = pdu.generate()
    return octets


def read_by_smpplib(frame: bytes) -> smpplib.command.Command:
    return smpplib.smpp.parse_pdu(frame, client=Sequence(), allow_unknown_opt_params=True)


@settings(max_examples=100)
@given(pdu=submit_sm, data_coding=st.sampled_from([0, 3, 8]))
def test_smpplib_encodes_submit_sm_as_we_decode_it(pdu: SubmitSm, data_coding: int) -> None:
    frame = by_smpplib(
        "submit_sm",
        service_type="",
        source_addr_ton=pdu.source_addr_ton,
        source_addr_npi=pdu.source_addr_npi,
        source_addr=pdu.source_addr,
        dest_addr_ton=pdu.dest_addr_ton,
        dest_addr_npi=pdu.dest_addr_npi,
        destination_addr=pdu.destination_addr,
        esm_class=pdu.esm_class,
        protocol_id=pdu.protocol_id,
        priority_flag=pdu.priority_flag,
        registered_delivery=pdu.registered_delivery,
        data_coding=data_coding,
        short_message=pdu.short_message,
        user_message_reference=9,
    )
    read = decode(frame)
    assert isinstance(read, SubmitSm)
    assert read.tlvs == {Tag.USER_MESSAGE_REFERENCE: b"\x00\x09"}
    assert read == replace(pdu, sequence_number=7, data_coding=data_coding, tlvs=read.tlvs)
    assert encode(read) == frame


@settings(max_examples=100)
@given(pdu=deliver_sm, message_id=word)
def test_smpplib_decodes_our_deliver_sm(pdu: DeliverSm, message_id: str) -> None:
    tlvs: Tlvs = {Tag.RECEIPTED_MESSAGE_ID: message_id.encode() + b"\0", Tag.MESSAGE_STATE: b"\x02"}
    read = read_by_smpplib(encode(replace(pdu, tlvs=tlvs)))
    assert read.command == "deliver_sm"
    assert read.sequence == pdu.sequence_number
    assert read.source_addr == pdu.source_addr.encode()
    assert read.destination_addr == pdu.destination_addr.encode()
    assert (read.source_addr_ton, read.esm_class) == (pdu.source_addr_ton, pdu.esm_class)
    assert read.short_message == pdu.short_message
    assert read.receipted_message_id == message_id.encode()
    assert read.message_state == 2


@settings(max_examples=100)
@given(pdu=submit_sm)
def test_aiosmpplib_encodes_submit_sm_to_the_same_octets(pdu: SubmitSm) -> None:
    theirs = TheirSubmitSm(
        sequence_num=pdu.sequence_number,
        short_message=pdu.short_message.decode(),
        source=PhoneNumber(pdu.source_addr, TON(pdu.source_addr_ton), NPI(pdu.source_addr_npi)),
        destination=PhoneNumber(
            pdu.destination_addr, TON(pdu.dest_addr_ton), NPI(pdu.dest_addr_npi)
        ),
        esm_class=pdu.esm_class,
        protocol_id=pdu.protocol_id,
        priority_flag=pdu.priority_flag,
        registered_delivery=pdu.registered_delivery,
        encoding="latin_1",
    )
    assert theirs.pdu() == encode(replace(pdu, data_coding=3))


@settings(max_examples=100)
@given(pdu=deliver_sm)
def test_aiosmpplib_decodes_our_deliver_sm(pdu: DeliverSm) -> None:
    frame = encode(replace(pdu, data_coding=3))
    read = TheirDeliverSm.from_pdu(frame, SmppMessage.parse_header(frame))
    assert isinstance(read, TheirDeliverSm)
    assert read.short_message == pdu.short_message.decode()
    assert (read.source.number, read.destination.number) == (
        pdu.source_addr,
        pdu.destination_addr,
    )
    assert (read.esm_class, read.sequence_num) == (pdu.esm_class, pdu.sequence_number)


@settings(max_examples=50)
@given(system_id=word, password=word, sequence_number=st.integers(1, 0x7FFFFFFF))
def test_aiosmpplib_and_we_write_the_same_bind(
    system_id: str, password: str, sequence_number: int
) -> None:
    theirs = TheirBind(sequence_num=sequence_number, system_id=system_id, password=password)
    ours = Bind(sequence_number, 0, system_id=system_id, password=password)
    assert decode(theirs.pdu()) == ours
    assert encode(ours) == theirs.pdu()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (TheirSubmitSmResp(sequence_num=5, message_id="abc"), SubmitSmResp(5, 0, "abc")),
        (TheirBindResp(sequence_num=5, system_id="box"), BindResp(5, system_id="box")),
    ],
    ids=["submit_sm_resp", "bind_transceiver_resp"],
)
def test_aiosmpplib_and_we_write_the_same_responses(theirs: SmppMessage, ours: Pdu) -> None:
    assert decode(theirs.pdu()) == ours
    assert encode(ours) == theirs.pdu()


@pytest.mark.parametrize(
    ("command", "ours"),
    [("enquire_link", EnquireLink(7)), ("unbind", Unbind(7))],
    ids=["enquire_link", "unbind"],
)
def test_smpplib_and_we_write_the_same_bodiless_pdus(command: str, ours: Pdu) -> None:
    assert by_smpplib(command) == encode(ours)
