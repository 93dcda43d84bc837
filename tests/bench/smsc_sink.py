"""An SMSC that answers every `submit_sm` at once, and sends its receipt: `--port N`."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

import uvloop

from smsc.smpp.pdu import Bind, DeliverSm, SubmitSm, SubmitSmResp, Tag
from smsc.smpp.server import Accepted, ServerSession, SmppServer
from smsc.smpp.server_session import Delivered, Submitted
from smsc.sms.receipt import format_receipt
from smsc.sms.status import MessageState

WINDOW = 1000

Session = ServerSession[str, int]


class Sink:
    """Implements `smsc.smpp.server.ServerOwner`."""

    def __init__(self, *, receipts: bool = True) -> None:
        self._sends_receipts = receipts
        self._ids = count(1)
        self._receipts: list[tuple[int, DeliverSm]] = []

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str]:
        return Accepted(bind.system_id, window=WINDOW)

    def bound(self, session: Session) -> None: ...

    def submitted(self, session: Session, pdus: Sequence[Submitted]) -> None:
        now = datetime.now(UTC)
        answers = []
        for pdu in pdus:
            if not isinstance(pdu, SubmitSm):
                continue
            number = next(self._ids)
            answers.append(SubmitSmResp(pdu.sequence_number, 0, f"{number:x}"))
            if self._sends_receipts:
                self._receipts.append((number, _receipt(pdu, f"{number:x}", now)))
        session.answer(answers)
        self._send(session)

    def delivered(self, session: Session, results: Sequence[tuple[int, Delivered]]) -> None:
        self._send(session)

    def in_doubt(self, session: Session, keys: Sequence[int], why: str) -> None: ...

    def capacity_freed(self, session: Session) -> None:
        self._send(session)

    def closed(self, session: Session, why: str) -> None: ...

    def _send(self, session: Session) -> None:
        written = session.deliver(self._receipts[: session.capacity])
        del self._receipts[:written]


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


async def _serve(port: int, *, receipts: bool) -> None:
    server: SmppServer[str, int] = SmppServer(Sink(receipts=receipts))
    await server.start("127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--receipts", choices=["on", "off"], default="on")
    arguments = parser.parse_args()
    uvloop.run(_serve(arguments.port, receipts=arguments.receipts == "on"))
