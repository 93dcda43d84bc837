"""What gets no response is given up once it is known to have arrived, and not before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from smsc.smpp.bind import BindState
from smsc.smpp.pdu import (
    BindResp,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
)
from tests.integration.smpp.owners import Customer
from tests.integration.smpp.raw_peer import RawPeer, answering
from tests.integration.smpp.test_binds_over_hours import kept_up
from tests.integration.smpp.time_travel import TimeTravelLoop, travel

RESPONSE_SECONDS, ENQUIRY_SECONDS = 60, 10  # the timers' own
NO_RESPONSE = ("a", "no response within 60 s")


@asynccontextmanager
async def bound(loop: TimeTravelLoop, customer: Customer) -> AsyncIterator[RawPeer]:
    async with answering() as (port, peers), kept_up(loop, customer, port) as esme:
        peer = await peers.get()
        peer.write(BindResp((await peer.read()).sequence_number))
        while esme.state is not BindState.BOUND:
            await asyncio.sleep(0.1)
        yield peer
        assert esme.state is BindState.BOUND
        peer.writer.transport.abort()


async def submitted(customer: Customer, peer: RawPeer, key: str) -> int:
    customer.send(key)
    submit = await peer.read()
    assert isinstance(submit, SubmitSm)
    return submit.sequence_number


async def talk(peer: RawPeer, seconds: int) -> list[Pdu]:
    """Send a message every ten seconds; return what comes besides their answers."""
    heard: list[Pdu] = []
    for number in range(seconds // 10):
        peer.write(DeliverSm(1000 + number, short_message=b"I talk"))
        while not isinstance(pdu := await peer.read(), DeliverSmResp):
            heard.append(pdu)
        await asyncio.sleep(10)
    return heard


@pytest.mark.parametrize("refuses", [False, True], ids=["answered", "refused"])
def test_though_the_peer_is_heard_it_is_asked_first(*, refuses: bool) -> None:
    async def journey(loop: TimeTravelLoop) -> None:
        customer = Customer()
        async with bound(loop, customer) as peer:
            await submitted(customer, peer, "a")
            assert await talk(peer, RESPONSE_SECONDS) == []
            question = await peer.read()
            assert isinstance(question, EnquireLink)
            assert customer.doubtful == []
            number = question.sequence_number
            if refuses:
                peer.write(GenericNack(number, CommandStatus.ESME_RINVCMDID))
            else:
                peer.write(EnquireLinkResp(number))
            await asyncio.sleep(0.1)
            assert customer.doubtful == [NO_RESPONSE]

    travel(journey)


def test_what_was_passed_over_is_given_up_without_a_question() -> None:
    async def journey(loop: TimeTravelLoop) -> None:
        customer = Customer()
        async with bound(loop, customer) as peer:
            await submitted(customer, peer, "a")
            await asyncio.sleep(1)
            peer.write(SubmitSmResp(await submitted(customer, peer, "b"), 0, "1"))
            assert await talk(peer, RESPONSE_SECONDS + 10) == []
            assert customer.doubtful == [NO_RESPONSE]

    travel(journey)


def test_an_answer_to_what_was_written_before_says_nothing() -> None:
    async def journey(loop: TimeTravelLoop) -> None:
        customer = Customer()
        async with bound(loop, customer) as peer:
            earlier = await submitted(customer, peer, "earlier")
            await asyncio.sleep(1)
            await submitted(customer, peer, "a")
            peer.write(SubmitSmResp(earlier, 0, "1"))
            assert await talk(peer, RESPONSE_SECONDS) == []
            assert isinstance(await peer.read(), EnquireLink)
            assert customer.doubtful == []

    travel(journey)


def test_a_peer_that_is_heard_and_leaves_our_question_had_its_time() -> None:
    async def journey(loop: TimeTravelLoop) -> None:
        customer = Customer()
        async with bound(loop, customer) as peer:
            await submitted(customer, peer, "a")
            (question,) = await talk(peer, RESPONSE_SECONDS + ENQUIRY_SECONDS)
            assert isinstance(question, EnquireLink)
            await asyncio.sleep(1)
            assert customer.doubtful == [NO_RESPONSE]

    travel(journey)
