"""submit_multi, query_sm, cancel_sm, replace_sm and alert_notification on the wire."""

from contextlib import suppress

import pytest
import smpplib.smpp
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.smpp.pdu import (
    AlertNotification,
    CancelSm,
    CancelSmResp,
    CommandId,
    CommandStatus,
    DistributionList,
    MalformedPdu,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    Tag,
    Unsuccess,
    decode,
    encode,
)
from tests.unit.smpp.test_pdu_against_other_codecs import by_smpplib, read_by_smpplib
from tests.unit.smpp.test_pdu_codec import any_of, c_octet_string, frame_of, octet, tlvs, word

addresses = st.builds(SmeAddress, octet, octet, c_octet_string)
lists = st.builds(DistributionList, c_octet_string)
submit_multi = st.builds(
    SubmitMulti,
    sequence_number=word,
    service_type=c_octet_string,
    source_addr=c_octet_string,
    destinations=st.lists(addresses | lists, max_size=6).map(tuple),
    validity_period=c_octet_string,
    data_coding=octet,
    short_message=st.binary(max_size=255),
    tlvs=tlvs,
)
submit_multi_resp = st.builds(
    SubmitMultiResp,
    sequence_number=word,
    command_status=word,
    message_id=c_octet_string,
    unsuccess=st.lists(st.builds(Unsuccess, octet, octet, c_octet_string, word), max_size=6).map(
        tuple
    ),
    tlvs=tlvs,
)
SHAPES: list[type[Pdu]] = [
    QuerySm,
    QuerySmResp,
    CancelSm,
    CancelSmResp,
    ReplaceSm,
    ReplaceSmResp,
    AlertNotification,
]
TO_TWO = SubmitMulti(
    5,
    source_addr="1000",
    destinations=(SmeAddress(1, 1, "855"), DistributionList("all")),
    short_message=b"Hi",
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_encoded_is_decoded_the_same(shape: type[Pdu], data: st.DataObject) -> None:
    pdu = data.draw(any_of(shape))
    assert decode(encode(pdu)) == pdu


@settings(max_examples=100)
@given(pdu=submit_multi | submit_multi_resp)
def test_many_destinations_are_decoded_as_they_were_encoded(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == pdu


@settings(max_examples=200)
@given(
    body=st.binary(max_size=120),
    command_id=st.sampled_from([shape.command_id for shape in [*SHAPES, SubmitMulti]]),  # type: ignore[attr-defined]
)
def test_no_body_raises_anything_but_malformed(body: bytes, command_id: int) -> None:
    with suppress(MalformedPdu):
        assert decode(frame_of(command_id, body)).sequence_number == 7


@pytest.mark.parametrize(
    ("pdu", "body"),
    [
        (
            TO_TWO,
            "00000031303030000201010138353500 02616c6c00 000000 0000 00000000 024869",
        ),
        (
            SubmitMultiResp(5, 0, "a1", (Unsuccess(1, 1, "855", 0x0B),)),
            "6131 00 01 01 01 383535 00 0000000b",
        ),
        (QuerySm(5, 0, "a1", 1, 1, "855"), "6131 00 01 01 383535 00"),
        (
            QuerySmResp(5, 0, "a1", "261125120000000+", 2, 5),
            "6131 00 3236313132353132303030303030302b 00 02 05",
        ),
        (
            CancelSm(5, 0, "CMT", "", 5, 0, "Red", 1, 1, "855"),
            "434d54 00 00 05 00 526564 00 01 01 383535 00",
        ),
        (
            ReplaceSm(
                5,
                0,
                "a1",
                validity_period="x",
                registered_delivery=1,
                sm_default_msg_id=3,
                short_message=b"Hi",
            ),
            "6131 00 00 00 00 00 78 00 01 03 02 4869",
        ),
        (
            AlertNotification(
                5, 0, 1, 1, "855", 0, 1, "1000", {Tag.MS_AVAILABILITY_STATUS: b"\x00"}
            ),
            "01 01 383535 00 00 01 31303030 00 0422 0001 00",
        ),
        (Outbind(5, 0, "smsc", "pw"), "736d7363 00 7077 00"),
        (CancelSmResp(5, 0x11), ""),
        (ReplaceSmResp(5, 0x13), ""),
        (SubmitMultiResp(5, 0x33), ""),
        (QuerySmResp(5, 0x67), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Pdu) else "",
)
def test_the_body_is_laid_out_as_the_specification_says(pdu: Pdu, body: str) -> None:
    octets = encode(pdu)
    assert octets[16:] == bytes.fromhex(body)
    assert decode(octets) == pdu


@pytest.mark.parametrize(
    "pdu",
    [
        TO_TWO,
        QuerySm(5, 0, "a1"),
        CancelSm(5, 0, message_id="a1"),
        ReplaceSm(5, 0, "a1", short_message=b"Hi"),
        AlertNotification(5, source_addr="855"),
    ],
    ids=lambda pdu: type(pdu).__name__,
)
def test_every_truncation_of_a_request_is_malformed(pdu: SubmitMulti | QuerySm) -> None:
    body = encode(pdu)[16:]
    for octets in range(len(body)):
        with pytest.raises(MalformedPdu):
            decode(frame_of(pdu.command_id, body[:octets]))


@pytest.mark.parametrize(
    ("command_id", "body", "status"),
    [
        (CommandId.SUBMIT_MULTI, "00 00 00 00 01 03 00", CommandStatus.ESME_RINVDESTFLAG),
        (CommandId.SUBMIT_MULTI, "00 00 00 00 02 01 01 01 38 00", CommandStatus.ESME_RINVCMDLEN),
        (
            CommandId.SUBMIT_MULTI,
            "00 00 00 00 00 00 00 00 00 00 00 00 00 00 09 41",
            CommandStatus.ESME_RINVMSGLEN,
        ),
        (
            CommandId.REPLACE_SM,
            "00 00 00 00 00 00 00 00 00 0424 0009 41",
            CommandStatus.ESME_RINVOPTPARSTREAM,
        ),
    ],
    ids=["dest_flag", "fewer destinations than said", "sm_length lies", "a TLV lies"],
)
def test_a_contradiction_says_what_to_answer(command_id: int, body: str, status: int) -> None:
    with pytest.raises(MalformedPdu) as fault:
        decode(frame_of(command_id, bytes.fromhex(body)))
    assert fault.value.command_status == status


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"", SubmitMultiResp(7)),
        (b"a1", SubmitMultiResp(7, 0, "a1")),
        (b"a1\0", SubmitMultiResp(7, 0, "a1")),
        (
            b"a1\0\x02\x01\x01855\0\0\0\0\x0b\x01",
            SubmitMultiResp(7, 0, "a1", (Unsuccess(1, 1, "855", 0x0B),)),
        ),
    ],
    ids=["nothing", "no NUL", "no count", "one of two"],
)
def test_of_a_cut_response_what_is_legible_counts(body: bytes, read: Pdu) -> None:
    assert decode(frame_of(CommandId.SUBMIT_MULTI_RESP, body)) == read


def test_no_more_destinations_than_an_octet_counts_fit() -> None:
    with pytest.raises(ValueError, match="encode"):
        encode(SubmitMulti(destinations=(SmeAddress(addr="855"),) * 256))


@pytest.mark.parametrize(
    "command",
    [CommandId.BROADCAST_SM, CommandId.QUERY_BROADCAST_SM, CommandId.CANCEL_BROADCAST_SM],
)
def test_a_broadcast_is_an_operation_that_we_do_not_take_apart(command: CommandId) -> None:
    assert getattr(decode(frame_of(command, b"x")), "command_id", None) == command


def test_smpplib_and_we_write_the_same_query() -> None:
    theirs = by_smpplib(
        "query_sm", message_id="a1", source_addr_ton=1, source_addr_npi=1, source_addr="855"
    )
    assert theirs == encode(QuerySm(7, 0, "a1", 1, 1, "855"))


@settings(max_examples=50)
@given(state=st.integers(1, 8), error_code=octet)
def test_smpplib_reads_our_answer_to_a_query(state: int, error_code: int) -> None:
    read = read_by_smpplib(encode(QuerySmResp(7, 0, "a1", "261125120000000+", state, error_code)))
    assert (read.message_id, read.final_date) == (b"a1", b"261125120000000+")
    assert (read.message_state, read.error_code) == (state, error_code)


def test_smpplib_and_we_write_the_same_alert_notification() -> None:
    theirs = smpplib.smpp.make_pdu(
        "alert_notification",
        client=type("Client", (), {"sequence": 7, "next_sequence": lambda _: 7})(),
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr="855",
        esme_addr_ton=0,
        esme_addr_npi=1,
        esme_addr="1000",
        ms_availability_status=0,
    )
    assert decode(theirs.generate()) == AlertNotification(
        7, 0, 1, 1, "855", 0, 1, "1000", {Tag.MS_AVAILABILITY_STATUS: b"\x00"}
    )
