import struct
from contextlib import suppress
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.smpp.pdu import (
    Bind,
    BindResp,
    BindType,
    CommandId,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    MalformedPdu,
    Outbind,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unbind,
    UnbindResp,
    Unknown,
    decode,
    encode,
    status_name,
)

octet = st.integers(0, 255)
word = st.integers(0, 0xFFFFFFFF)
c_octet_string = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=40)
tlvs = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=40), max_size=4)
BY_FIELD: dict[str, st.SearchStrategy[object]] = {
    "sequence_number": word,
    "command_status": word,
    "short_message": st.binary(max_size=255),
    "tlvs": tlvs,
    "bind_type": st.sampled_from(BindType),
    "body": st.binary(max_size=60),
    "command_id": st.integers(0x200, 0x7FFFFFFF),
}
SHAPES: list[type[Pdu]] = [
    SubmitSm,
    DeliverSm,
    DataSm,
    SubmitSmResp,
    DeliverSmResp,
    DataSmResp,
    Bind,
    BindResp,
    Outbind,
    Unbind,
    UnbindResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Unknown,
]


def any_of(shape: type[Pdu]) -> st.SearchStrategy[Pdu]:
    by_type: dict[object, st.SearchStrategy[object]] = {str: c_octet_string, int: octet}
    known = {
        field.name: BY_FIELD[field.name] if field.name in BY_FIELD else by_type[field.type]
        for field in fields(shape)
    }
    return st.builds(shape, **known)


def frame_of(command_id: int, body: bytes, status: int = 0, sequence_number: int = 7) -> bytes:
    return struct.pack(">4I", 16 + len(body), command_id, status, sequence_number) + body


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_encoded_is_decoded_the_same(shape: type[Pdu], data: st.DataObject) -> None:
    pdu = data.draw(any_of(shape))
    assert decode(encode(pdu)) == pdu


@settings(max_examples=300)
@given(body=st.binary(max_size=120), command_id=st.sampled_from(CommandId), status=word)
def test_no_body_raises_anything_but_malformed(body: bytes, command_id: int, status: int) -> None:
    with suppress(MalformedPdu):
        assert decode(frame_of(command_id, body, status)).sequence_number == 7


@settings(max_examples=200)
@given(frame=st.binary(max_size=80))
def test_no_octets_raise_anything_but_malformed(frame: bytes) -> None:
    with suppress(MalformedPdu):
        assert isinstance(decode(frame), Pdu)


@pytest.mark.parametrize(
    "pdu",
    [
        SubmitSm(source_addr="855", destination_addr="123", short_message=b"hello"),
        DeliverSm(short_message=b"hello"),
        DataSm(source_addr="855", destination_addr="123"),
        Bind(system_id="a", password="b"),
        Outbind(system_id="a", password="b"),
    ],
    ids=lambda pdu: type(pdu).__name__,
)
def test_every_truncation_of_a_request_is_malformed(
    pdu: SubmitSm | DeliverSm | DataSm | Bind | Outbind,
) -> None:
    body = encode(pdu)[16:]
    for octets in range(len(body)):
        with pytest.raises(MalformedPdu):
            decode(frame_of(pdu.command_id, body[:octets]))


def test_submit_sm_is_laid_out_as_the_specification_says() -> None:
    pdu = SubmitSm(
        sequence_number=5,
        service_type="CMT",
        source_addr_ton=5,
        source_addr="Red",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="85512",
        esm_class=0x40,
        protocol_id=2,
        priority_flag=3,
        validity_period="0000",
        registered_delivery=1,
        data_coding=8,
        short_message=b"\x04\x16",
        tlvs={Tag.USER_MESSAGE_REFERENCE: b"\x00\x09"},
    )
    assert encode(pdu) == (
        b"\x00\x00\x00\x38\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05"
        b"CMT\x00\x05\x00Red\x00\x01\x01"
        b"85512\x00\x40\x02\x03\x00"
        b"0000\x00\x01\x00\x08\x00\x02\x04\x16"
        b"\x02\x04\x00\x02\x00\x09"
    )


def test_a_sequence_number_given_to_encode_stands_in_for_the_pdus_own() -> None:
    assert decode(encode(EnquireLink(1), 9)) == EnquireLink(9)


def test_a_memoryview_is_decoded_like_bytes() -> None:
    assert decode(memoryview(encode(SubmitSm(short_message=b"hi")))) == SubmitSm(
        short_message=b"hi"
    )


def test_the_first_of_two_equal_tags_counts() -> None:
    twice = b"\x00\x1e\x00\x01a\x00\x1e\x00\x01b"
    pdu = decode(frame_of(CommandId.DELIVER_SM, encode(DeliverSm())[16:] + twice))
    assert isinstance(pdu, DeliverSm)
    assert pdu.tlvs == {Tag.RECEIPTED_MESSAGE_ID: b"a"}


def test_tlvs_keep_their_order_and_unknown_ones_stay() -> None:
    pdu = decode(encode(DeliverSm(tlvs={0x1501: b"vendor", 0x1400: b"", 0x0427: b"\x02"})))
    assert isinstance(pdu, DeliverSm)
    assert list(pdu.tlvs.items()) == [(0x1501, b"vendor"), (0x1400, b""), (0x0427, b"\x02")]


@pytest.mark.parametrize("shape", [SubmitSm, DeliverSm, DataSm])
def test_the_message_is_found_in_message_payload(
    shape: type[SubmitSm] | type[DeliverSm] | type[DataSm],
) -> None:
    assert shape(tlvs={Tag.MESSAGE_PAYLOAD: b"long"}).message_octets == b"long"


def test_short_message_goes_before_message_payload() -> None:
    assert DeliverSm(short_message=b"a", tlvs={Tag.MESSAGE_PAYLOAD: b"b"}).message_octets == b"a"


@pytest.mark.parametrize(
    ("frame", "pdu"),
    [
        (frame_of(CommandId.SUBMIT_SM_RESP, b"", 0x58), SubmitSmResp(7, 0x58)),
        (frame_of(CommandId.SUBMIT_SM_RESP, b""), SubmitSmResp(7)),
        (frame_of(CommandId.SUBMIT_SM_RESP, b"abc"), SubmitSmResp(7, 0, "abc")),
        (frame_of(CommandId.SUBMIT_SM_RESP, b"abc\x00\x00\x1e\xff\xff"), SubmitSmResp(7, 0, "abc")),
        (frame_of(CommandId.DELIVER_SM_RESP, b"abc\x00"), DeliverSmResp(7, 0, "abc")),
        (frame_of(CommandId.BIND_TRANSCEIVER_RESP, b"", 0x0E), BindResp(7, 0x0E)),
        (frame_of(CommandId.ENQUIRE_LINK, b"\x00extra"), EnquireLink(7)),
        (frame_of(CommandId.SUBMIT_SM_RESP, b"\x00", 0x0410), SubmitSmResp(7, 0x0410)),
        (frame_of(0x00010200, b"x"), Unknown(7, 0, 0x00010200, b"x")),
    ],
    ids=[
        "error without a body",
        "success without a message_id",
        "message_id without its NUL",
        "a TLV that lies behind a sound message_id",
        "message_id in a deliver_sm_resp",
        "refused bind without a body",
        "a body where none belongs",
        "a vendor's status",
        "a vendor's operation",
    ],
)
def test_a_peers_slip_does_no_harm(frame: bytes, pdu: Pdu) -> None:
    assert decode(frame) == pdu


def test_strings_over_the_specifications_length_are_read() -> None:
    long = Bind(system_id="s" * 40, password="p" * 64, system_type="t" * 30)
    assert decode(encode(long)) == long


def test_padding_after_the_last_tlv_is_no_fault() -> None:
    padded = encode(DeliverSm(7, short_message=b"a"))[16:] + b"\0\0\0"
    assert decode(frame_of(CommandId.DELIVER_SM, padded)) == DeliverSm(7, short_message=b"a")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\0\1\1", CommandStatus.ESME_RINVCMDLEN),
        (encode(SubmitSm())[16:-1] + b"\x09abc", CommandStatus.ESME_RINVMSGLEN),
        (encode(SubmitSm())[16:] + b"\x04\x24\x00\x09abc", CommandStatus.ESME_RINVOPTPARSTREAM),
        (encode(SubmitSm())[16:] + b"\x01", CommandStatus.ESME_RINVOPTPARSTREAM),
    ],
    ids=["cut off", "sm_length lies", "a TLV lies", "half a TLV"],
)
def test_a_request_that_contradicts_itself_says_what_to_answer(body: bytes, status: int) -> None:
    with pytest.raises(MalformedPdu) as fault:
        decode(frame_of(CommandId.SUBMIT_SM, body))
    assert fault.value.command_status == status


@pytest.mark.parametrize(
    "pdu",
    [
        SubmitSm(source_addr="a\0b"),
        SubmitSm(source_addr="Ж"),
        SubmitSm(data_coding=256),
        SubmitSm(esm_class=-1),
        SubmitSm(short_message=b"x" * 256),
        SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 65536}),
        SubmitSm(sequence_number=1 << 32),
        SubmitSmResp(message_id="a\0"),
        Bind(password="a\0"),
        Pdu(),
    ],
    ids=lambda pdu: repr(pdu)[:60],
)
def test_what_does_not_fit_the_wire_is_the_callers_bug(pdu: Pdu) -> None:
    with pytest.raises(ValueError, match=r".+"):
        encode(pdu)


def test_no_password_stands_in_a_repr() -> None:
    assert "hunter2" not in repr(Bind(password="hunter2"))


def test_statuses_are_named_or_shown_in_hexadecimal() -> None:
    assert [status_name(0x58), status_name(0x410)] == ["ESME_RTHROTTLED", "0x00000410"]
