"""What binds do to remotes that refuse, flap, fall silent or throttle, over hours."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.esme import Esme
from smsc.smpp.pdu import Bind, BindResp, CommandStatus, EnquireLink, GenericNack, SubmitSmResp
from smsc.smpp.server import Accepted, Refused, ServerSession, SmppServer
from tests.integration.smpp.owners import PASSWORD, Customer, Smsc, submit_sm
from tests.integration.smpp.raw_peer import answering
from tests.integration.smpp.time_travel import TimeTravelLoop, travel

HOUR = 3600.0


class Timed(Smsc):
    """An SMSC that notes when it is bound to."""

    def __init__(self, loop: TimeTravelLoop) -> None:
        super().__init__()
        self.loop = loop
        self.bound_at: list[float] = []

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str] | Refused:
        self.bound_at.append(self.loop.time())
        return await super().authenticate(bind, peer)


class Flapping(Timed):
    """It closes each session right after the bind, until it is mended."""

    mended = False

    def bound(self, session: ServerSession[str, str]) -> None:
        super().bound(session)
        if not self.mended:
            session.close("closes at once")


@asynccontextmanager
async def kept_up(
    loop: TimeTravelLoop, customer: Customer, port: int, **changes: object
) -> AsyncIterator[Esme[str]]:
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "esme",
        "password": PASSWORD,
    }
    config = BindConfig(**(settings | changes))  # type: ignore[arg-type]  # typed at each caller
    uniform = random.Random(7).uniform  # noqa: S311 the same jitter in each run is wanted
    esme: Esme[str] = Esme(config, customer, clock=loop.time, uniform=uniform)
    customer.esme = esme
    running = asyncio.create_task(esme.run())
    try:
        yield esme
    finally:
        running.cancel()
        await asyncio.wait([running])


@asynccontextmanager
async def serving(loop: TimeTravelLoop, smsc: Smsc) -> AsyncIterator[SmppServer[str, str]]:
    server: SmppServer[str, str] = SmppServer(smsc, clock=loop.time)
    await server.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        await server.stop(timedelta(seconds=1))


def test_a_wrong_password_is_tried_once_a_minute_after_the_fifth_time() -> None:
    async def journey(loop: TimeTravelLoop) -> list[float]:
        smsc = Timed(loop)
        async with (
            serving(loop, smsc) as server,
            kept_up(loop, Customer(), server.port, password="wrong") as esme,
        ):
            await asyncio.sleep(HOUR)
            assert (esme.state, esme.reason) == (
                BindState.BACKING_OFF,
                "bind refused: ESME_RINVPASWD",
            )
        return smsc.bound_at

    with capture_logs() as logs:
        tried = travel(journey)
    assert 45 <= len(tried) <= 65
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert min(gaps[4:]) >= 60
    assert gaps[:4] == sorted(gaps[:4])
    assert len([one for one in logs if one["event"] == "bind.failed"]) == 1


def test_a_server_that_closes_after_each_bind_costs_no_message_and_few_log_lines() -> None:
    async def journey(loop: TimeTravelLoop) -> tuple[list[float], Customer, list[object]]:
        smsc, customer = Flapping(loop), Customer()
        async with serving(loop, smsc) as server, kept_up(loop, customer, server.port):
            while not smsc.ends:
                await asyncio.sleep(0.1)
            customer.send("flood warning")
            await asyncio.sleep(HOUR)
            assert smsc.pdus == []
            tried = list(smsc.bound_at)
            smsc.mended = True
            await asyncio.sleep(200)
            return tried, customer, list(smsc.pdus)

    with capture_logs() as logs:
        tried, customer, pdus = travel(journey)
    assert 45 <= len(tried) <= 75
    assert customer.doubtful == []
    assert len(pdus) == 1
    assert [key for key, _ in customer.results] == ["flood warning"]
    events = [one["event"] for one in logs if one["event"].startswith("bind.")]
    assert events == ["bind.bound", "bind.lost", "bind.bound"]


@pytest.mark.parametrize("answer", [True, False], ids=["answers", "nacks"])
def test_a_bind_on_trial_sends_once_its_peer_has_answered(*, answer: bool) -> None:
    async def journey(loop: TimeTravelLoop) -> None:
        customer = Customer()
        async with answering() as (port, peers), kept_up(loop, customer, port) as esme:
            first = await peers.get()
            await first.read()
            first.write(BindResp(1))
            first.writer.close()
            second = await peers.get()
            bind = await second.read()
            second.write(BindResp(bind.sequence_number))
            question = await second.read()
            assert isinstance(question, EnquireLink)
            customer.send("waits")
            assert (esme.state, esme.window_in_use) == (BindState.BOUND, 0)
            if answer:
                second.write(replace(question, sequence_number=99), submit_resp_to(question))
            else:
                second.write(GenericNack(question.sequence_number, CommandStatus.ESME_RINVCMDID))
            while not esme.window_in_use:
                await asyncio.sleep(0.01)
            second.writer.transport.abort()

    travel(journey)


def submit_resp_to(question: EnquireLink) -> SubmitSmResp:
    """Any PDU shows that the peer lives."""
    return SubmitSmResp(question.sequence_number + 1000)


def test_a_half_open_link_is_found_within_the_interval_and_its_window_handed_back() -> None:
    async def journey(loop: TimeTravelLoop) -> tuple[float, list[tuple[str, str]]]:
        customer = Customer()
        async with answering() as (port, peers), kept_up(loop, customer, port) as esme:
            peer = await peers.get()
            bind = await peer.read()
            peer.write(BindResp(bind.sequence_number))
            while esme.state is not BindState.BOUND:
                await asyncio.sleep(0.1)
            customer.send("into the void")
            since = loop.time()
            while esme.state is BindState.BOUND:
                await asyncio.sleep(0.1)
            return loop.time() - since, customer.doubtful

    seconds, doubtful = travel(journey)
    assert 40 <= seconds <= 40.5  # enquire_link after 30 s of silence, 10 s for its answer
    assert [key for key, _ in doubtful] == ["into the void"]


def test_one_in_ten_seconds_is_one_in_ten_seconds_on_the_wire() -> None:
    async def journey(loop: TimeTravelLoop) -> list[float]:
        at: list[float] = []

        class Noting(Smsc):
            def submitted(self, session: ServerSession[str, str], pdus: object) -> None:
                at.append(loop.time())
                super().submitted(session, pdus)  # type: ignore[arg-type]

        smsc, customer = Noting(), Customer()
        async with (
            serving(loop, smsc) as server,
            kept_up(loop, customer, server.port, throughput=0.1) as esme,
        ):
            while esme.state is not BindState.BOUND:
                await asyncio.sleep(0.1)
            customer.send(*[str(number) for number in range(5)])
            while len(at) < 5:
                due = esme.next_capacity_at(loop.time())
                await asyncio.sleep(0.1 if due is None else max(0.0, due - loop.time()))
                customer.pump()
        return at

    at = travel(journey)
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert gaps == pytest.approx([10, 10, 10, 10], abs=0.01)


@pytest.mark.parametrize("rate", [0.5, 7.5])
def test_a_boxs_hidden_rate_is_used_to_19_in_20_and_refused_once_in_100(rate: float) -> None:
    settled, end = max(60.0, 60 / rate), max(300.0, 400 / rate)

    class Persistent(Customer):
        """It has always more to send, and sends again what was refused."""

        def capacity_freed(self) -> None:
            if self.esme is not None:
                self.esme.submit([("next", submit_sm("next"))] * 20)

    async def journey(loop: TimeTravelLoop) -> tuple[int, int]:
        customer = Persistent()
        counts = {"accepted": 0, "refused": 0}
        async with (
            SimBox(Behaviour(throughput=rate, receipts=False), password=PASSWORD) as box,
            kept_up(loop, customer, box.port, window=10) as esme,
        ):
            while loop.time() < end:
                if loop.time() < settled:
                    counts = {"accepted": box.totals.accepted, "refused": box.totals.throttled}
                due = esme.next_capacity_at(loop.time())
                await asyncio.sleep(0.01 if due is None else max(0.001, due - loop.time()))
                customer.capacity_freed()
            return (
                box.totals.accepted - counts["accepted"],
                box.totals.throttled - counts["refused"],
            )

    accepted, refused = travel(journey)
    assert accepted >= 0.95 * rate * (end - settled)
    assert refused <= 0.01 * (accepted + refused)
