"""ESMEs that others wrote, bound to our listener with an account's credential."""

import asyncio

import pytest
import smpplib.command
import smpplib.exceptions

from smsc.simulator.customer_esme import CustomerEsme, CustomerNotBound, News, NewsKind
from smsc.smpp.pdu import CommandStatus
from smsc.sms.status import MessageState
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.smpp.test_foreign_esmes import SmpplibEsme, smpplib_esme
from tests.integration.workers.parts import (
    PASSWORD,
    add_credential,
    hand_in,
    listening,
    point_number_at,
    tell,
    until,
)


async def send(esme: SmpplibEsme, text: str, source: str = NUMBER) -> None:
    await asyncio.to_thread(
        esme.client.send_message,
        source_addr=source.lstrip("+"),
        source_addr_ton=1,
        source_addr_npi=1,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=HANDSET.lstrip("+"),
        short_message=text.encode(),
        registered_delivery=1,
    )


async def test_smpplib_sends_and_gets_its_receipt_and_an_inbound_message(house: House) -> None:
    await add_credential(house, "smpplib")
    await point_number_at(house, sms_url=None)
    async with listening(house) as listener, smpplib_esme(listener.port) as esme:
        await esme.bind(password=PASSWORD)
        await send(esme, "Hello")
        await esme.read()
        (sid,) = [message_id.decode() for message_id in esme.sent]
        assert await house.status(sid) == "queued"
        await tell(house, sid, sent=1)
        await tell(house, sid, delivered=1)
        await esme.read()
        await hand_in(house, "Hi")
        await esme.read()
        receipt, message = esme.delivered
        assert receipt.receipted_message_id == sid.encode()
        assert b"stat:DELIVRD" in receipt.short_message
        assert (message.short_message, message.source_addr) == (b"Hi", HANDSET[1:].encode())
        await until(lambda: nothing_is_owed(house))
        await esme.leave()


async def test_smpplib_queries_its_message(house: House) -> None:
    await add_credential(house, "smpplib")
    answers: list[smpplib.command.Command] = []
    async with listening(house) as listener, smpplib_esme(listener.port) as esme:
        esme.client.set_query_resp_handler(answers.append)
        await esme.bind(password=PASSWORD)
        await send(esme, "Hello")
        await esme.read()
        (sid,) = [message_id.decode() for message_id in esme.sent]
        for counts in ({"sent": 1}, {"delivered": 1}):
            await tell(house, sid, **counts)
        await esme.read()  # its receipt
        await asyncio.to_thread(
            esme.client.query_message,
            message_id=sid,
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=NUMBER[1:],
        )
        await esme.read()
        await esme.leave()
    (answer,) = answers
    assert (answer.message_id.decode(), answer.message_state) == (sid, MessageState.DELIVERED)
    assert len(answer.final_date) == 16


async def nothing_is_owed(house: House) -> bool:
    return await house.value("SELECT count(*) FROM esme_deliveries") == 0


async def test_smpplib_is_told_what_is_wrong(house: House) -> None:
    await add_credential(house, "smpplib")
    async with listening(house) as listener, smpplib_esme(listener.port) as esme:
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            await esme.bind(password="wrong")
        assert refused.value.args[1] == CommandStatus.ESME_RINVPASWD
    async with listening(house) as listener, smpplib_esme(listener.port) as esme:
        await esme.bind(password=PASSWORD)
        await send(esme, "Hello", source="+15555550199")
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            await esme.read()
        assert refused.value.args[1] == CommandStatus.ESME_RINVSRCADR
        await esme.leave()


async def test_aiosmpplib_sends_and_gets_its_receipt_and_an_inbound_message(house: House) -> None:
    await add_credential(house, "aiosmpp")
    await point_number_at(house, sms_url=None)
    heard: list[News] = []

    def of(kind: NewsKind) -> list[News]:
        return [news for news in heard if news.kind is kind]

    async def has_heard(kind: NewsKind) -> bool:
        return bool(of(kind))

    async with listening(house) as listener:
        esme = CustomerEsme("127.0.0.1", listener.port, "aiosmpp", PASSWORD, heard.append)
        await esme.bind()
        try:
            await esme.send(NUMBER, HANDSET, ["Long " * 60])
            await until(lambda: has_heard(NewsKind.RESPONSE))
            (response,) = of(NewsKind.RESPONSE)
            assert response.status == "ESME_ROK"
            assert await house.rows("SELECT sid, num_segments FROM messages") == [
                (response.message_id, 2)
            ]
            await tell(house, response.message_id, sent=2)
            await tell(house, response.message_id, delivered=2)
            await until(lambda: has_heard(NewsKind.RECEIPT))
            await hand_in(house, "Hi")
            await until(lambda: has_heard(NewsKind.MESSAGE))
            await until(lambda: nothing_is_owed(house))
        finally:
            await esme.close()
    (receipt,), (message,) = of(NewsKind.RECEIPT), of(NewsKind.MESSAGE)
    assert (receipt.message_id, receipt.status) == (response.message_id, "DELIVRD")
    assert (message.text, message.source_addr) == ("Hi", HANDSET[1:])


async def test_aiosmpplib_is_told_of_a_wrong_password(house: House) -> None:
    await add_credential(house, "aiosmpp")
    async with listening(house) as listener:
        esme = CustomerEsme("127.0.0.1", listener.port, "aiosmpp", "wrong", print)
        with pytest.raises(CustomerNotBound, match="ESME_RINVPASWD"):
            await esme.bind()
