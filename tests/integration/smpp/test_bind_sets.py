"""Several binds of one connector: transmitter-receiver pairs, and transceivers side by side."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.bind_set import Arrival, BindSet, pairs
from smsc.smpp.pdu import (
    BindType,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from tests.integration.smpp.owners import Smsc, config, eventually, serving, submit_sm


@dataclass
class Owner:
    """A set's owner, that writes down what it is told."""

    results: list[str] = field(default_factory=list)
    arrivals: list[tuple[Arrival[str], DeliverSm | DataSm]] = field(default_factory=list)
    states: list[tuple[BindState, str]] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def responded(self, results: Sequence[tuple[str, SubmitSmResp | GenericNack]]) -> None:
        self.results += [key for key, _ in results]

    def received(self, arrival: Arrival[str], pdus: Sequence[DeliverSm | DataSm]) -> None:
        self.arrivals += [(arrival, pdu) for pdu in pdus]
        arrival.answer([DeliverSmResp(pdu.sequence_number) for pdu in pdus])

    def in_doubt(self, keys: Sequence[str], why: str, *, silence: bool) -> None:
        self.doubtful += keys

    def state_changed(self, state: BindState, reason: str) -> None:
        self.states.append((state, reason))

    def capacity_freed(self) -> None:
        """Nothing waits in these tests."""


@asynccontextmanager
async def keeping_up(owner: Owner, configs: Sequence[BindConfig]) -> AsyncIterator[BindSet[str]]:
    binds: BindSet[str] = BindSet(configs, owner)
    running = asyncio.create_task(binds.run())
    try:
        yield binds
    finally:
        await binds.stop(timedelta(seconds=1))
        await running


async def test_a_pair_submits_by_its_transmitter_and_receives_by_its_receiver() -> None:
    smsc, owner = Smsc(), Owner()
    async with (
        serving(smsc) as server,
        keeping_up(owner, pairs(config(server.port), 1)) as binds,
    ):
        await eventually(lambda: len(smsc.sessions) == 2, "both binds")
        by_type = {session.bind_type: session for session in smsc.sessions}
        assert set(by_type) == {BindType.TRANSMITTER, BindType.RECEIVER}
        await eventually(lambda: binds.reason == "all 2 binds are bound")

        assert binds.submit([("one", submit_sm("one"))]) == 1
        await eventually(lambda: owner.results == ["one"])

        assert by_type[BindType.TRANSMITTER].capacity == 0
        assert by_type[BindType.RECEIVER].deliver([("mo", DeliverSm(source_addr="855"))]) == 1
        await eventually(lambda: [key for key, _ in smsc.results] == ["mo"], "its answer")


async def test_a_pair_is_bound_while_its_transmitter_is_and_says_what_is_missing() -> None:
    smsc, owner = Smsc(), Owner()
    async with serving(smsc) as server:
        good, bad = pairs(config(server.port), 1)
        async with keeping_up(owner, [good, replace(bad, password="wrong")]) as binds:
            await eventually(
                lambda: binds.state is BindState.BOUND and "refused" in binds.reason, "the state"
            )
            assert binds.reason.startswith("1 of 2 binds are bound; receiver esme: bind refused")


async def test_the_windows_of_several_binds_add_up() -> None:
    smsc, owner = Smsc(answers=False), Owner()
    async with serving(smsc) as server:
        one = config(server.port, window=2)
        async with keeping_up(owner, [one, one, one]) as binds:
            await eventually(lambda: len(smsc.sessions) == 3, "the binds")
            await eventually(lambda: binds.capacity(0.0) == 6)
            batch = [(f"m{n}", _to(f"m{n}", f"8551234{n:04}")) for n in range(8)]
            assert binds.submit(batch) == 6
            await eventually(lambda: len(smsc.pdus) == 6)
            assert binds.window_in_use == 6
            for session in smsc.sessions:
                smsc.answer_all(session)  # those of other sessions are matched by nothing
            await eventually(lambda: owner.results, "an answer")


async def test_what_follows_for_a_recipient_keeps_its_order_on_one_bind() -> None:
    smsc, owner = Smsc(answers=False), Owner()
    async with serving(smsc) as server:
        one = config(server.port, window=3)
        async with keeping_up(owner, [one, one]) as binds:
            await eventually(lambda: binds.capacity(0.0) == 6)
            batch = [(f"m{n}", _to(f"m{n}", "85512345678")) for n in range(6)]
            assert binds.submit(batch) == 3  # one bind's window: the other would overtake
            await eventually(lambda: len(smsc.pdus) == 3)
            assert [pdu.message_octets for pdu in smsc.pdus] == [b"m0", b"m1", b"m2"]
            assert binds.submit([("other", _to("other", "85599999999"))]) == 1


async def test_one_throttle_paces_all_binds() -> None:
    smsc, owner = Smsc(), Owner()
    async with serving(smsc) as server:
        one = config(server.port, throughput=0.5)
        async with keeping_up(owner, [one, one]) as binds:
            await eventually(lambda: binds.reason == "all 2 binds are bound")
            batch = [(f"m{n}", _to(f"m{n}", f"8551234{n:04}")) for n in range(4)]
            assert binds.submit(batch) == 1


async def test_what_went_before_a_segment_that_fits_no_wire_is_told() -> None:
    smsc, owner = Smsc(), Owner()
    async with serving(smsc) as server:
        one = config(server.port)
        async with keeping_up(owner, [one, one]) as binds:
            await eventually(lambda: binds.reason == "all 2 binds are bound")
            broken = ("broken", _to("broken", "855\0"))
            assert binds.submit([("m0", _to("m0", "85512345678")), broken]) == 1
            with pytest.raises(ValueError, match="NUL"):
                binds.submit([broken])
            await eventually(lambda: owner.results == ["m0"])


def _to(name: str, destination: str) -> SubmitSm:
    return replace(submit_sm(name), destination_addr=destination)
