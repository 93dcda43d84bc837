"""By which channel a message came in: its field, or the SIM's number."""

import pytest

from smsc.routing.channel_marks import ChannelField, channel_of, parse_field
from smsc.routing.channels import Channel
from smsc.smpp.pdu import DeliverSm

ONE = Channel(sid="CH1", number=1, value="SIM1", phone_number="+85510000001")
TWO = Channel(sid="CH2", number=2, phone_number="+85510000002")
NAMELESS = Channel(sid="CH3", number=3)


def told(pdu: DeliverSm, destination: str, field: str | None = None) -> str | None:
    mark: ChannelField | None = None if field is None else parse_field(field)
    found = channel_of(pdu, destination, [ONE, TWO, NAMELESS], mark)
    return None if found is None else found.sid


@pytest.mark.parametrize(
    ("destination", "sid"),
    [
        ("+85510000002", "CH2"),
        ("85510000002", "CH2"),
        ("010000002", "CH2"),
        ("+85510000003", None),
        ("0002", None),
        ("clinic", None),
        ("", None),
    ],
    ids=["E.164", "no plus", "national", "another", "too few digits", "a name", "nothing"],
)
def test_a_sim_is_told_by_its_number(destination: str, sid: str | None) -> None:
    assert told(DeliverSm(), destination) == sid


@pytest.mark.parametrize(
    ("pdu", "field", "sid"),
    [
        (DeliverSm(service_type="SIM1"), "service_type", "CH1"),
        (DeliverSm(service_type="2"), "service_type", "CH2"),
        (DeliverSm(service_type="CMT"), "service_type", None),
        (DeliverSm(tlvs={0x1401: b"3\0"}), "tlv:0x1401", "CH3"),
        (DeliverSm(tlvs={0x1402: b"3\0"}), "tlv:0x1401", None),
        (DeliverSm(), "source_addr", None),
    ],
    ids=["value", "number", "no channel's", "TLV, NUL behind it", "another TLV", "sender"],
)
def test_a_channel_is_told_by_the_connectors_field(
    pdu: DeliverSm, field: str, sid: str | None
) -> None:
    assert told(pdu, "+15555550100", field) == sid


def test_the_field_wins_over_the_number() -> None:
    assert told(DeliverSm(service_type="SIM1"), "+85510000002", "service_type") == "CH1"
