"""Our server against a peer that writes raw octets."""

import asyncio
from datetime import timedelta

import pytest

from smsc.smpp.pdu import (
    AlertNotification,
    Bind,
    BindResp,
    BindType,
    CommandId,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    QuerySm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unbind,
    UnbindResp,
    Unknown,
    encode,
)
from smsc.smpp.server import ServerSettings
from smsc.smpp.timers import TimerSettings
from tests.integration.smpp.owners import (
    PASSWORD,
    Smsc,
    eventually,
    serving,
)
from tests.integration.smpp.raw_peer import (
    BIND,
    calling,
)


async def test_a_bind_resp_names_the_server_and_its_version() -> None:
    async with serving(Smsc()) as server, calling(server.port, bind=False) as peer:
        peer.write(BIND)
        assert await peer.read() == BindResp(
            1, 0, BindType.TRANSCEIVER, "smsc", {Tag.SC_INTERFACE_VERSION: b"\x34"}
        )


async def test_octets_may_come_one_at_a_time() -> None:
    smsc = Smsc()
    async with serving(smsc) as server, calling(server.port) as peer:
        for octet in encode(SubmitSm(2, short_message=b"slow")):
            peer.writer.write(bytes([octet]))
            await peer.writer.drain()
            await asyncio.sleep(0)
        assert await peer.read() == SubmitSmResp(2, 0, "id-slow")


async def test_glued_pdus_are_taken_in_one_call_and_answered_in_order() -> None:
    smsc = Smsc()
    async with serving(smsc) as server, calling(server.port) as peer:
        peer.write(*[SubmitSm(number, short_message=b"x") for number in range(2, 12)])
        answers = [await peer.read() for _ in range(10)]
        assert [answer.sequence_number for answer in answers] == list(range(2, 12))
    assert smsc.batches == [10]


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x80\x00\x00\x00\x00\x00\x00\x04",
        b"\x00\x00\x00\x0f\x00\x00\x00\x04",
        bytes(16),
    ],
    ids=["HTTP", "TLS", "2 GiB", "shorter than a header", "NULs"],
)
async def test_garbage_ends_its_own_connection_and_no_other(octets: bytes) -> None:
    smsc = Smsc()
    async with serving(smsc) as server, calling(server.port) as good:
        async with calling(server.port, bind=False) as stranger, calling(server.port) as bad:
            for peer in (stranger, bad):
                peer.writer.write(octets)
                await peer.end()
        assert "is no PDU's" in smsc.ends[0]
        good.write(SubmitSm(2, short_message=b"ok"))
        assert await good.read() == SubmitSmResp(2, 0, "id-ok")


async def test_what_came_whole_before_garbage_still_counts() -> None:
    smsc = Smsc(answers=False)
    async with serving(smsc) as server, calling(server.port) as peer:
        peer.writer.write(encode(SubmitSm(2, short_message=b"x")) + b"HTTP")
        await peer.end()
        await eventually(lambda: len(smsc.pdus) == 1)


async def test_a_malformed_request_is_answered_and_the_session_goes_on() -> None:
    smsc = Smsc()
    lying = bytearray(encode(SubmitSm(5, short_message=b"abc")))
    lying[-4] = 200  # sm_length
    async with serving(smsc) as server, calling(server.port) as peer:
        peer.writer.write(lying)
        assert await peer.read() == SubmitSmResp(5, CommandStatus.ESME_RINVMSGLEN)
        peer.write(SubmitSm(6, short_message=b"ok"))
        assert await peer.read() == SubmitSmResp(6, 0, "id-ok")


async def test_an_unknown_operation_is_nacked_and_the_session_goes_on() -> None:
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.write(Unknown(5, 0, CommandId.BROADCAST_SM, b"x\0"), Unknown(6, 0, 0x00010203))
        nack = CommandStatus.ESME_RINVCMDID
        assert [await peer.read(), await peer.read()] == [
            GenericNack(5, nack),
            GenericNack(6, nack),
        ]
        peer.write(EnquireLink(7))
        assert await peer.read() == EnquireLinkResp(7)


async def test_an_operation_that_is_not_offered_is_nacked() -> None:
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.write(QuerySm(5, 0, "a1"), SubmitMulti(6))
        nack = CommandStatus.ESME_RINVCMDID
        assert [await peer.read(), await peer.read()] == [
            GenericNack(5, nack),
            GenericNack(6, nack),
        ]


async def test_what_has_no_response_gets_none() -> None:
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.write(AlertNotification(5), Outbind(6), EnquireLink(7))
        assert await peer.read() == EnquireLinkResp(7)


async def test_a_response_to_nothing_is_ignored() -> None:
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.write(DeliverSmResp(99), GenericNack(0), Unknown(8, 0, 0x80010203), EnquireLink(9))
        assert await peer.read() == EnquireLinkResp(9)


async def test_messages_before_the_bind_are_refused() -> None:
    async with serving(Smsc()) as server, calling(server.port, bind=False) as peer:
        peer.write(SubmitSm(2))
        assert await peer.read() == SubmitSmResp(2, CommandStatus.ESME_RINVBNDSTS)


async def test_a_receiver_may_not_submit() -> None:
    async with serving(Smsc()) as server, calling(server.port, bind=False) as peer:
        peer.write(Bind(1, 0, BindType.RECEIVER, "raw", PASSWORD))
        await peer.read()
        peer.write(SubmitSm(2))
        assert await peer.read() == SubmitSmResp(2, CommandStatus.ESME_RINVBNDSTS)


async def test_a_second_bind_is_refused_and_the_first_stays() -> None:
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.write(Bind(2, system_id="raw", password=PASSWORD), EnquireLink(3))
        assert await peer.read() == BindResp(2, CommandStatus.ESME_RALYBND)
        assert await peer.read() == EnquireLinkResp(3)


async def test_two_binds_at_once_are_examined_once() -> None:
    smsc = Smsc(slow_authentication=asyncio.Event())
    async with serving(smsc) as server, calling(server.port, bind=False) as peer:
        peer.write(BIND, Bind(2, system_id="raw", password=PASSWORD))
        assert await peer.read() == BindResp(2, CommandStatus.ESME_RALYBND)
        assert smsc.slow_authentication is not None
        smsc.slow_authentication.set()
        answer = await peer.read()
        assert (answer.sequence_number, answer.command_status) == (1, 0)
    assert len(smsc.passwords_seen) == 1


async def test_a_refused_bind_is_answered_and_closed() -> None:
    async with serving(Smsc()) as server, calling(server.port, bind=False) as peer:
        peer.write(Bind(1, system_id="raw", password="wrong"))
        assert await peer.read() == BindResp(1, CommandStatus.ESME_RINVPASWD)
        await peer.end()


async def test_a_socket_that_does_not_bind_is_closed_in_time() -> None:
    settings = ServerSettings(timers=TimerSettings(session_init=timedelta(milliseconds=50)))
    async with serving(Smsc(), settings) as server, calling(server.port, bind=False) as peer:
        peer.write(EnquireLink(1))
        await peer.end()
        await eventually(lambda: server.connections == 0)


async def test_a_socket_that_sends_a_kibibyte_before_its_bind_is_closed() -> None:
    async with serving(Smsc()) as server, calling(server.port, bind=False) as peer:
        peer.write(*[EnquireLink(number) for number in range(65)])
        await peer.end()


async def test_an_unbind_is_answered_after_what_came_before_it() -> None:
    smsc = Smsc()
    async with serving(smsc) as server, calling(server.port) as peer:
        peer.write(SubmitSm(2, short_message=b"x"))
        assert await peer.read() == SubmitSmResp(2, 0, "id-x")
        peer.write(Unbind(3))
        assert await peer.read() == UnbindResp(3)
        await peer.end()


async def test_a_half_open_link_is_found() -> None:
    settings = ServerSettings(
        timers=TimerSettings(
            enquire_link=timedelta(milliseconds=30),
            enquire_link_response=timedelta(milliseconds=30),
        )
    )
    smsc = Smsc()
    async with serving(smsc, settings) as server, calling(server.port) as peer:
        assert isinstance(await peer.read(), EnquireLink)
        await eventually(lambda: smsc.ends)
        assert "fell silent" in smsc.ends[0]


async def test_a_peer_that_nacks_enquire_link_is_alive() -> None:
    settings = ServerSettings(timers=TimerSettings(enquire_link=timedelta(milliseconds=20)))
    smsc = Smsc()
    async with serving(smsc, settings) as server, calling(server.port) as peer:
        for _ in range(3):
            enquiry = await peer.read()
            assert isinstance(enquiry, EnquireLink)
            peer.write(GenericNack(enquiry.sequence_number, CommandStatus.ESME_RINVCMDID))
        assert smsc.ends == []


async def test_a_peer_with_too_much_unanswered_is_not_read_until_it_is_answered() -> None:
    smsc = Smsc(answers=False)
    async with serving(smsc, ServerSettings(most_owed=5)) as server, calling(server.port) as peer:
        for number in range(2, 8):
            peer.write(SubmitSm(number, short_message=b"x"))
            await eventually(lambda: len(smsc.pdus) == min(5, number - 1))  # noqa: B023  # awaited
        assert len(smsc.pdus) == 5
        smsc.answer_all(smsc.sessions[0])
        await eventually(lambda: len(smsc.pdus) == 6)


async def test_a_peer_that_does_not_read_stops_what_we_write() -> None:
    smsc = Smsc(window=10_000)
    async with serving(smsc) as server, calling(server.port) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        (session,) = smsc.sessions
        big = DeliverSm(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 60_000})
        written = 0
        while session.capacity and written < 2000:
            written += session.deliver([(str(written), big)])
        assert 0 < written < 2000
        assert session.capacity == 0
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        freed = smsc.freed
        reading = asyncio.create_task(peer.end())
        await eventually(lambda: session.capacity and smsc.freed > freed)
        session.abort("test")
        await reading
        await eventually(lambda: len(smsc.doubtful) == written)
