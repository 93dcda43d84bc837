"""A bind of ours against a server of ours, over TCP."""

import asyncio
import ssl
from datetime import timedelta

import pytest

from smsc.smpp.bind import BindState
from smsc.smpp.pdu import (
    BindType,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unbind,
)
from smsc.smpp.server import ServerSettings
from smsc.smpp.timers import TimerSettings
from tests.integration.smpp.owners import (
    Customer,
    Smsc,
    binding,
    bound,
    config,
    eventually,
    serving,
    submit_sm,
)

SOON = timedelta(milliseconds=50)


async def test_messages_and_receipts_go_both_ways() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)):
        customer.send("a", "b")
        await eventually(lambda: len(customer.results) == 2)
        assert [
            (key, response.command_status, response.message_id)
            for key, response in customer.results
            if isinstance(response, SubmitSmResp)
        ] == [("a", 0, "id-a"), ("b", 0, "id-b")]

        receipt = DeliverSm(esm_class=4, short_message=b"id:id-a stat:DELIVRD")
        (session,) = smsc.sessions
        assert session.deliver([("r1", receipt), ("r2", DataSm(esm_class=4))]) == 2
        await eventually(lambda: len(smsc.results) == 2)
        assert [(key, type(response)) for key, response in smsc.results] == [
            ("r1", DeliverSmResp),
            ("r2", DataSmResp),
        ]
        (_, received), _ = customer.pdus
        assert received.message_octets == receipt.short_message


async def test_a_batch_is_handed_over_in_one_call() -> None:
    smsc, customer = Smsc(), Customer()
    async with (
        serving(smsc) as server,
        bound(customer, config(server.port, window=50, throughput=10_000.0)),
    ):
        customer.send(*[str(i) for i in range(50)])
        await eventually(lambda: len(customer.results) == 50)
    assert smsc.batches == [50]


async def test_the_window_is_never_exceeded() -> None:
    smsc, customer = Smsc(answers=False), Customer()
    async with (
        serving(smsc) as server,
        bound(customer, config(server.port, window=3, throughput=10_000.0)),
    ):
        customer.send(*[str(i) for i in range(20)])
        while len(customer.results) < 20:
            await eventually(lambda: smsc.unanswered)
            assert len(smsc.unanswered) <= 3
            smsc.answer_all(smsc.sessions[0])
            await eventually(lambda: smsc.unanswered or len(customer.results) == 20)
    assert [key for key, _ in customer.results] == [str(i) for i in range(20)]
    assert (customer.most_in_flight, smsc.most_unanswered) == (3, 3)


async def test_the_servers_window_is_never_exceeded() -> None:
    smsc, customer = Smsc(window=2), Customer(answers=False)
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        await eventually(lambda: smsc.sessions)
        (session,) = smsc.sessions
        batch = [(name, DeliverSm(short_message=name.encode())) for name in "abc"]
        assert (session.deliver(batch), session.capacity) == (2, 0)
        await eventually(lambda: len(customer.pdus) == 2)
        token, first = customer.pdus[0]
        assert esme.answer(token, [DeliverSmResp(first.sequence_number)])
        await eventually(lambda: smsc.freed and session.capacity == 1)


async def test_what_is_unanswered_when_the_session_dies_is_handed_back() -> None:
    smsc, customer = Smsc(answers=False), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)):
        customer.send("a", "b")
        await eventually(lambda: len(smsc.unanswered) == 2)
        smsc.sessions[0].abort("test")
        await eventually(lambda: len(customer.doubtful) == 2)
    assert [key for key, _ in customer.doubtful] == ["a", "b"]


async def test_what_gets_no_response_in_time_is_handed_back_and_the_session_stays() -> None:
    smsc, customer = Smsc(answers=False), Customer()
    timers = TimerSettings(response=SOON)
    async with serving(smsc) as server, bound(customer, config(server.port, timers=timers)) as esme:
        customer.send("a")
        await eventually(lambda: customer.doubtful)
        assert customer.doubtful == [("a", "no response within 0.05 s")]
        assert esme.capacity(asyncio.get_running_loop().time()) == 10
        smsc.answer_all(smsc.sessions[0])
        await eventually(lambda: esme.unmatched_responses == 1)
        assert customer.results == []
        assert esme.state is BindState.BOUND


async def test_a_lost_session_is_bound_anew() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)):
        smsc.sessions[0].abort("test")
        await eventually(lambda: len(smsc.sessions) == 2)
        customer.send("a")
        await eventually(lambda: customer.results)
    states = [state for state, _ in customer.states]
    assert states == [
        BindState.CONNECTING,
        BindState.BOUND,
        BindState.BACKING_OFF,
        BindState.CONNECTING,
        BindState.BOUND,
        BindState.UNBINDING,
        BindState.CLOSED,
    ]


async def test_an_answer_for_a_dead_session_is_dropped() -> None:
    smsc, customer = Smsc(), Customer(answers=False)
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        await eventually(lambda: smsc.sessions)
        smsc.sessions[0].deliver([("r", DeliverSm(short_message=b"hi"))])
        await eventually(lambda: customer.pdus)
        smsc.sessions[0].abort("test")
        await eventually(lambda: len(smsc.sessions) == 2)
        token, pdu = customer.pdus[0]
        assert not esme.answer(token, [DeliverSmResp(pdu.sequence_number)])
    assert smsc.doubtful == ["r"]


async def test_a_server_that_starts_late_is_found() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(Smsc()) as first:
        port = first.port
    async with binding(customer, config(port)) as esme:
        await eventually(lambda: BindState.BACKING_OFF in [state for state, _ in customer.states])
        assert "no connection" in esme.reason
        async with serving(smsc, port=port):
            await eventually(lambda: esme.state is BindState.BOUND)


async def test_a_wrong_password_is_refused_and_said() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, binding(customer, config(server.port, password="no")):
        await eventually(
            lambda: (BindState.BACKING_OFF, "bind refused: ESME_RINVPASWD") in customer.states
        )
    assert smsc.sessions == []


async def test_an_authentication_that_fails_asks_the_peer_to_come_back() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, binding(customer, config(server.port, system_id="boom")):
        await eventually(
            lambda: (BindState.BACKING_OFF, "bind refused: ESME_RSYSERR") in customer.states
        )


async def test_the_peers_unbind_is_answered_and_the_bind_comes_back() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)):
        smsc.sessions[0].unbind()
        await eventually(lambda: len(smsc.sessions) == 2)
    assert smsc.ends[0] == "unbound"
    assert (BindState.BACKING_OFF, "the peer unbound") in customer.states


async def test_a_stop_waits_for_the_window_and_unbinds() -> None:
    smsc, customer = Smsc(answers=False), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        customer.send("a")
        await eventually(lambda: smsc.unanswered)
        stopping = asyncio.create_task(esme.stop(timedelta(seconds=10)))
        await eventually(lambda: esme.state is BindState.UNBINDING)
        assert esme.submit([("b", submit_sm("b"))]) == 0
        smsc.answer_all(smsc.sessions[0])
        await stopping
        assert [key for key, _ in customer.results] == ["a"]
        assert (customer.doubtful, esme.state) == ([], BindState.CLOSED)
        await eventually(lambda: smsc.ends == ["the peer unbound"])


async def test_a_stop_hands_back_what_the_drain_did_not_settle() -> None:
    smsc, customer = Smsc(answers=False), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        customer.send("a")
        await eventually(lambda: smsc.unanswered)
        await esme.stop(SOON)
        assert [key for key, _ in customer.doubtful] == ["a"]


async def test_a_cancelled_bind_hands_back_its_window_before_it_ends() -> None:
    smsc, customer = Smsc(answers=False), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        customer.send("a")
        await eventually(lambda: smsc.unanswered)
        (running,) = [task for task in asyncio.all_tasks() if task.get_name() == "bind"]
        running.cancel()
        await asyncio.wait([running])
        assert customer.doubtful == [("a", "cancelled")]
        assert (esme.state, esme.reason) == (BindState.CLOSED, "cancelled")


async def test_a_throttled_bind_slows_down_and_tells_its_owner() -> None:
    smsc, customer = Smsc(status=CommandStatus.ESME_RTHROTTLED), Customer()
    async with (
        serving(smsc) as server,
        bound(customer, config(server.port, throughput=100.0)) as esme,
    ):
        customer.send("a")
        await eventually(lambda: customer.results)
        assert customer.results[0][1].command_status == CommandStatus.ESME_RTHROTTLED
        rate = esme.throttle.current_rate(asyncio.get_running_loop().time())
        assert rate is not None
        assert rate < 100


async def test_the_throttle_outlives_the_session() -> None:
    smsc, customer = Smsc(), Customer()
    async with (
        serving(smsc) as server,
        bound(customer, config(server.port, throughput=0.01)) as esme,
    ):
        customer.send("a", "b")
        await eventually(lambda: len(customer.results) == 1)
        smsc.sessions[0].abort("test")
        await eventually(lambda: len(smsc.sessions) == 2 and esme.places)
        now = asyncio.get_running_loop().time()
        assert esme.capacity(now) == 0
        at = esme.next_capacity_at(now)
        assert at is not None
        assert at > now + 90


async def test_a_silent_peer_is_asked_and_its_answer_keeps_the_session() -> None:
    smsc, customer = Smsc(), Customer()
    timers = TimerSettings(enquire_link=SOON, enquire_link_response=timedelta(seconds=9))
    async with serving(smsc) as server, bound(customer, config(server.port, timers=timers)) as esme:
        since = esme.bound_since
        link = esme._present
        assert link is not None
        heard: list[object] = []
        received = link.session.received

        def spy(pdus: list[object]) -> None:
            heard.extend(pdus)
            received(pdus)  # type: ignore[arg-type]

        link.session.received = spy  # type: ignore[method-assign,assignment]
        await eventually(lambda: len(heard) >= 2)
        assert {type(pdu) for pdu in heard} == {EnquireLinkResp}
        assert (esme.bound_since, esme.unmatched_responses) == (since, 0)


async def test_an_inactive_session_is_unbound() -> None:
    smsc = Smsc()
    settings = ServerSettings(timers=TimerSettings(inactivity=SOON))
    async with serving(smsc, settings) as server, bound(Customer(), config(server.port)):
        await eventually(lambda: smsc.ends)
    assert smsc.ends[0] == "no message for too long"


async def test_a_transmitter_gets_nothing_and_a_receiver_sends_nothing() -> None:
    smsc, sender, reader = Smsc(), Customer(), Customer()
    async with (
        serving(smsc) as server,
        bound(sender, config(server.port, bind_type=BindType.TRANSMITTER)),
        bound(reader, config(server.port, bind_type=BindType.RECEIVER)) as receiver,
    ):
        sender.send("a")
        await eventually(lambda: sender.results)
        assert receiver.capacity(asyncio.get_running_loop().time()) == 0
        by_type = {session.bind_type: session for session in smsc.sessions}
        batch = [("r", DeliverSm(short_message=b"hi"))]
        assert by_type[BindType.TRANSMITTER].deliver(batch) == 0
        assert by_type[BindType.RECEIVER].deliver(batch) == 1
        await eventually(lambda: reader.pdus)


async def test_a_pdu_that_fits_no_wire_leaves_the_window_as_it_was() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        with pytest.raises(ValueError, match="NUL"):
            esme.submit([("a", submit_sm("a")), ("b", SubmitSm(source_addr="\0"))])
        assert esme.window_in_use == 0
        customer.send("c")
        await eventually(lambda: [key for key, _ in customer.results] == ["c"])


async def test_a_message_of_64_kib_passes() -> None:
    smsc, customer = Smsc(), Customer()
    payload = b"x" * 65535
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        esme.submit([("a", SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: payload}))])
        await eventually(lambda: smsc.pdus)
        assert smsc.pdus[0].message_octets == payload


async def test_a_server_stops_by_unbinding_its_sessions() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        await server.stop(timedelta(seconds=5))
        assert (smsc.ends, server.connections) == (["unbound"], 0)
        await eventually(lambda: esme.state is not BindState.BOUND)


async def test_a_peer_without_tls_is_no_peer_for_a_tls_bind() -> None:
    smsc, customer = Smsc(), Customer()
    async with (
        serving(smsc) as server,
        binding(customer, config(server.port, ssl_context=ssl.create_default_context())) as esme,
    ):
        await eventually(lambda: esme.reason.startswith("no connection"))
    assert smsc.sessions == []


async def test_what_the_simulator_writes_as_it_is_arrives_as_it_is() -> None:
    smsc, customer = Smsc(), Customer()
    async with serving(smsc) as server, bound(customer, config(server.port)) as esme:
        await eventually(lambda: smsc.sessions)
        smsc.sessions[0].send([SubmitSmResp(12345, 0, "nobody's"), Unbind(9)])
        await eventually(lambda: (BindState.BACKING_OFF, "the peer unbound") in customer.states)
        await eventually(lambda: esme.state is BindState.BOUND)
