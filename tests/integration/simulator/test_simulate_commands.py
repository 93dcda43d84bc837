"""`smsc simulate …` and `smsc doctor` as people run them: processes of their own."""

import asyncio
import json
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from smsc.smpp.pdu import Outbind, decode

HANDSET, US = "+85512345678", "+14155552671"
ANNOUNCED = re.compile(r"SMPP on 127\.0\.0\.1:(\d+), HTTP on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class Box:
    process: Process
    port: str
    url: str


async def smsc(folder: Path, *words: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "smsc.cli",
        *words,
        cwd=Path(__file__).parents[3],
        env={"SMSC_HOME": str(folder), "PATH": "", "COLUMNS": "200", "SMSC_LOG_LEVEL": "warning"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


async def ran(folder: Path, *words: str) -> tuple[int | None, str, str]:
    process = await smsc(folder, *words)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def running_box(folder: Path, *changes: str) -> AsyncIterator[Box]:
    process = await smsc(folder, "simulate", "simbox", "--port", "0", "--http-port", "0", *changes)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        announced = ANNOUNCED.search(line)
        assert announced, line
        yield Box(process, announced[1], announced[2])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
async def test_a_box_stops_cleanly(tmp_path: Path, signum: signal.Signals) -> None:
    async with running_box(tmp_path) as box:
        box.process.send_signal(signum)
        async with asyncio.timeout(30):
            _, err = await box.process.communicate()
        assert (box.process.returncode, err.decode()) == (0, "")


async def test_a_customer_and_a_handset_talk_to_each_other(tmp_path: Path) -> None:
    async with running_box(tmp_path, "receipt_delay=0") as box:
        code, out, err = await ran(
            tmp_path,
            *("simulate", "esme", "hello", "--to", HANDSET, "--from", US, "--json"),
            *("--port", box.port, "--system-id", "clinic", "--password", "secret"),
        )
        assert code == 0, err
        assert [json.loads(line)["kind"] for line in out.splitlines()] == ["response", "receipt"]

        code, out, err = await ran(
            tmp_path, "simulate", "handset", "read", HANDSET, "--json", "--url", box.url
        )
        assert code == 0, err
        message = json.loads(out)
        assert (message["from"], message["text"]) == (US, "hello")

        code, out, _ = await ran(
            tmp_path,
            *("simulate", "handset", "send", "hi", "--from", HANDSET, "--to", US),
            *("--url", box.url),
        )
        assert code == 1
        assert "Is a receiver bound?" in out


async def test_behaviour_is_shown_and_changed(tmp_path: Path) -> None:
    async with running_box(tmp_path, "throughput=3") as box:
        code, out, err = await ran(
            tmp_path, "simulate", "behaviour", "receipts=off", "--json", "--url", box.url
        )
        assert code == 0, err
        values = json.loads(out)
        assert (values["throughput"], values["receipts"]) == (3.0, False)
        code, out, err = await ran(tmp_path, "simulate", "behaviour", "--url", box.url)
        assert code == 0, err
        assert "segments a second" in out


async def test_the_doctor_reports_in_words_and_in_json(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        credentials = ("--system-id", "clinic", "--password", "secret")
        code, out, err = await ran(tmp_path, "doctor", "127.0.0.1", box.port, *credentials)
        assert code == 0, err
        assert "It works." in out
        code, out, err = await ran(
            tmp_path,
            *("doctor", "127.0.0.1", box.port, *credentials, "--json"),
            *("--engine", "smpplib", "--to", HANDSET, "--from", US),
        )
        assert code == 0, err
        report = json.loads(out)
        assert report["healthy"]
        assert "Receipt" in [finding["step"] for finding in report["findings"]]


async def test_errors_are_one_line(tmp_path: Path) -> None:
    for words in (
        ("simulate", "handset", "read", HANDSET, "--url", "http://127.0.0.1:1"),
        ("simulate", "simbox", "receit_delay=1"),
        ("doctor", "127.0.0.1", "1"),
    ):
        code, _, err = await ran(tmp_path, *words)
        assert code == 1
        assert err.startswith("error: ")
        assert err.count("\n") == 1


async def test_a_box_calls_by_outbind_whom_it_is_told_to(tmp_path: Path) -> None:
    called: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = await reader.readexactly(4)
        called.put_nowait(length + await reader.readexactly(int.from_bytes(length) - 4))
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    words = ("--system-id", "us", "--password", "secret", "--outbind", f"127.0.0.1:{port}")
    async with server, running_box(tmp_path, *words), asyncio.timeout(30):
        assert decode(await called.get()) == Outbind(1, system_id="us", password="secret")
