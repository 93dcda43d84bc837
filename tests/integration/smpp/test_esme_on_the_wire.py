"""Our bind against a peer that writes raw octets."""

import asyncio
from datetime import timedelta

import pytest

from smsc.smpp.bind import BindState
from smsc.smpp.pdu import (
    Bind,
    BindResp,
    BindType,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unbind,
    UnbindResp,
)
from smsc.smpp.timers import TimerSettings
from tests.integration.smpp.owners import (
    PASSWORD,
    Customer,
    binding,
    config,
    eventually,
)
from tests.integration.smpp.raw_peer import (
    accepted,
    answering,
    bound_to_raw,
)


async def test_the_bind_says_who_we_are() -> None:
    settings = {"system_type": "VMS", "address_range": "855", "addr_ton": 1, "addr_npi": 1}
    async with answering() as (port, peers), binding(Customer(), config(port, **settings)):
        peer = await peers.get()
        assert await peer.read() == Bind(
            1, 0, BindType.TRANSCEIVER, "esme", PASSWORD, "VMS", 0x34, 1, 1, "855"
        )


async def test_a_deliver_sm_glued_to_the_bind_resp_is_taken() -> None:
    customer = Customer()
    async with answering() as (port, peers), binding(customer, config(port)):
        peer = await peers.get()
        await peer.read()
        peer.write(BindResp(1), DeliverSm(5, short_message=b"early"))
        assert await peer.read() == DeliverSmResp(5)
        peer.writer.transport.abort()


async def test_responses_out_of_order_find_their_keys() -> None:
    customer = Customer()
    async with bound_to_raw(customer) as peer:
        customer.send("a", "b", "c")
        first, second, third = [await peer.read() for _ in range(3)]
        peer.write(
            SubmitSmResp(third.sequence_number, 0, "3"),
            GenericNack(first.sequence_number, CommandStatus.ESME_RINVCMDLEN),
            SubmitSmResp(second.sequence_number, 0, "2"),
            SubmitSmResp(second.sequence_number, 0, "again"),
        )
        await eventually(lambda: len(customer.results) == 3)
        assert [key for key, _ in customer.results] == ["c", "a", "b"]
        assert customer.esme is not None
        assert customer.esme.unmatched_responses == 1


async def test_a_receipt_in_the_read_of_its_response_comes_after_it() -> None:
    order: list[str] = []

    class Ordered(Customer):
        def responded(self, _results: object) -> None:
            order.append("response")

        def received(self, _session: int, _pdus: object) -> None:
            order.append("receipt")

    customer = Ordered()
    async with bound_to_raw(customer) as peer:
        customer.send("a")
        request = await peer.read()
        peer.write(DeliverSm(9, esm_class=4), SubmitSmResp(request.sequence_number, 0, "x"))
        await eventually(lambda: len(order) == 2)
    assert order == ["response", "receipt"]


async def test_a_nacked_bind_is_a_refused_one() -> None:
    customer = Customer()
    async with answering() as (port, peers), binding(customer, config(port)):
        peer = await peers.get()
        bind = await peer.read()
        peer.write(GenericNack(bind.sequence_number, CommandStatus.ESME_RINVCMDID))
        await eventually(
            lambda: (BindState.BACKING_OFF, "bind refused: ESME_RINVCMDID") in customer.states
        )


async def test_a_peer_that_does_not_answer_the_bind_is_left() -> None:
    customer = Customer()
    timers = TimerSettings(session_init=timedelta(milliseconds=50))
    async with answering() as (port, peers), binding(customer, config(port, timers=timers)):
        first, second = await peers.get(), await peers.get()
        assert first is not second
        assert (BindState.BACKING_OFF, "no bind in time") in customer.states


async def test_what_a_dead_link_never_answered_breaks_with_it() -> None:
    customer = Customer()
    soon, sooner = timedelta(milliseconds=50), timedelta(milliseconds=20)
    timers = TimerSettings(response=sooner, enquire_link_response=soon)
    async with answering() as (port, peers), binding(customer, config(port, timers=timers)) as esme:
        peer = await accepted(peers)
        await eventually(lambda: esme.state is BindState.BOUND)
        customer.send("a")
        assert isinstance(await peer.read(), SubmitSm)
        assert isinstance(await peer.read(), EnquireLink)
        await eventually(lambda: customer.doubtful)
        assert customer.doubtful == [("a", "the peer fell silent: enquire_link got no answer")]


async def test_garbage_from_the_peer_ends_the_session_and_hands_back_the_window() -> None:
    customer = Customer()
    async with bound_to_raw(customer) as peer:
        customer.send("a")
        await peer.read()
        peer.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await eventually(lambda: customer.doubtful)
        assert "1213486160" in customer.doubtful[0][1]


async def test_a_vendors_status_reaches_the_owner_as_it_is() -> None:
    customer = Customer()
    async with bound_to_raw(customer) as peer:
        customer.send("a")
        request = await peer.read()
        peer.write(SubmitSmResp(request.sequence_number, 0x0410))
        await eventually(lambda: customer.results)
        assert customer.results[0][1].command_status == 0x0410


async def test_a_stop_ends_a_bind_that_waits_for_its_answer() -> None:
    customer = Customer()
    async with answering() as (port, peers), binding(customer, config(port)) as esme:
        await peers.get()
        await esme.stop(timedelta(seconds=1))
        assert esme.state is BindState.CLOSED


async def test_a_peer_that_never_answers_unbind_cannot_hold_up_a_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("smsc.smpp.esme._UNBIND_SECONDS", 0.05)
    customer = Customer()
    async with answering() as (port, peers), binding(customer, config(port)) as esme:
        peer = await accepted(peers)
        await eventually(lambda: esme.state is BindState.BOUND)
        await esme.stop(timedelta(seconds=1))
        assert isinstance(await peer.read(), Unbind)


async def test_what_a_slow_peer_has_not_read_counts_against_the_capacity() -> None:
    customer = Customer()
    async with bound_to_raw(customer, window=10_000, throughput=100_000) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        esme = customer.esme
        assert esme is not None
        now = asyncio.get_running_loop().time
        big = SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 60_000})
        written = 0
        while esme.capacity(now()) and written < 2000:
            written += esme.submit([(str(written), big)])
        assert 0 < written < 2000
        assert esme.next_capacity_at(now()) is None


async def test_a_peer_that_unbinds_may_still_answer_what_is_in_flight() -> None:
    customer = Customer()
    async with bound_to_raw(customer) as peer:
        customer.send("first", "second")
        submits = [await peer.read(), await peer.read()]
        peer.write(Unbind(77))
        for submit in submits:
            peer.write(SubmitSmResp(submit.sequence_number, 0, "id"))
        assert await peer.read() == UnbindResp(77)
        await peer.end()
    assert [key for key, _ in customer.results] == ["first", "second"]
    assert customer.doubtful == []


async def test_a_peer_that_unbinds_and_answers_nothing_is_let_go_all_the_same() -> None:
    customer = Customer()
    async with bound_to_raw(customer) as peer:
        customer.send("first")
        await peer.read()
        peer.write(Unbind(77))
        assert await peer.read() == UnbindResp(77)
        await peer.end()
    assert customer.doubtful == [("first", "the peer unbound")]
