"""Messages to one recipient keep their order while a remote refuses some for now."""

from datetime import UTC, datetime

from smsc.messaging.sending.dispatch import Claim
from workers.order import Placed, RecipientOrder

ANN, BOB = "+85510000001", "+85510000002"


def segment(message_sid: str, to: str, number: int = 1) -> Placed:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    return Claim(message_sid, number, 2, now, 0, 0, None, to, "x", "", 0, None, False), None  # noqa: FBT003 the database's order


def names(placed: list[Placed]) -> list[tuple[str, int]]:
    return [(claim.message_sid, claim.number) for claim, _ in placed]


def write(order: RecipientOrder, *placed: Placed) -> list[tuple[str, int]]:
    return names(order.admit(placed))


def test_a_message_waits_for_the_answer_to_an_earlier_one_and_others_pass() -> None:
    order = RecipientOrder()
    batch = [segment("M1", ANN), segment("M2", ANN), segment("M3", BOB)]
    assert write(order, *batch) == [("M1", 1), ("M3", 1)]
    assert order.has_waiting
    assert write(order) == []
    order.answered(("M1", 1))
    assert write(order) == [("M2", 1)]
    assert not order.has_waiting


def test_the_segments_of_one_message_go_together() -> None:
    order = RecipientOrder()
    assert write(order, segment("M1", ANN, 1), segment("M1", ANN, 2)) == [("M1", 1), ("M1", 2)]
    assert write(order, segment("M2", ANN)) == []
    order.answered(("M1", 1))
    assert write(order) == []  # its second segment is unanswered
    order.answered(("M1", 2))
    assert write(order) == [("M2", 1)]


def test_what_was_claimed_later_stays_behind_what_waits() -> None:
    order = RecipientOrder()
    write(order, segment("M1", ANN), segment("M2", ANN))
    order.answered(("M1", 1))
    assert write(order, segment("M3", ANN)) == [("M2", 1)]


def test_a_refused_segment_is_on_its_way_back_until_that_is_committed() -> None:
    order = RecipientOrder()
    write(order, segment("M1", ANN), segment("M2", ANN))
    order.goes_back([("M1", 1)])
    assert [claim.message_sid for claim in order.take_waiting()] == ["M2"]
    assert order.is_going_back
    order.settled([("M1", 1)])
    assert not order.is_going_back


def test_what_could_not_be_written_holds_nobody_up() -> None:
    order = RecipientOrder()
    write(order, segment("M1", ANN, 1), segment("M1", ANN, 2))
    order.goes_back([("M1", 1), ("M1", 2)])
    assert write(order, segment("M2", ANN)) == [("M2", 1)]
    order.answered(("M1", 1))  # an answer that nobody waits for
    assert write(order, segment("M3", ANN)) == []
