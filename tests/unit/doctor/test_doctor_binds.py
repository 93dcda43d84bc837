import pytest

from smsc.doctor import advice
from smsc.doctor.binds import Binds, bind_pdu
from smsc.doctor.report import Outcome, Report, Target
from smsc.errors import SettingError
from smsc.smpp.pdu import BindType, CommandStatus

TRANSCEIVER, TRANSMITTER, RECEIVER = (
    BindType.TRANSCEIVER,
    BindType.TRANSMITTER,
    BindType.RECEIVER,
)


@pytest.mark.parametrize(
    ("works", "healthy", "words"),
    [
        ({TRANSCEIVER, TRANSMITTER, RECEIVER}, True, None),
        ({TRANSCEIVER}, True, "Use bind_type transceiver"),
        ({TRANSMITTER, RECEIVER}, True, "Use bind_type transmitter, receiver"),
        ({TRANSMITTER}, False, "one way"),
        (set(), False, "No bind type works"),
    ],
    ids=["all", "transceiver", "a pair", "only one way", "none"],
)
def test_what_works_has_to_be_enough_for_both_ways(
    works: set[BindType], words: str | None, *, healthy: bool
) -> None:
    report = Report("host", 2775, "smsc")
    binds = Binds(report)
    for bind_type in BindType:
        if bind_type in works:
            binds.accepted(bind_type, "Bound", 0.0)
        else:
            binds.refused(bind_type, CommandStatus.ESME_RINVCMDID, 0.0)
    binds.conclude()
    assert report.healthy is healthy
    conclusion = report.findings[-1]
    if words is None:
        assert conclusion.step != "Directions"
    else:
        assert words in conclusion.words


@pytest.mark.parametrize("status", [CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID])
def test_refused_credentials_end_the_tries(status: CommandStatus) -> None:
    report = Report("host", 2775, "smsc")
    binds = Binds(report)
    binds.refused(TRANSCEIVER, status, 0.0)
    assert binds.is_hopeless
    assert report.findings[0].outcome is Outcome.FAILED
    assert binds.sending is None


@pytest.mark.parametrize("status", [*CommandStatus, 0x411], ids=str)
def test_every_status_has_words(status: int) -> None:
    assert len(advice.for_status(status)) > 20


def test_a_field_that_no_pdu_takes_is_a_wrong_setting() -> None:
    target = Target(host="host", port=1, system_id="ខ", password="secret")
    with pytest.raises(SettingError, match="Latin-1"):
        bind_pdu(target, TRANSCEIVER)
