"""`smsc doctor` with a person before it: it asks before it sends, what arrived, and to save."""

import asyncio
import os
import pty
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from smsc.simulator import Behaviour, SimBox
from smsc.sms.alphabet import Alphabet
from tests.contract.running_api import Customer, serving_a_customer

SOURCE, DESTINATION = "+14155552671", "+85512345678"
LATIN1 = Behaviour(
    receipt_delay=timedelta(0),
    receipt_retry=timedelta(milliseconds=50),
    alphabet=Alphabet.LATIN1,
)


@pytest.fixture
def carrier(database_url: str, redis_url: str) -> Iterator[Customer]:
    with serving_a_customer(database_url, redis_url) as customer:
        yield customer


class Terminal:
    """The other end of a pseudo-terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.said = ""

    async def expect(self, words: str) -> str:
        """Read until these words; return what stood before them."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(60):
            while words not in self.said:
                octets = await loop.run_in_executor(None, os.read, self._descriptor, 4096)
                self.said += octets.decode(errors="replace").replace("\r\n", "\n")
        before, _, self.said = self.said.partition(words)
        return before

    def type(self, line: str) -> None:
        os.write(self._descriptor, line.encode() + b"\n")


@asynccontextmanager
async def doctor(
    *words: str, **env: str
) -> AsyncIterator[tuple[Terminal, asyncio.subprocess.Process]]:
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "smsc.cli", "doctor", *words),
            env=os.environ | {"COLUMNS": "200", "TERM": "dumb"} | env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        yield Terminal(ours), process
        if process.returncode is None:
            async with asyncio.timeout(60):
                await process.wait()
    finally:
        os.close(theirs)
        os.close(ours)


def arguments(box: SimBox) -> list[str]:
    return [
        *("127.0.0.1", str(box.port), "--system-id", "a", "--password", "b"),
        *("--to", DESTINATION, "--from", SOURCE, "--texts", "8"),
    ]


async def test_the_alphabet_follows_from_what_a_person_reads() -> None:
    async with SimBox(LATIN1) as box, doctor(*arguments(box)) as (terminal, process):
        await terminal.expect("Up to 8 SMS will be sent")
        await terminal.expect("Go on?")
        assert not box.submits
        terminal.type("y")
        for name in "ABCDEF":
            asked = await terminal.expect("Number")
            assert f"Text {name} (" in asked
            readings = {
                line.strip().partition(" ")[2].strip(): line.split()[0]
                for line in asked.splitlines()
                if line.strip()[:1].isdigit()
            }
            on_handset = next(
                message.text
                for message in box.handset(DESTINATION).messages
                if message.text.split(" ")[1:2] and message.text.split(" ")[1].endswith(name)
            )
            terminal.type(readings.get(on_handset, readings["something else"]))
        await terminal.expect("data_coding 0 means Latin-1")
        await terminal.expect("default_alphabet: latin1")
        await process.wait()
        assert process.returncode == 0
        assert len(box.submits) == 8


async def test_nothing_is_sent_to_who_says_no() -> None:
    async with SimBox(LATIN1) as box, doctor(*arguments(box)) as (terminal, process):
        await terminal.expect("Go on?")
        terminal.type("n")
        async with asyncio.timeout(60):
            assert await process.wait() == 1
        assert not box.submits
        assert not box.totals.submitted


async def test_what_was_found_is_saved_for_who_says_yes_alone(carrier: Customer) -> None:
    access = {"SMSC_API_URL": carrier.api_url, "SMSC_CARRIER_API_KEY": carrier.bearer}
    words = (carrier.connector_sid, "--system-id", "a", "--password", "b")
    connection = await asyncpg.connect(carrier.database_url)
    try:
        async with SimBox(LATIN1) as box:
            await connection.execute(
                "UPDATE connectors SET host = '127.0.0.1', port = $2, bind_type = 'pair' "
                "WHERE sid = $1",
                *(carrier.connector_sid, box.port),
            )
            for reply, answer, bind_type in (
                ("n", "Nothing was changed.", "pair"),
                ("y", "Saved.", "transceiver"),
            ):
                async with doctor(*words, **access) as (terminal, process):
                    await terminal.expect("bind_type: pair → transceiver")
                    await terminal.expect("Save these?")
                    terminal.type(reply)
                    await terminal.expect(answer)
                assert process.returncode == 0
                query = "SELECT bind_type FROM connectors WHERE sid = $1"
                assert await connection.fetchval(query, carrier.connector_sid) == bind_type
    finally:
        await connection.close()
