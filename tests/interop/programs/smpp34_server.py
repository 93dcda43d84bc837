"""smpp34 as an SMSC that reports every segment as delivered. Argument: port."""

import asyncio
import itertools
import sys

import smpp34

from tests.interop.programs import wire

_ids = itertools.count(1)


async def take(event: "smpp34.SubmitSmEvent", esme: "smpp34.Esme") -> None:
    message_id = f"rt-{next(_ids):04x}"
    event.accept(message_id)
    text = wire.read(event.short_message, event.esm_class, event.data_coding)
    facts = {"from": event.source_addr, "to": event.destination_addr, "id": message_id}
    wire.tell("submitted", **facts, **text)
    await esme.deliver_sm(
        event.source_addr,
        f"id:{message_id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 "
        "stat:DELIVRD err:000 text:".encode(),
        source_addr=event.destination_addr,
        esm_class=4,
    )


async def serve(server: "smpp34.Server", esmes: "list[smpp34.Esme]") -> None:
    tasks = set()
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            esmes[:] = [event]
            wire.tell("bound")
        elif isinstance(event, smpp34.SubmitSmEvent) and esmes:
            task = asyncio.create_task(take(event, esmes[0]))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


async def main() -> None:
    server = smpp34.Server("127.0.0.1", int(sys.argv[1]), system_id="smpp34")
    await server.start()
    esmes: list[smpp34.Esme] = []
    serving = asyncio.create_task(serve(server, esmes))
    wire.tell("listening")
    async for command in wire.commands():
        for esm_class, data_coding, octets in wire.cut(command["text"]):
            response = await esmes[0].deliver_sm(
                command["to"],
                octets,
                source_addr=command["from"],
                source_addr_ton=1,
                source_addr_npi=1,
                esm_class=esm_class,
                data_coding=data_coding,
            )
            wire.tell("accepted", ref=command["ref"], id=response.command_status)
    serving.cancel()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
