"""What a box does to sessions and octets, seen by a raw socket and by our own ESME."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from smsc.simulator import Behaviour, SimBox
from smsc.simulator.behaviour import Incident, change
from smsc.simulator.client import SimulatorClient, SimulatorRefused
from smsc.simulator.serving import serving_http
from smsc.smpp.pdu import DeliverSm, DeliverSmResp, EnquireLink, SubmitSm, SubmitSmResp, Unbind
from tests.integration.simulator.parties import customer, eventually
from tests.integration.simulator.test_simulate_commands import ran, running_box
from tests.integration.smpp.raw_peer import RawPeer, calling

SUBMIT = SubmitSm(2, source_addr="1", destination_addr="85512345678", registered_delivery=1)


@asynccontextmanager
async def bound(behaviour: Behaviour) -> AsyncIterator[tuple[SimBox, RawPeer]]:
    async with SimBox(behaviour) as box, calling(box.port) as peer:
        yield box, peer


async def test_an_octet_at_a_time_is_still_whole_pdus() -> None:
    behaviour = Behaviour(write_octets=1, receipt_delay=timedelta(0))
    async with SimBox(behaviour) as box, customer(box) as party:
        party.submit("85512345678", count=3)
        await eventually(lambda: len(party.receipts) == 3, "the receipts")


async def test_what_is_gathered_leaves_in_one_piece() -> None:
    behaviour = Behaviour(write_gather=timedelta(milliseconds=50), receipt_delay=timedelta(0))
    async with bound(behaviour) as (_, peer):
        peer.write(SUBMIT)
        async with asyncio.timeout(5):
            piece = await peer.reader.read(10_000)
        assert len(piece) > int.from_bytes(piece[:4]) + 100  # the response, and its receipt


async def test_a_receipt_overtakes_its_response() -> None:
    async with bound(Behaviour(receipt_before_response=True)) as (_, peer):
        peer.write(SUBMIT)
        first, second = await peer.read(), await peer.read()
        assert isinstance(first, DeliverSm)
        assert isinstance(second, SubmitSmResp)
        assert f"id:{second.message_id} ".encode() in first.short_message


async def test_what_is_taken_before_a_change_has_its_receipts_after_it() -> None:
    slow = Behaviour(response_delay=timedelta(milliseconds=50), receipt_delay=timedelta(0))
    async with bound(slow) as (box, peer):
        peer.write(SUBMIT)
        await eventually(lambda: len(box.submits) == 1, "the submit")
        box.change({"receipt_before_response": True})
        assert isinstance(await peer.read(), SubmitSmResp)
        assert isinstance(await peer.read(), DeliverSm)


async def test_a_half_open_session_says_nothing_and_stands_until_the_box_stops() -> None:
    behaviour = Behaviour(incident=Incident.SILENCE, incident_after=1, receipts=False)
    async with SimBox(behaviour) as box, calling(box.port) as peer:
        peer.write(SUBMIT)
        assert isinstance(await peer.read(), SubmitSmResp)
        peer.write(EnquireLink(3))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(peer.reader.read(1), 0.1)
        box.sessions[0].abort("the box gives up")
        await eventually(lambda: not box.sessions, "the session's end")
        assert not peer.reader.at_eof()
        await box.stop()
        await peer.end()


async def test_an_unbind_comes_in_mid_window() -> None:
    behaviour = Behaviour(incident=Incident.UNBIND, incident_after=1, receipts=False)
    async with bound(behaviour) as (box, peer):
        peer.write(SUBMIT, SUBMIT, SUBMIT)
        assert isinstance(await peer.read(), SubmitSmResp)
        assert isinstance(await peer.read(), Unbind)
        assert (box.totals.accepted, box.totals.swallowed) == (3, 2)


async def test_a_reset_is_one_on_the_wire() -> None:
    behaviour = Behaviour(incident=Incident.RESET, incident_after=1, receipts=False)
    async with bound(behaviour) as (_, peer):
        peer.write(SUBMIT, SUBMIT)
        assert isinstance(await peer.read(), SubmitSmResp)
        with pytest.raises(ConnectionResetError):
            await peer.read()


async def test_an_incident_happens_as_often_as_it_shall() -> None:
    behaviour = Behaviour(incident=Incident.CLOSE, incident_after=1, incident_times=2)
    async with SimBox(behaviour) as box:
        for _ in range(2):
            async with calling(box.port) as peer:
                peer.write(SUBMIT)
                await peer.end()
        async with calling(box.port) as peer:
            peer.write(SUBMIT)
            assert isinstance(await peer.read(), SubmitSmResp)
            peer.write(EnquireLink(3))
            await peer.read()


@pytest.mark.parametrize("message_id", ["", "7"], ids=["none", "one"])
async def test_a_message_id_in_a_deliver_sm_resp_ends_the_session(message_id: str) -> None:
    behaviour = Behaviour(closes_on_message_id=True, receipt_delay=timedelta(0))
    async with bound(behaviour) as (box, peer):
        peer.write(SUBMIT)
        await peer.read()
        receipt = await peer.read()
        peer.write(DeliverSmResp(receipt.sequence_number, 0, message_id))
        await eventually(lambda: box.totals.deliveries_settled == 1, "the answer")
        assert bool(message_id) == (not box.sessions or not box.sessions[0].open)


async def test_a_slow_reader_takes_all_in_the_end() -> None:
    behaviour = Behaviour(read_pause=timedelta(milliseconds=1), receipts=False)
    async with SimBox(behaviour) as box, customer(box) as party:
        party.submit("85512345678", "x" * 150, count=500)
        await party.answered()
        assert box.totals.accepted == 500


async def test_a_running_box_takes_on_a_profile_and_gives_it_up() -> None:
    async with SimBox() as box, serving_http(box, 0) as url:
        client = SimulatorClient(url)
        listed = await asyncio.to_thread(client.profiles)
        assert isinstance(listed["data"], list)
        assert "jasmin" in [profile["name"] for profile in listed["data"]]
        taken = await asyncio.to_thread(client.take_on, "jasmin")
        assert taken["message_id_style"] == "uuid"
        again = await asyncio.to_thread(client.take_on, "smscsim")
        assert (again["message_id_style"], again["closes_on_message_id"]) == ("hex", False)
        with pytest.raises(SimulatorRefused, match="There is no profile"):
            await asyncio.to_thread(client.take_on, "nobody")


async def test_the_command_line_starts_a_box_with_a_profile_and_changes_it(tmp_path: Path) -> None:
    async with running_box(tmp_path, "--profile", "goip", "receipt_delay=0") as box:
        show = ("simulate", "behaviour", "--url", box.url, "--json")
        code, out, _ = await ran(tmp_path, *show)
        told = json.loads(out)
        assert (code, told["most_sessions"], told["receipt_delay"]) == (0, 1, 0.0)
        code, out, _ = await ran(tmp_path, *show, "--profile", "vonage", "window=3")
        told = json.loads(out)
        assert (code, told["most_sessions"], told["window"]) == (0, 2, 3)
    code, out, err = await ran(tmp_path, "simulate", "simbox", "--profile", "gopi")
    assert code != 0
    assert "There is no profile 'gopi'" in out + err
    code, out, _ = await ran(tmp_path, "simulate", "profiles", "--json")
    assert (code, len(json.loads(out)) > 30) == (0, True)


def test_a_change_keeps_what_a_profile_set() -> None:
    jasmin = change(Behaviour(), {"message_id_style": "uuid"})
    assert change(jasmin, {"window": 1}).message_id_style == "uuid"
