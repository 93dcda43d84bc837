"""Peers that we didn't write bind to the box."""

from datetime import timedelta

import pytest

from smsc.simulator import Behaviour, SimBox
from smsc.simulator.customer_esme import CustomerEsme, CustomerNotBound, News, NewsKind
from tests.integration.simulator.parties import US, eventually

HANDSET = "85512345678"
QUICK = Behaviour(receipt_delay=timedelta(0))


@pytest.mark.parametrize("text", ["hello {€}", "ជំរាបសួរ"], ids=["GSM 7-bit", "UCS-2"])
async def test_aiosmpplib_sends_and_gets_its_receipt(text: str) -> None:
    news: list[News] = []
    async with SimBox(QUICK) as box:
        esme = CustomerEsme(box.host, box.port, "customer", "secret", news.append)
        await esme.bind()
        await esme.send(f"+{US}", f"+{HANDSET}", [text] * 3)
        await eventually(lambda: len(news) == 6, "responses and receipts")
        await esme.close()
        assert [message.text for message in box.handset(HANDSET).messages] == [text] * 3
    responses = [one for one in news if one.kind is NewsKind.RESPONSE]
    receipts = [one for one in news if one.kind is NewsKind.RECEIPT]
    assert {one.status for one in responses} == {"ESME_ROK"}
    assert {one.status for one in receipts} == {"DELIVRD"}
    assert {one.message_id for one in responses} == {one.message_id for one in receipts}


async def test_aiosmpplib_receives_what_a_handset_sends() -> None:
    news: list[News] = []
    async with SimBox(QUICK) as box:
        esme = CustomerEsme(box.host, box.port, "customer", "secret", news.append)
        await esme.bind()
        short = await box.handset(HANDSET).send(US, "hello {€}")
        long = await box.handset(HANDSET).send(US, "សួស្តី" * 30)
        await esme.close()
    assert short.is_acknowledged
    assert long.is_acknowledged
    assert "".join(one.text for one in news) == "hello {€}" + "សួស្តី" * 30
    assert {(one.kind, one.source_addr) for one in news} == {(NewsKind.MESSAGE, HANDSET)}


async def test_a_long_text_as_message_payload_reaches_the_handset() -> None:
    async with SimBox(QUICK) as box:
        esme = CustomerEsme(box.host, box.port, "customer", "secret", lambda _news: None)
        await esme.bind()
        await esme.send(US, HANDSET, ["x" * 1000])
        [message] = await box.handset(HANDSET).wait_for(1)
        await esme.close()
        assert message.text == "x" * 1000


async def test_a_refused_bind_says_why() -> None:
    async with SimBox(password="right") as box:
        esme = CustomerEsme(box.host, box.port, "customer", "wrong", lambda _news: None)
        with pytest.raises(CustomerNotBound, match="ESME_RINVPASWD"):
            await esme.bind()
        assert box.sessions == []
