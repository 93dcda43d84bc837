"""A receiver that answers 200 and logs each request: `--port N --log FILE`.

A line is `status microseconds target body`. With `--reply TEXT` it answers with that TwiML.
"""

import argparse
import asyncio
import time
from pathlib import Path
from typing import TextIO, cast

import uvloop
from httptools import HttpRequestParser

FLUSH_SECONDS = 0.05


class Receiver(asyncio.Protocol):
    """One keep-alive connection; httptools calls `on_url`, `on_body`, `on_message_complete`."""

    def __init__(self, log: TextIO, answer: bytes) -> None:
        self._log = log
        self._answer = answer
        self._parser = HttpRequestParser(self)
        self._target = self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        now = time.monotonic_ns() // 1000
        self._log.write(f"200 {now} {self._target.decode()} {self._body.decode()}\n")
        self._target = self._body = b""
        self._transport.write(self._answer)


def answer(reply: str) -> bytes:
    """Return the answer to every request: empty, or TwiML."""
    kind = "Content-Type: text/xml\r\n" if reply else ""
    return f"HTTP/1.1 200 OK\r\n{kind}Content-Length: {len(reply)}\r\n\r\n{reply}".encode()


async def _serve(port: int, log: Path, reply: str) -> None:
    with log.open("a") as output:
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: Receiver(output, answer(reply)), "127.0.0.1", port)
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            output.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--reply", default="")
    uvloop.run(_serve(**vars(parser.parse_args())))
