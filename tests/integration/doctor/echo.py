"""A remote whose every message comes back over the same link, as through a SIM of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from smsc.smpp.pdu import Bind, DataSm, DeliverSm, SubmitSm, SubmitSmResp
from smsc.smpp.server import Accepted, ServerSession, ServerSettings, SmppServer
from smsc.smpp.timers import TimerSettings
from smsc.sms.receipt import format_receipt
from smsc.sms.status import MessageState
from tests.integration.smpp.owners import Smsc


class Echo(Smsc):
    """Answers, sends a receipt that nothing marks as one, and then the message back."""

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str]:
        return Accepted(bind.system_id, 100)

    def submitted(
        self, session: ServerSession[str, str], pdus: Sequence[SubmitSm | DataSm]
    ) -> None:
        for pdu in pdus:
            assert isinstance(pdu, SubmitSm)
            self.pdus.append(pdu)
            message_id = f"{len(self.pdus):x}"
            session.answer([SubmitSmResp(pdu.sequence_number, 0, message_id)])
            now = datetime.now(UTC)
            receipt = format_receipt(message_id, MessageState.DELIVERED, submit_at=now, done_at=now)
            back = DeliverSm(
                source_addr=pdu.destination_addr,
                destination_addr=pdu.source_addr,
                esm_class=pdu.esm_class,
                data_coding=pdu.data_coding,
                short_message=pdu.short_message,
            )
            told = replace(back, esm_class=0, data_coding=0, short_message=receipt)
            # The text first: whoever has the receipt may look for it at once.
            session.deliver([("text", back), ("receipt", told)])


@asynccontextmanager
async def echoing(idle: timedelta | None = None) -> AsyncIterator[SmppServer[str, str]]:
    """Listen on a free port; `idle` is after how long a silent session is ended."""
    settings = ServerSettings(system_id="echo", timers=TimerSettings(inactivity=idle))
    server: SmppServer[str, str] = SmppServer(Echo(), settings)
    await server.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        await server.stop(timedelta(seconds=1))
