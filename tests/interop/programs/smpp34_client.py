"""smpp34 as an ESME. Arguments: port, system_id, password."""

import asyncio
import sys

import smpp34

from tests.interop.programs import wire


async def listen(smsc: "smpp34.Smsc") -> None:
    while isinstance(event := await smsc.next(), smpp34.DeliverSmEvent):
        if event.esm_class & 0x04:
            wire.tell("receipt", **wire.fields_of_receipt(event.short_message))
            continue
        text = wire.read(event.short_message, event.esm_class, event.data_coding)
        wire.tell("message", **{"from": event.source_addr, "to": event.destination_addr}, **text)


async def main() -> None:
    client = smpp34.Client("127.0.0.1", int(sys.argv[1]), sys.argv[2], sys.argv[3])
    smsc = await client.connect()
    wire.tell("bound")
    listening = asyncio.create_task(listen(smsc))
    async for command in wire.commands():
        for esm_class, data_coding, octets in wire.cut(command["text"]):
            response = await smsc.submit_sm(
                command["to"],
                octets,
                source_addr=command["from"],
                source_addr_ton=1,
                source_addr_npi=1,
                dest_addr_ton=1,
                dest_addr_npi=1,
                esm_class=esm_class,
                data_coding=data_coding,
                registered_delivery=1,
            )
            wire.tell("accepted", ref=command["ref"], id=response.message_id)
    listening.cancel()
    await smsc.unbind()


if __name__ == "__main__":
    asyncio.run(main())
