import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsc.simulator import SimBox
from tests.contract.running_api import Customer, serving_a_customer


@pytest.fixture
def carrier(database_url: str, redis_url: str) -> Iterator[Customer]:
    with serving_a_customer(database_url, redis_url) as customer:
        yield customer


async def test_a_connector_is_examined_by_its_name(carrier: Customer, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "SMSC_HOME": str(tmp_path),
        "SMSC_API_URL": carrier.api_url,
        "SMSC_CARRIER_API_KEY": carrier.bearer,
        "SMSC_CONNECTOR_PASSWORD": "right",
        "SMSC_DOCTOR_PASSWORD": "right",
    }

    async def smsc(*words: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "smsc.cli", *words), env=env, stdout=PIPE, stderr=PIPE
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    async with SimBox(system_id="clinic", password="right") as box:
        code, _, err = await smsc(
            *("connector", "create", "--name", "box", "--host", box.host),
            *("--port", str(box.port), "--system-id", "clinic"),
        )
        assert code == 0, err
        code, out, err = await smsc("doctor", "box", "--json")
        assert code == 0, err
        report = json.loads(out)
        assert (report["healthy"], report["port"]) == (True, box.port)
        code, _, err = await smsc("doctor", "nowhere")
        assert code == 1
        assert "smsc connector list" in err
