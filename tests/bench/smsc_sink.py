"""An SMSC that answers every `submit_sm` at once: `--port N`.

It sends each receipt at once, never, or all of them together on SIGUSR1 (`--receipts held`). With
`--mo N` it sends that many messages of handsets on SIGUSR1.
"""

import argparse
import asyncio
import signal
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TextIO

import uvloop

from smsc.smpp.pdu import Bind, DeliverSm, SubmitSm, SubmitSmResp, Tag
from smsc.smpp.server import Accepted, ServerSession, SmppServer
from smsc.smpp.server_session import Delivered, Submitted
from smsc.sms.receipt import format_receipt
from smsc.sms.status import MessageState

WINDOW = 1000
FLUSH_SECONDS = 0.1

Session = ServerSession[str, int]


class Sink:
    """Implements `smsc.smpp.server.ServerOwner`; what it owes goes to the newest bind."""

    def __init__(
        self, receipts: str, delay_ms: int, mo: Sequence[DeliverSm], log: TextIO | None
    ) -> None:
        self._delay_seconds = delay_ms / 1000
        self._makes_receipts = receipts != "off"
        self._is_held = receipts == "held"
        self._mo = mo
        self._log = log
        self._ids = count(1)
        self._owed: deque[tuple[int, DeliverSm]] = deque()
        self._session: Session | None = None

    def release(self) -> None:
        """Send what was held back."""
        self._is_held = False
        self._owed.extend((next(self._ids), pdu) for pdu in self._mo)
        if self._session is not None:
            self._send(self._session)

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str]:
        return Accepted(bind.system_id, window=WINDOW)

    def bound(self, session: Session) -> None:
        self._session = session

    def submitted(self, session: Session, pdus: Sequence[Submitted]) -> None:
        now = datetime.now(UTC)
        answers = []
        for pdu in pdus:
            if not isinstance(pdu, SubmitSm):
                continue
            number = next(self._ids)
            answers.append(SubmitSmResp(pdu.sequence_number, 0, f"{number:x}"))
            if self._makes_receipts:
                self._owed.append((number, _receipt(pdu, f"{number:x}", now)))
            if self._log is not None:
                self._log.write(f"{time.monotonic():.6f} {pdu.destination_addr}\n")
        session.answer(answers)
        if self._delay_seconds and not self._is_held:
            owed = [self._owed.pop() for _ in answers if self._makes_receipts][::-1]
            asyncio.get_running_loop().call_later(self._delay_seconds, self._owe, session, owed)
        else:
            self._send(session)

    def _owe(self, session: Session, owed: Sequence[tuple[int, DeliverSm]]) -> None:
        self._owed.extend(owed)
        self._send(session)

    def delivered(self, session: Session, results: Sequence[tuple[int, Delivered]]) -> None:
        self._send(session)

    def in_doubt(self, session: Session, keys: Sequence[int], why: str) -> None: ...

    def capacity_freed(self, session: Session) -> None:
        self._send(session)

    def closed(self, session: Session, why: str) -> None:
        if self._session is session:
            self._session = None

    def _send(self, session: Session) -> None:
        if self._is_held:
            return
        room = min(session.capacity, len(self._owed))
        written = session.deliver([self._owed[place] for place in range(room)])
        for _ in range(written):
            self._owed.popleft()


def _receipt(pdu: SubmitSm, message_id: str, now: datetime) -> DeliverSm:
    state = MessageState.DELIVERED
    return DeliverSm(
        source_addr=pdu.destination_addr,
        source_addr_ton=pdu.dest_addr_ton,
        source_addr_npi=pdu.dest_addr_npi,
        destination_addr=pdu.source_addr,
        dest_addr_ton=pdu.source_addr_ton,
        dest_addr_npi=pdu.source_addr_npi,
        esm_class=0x04,
        short_message=format_receipt(message_id, state, submit_at=now, done_at=now),
        tlvs={
            Tag.RECEIPTED_MESSAGE_ID: message_id.encode() + b"\0",
            Tag.MESSAGE_STATE: bytes([state]),
        },
    )


def _of_handset(number: int, destination: str) -> DeliverSm:
    return DeliverSm(
        source_addr=f"855{number:08}",
        source_addr_ton=1,
        source_addr_npi=1,
        destination_addr=destination,
        dest_addr_ton=1,
        dest_addr_npi=1,
        short_message=f"Is the road open? {number}".encode(),
    )


async def _serve(arguments: argparse.Namespace) -> None:
    log = arguments.log.open("a") if arguments.log is not None else None
    mo = [_of_handset(number, arguments.mo_dst) for number in range(arguments.mo)]
    sink = Sink(arguments.receipts, arguments.receipt_delay_ms, mo, log)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, sink.release)
    server: SmppServer[str, int] = SmppServer(sink)
    await server.start("127.0.0.1", arguments.port)
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        if log is not None:
            log.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--receipts", choices=["on", "off", "held"], default="on")
    parser.add_argument("--receipt-delay-ms", type=int, default=0)
    parser.add_argument("--mo", type=int, default=0)
    parser.add_argument("--mo-dst", default="")
    parser.add_argument("--log", type=Path)
    uvloop.run(_serve(parser.parse_args()))
