"""aiosmpplib as an ESME, with its own correlator. Arguments: port, system_id, password."""

import asyncio
import sys

from aiosmpplib import ESME, NPI, TON, AbstractHook, PhoneNumber
from aiosmpplib.protocol import DeliverSm, SmppMessage, SubmitSm, SubmitSmResp
from aiosmpplib.state import SmppSessionState

from tests.interop.programs import wire


class Hook(AbstractHook):  # type: ignore[misc]  # untyped
    """Tells what was read; parts of a message come joined."""

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Nothing to tell."""

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        if isinstance(smpp_message, SubmitSmResp):
            wire.tell("accepted", ref=None, id=smpp_message.message_id)
        elif isinstance(smpp_message, DeliverSm) and smpp_message.is_receipt():
            receipt = smpp_message.parse_receipt()
            wire.tell("receipt", id=receipt["id"], stat=receipt["stat"])
        elif isinstance(smpp_message, DeliverSm):
            numbers = {"from": smpp_message.source.number, "to": smpp_message.destination.number}
            wire.tell("message", text=smpp_message.short_message, part=None, **numbers)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        wire.tell("error", why=str(error))


def phone(digits: str) -> PhoneNumber:
    return PhoneNumber(digits, TON.INTERNATIONAL, NPI.ISDN)


async def main() -> None:
    port, system_id, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    esme = ESME("127.0.0.1", port, system_id, password, hook=Hook(), log_level="CRITICAL")
    running = asyncio.create_task(esme.start())
    while esme.session_state is not SmppSessionState.BOUND_TRX:
        await asyncio.sleep(0.05)
    wire.tell("bound")
    async for command in wire.commands():
        source, destination = phone(command["from"]), phone(command["to"])
        message = SubmitSm(
            short_message=command["text"],
            source=source,
            destination=destination,
            log_id=str(command["ref"]),
        )
        await esme.broker.enqueue(message)
    await esme.stop()
    await asyncio.wait({running}, timeout=5)


if __name__ == "__main__":
    asyncio.run(main())
