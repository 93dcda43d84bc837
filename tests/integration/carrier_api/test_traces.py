"""Watching a connector, and the PDUs that are kept of a message, over the Carrier API."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process

from smsc.simulator import SimBox
from tests.contract.running_api import HANDSET
from tests.integration.carrier_api.conftest import CarrierApi
from tests.integration.carrier_api.gateway_beside import Beside, gateway_beside, until

TEXT = "meet me at nine"


async def smsc(api: CarrierApi, *words: str) -> Process:
    env = os.environ | {
        "SMSC_API_URL": api.customer.api_url,
        "SMSC_CARRIER_API_KEY": api.customer.bearer,
        "PYTHONUNBUFFERED": "1",
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smsc.cli", *words), env=env, stdout=PIPE, stderr=PIPE
    )


async def output(process: Process) -> str:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def is_traced(house: Beside) -> object:
    return await house.value("SELECT traced_until > now() FROM connectors")


async def test_a_connector_is_watched_with_numbers_and_texts_hidden(
    carrier_api: CarrierApi,
) -> None:
    async with SimBox() as box, gateway_beside(carrier_api.customer, box) as house:
        process = await smsc(carrier_api, "trace", "sim box", "--seconds", "60", "--json")
        assert process.stdout is not None
        seen: list[dict[str, object]] = []
        async with asyncio.timeout(60):
            first = json.loads(await process.stdout.readline())
            assert (first["event"], first["state"]) == ("watching", "bound")
            await until(lambda: _has_tap(house))
            await house.send(TEXT)
            while [pdu["command"] for pdu in seen].count("deliver_sm_resp") == 0:
                seen.append(json.loads(await process.stdout.readline()))
        process.terminate()
        await process.wait()
    assert [(pdu["direction"], pdu["command"]) for pdu in seen] == [
        ("out", "submit_sm"),
        ("in", "submit_sm_resp"),
        ("in", "deliver_sm"),
        ("out", "deliver_sm_resp"),
    ]
    assert {pdu["bind"] for pdu in seen} == {"goip transceiver 1"}
    text = json.dumps(seen)
    assert TEXT not in text
    assert HANDSET.lstrip("+") not in text
    submit = seen[0]["fields"]
    assert isinstance(submit, dict)
    assert submit["destination_addr"] == "…5678"


async def _has_tap(house: Beside) -> bool:
    return any(runner.watch.is_traced for runner in house.gateway.runners)


async def test_watching_ends_by_itself_and_nothing_is_tapped_then(
    carrier_api: CarrierApi,
) -> None:
    async with SimBox() as box, gateway_beside(carrier_api.customer, box) as house:
        process = await smsc(carrier_api, "trace", "sim box", "--seconds", "1")
        async with asyncio.timeout(60):
            _, err = await process.communicate()
        assert "its time is over" in err.decode()
        await house.value("UPDATE connectors SET traced_until = now()")
        house.gateway.changed()

        async def is_over() -> bool:
            return not await _has_tap(house)

        await until(is_over)


async def test_a_message_s_pdus_are_kept_shown_decoded_and_removed_in_time(
    carrier_api: CarrierApi,
) -> None:
    async with (
        SimBox() as box,
        gateway_beside(carrier_api.customer, box, pdu_hours=24) as house,
    ):
        message = await house.send("x" * 161)

        async def is_delivered() -> bool:
            status = await house.value("SELECT status FROM messages WHERE sid = $1", message.sid)
            return status == "delivered"

        await until(is_delivered)
        shown = json.loads(
            await output(await smsc(carrier_api, "trace", "--message", message.sid, "--json"))
        )
        lines = await output(
            await smsc(carrier_api, "trace", "--message", message.sid, "--numbers", "--bodies")
        )
    commands = sorted((pdu["direction"], pdu["command"]) for pdu in shown)
    assert commands == [
        *[("in", "deliver_sm")] * 2,
        *[("in", "submit_sm_resp")] * 2,
        *[("out", "submit_sm")] * 2,
    ]
    assert "xxx" not in json.dumps(shown)
    assert f"destination_addr={HANDSET.lstrip('+')}" in lines
    assert "text=xxx" in lines
    assert "part='2 of 2" in lines


async def test_a_connector_that_keeps_nothing_has_no_pdus_of_its_messages(
    carrier_api: CarrierApi,
) -> None:
    async with SimBox() as box, gateway_beside(carrier_api.customer, box) as house:
        message = await house.send(TEXT)

        async def is_delivered() -> bool:
            return await house.value("SELECT status FROM messages") == "delivered"

        await until(is_delivered)
        shown = await output(await smsc(carrier_api, "trace", "--message", message.sid))
        assert "pdu_hours" in shown
        assert await house.value("SELECT count(*) FROM kept_pdus") == 0


async def test_nobody_watches_another_carrier_s_connector_or_message(
    carrier_api: CarrierApi,
) -> None:
    for path in (f"connectors/CN{'0' * 32}/trace", f"messages/SM{'0' * 32}/pdus"):
        answer = await asyncio.to_thread(carrier_api.request, "GET", path)
        assert answer.status_code == 404
