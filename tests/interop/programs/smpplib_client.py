"""smpplib as an ESME. Arguments: port, system_id, password."""

import asyncio
import logging
import sys
import threading

import smpplib.client
import smpplib.consts
import smpplib.gsm

from tests.interop.programs import wire

logging.disable(logging.CRITICAL)


def main() -> None:
    port, system_id, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True, timeout=10)
    references: dict[int, int] = {}

    def sent(pdu: smpplib.command.Command) -> None:
        ref, message_id = references[pdu.sequence], pdu.message_id.decode()
        wire.tell("accepted", ref=ref, id=message_id)

    def received(pdu: smpplib.command.Command) -> int:
        octets = pdu.short_message or getattr(pdu, "message_payload", b"") or b""
        if pdu.esm_class & 0x04:
            wire.tell("receipt", **wire.fields_of_receipt(octets))
        else:
            source, destination = pdu.source_addr.decode(), pdu.destination_addr.decode()
            text = wire.read(octets, pdu.esm_class, pdu.data_coding)
            wire.tell("message", **{"from": source, "to": destination}, **text)
        return 0

    def send(ref: int, source: str, destination: str, text: str) -> None:
        parts, encoding, esm_class = smpplib.gsm.make_parts(text)
        for part in parts:
            pdu = client.send_message(
                source_addr_ton=1,
                source_addr_npi=1,
                source_addr=source,
                dest_addr_ton=1,
                dest_addr_npi=1,
                destination_addr=destination,
                short_message=part,
                data_coding=encoding,
                esm_class=esm_class,
                registered_delivery=1,
            )
            references[pdu.sequence] = ref

    async def obey() -> None:
        async for command in wire.commands():
            send(command["ref"], command["from"], command["to"], command["text"])

    client.set_message_sent_handler(sent)
    client.set_message_received_handler(received)
    client.connect()
    client.bind_transceiver(system_id=system_id, password=password)
    wire.tell("bound")
    threading.Thread(target=client.listen, daemon=True).start()
    asyncio.run(obey())


if __name__ == "__main__":
    main()
