"""What peers do wrong costs them their session, or nothing; it is counted, and others go on."""

from datetime import timedelta

import pytest

from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import (
    CommandStatus,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unknown,
    encode,
)
from smsc.smpp.server import ServerSettings
from smsc.smpp.timers import TimerSettings
from tests.integration.smpp.owners import Smsc, eventually, serving
from tests.integration.smpp.raw_peer import calling


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x80\x00\x00\x00\x00\x00\x00\x04",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["HTTP", "2 GiB", "TLS"],
)
@pytest.mark.parametrize("bound", [False, True], ids=["before the bind", "bound"])
async def test_what_is_no_pdu_ends_its_session_and_is_counted(
    octets: bytes, *, bound: bool
) -> None:
    async with (
        serving(Smsc()) as server,
        calling(server.port) as good,
        calling(server.port, bind=bound) as bad,
    ):
        bad.writer.write(octets)
        await bad.end()
        await eventually(lambda: server.connections == 1)
        assert server.misdeeds == {Misdeed.NOT_A_PDU: 1}
        good.write(SubmitSm(2, short_message=b"ok"))
        assert await good.read() == SubmitSmResp(2, 0, "id-ok")


@pytest.mark.parametrize(
    ("octets", "command_status"),
    [
        (bytes(8), CommandStatus.ESME_RINVCMDLEN),
        (
            encode(SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: b"abc"}))[16:-3],
            CommandStatus.ESME_RINVOPTPARSTREAM,
        ),
        (encode(SubmitSm())[16:-1] + b"\xff", CommandStatus.ESME_RINVMSGLEN),
    ],
    ids=["truncated", "a TLV that lies", "a length that lies"],
)
async def test_a_pdu_that_contradicts_itself_is_refused_and_counted(
    octets: bytes, command_status: CommandStatus
) -> None:
    lying = (16 + len(octets)).to_bytes(4) + encode(SubmitSm(5))[4:16] + octets
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.writer.write(lying)
        assert await peer.read() == SubmitSmResp(5, command_status)
        peer.write(SubmitSm(6, short_message=b"ok"))
        assert await peer.read() == SubmitSmResp(6, 0, "id-ok")
        assert server.misdeeds == {Misdeed.MALFORMED_PDU: 1}


async def test_unknown_commands_are_nacked_and_counted() -> None:
    async with serving(Smsc()) as server, calling(server.port) as peer:
        peer.write(*[Unknown(number, 0, 0x00010200) for number in range(2, 102)])
        for number in range(2, 102):
            assert await peer.read() == GenericNack(number, CommandStatus.ESME_RINVCMDID)
        assert server.misdeeds == {Misdeed.UNKNOWN_COMMAND: 100}


async def test_a_socket_that_never_binds_is_closed_and_counted() -> None:
    settings = ServerSettings(timers=TimerSettings(session_init=timedelta(milliseconds=50)))
    async with serving(Smsc(), settings) as server, calling(server.port, bind=False) as peer:
        await peer.end()
        assert server.misdeeds == {Misdeed.NO_BIND_IN_TIME: 1}


async def test_a_length_that_is_never_filled_is_closed_in_time() -> None:
    settings = ServerSettings(timers=TimerSettings(session_init=timedelta(milliseconds=50)))
    async with serving(Smsc(), settings) as server, calling(server.port, bind=False) as peer:
        peer.writer.write(b"\x00\x00\x03\x00\x00\x00\x00\x09")
        await peer.end()
        await eventually(lambda: server.connections == 0)


async def test_over_a_kibibyte_before_the_bind_is_closed_and_counted() -> None:
    async with serving(Smsc()) as server, calling(server.port, bind=False) as peer:
        peer.writer.write(b"\x00\x00\x10\x00" + bytes(1021))
        await peer.end()
        assert server.misdeeds == {Misdeed.TOO_MUCH_BEFORE_BIND: 1}


async def test_a_flood_of_enquire_links_is_answered_slowly_and_harms_nobody() -> None:
    async with (
        serving(Smsc()) as server,
        calling(server.port) as good,
        calling(server.port) as flooding,
    ):
        flooding.write(*[EnquireLink(number) for number in range(2, 10_002)])
        await eventually(lambda: server.misdeeds[Misdeed.FLOOD])
        good.write(SubmitSm(2, short_message=b"ok"))
        assert await good.read() == SubmitSmResp(2, 0, "id-ok")
        for number in range(2, 10_002):
            assert await flooding.read() == EnquireLinkResp(number)


async def test_one_that_never_reads_costs_bounded_memory_and_ends() -> None:
    settings = ServerSettings(
        timers=TimerSettings(
            enquire_link=timedelta(milliseconds=200),
            enquire_link_response=timedelta(milliseconds=200),
        )
    )
    smsc = Smsc(window=10_000)
    async with serving(smsc, settings) as server, calling(server.port) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        (session,) = smsc.sessions
        big = DeliverSm(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 60_000})
        written = 0
        while session.capacity:
            written += session.deliver([(str(written), big)])
        assert written < 200  # a buffer's worth, not a window's
        await eventually(lambda: smsc.ends)
        assert server.misdeeds == {Misdeed.SLOW_READER: 1}
        assert len(smsc.doubtful) == written


async def test_one_that_submits_and_never_reads_is_not_read_any_more() -> None:
    smsc = Smsc()
    async with serving(smsc, ServerSettings(most_owed=50)) as server, calling(server.port) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        many = b"".join(encode(SubmitSm(n, short_message=b"x" * 200)) for n in range(2, 1002))
        for _ in range(200):
            peer.writer.write(many)
        await eventually(lambda: not smsc.sessions[0].capacity)
        assert len(smsc.pdus) < 100_000
        peer.writer.transport.abort()
        await eventually(lambda: server.connections == 0)
