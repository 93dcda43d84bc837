"""Statuses that only go forward, and what a remote's state makes of a message."""

import itertools

import pytest

from smsc.sms.status import FINAL, MessageState, MessageStatus, outcome, predecessors

S = MessageStatus


@pytest.mark.parametrize("status", MessageStatus)
def test_nothing_follows_a_final_status(status: MessageStatus) -> None:
    assert not predecessors(status) & FINAL


@pytest.mark.parametrize("status", MessageStatus)
def test_no_status_can_come_again(status: MessageStatus) -> None:
    seen: set[MessageStatus] = set()
    wave = predecessors(status)
    while wave:
        assert status not in wave
        seen |= wave
        wave = frozenset(itertools.chain.from_iterable(map(predecessors, wave))) - seen
    assert status not in seen


@pytest.mark.parametrize(
    ("way", "allowed"),
    [
        ([S.QUEUED, S.SENDING, S.SENT, S.DELIVERED], True),
        ([S.ACCEPTED, S.QUEUED, S.SENT, S.UNDELIVERED], True),
        ([S.SCHEDULED, S.ACCEPTED, S.QUEUED], True),
        ([S.SCHEDULED, S.CANCELED], True),
        ([S.SENDING, S.UNDELIVERED], True),
        ([S.SENDING, S.FAILED], True),
        ([S.ACCEPTED, S.FAILED], True),
        ([S.RECEIVING, S.RECEIVED], True),
        ([S.SENT, S.FAILED], False),
        ([S.SENT, S.SENDING], False),
        ([S.SENDING, S.QUEUED], False),
        ([S.QUEUED, S.CANCELED], True),
        ([S.SENT, S.CANCELED], False),
        ([S.QUEUED, S.DELIVERED], False),
        ([S.DELIVERED, S.UNDELIVERED], False),
        ([S.QUEUED, S.RECEIVED], False),
    ],
)
def test_the_ways_of_a_message(way: list[MessageStatus], allowed: bool) -> None:  # noqa: FBT001 a column of the table
    assert all(now in predecessors(then) for now, then in itertools.pairwise(way)) == allowed


@pytest.mark.parametrize(
    ("state", "error_code", "expected"),
    [
        (MessageState.DELIVERED, "000", (S.DELIVERED, None)),
        (MessageState.DELIVERED, "001", (S.DELIVERED, None)),
        (MessageState.ENROUTE, None, (None, None)),
        (MessageState.ACCEPTED, "001", (None, None)),
        (MessageState.SCHEDULED, None, (None, None)),
        (MessageState.UNRECOGNISED, "001", (None, None)),
        (MessageState.UNDELIVERABLE, None, (S.UNDELIVERED, 30008)),
        (MessageState.UNDELIVERABLE, "000", (S.UNDELIVERED, 30008)),
        (MessageState.UNDELIVERABLE, "001", (S.UNDELIVERED, 30005)),
        (MessageState.UNDELIVERABLE, "0027", (S.UNDELIVERED, 30003)),
        (MessageState.UNDELIVERABLE, "13", (S.UNDELIVERED, 30004)),
        (MessageState.UNDELIVERABLE, "500", (S.UNDELIVERED, 30008)),
        (MessageState.UNDELIVERABLE, "00B", (S.UNDELIVERED, 30008)),
        (MessageState.UNDELIVERABLE, "9" * 5000, (S.UNDELIVERED, 30008)),
        (MessageState.EXPIRED, None, (S.UNDELIVERED, 30003)),
        (MessageState.REJECTED, None, (S.UNDELIVERED, 30007)),
        (MessageState.DELETED, None, (S.UNDELIVERED, 30008)),
        (MessageState.UNKNOWN, None, (S.UNDELIVERED, 30008)),
        (MessageState.SKIPPED, None, (S.UNDELIVERED, 30008)),
    ],
)
def test_what_a_state_makes_of_a_segment(
    state: MessageState,
    error_code: str | None,
    expected: tuple[MessageStatus | None, int | None],
) -> None:
    assert outcome(state, error_code) == expected


@pytest.mark.parametrize("state", MessageState)
def test_exactly_the_final_states_decide(state: MessageState) -> None:
    status, _ = outcome(state, None)
    assert (status is not None) == state.final
    assert status is None or status in FINAL
