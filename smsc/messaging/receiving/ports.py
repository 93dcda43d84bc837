"""Ports of applications that come beside a message, as the header element that says the same."""

from typing import Final

from smsc.smpp.pdu import Tag
from smsc.smpp.pdu.operations import Tlvs
from smsc.sms.udh import ElementIdentifier, InformationElement, write_elements

_PORT_OCTETS: Final = 2


def ports_element(tlvs: Tlvs) -> bytes:
    """Return the element of destination_port and source_port; empty without a destination.

    Source: SMPP 3.4 §5.3.2.20, §5.3.2.21; 3GPP TS 23.040 §9.2.3.24.4.
    """
    destination = tlvs.get(Tag.DESTINATION_PORT, b"")
    source = tlvs.get(Tag.SOURCE_PORT, bytes(_PORT_OCTETS))
    if len(destination) != _PORT_OCTETS or len(source) != _PORT_OCTETS:
        return b""
    return write_elements(
        [InformationElement(ElementIdentifier.PORTS_16_BIT, destination + source)]
    )
