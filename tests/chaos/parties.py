"""Who sends in a chaos run: a customer's program, its ESME, and handsets."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from smsc.simulator import SimBox
from smsc.simulator.handsets import SentMessage
from tests.chaos.esme import Esme

REQUEST_SECONDS = 20


@dataclass
class Traffic:
    """What one round sent: what was accepted, what was refused, and what handsets sent."""

    accepted: dict[str, str] = field(default_factory=dict)  # SID: body
    by_esme: set[str] = field(default_factory=set)  # of these: their receipts go over its bind
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


async def esme_submits(esme: Esme, traffic: Traffic, to: str, body: str) -> None:
    """Have the ESME submit one message and note what became of it."""
    message_id = await esme.submit(to, body)
    if message_id is None:
        traffic.refused += 1
    else:
        traffic.accepted[message_id] = body
        traffic.by_esme.add(message_id)


def handset_sends(box: SimBox, traffic: Traffic, number: str, to: str, body: str) -> None:
    """Have a handset send; the box repeats it until our gateway has answered."""
    traffic.inbound[body] = box.handset(number).submit(to, body)
