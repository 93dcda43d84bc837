"""The outside world of a chaos run: a customer's program and web server, and handsets."""

import asyncio
import base64
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from smsc.simulator import SimBox
from smsc.simulator.handsets import SentMessage

REQUEST_SECONDS = 20


@dataclass
class Customer:
    """Takes callbacks and inbound messages, and remembers how often each came under which id."""

    port: int = 0
    # by message and status: the ids of the events that told of it, and how often each did
    callbacks: dict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    inbound: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # body: SIDs
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def final_status(self, sid: str) -> str | None:
        """Return the final status that was told of a message, if one was."""
        told = (s for s in ("delivered", "undelivered", "failed") if (sid, s) in self.callbacks)
        return next(told, None)

    def ids_of(self, sid: str, status: str) -> int:
        """Return under how many event ids a status was told of: one, however often it came."""
        return len(self.callbacks.get((sid, status), {}))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await _read_head(reader)) is not None:
                form = dict(parse_qsl(head.body.decode(), keep_blank_values=True))
                if head.path == "/inbound":
                    self.inbound[form["Body"]].add(form["MessageSid"])
                else:
                    event = head.fields["i-twilio-idempotency-token"]
                    self.callbacks[form["MessageSid"], form["MessageStatus"]][event] += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except OSError:
            return  # a deliverer that was killed
        finally:
            writer.close()


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    fields: dict[str, str]
    body: bytes


async def _read_head(reader: asyncio.StreamReader) -> _Request | None:
    """Read a request; None when the connection has ended."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await reader.readexactly(int(fields.get("content-length", "0")))
    except asyncio.IncompleteReadError:
        return None
    return _Request(first.split()[1], fields, body)


@dataclass
class Traffic:
    """What one round sent: what was accepted, what was refused, and what handsets sent."""

    accepted: dict[str, str] = field(default_factory=dict)  # SID: body
    refused: int = 0  # answered with an error, or not at all: nothing is promised
    inbound: dict[str, SentMessage] = field(default_factory=dict)  # by body


@dataclass
class Program:
    """A customer's program that sends by HTTP, a connection a request."""

    port: int
    account_sid: str
    auth_token: str
    sender: str
    callback: str

    async def send(self, traffic: Traffic, to: str, body: str) -> None:
        """Send one message and note what became of it."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                status, answer = await self._post(to, body)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            traffic.refused += 1
            return
        if status == 201:
            traffic.accepted[json.loads(answer)["sid"]] = body
        else:
            traffic.refused += 1

    async def _post(self, to: str, body: str) -> tuple[int, bytes]:
        form = urlencode(
            {"To": to, "From": self.sender, "Body": body, "StatusCallback": self.callback}
        )
        secret = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(
                f"POST /2010-04-01/Accounts/{self.account_sid}/Messages.json HTTP/1.1\r\n"
                f"Host: 127.0.0.1\r\nAuthorization: Basic {secret}\r\nConnection: close\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(form)}\r\n\r\n{form}".encode()
            )
            head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        if not head:
            raise ConnectionResetError("the server closed the connection without an answer")
        return int(head.split()[1]), answer


def handset_sends(box: SimBox, traffic: Traffic, number: str, to: str, body: str) -> None:
    """Have a handset send; the box repeats it until our gateway has answered."""
    traffic.inbound[body] = box.handset(number).submit(to, body)
