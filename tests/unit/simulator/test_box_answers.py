import pytest

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.message_ids import MessageIdStyle, MessageNumbers
from smsc.simulator.responses import Responses
from smsc.simulator.submits import Submit
from smsc.smpp.pdu import SubmitSm


def answered(behaviour: Behaviour, count: int = 4) -> list[int]:
    """Return the sequence numbers of what is answered to submits 1, 2, 3 and so on."""
    submits = [Submit(SubmitSm(n), "esme", 0.0, 0, n, str(n)) for n in range(1, count + 1)]
    return [response.sequence_number for response in Responses().make(submits, behaviour)]


@pytest.mark.parametrize(
    ("behaviour", "numbers"),
    [
        (Behaviour(), [1, 2, 3, 4]),
        (Behaviour(swallow_every=2), [1, 3]),
        (Behaviour(double_responses=True), [1, 1, 2, 2, 3, 3, 4, 4]),
        (Behaviour(reverse_responses=True), [4, 3, 2, 1]),
        (Behaviour(misnumber_every=3), [1, 2, 0x40000003, 4]),
    ],
    ids=["a good day", "swallowed", "doubled", "reversed", "wrong number"],
)
def test_responses_go_wrong_as_wanted(behaviour: Behaviour, numbers: list[int]) -> None:
    assert answered(behaviour) == numbers


def test_the_how_many_th_is_counted_over_all_reads() -> None:
    responses, behaviour = Responses(), Behaviour(swallow_every=3)
    submits = [Submit(SubmitSm(n), "esme", 0.0, 0) for n in range(6)]
    made = [len(responses.make([submit], behaviour)) for submit in submits]
    assert made == [1, 1, 0, 1, 1, 0]


def test_ids_begin_where_they_shall_and_are_given_again() -> None:
    numbers = MessageNumbers(first=7, distinct=2)
    assert [numbers.next(MessageIdStyle.HEX) for _ in range(5)] == [7, 8, 7, 8, 7]
