"""A client that sends requests over keep-alive connections: its own process, off the books.

Prints one JSON object: `seconds`, and `answers`, each [number, status, started, seconds, body];
`started` is of the monotonic clock, and with `--rate` the time when the request was due.
"""

import argparse
import asyncio
import base64
import json
import sys
import time
from dataclasses import dataclass
from itertools import count as counting

import uvloop

TIMEOUT_SECONDS = 900

Answer = tuple[int, int, float, float, str]


@dataclass(frozen=True, slots=True)
class Work:
    """What to send: `{n}` in path and body becomes the request's number, in seven digits."""

    port: int
    path: str
    body: str
    user: str
    first: int
    count: int
    connections: int
    rate: float  # requests a second; 0: as fast as the answers come

    def request(self, number: int) -> bytes:
        """Return the octets of one request: a POST, or a GET where there is no body."""
        path, body = (text.replace("{n}", f"{number:07d}") for text in (self.path, self.body))
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if self.user:
            head += f"Authorization: Basic {base64.b64encode(self.user.encode()).decode()}\r\n"
        if body:
            head += (
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n"
            )
        return f"{head}\r\n{body}".encode()


async def run(work: Work) -> dict[str, object]:
    """Send all, one request in flight a connection."""
    numbers = iter(range(work.first, work.first + work.count))
    turns = counting()
    answers: list[Answer] = []
    began = time.monotonic()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", work.port)
        for number in numbers:
            request = work.request(number)
            due = time.monotonic()
            if work.rate:
                due = began + next(turns) / work.rate
                await asyncio.sleep(max(due - time.monotonic(), 0))
            writer.write(request)
            status, body = await _answer(reader)
            answers.append((number, status, due, time.monotonic() - due, body))
        writer.close()

    async with asyncio.timeout(TIMEOUT_SECONDS):
        await asyncio.gather(*(connection() for _ in range(work.connections)))
    return {"seconds": time.monotonic() - began, "answers": answers}


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) not in {b"\r\n", b""}:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, (await reader.readexactly(length)).decode()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("path", "body", "user"):
        parser.add_argument(f"--{name}", default="")
    for name in ("port", "first", "count", "connections"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0)
    json.dump(uvloop.run(run(Work(**vars(parser.parse_args())))), sys.stdout)
