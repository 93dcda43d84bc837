"""Probes over the Carrier API: the lease is lent for them, comes back, and nothing is lost."""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smsc import sids
from smsc.db import Database
from smsc.jobs import Bells
from smsc.messaging import processes
from smsc.messaging.sending import lending
from smsc.messaging.tracing import probe_rows
from smsc.simulator import Behaviour, SimBox
from smsc.vault import Vault
from tests.contract.running_api import HANDSET, Customer
from tests.integration.carrier_api.conftest import CarrierApi
from tests.integration.carrier_api.gateway_beside import Beside, gateway_beside, until
from workers.glances import Glances
from workers.probes import Prober

AT_ONCE = Behaviour(receipt_delay=timedelta(0), receipt_retry=timedelta(milliseconds=50))


# A device that takes one client only, as a GoIP does.
ONE_CLIENT = replace(AT_ONCE, most_sessions=1)


@contextlib.asynccontextmanager
async def probing(customer: Customer, redis_url: str | None = None) -> AsyncIterator[Prober]:
    """The part of a gateway process that carries out probes, under a name of its own."""
    database_url, own_redis_url, secret_key = customer.settings.require_servers()
    url = redis_url or own_redis_url
    sid = sids.make(sids.Prefix.PROCESS)
    async with await Database.connect(database_url) as database, Bells(own_redis_url) as bells:
        await processes.beat(database, sid, "clock")  # it shall take no connector
        prober = Prober(sid, database, bells, Vault(secret_key), url, Glances(database))
        task = asyncio.create_task(prober.run())
        try:
            yield prober
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def call(api: CarrierApi, method: str, path: str, body: object = None) -> dict[str, Any]:
    answer = await asyncio.to_thread(api.request, method, path, body)
    assert answer.ok, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def ask(api: CarrierApi, **asked: object) -> dict[str, Any]:
    return await call(api, "POST", f"connectors/{api.customer.connector_sid}/probes", asked)


async def ended(api: CarrierApi, sid: str) -> dict[str, Any]:
    path = f"connectors/{api.customer.connector_sid}/probes/{sid}"
    async with asyncio.timeout(60):
        while (probe := await call(api, "GET", path))["state"] not in {"done", "failed"}:
            await asyncio.sleep(0.05)
    return probe


async def is_bound(house: Beside) -> bool:
    return await house.value("SELECT state FROM connector_leases") == "bound"


async def test_a_device_of_one_client_is_probed_and_bound_again(carrier_api: CarrierApi) -> None:
    async with (
        SimBox(ONE_CLIENT) as box,
        gateway_beside(carrier_api.customer, box) as house,
        probing(carrier_api.customer),
    ):
        await until(lambda: is_bound(house))
        made = await ask(carrier_api, **{"to": HANDSET, "from": house.customer.sender})
        assert made["state"] == "waiting"
        probe = await ended(carrier_api, made["sid"])
        assert probe["state"] == "done", probe
        assert probe["report"]["healthy"], probe
        steps = {finding["step"] for finding in probe["report"]["findings"]}
        assert {"Bind as transceiver", "Submit", "Receipt", "Receipt dialect"} <= steps
        await until(lambda: is_bound(house))
        assert await house.value("SELECT lent_until FROM connectors") is None
        assert len(box.sessions) == 1
    listed = await call(carrier_api, "GET", f"connectors/{probe['connector_sid']}/probes")
    assert [one["sid"] for one in listed["data"]] == [probe["sid"]]


async def test_messages_wait_for_the_probe_s_end_and_say_so(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    async with SimBox(ONE_CLIENT) as box, gateway_beside(customer, box) as house:
        async with lending.borrowed(
            house.database, house.announce, customer.connector_sid, sids.make(sids.Prefix.PROBE)
        ):
            assert box.sessions == []
            message = await house.send("hello")
            journey = await call(carrier_api, "GET", f"messages/{message.sid}")
            (segment,) = journey["segments"]
            assert segment["place"] == "queued"
            assert segment["waiting_for"] == "the connector is lent to a probe"
            live = await call(carrier_api, "GET", f"connectors/{customer.connector_sid}")
            assert live["state"] == "lent"

        async def is_delivered() -> bool:
            return await house.value("SELECT status FROM messages") == "delivered"

        await until(is_delivered)
    assert len(box.submits) == 1


BORROW = """
import asyncio, sys
from smsc.db import Database
from smsc.messaging.sending import lending

async def announce():
    pass

async def main(url, connector, borrower):
    async with await Database.connect(url) as database:
        async with lending.borrowed(database, announce, connector, borrower):
            print("borrowed", flush=True)
            await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_borrower_s_lease_goes_back_by_itself(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    async with SimBox(ONE_CLIENT) as box, gateway_beside(customer, box) as house:
        borrower = sids.make(sids.Prefix.PROBE)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", BORROW, customer.database_url, customer.connector_sid),
            borrower,
            stdout=PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"borrowed\n"
        assert not box.sessions
        process.kill()
        await process.wait()
        left = await house.value("SELECT lent_until - now() FROM connectors")
        assert isinstance(left, timedelta)
        assert left <= lending.LOAN, "no longer than a few renewals"
        await house.value("UPDATE connectors SET lent_until = now()")  # that time passes
        await house.value("UPDATE connector_leases SET expires_at = now()")
        await until(lambda: is_bound(house))


async def test_a_probe_whose_process_died_has_failed_and_says_why(
    carrier_api: CarrierApi,
) -> None:
    async with SimBox() as box, gateway_beside(carrier_api.customer, box) as house:
        made = await ask(carrier_api)
        claimed = await probe_rows.claim(house.database, "WP" + "1" * 32, made["sid"])
        assert claimed is not None
        assert await probe_rows.claim(house.database, "WP" + "2" * 32, made["sid"]) is None
        assert await probe_rows.fail_abandoned(house.database) == 0
        await house.value("UPDATE probes SET renewed_at = now() - interval '1 minute'")
        assert await probe_rows.fail_abandoned(house.database) == 1
        probe = await ended(carrier_api, made["sid"])
        assert probe["state"] == "failed"
        assert "stopped" in probe["report"]["failure"]
        again = await ask(carrier_api)
        assert again["state"] == "waiting"


async def test_a_probe_that_nobody_takes_has_failed_in_the_end(carrier_api: CarrierApi) -> None:
    made = await ask(carrier_api)
    database_url, _, _ = carrier_api.customer.settings.require_servers()
    async with await Database.connect(database_url) as database:
        async with database.single() as connection:
            await connection.execute("UPDATE probes SET created_at = now() - interval '10 minutes'")
        assert await probe_rows.fail_abandoned(database) == 1
    probe = await ended(carrier_api, made["sid"])
    assert "no gateway process took it" in probe["report"]["failure"]


async def test_a_connector_is_probed_once_at_a_time(carrier_api: CarrierApi) -> None:
    await ask(carrier_api)
    path = f"connectors/{carrier_api.customer.connector_sid}/probes"
    answer = await asyncio.to_thread(carrier_api.request, "POST", path, {})
    assert answer.status_code == 409
    assert "being probed already" in answer.json()["message"]


async def test_without_redis_a_probe_is_found_by_its_row(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    async with (
        SimBox() as box,
        gateway_beside(customer, box),
        probing(customer, "unix:///nowhere/valkey.sock"),
    ):
        made = await ask(carrier_api)
        probe = await ended(carrier_api, made["sid"])
    assert probe["state"] == "done", probe


async def test_a_stopped_process_fails_its_probe_and_gives_the_lease_back(
    carrier_api: CarrierApi,
) -> None:
    customer = carrier_api.customer
    async with SimBox(ONE_CLIENT) as box, gateway_beside(customer, box) as house:
        async with probing(customer):
            made = await ask(carrier_api, idle_seconds=300)

            async def is_examined() -> bool:
                report = await house.value("SELECT report::text FROM probes")
                return "Unbind as receiver" in str(report)

            await until(is_examined)
        probe = await ended(carrier_api, made["sid"])
        assert probe["state"] == "failed"
        assert "was stopped" in probe["report"]["failure"]
        await until(lambda: is_bound(house))


async def test_a_paused_connector_is_probed_and_stays_paused(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    async with SimBox() as box, gateway_beside(customer, box) as house, probing(customer):
        await call(carrier_api, "PATCH", f"connectors/{customer.connector_sid}", {"paused": True})
        made = await ask(carrier_api, engine="smpplib")
        probe = await ended(carrier_api, made["sid"])
        assert probe["state"] == "done"
        assert probe["report"]["engine"] == "smpplib"
        live = await call(carrier_api, "GET", f"connectors/{customer.connector_sid}")
        assert (live["paused"], live["state"]) == (True, "unowned")
        assert await house.value("SELECT owner FROM connector_leases") is None


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"to": HANDSET}, "'from'"),
        ({"texts": 3}, "'to'"),
        ({"to": HANDSET, "from": "+15550001111", "steps": ["rate"]}, "'texts'"),
        ({"to": HANDSET, "from": "+15550001111", "steps": ["price"]}, "steps"),
        ({"to": "nobody", "from": "+15550001111"}, "nobody"),
        ({"texts": 1000, "to": HANDSET, "from": "+15550001111"}, "texts"),
    ],
)
def test_what_can_not_be_probed_is_refused_by_name(
    idle_carrier_api: CarrierApi, asked: dict[str, object], names: str
) -> None:
    path = f"connectors/{idle_carrier_api.customer.connector_sid}/probes"
    answer = idle_carrier_api.request("POST", path, asked)
    assert answer.status_code == 400, answer.text
    assert names in answer.json()["message"]


async def test_the_command_has_the_gateway_probe_and_saves_what_was_found(
    carrier_api: CarrierApi,
) -> None:
    customer = carrier_api.customer
    env = os.environ | {
        "SMSC_API_URL": customer.api_url,
        "SMSC_CARRIER_API_KEY": customer.bearer,
        "COLUMNS": "200",
    }

    async def doctor(*words: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "smsc.cli", "doctor", "sim box", *words),
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        return process.returncode, out.decode() + err.decode()

    async with (
        SimBox(ONE_CLIENT) as box,
        gateway_beside(customer, box, bind_type="transmitter", interface_version=0x50) as house,
        probing(customer),
    ):
        code, said = await doctor("--to", HANDSET, "--from", customer.sender)
        assert code == 0, said
        assert "Up to 1 SMS will be sent" in said
        assert "bind_type: transmitter → transceiver" in said
        assert "Nothing was changed" in said
        assert await house.value("SELECT bind_type FROM connectors") == "transmitter"
        code, said = await doctor("--save")
        assert code == 0, said
        assert "Saved." in said
        assert await house.value("SELECT bind_type FROM connectors") == "transceiver"
        code, said = await doctor("--json")
        assert json.loads(said)["healthy"] is True


async def test_the_clock_removes_what_ended_long_ago(carrier_api: CarrierApi) -> None:
    made = await ask(carrier_api)
    database_url, _, _ = carrier_api.customer.settings.require_servers()
    async with await Database.connect(database_url) as database, database.single() as connection:
        for days, forgotten in ((89, 0), (91, 1)):
            await connection.execute(
                "UPDATE probes SET state = 'done', finished_at = now() - make_interval(days => $1) "
                "WHERE sid = $2",
                days,
                made["sid"],
            )
            assert await probe_rows.forget_old(database) == forgotten


async def test_a_device_that_dials_in_is_not_probed(carrier_api: CarrierApi) -> None:
    sid = carrier_api.customer.connector_sid
    database_url, _, _ = carrier_api.customer.settings.require_servers()
    async with await Database.connect(database_url) as database, database.single() as connection:
        await connection.execute("UPDATE connectors SET dials_in = true")
    answer = await asyncio.to_thread(carrier_api.request, "POST", f"connectors/{sid}/probes", {})
    assert answer.status_code == 409
    assert "dials in" in answer.json()["message"]
