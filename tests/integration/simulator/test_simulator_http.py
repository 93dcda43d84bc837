import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from smsc.errors import SettingError
from smsc.simulator import SimBox
from smsc.simulator.client import Json, SimulatorClient, SimulatorRefused, SimulatorUnreachable
from smsc.simulator.serving import serving_http
from tests.integration.simulator.parties import US, customer, eventually

HANDSET = "+85512345678"


def data(answer: Json) -> list[Json]:
    rows = answer["data"]
    assert isinstance(rows, list)
    return rows


@pytest.fixture
async def box() -> AsyncIterator[SimBox]:
    async with SimBox() as box:
        yield box


@pytest.fixture
async def client(box: SimBox) -> AsyncIterator[SimulatorClient]:
    async with serving_http(box, 0) as url:
        yield SimulatorClient(url)


async def test_a_handset_is_read_with_and_without_plus(
    box: SimBox, client: SimulatorClient
) -> None:
    async with customer(box) as party:
        party.submit(HANDSET.removeprefix("+"), "hello")
        await box.handset(HANDSET).wait_for(1)
    for number in (HANDSET, HANDSET.removeprefix("+")):
        answer = await asyncio.to_thread(client.read, number)
        assert answer["number"] == HANDSET
        [message] = data(answer)
        assert (message["id"], message["from"], message["to"], message["text"]) == (
            1,
            f"+{US}",
            HANDSET,
            "hello",
        )
    handsets = await asyncio.to_thread(client.handsets)
    assert handsets == {"data": [{"number": HANDSET, "received": 1, "sent": 0}]}


async def test_a_reader_may_wait_for_the_next_message(box: SimBox, client: SimulatorClient) -> None:
    async with customer(box) as party:
        party.submit("85512345678", "first")
        await box.handset(HANDSET).wait_for(1)
        reading = asyncio.create_task(asyncio.to_thread(client.read, HANDSET, after=1, wait=10))
        await eventually(lambda: box.handset(HANDSET).inbox._waiting, "the reader")
        party.submit("85512345678", "second")
        answer = await reading
    [message] = data(answer)
    assert (message["id"], message["text"]) == (2, "second")


async def test_nothing_comes_in_time(client: SimulatorClient) -> None:
    answer = await asyncio.to_thread(client.read, HANDSET, wait=0.01)
    assert answer == {"number": HANDSET, "data": []}


async def test_a_handset_sends_and_hears_of_the_answer(
    box: SimBox, client: SimulatorClient
) -> None:
    async with customer(box) as party:
        answer = await asyncio.to_thread(client.send, HANDSET, f"+{US}", "x" * 200)
        assert len(party.inbound) == 2
    assert answer == {
        "from": HANDSET,
        "to": f"+{US}",
        "text": "x" * 200,
        "segments": 2,
        "command_statuses": ["ESME_ROK", "ESME_ROK"],
        "acknowledged": True,
    }


async def test_a_message_without_a_receiver_waits(box: SimBox, client: SimulatorClient) -> None:
    answer = await asyncio.to_thread(client.send, HANDSET, US, "hello")
    assert (answer["acknowledged"], answer["command_statuses"]) == (False, [None])
    assert box.waiting == 1


async def test_behaviour_is_read_and_changed(box: SimBox, client: SimulatorClient) -> None:
    before = await asyncio.to_thread(client.behaviour)
    after = await asyncio.to_thread(client.behaviour, {"receipts": False, "throughput": 3})
    assert after == {**before, "receipts": False, "throughput": 3.0}
    assert box.behaviour.throughput == 3


async def test_a_wrong_behaviour_is_refused_in_words(client: SimulatorClient) -> None:
    with pytest.raises(SimulatorRefused, match="reject_rate"):
        await asyncio.to_thread(client.behaviour, {"reject_rate": 7})
    with pytest.raises(SimulatorRefused, match=r"body\.to"):
        await asyncio.to_thread(client.send, HANDSET, "", "hello")


async def test_sessions_and_submits_are_shown(box: SimBox, client: SimulatorClient) -> None:
    async with customer(box) as party:
        party.submit("85512345678", "hello")
        await party.answered()
        sessions = await asyncio.to_thread(client.sessions)
        submits = await asyncio.to_thread(client.submits)
    [session] = data(sessions)
    assert (session["system_id"], session["bind_type"]) == ("customer", "transceiver")
    totals, [submit] = submits["totals"], data(submits)
    assert isinstance(totals, dict)
    assert (totals["submitted"], totals["accepted"]) == (1, 1)
    assert submit["message_id"] == box.submits[0].message_id
    assert bytes.fromhex(str(submit["message_octets"])) == b"hello"
    assert submit["command_status"] == "ESME_ROK"


async def test_handsets_can_be_forgotten(box: SimBox, client: SimulatorClient) -> None:
    box.handset(HANDSET)
    await asyncio.to_thread(client.forget_handsets)
    assert box.handsets.all() == []


async def test_no_simulator_is_a_clear_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(SimulatorUnreachable, match="smsc simulate simbox"):
            await asyncio.to_thread(SimulatorClient(url).handsets)


async def test_a_taken_http_port_names_its_setting(box: SimBox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingError, match="SMSC_SIMULATOR_HTTP_PORT"):
            async with serving_http(box, taken.getsockname()[1]):
                raise AssertionError
