"""What is kept of how an ESME wrote its addresses."""

import pytest

from smsc.messaging.esmes.submitted_as import SubmittedAs, protocol_id_of
from smsc.sms.address import SmppAddress

FROM, TO = "+15555550100", "+85512345678"
USUAL = SubmittedAs(SmppAddress("15555550100", 1, 1), SmppAddress("85512345678", 1, 1))


def test_nothing_is_kept_of_addresses_as_we_write_them() -> None:
    assert USUAL.stored(FROM, TO) is None
    assert SubmittedAs.read(None, FROM, TO) == USUAL


@pytest.mark.parametrize(
    "written",
    [
        SubmittedAs(SmppAddress("+15555550100", 1, 1), SmppAddress("85512345678", 1, 1)),
        SubmittedAs(SmppAddress("15555550100", 0, 0), SmppAddress("0085512345678", 0, 1)),
        SubmittedAs(USUAL.source, USUAL.destination, "CMT"),
        SubmittedAs(USUAL.source, USUAL.destination, data_coding=8),
        USUAL.under("SM1"),
        SubmittedAs(USUAL.source, USUAL.destination, protocol_id=0x41),
    ],
    ids=["a plus", "no type", "a service_type", "UCS-2", "one of many", "a protocol_id"],
)
def test_what_is_unusual_is_read_back(written: SubmittedAs) -> None:
    stored = written.stored(FROM, TO)
    assert stored is not None
    assert SubmittedAs.read(stored, FROM, TO) == written
    assert protocol_id_of(stored) == written.protocol_id
