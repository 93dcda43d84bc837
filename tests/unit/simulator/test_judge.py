import pytest

from smsc.simulator.behaviour import Behaviour, Fate
from smsc.simulator.judge import Judge
from smsc.smpp.pdu import CommandStatus, SubmitSm


def to(destination: str, **fields: object) -> SubmitSm:
    return SubmitSm(destination_addr=destination, **fields)  # type: ignore[arg-type]


def test_accepts_everything_by_default() -> None:
    judge = Judge(Behaviour())
    assert {judge.command_status(to(f"8551234567{n}"), 0.0) for n in range(10)} == {0}


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        ("85599000000", 0x58),
        ("+85599000000", 0x58),
        ("85512345679", 0x58),
        ("85512345678", 0),
        ("", CommandStatus.ESME_RINVDSTADR),
    ],
    ids=["by prefix", "by prefix with plus", "by suffix", "neither", "no destination"],
)
def test_refuses_by_prefix_and_suffix(destination: str, status: int) -> None:
    behaviour = Behaviour(reject_prefixes=("85599",), reject_suffixes=("9",), reject_status=0x58)
    assert Judge(behaviour).command_status(to(destination), 0.0) == status


def test_the_same_seed_refuses_the_same_segments() -> None:
    behaviour = Behaviour(reject_rate=0.3, seed=7)
    runs = []
    for _ in range(2):
        judge = Judge(behaviour)
        runs.append([judge.command_status(to("85512345678"), 0.0) for _ in range(200)])
    assert runs[0] == runs[1]
    assert 30 < sum(status != 0 for status in runs[0]) < 90


@pytest.mark.parametrize("throughput", [0.1, 0.5, 1, 7.5, 50])
def test_accepts_at_most_the_throughput(throughput: float) -> None:
    judge = Judge(Behaviour(throughput=throughput))
    seconds = 100
    tries = [judge.command_status(to("85512345678"), n / 200) for n in range(seconds * 200)]
    assert set(tries) == {0, CommandStatus.ESME_RTHROTTLED}
    assert tries.count(0) == pytest.approx(throughput * seconds, rel=0.1, abs=1)


def test_what_is_throttled_does_not_count() -> None:
    judge = Judge(Behaviour(throughput=2))
    first = [judge.command_status(to("85512345678"), 0.0) for _ in range(10)]
    later = [judge.command_status(to("85512345678"), 1.0) for _ in range(10)]
    assert first.count(0) == later.count(0) == 2


@pytest.mark.parametrize(
    ("destination", "fate"),
    [
        ("85512340001", Fate.UNDELIVERABLE),
        ("85512340002", Fate.REJECTED),
        ("85512340003", Fate.EXPIRED),
        ("85512340004", Fate.NO_RECEIPT),
        ("85512340005", Fate.ENROUTE_FIRST),
        ("85512345678", Fate.DELIVERED),
    ],
)
def test_the_end_of_the_number_decides_its_fate(destination: str, fate: Fate) -> None:
    assert Judge(Behaviour()).fate(destination) is fate


def test_the_longest_ending_wins() -> None:
    judge = Judge(Behaviour(fates={"1": Fate.EXPIRED, "01": Fate.DELETED}))
    assert judge.fate("85501") is Fate.DELETED
    assert judge.fate("85511") is Fate.EXPIRED


@pytest.mark.parametrize(
    ("pdu", "status"),
    [
        (to("1234567"), CommandStatus.ESME_RINVDSTADR),
        (to("12345678"), CommandStatus.ESME_ROK),
        (to("12345678", tlvs={0x020C: b"\0\1"}), CommandStatus.ESME_ROPTPARNOTALLWD),
    ],
    ids=["too short", "long enough", "a TLV that is refused"],
)
def test_refuses_short_destinations_and_unwanted_tlvs(pdu: SubmitSm, status: int) -> None:
    behaviour = Behaviour(shortest_destination=8, reject_tlvs=(0x020C,))
    assert Judge(behaviour).command_status(pdu, 0.0) == status


def test_more_than_the_window_is_told_in_the_status_that_was_chosen() -> None:
    behaviour = Behaviour(most_unanswered=2, throttle_status=CommandStatus.ESME_RMSGQFUL)
    judge = Judge(behaviour)
    statuses = [judge.command_status(to("85512345678"), 0.0, n) for n in range(3)]
    assert statuses == [0, 0, CommandStatus.ESME_RMSGQFUL]
