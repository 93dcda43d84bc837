"""A receiver that answers 200 and logs each form: `--port N --log FILE`."""

import argparse
import asyncio
from pathlib import Path
from typing import TextIO, cast

import uvloop
from httptools import HttpRequestParser

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver(asyncio.Protocol):
    """One keep-alive connection; httptools calls `on_body` and `on_message_complete`."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._parser = HttpRequestParser(self)
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._log.write(f"200 {self._body.decode()}\n")
        self._body = b""
        self._transport.write(ANSWER)


async def _serve(port: int, log: Path) -> None:
    with log.open("a", buffering=1) as output:
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: Receiver(output), "127.0.0.1", port)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()
    uvloop.run(_serve(arguments.port, arguments.log))
