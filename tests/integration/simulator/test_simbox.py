from datetime import timedelta

import pytest

from smsc.doctor.dialogue import Dialogue
from smsc.doctor.report import Target
from smsc.simulator import Behaviour, MessageIdStyle, SimBox
from smsc.simulator.simbox import Limits
from smsc.smpp.bind import BindState
from smsc.smpp.pdu import Bind, BindType, CommandStatus, DataSm, DataSmResp, Tag
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import join, read_part
from smsc.sms.correlation import candidate_keys, stored_key
from smsc.sms.decoding import decode_text
from smsc.sms.status import MessageState
from tests.integration.simulator.parties import US, customer, eventually

AT_ONCE = Behaviour(receipt_delay=timedelta(0))
HANDSET = "85512345678"


async def test_a_submit_reaches_its_handset_and_a_receipt_comes_back() -> None:
    async with SimBox(AT_ONCE) as box, customer(box) as party:
        party.submit(HANDSET, "hello")
        [message] = await box.handset(f"+{HANDSET}").wait_for(1)
        assert (message.sender, message.text) == (f"+{US}", "hello")
        await eventually(lambda: party.receipts, "a receipt")
        [receipt] = party.receipts
        [submit] = box.submits
        assert receipt.message_id == submit.message_id
        assert receipt.state is submit.state is MessageState.DELIVERED
        assert await party.answered() == [CommandStatus.ESME_ROK]


@pytest.mark.parametrize("text", ["a" * 500, "ខ្ញុំ " * 100], ids=["GSM 7-bit", "UCS-2"])
async def test_a_long_text_is_one_message_on_the_handset(text: str) -> None:
    async with SimBox(AT_ONCE) as box, customer(box) as party:
        party.submit(HANDSET, text)
        [message] = await box.handset(HANDSET).wait_for(1)
        assert message.text == text
        assert message.segments == len(box.submits) > 1


async def test_no_receipt_for_who_does_not_ask() -> None:
    async with SimBox(AT_ONCE) as box, customer(box) as party:
        party.submit(HANDSET, registered_delivery=0)
        party.submit(HANDSET, registered_delivery=1)
        await eventually(lambda: party.receipts, "the second's receipt")
        assert box.totals.receipts_made == 1


async def test_the_number_decides_the_receipts() -> None:
    async with SimBox(AT_ONCE) as box, customer(box) as party:
        for ending in range(6):
            party.submit(f"8551234000{ending}")
        await eventually(lambda: len(party.receipts) == 6, "the receipts")
        states: dict[str, list[MessageState]] = {}
        for pdu, receipt in zip(party.received_pdus, party.receipts, strict=True):
            states.setdefault(pdu.source_addr[-1], []).append(receipt.state)
        assert states == {
            "0": [MessageState.DELIVERED],
            "1": [MessageState.UNDELIVERABLE],
            "2": [MessageState.REJECTED],
            "3": [MessageState.EXPIRED],
            "5": [MessageState.ENROUTE, MessageState.DELIVERED],
        }


async def test_an_id_in_another_base_is_still_the_segments_own() -> None:
    behaviour = Behaviour(
        receipt_delay=timedelta(0),
        message_id_style=MessageIdStyle.HEX,
        receipt_id_style=MessageIdStyle.DECIMAL,
    )
    async with SimBox(behaviour) as box, customer(box) as party:
        party.submit(HANDSET)
        await eventually(lambda: party.receipts, "a receipt")
        receipt_id, response_id = party.receipts[0].message_id, box.submits[0].message_id
        assert receipt_id is not None
        assert receipt_id != response_id
        assert stored_key(response_id) in candidate_keys(receipt_id)


async def test_refused_segments_reach_no_handset() -> None:
    behaviour = Behaviour(reject_suffixes=("9",), reject_status=CommandStatus.ESME_RSUBMITFAIL)
    async with SimBox(behaviour) as box, customer(box) as party:
        party.submit("85512345679")
        party.submit("85512345678")
        assert await party.answered() == [CommandStatus.ESME_RSUBMITFAIL, CommandStatus.ESME_ROK]
        assert box.handset("85512345679").messages == []
        assert (box.totals.rejected, box.totals.accepted) == (1, 1)


async def test_more_than_the_throughput_is_throttled() -> None:
    async with SimBox(Behaviour(throughput=5)) as box, customer(box) as party:
        party.submit(HANDSET, count=8)
        statuses = await party.answered()
        assert statuses == [CommandStatus.ESME_ROK] * 5 + [CommandStatus.ESME_RTHROTTLED] * 3
        assert box.totals.throttled == 3


async def test_a_delayed_response_comes_before_its_receipt() -> None:
    behaviour = Behaviour(response_delay=timedelta(milliseconds=30), receipt_delay=timedelta(0))
    async with SimBox(behaviour) as box, customer(box) as party:
        party.submit(HANDSET, count=20)
        await eventually(lambda: len(party.receipts) == 20, "the receipts")
        assert len(party.responses) == 20
        assert all((submit.answered_at or 0) > submit.at for submit in box.submits)


async def test_swallowed_responses_are_in_doubt_and_delivered() -> None:
    async with SimBox(Behaviour(swallow_responses=True)) as box:
        async with customer(box) as party:
            party.submit(HANDSET, count=3)
            await box.handset(HANDSET).wait_for(3)
        assert sorted(party.doubtful) == [0, 1, 2]
        assert box.totals.swallowed == 3


async def test_receipts_wait_for_a_receiver_of_the_same_system_id() -> None:
    async with SimBox(AT_ONCE) as box:
        async with customer(box, bind_type=BindType.TRANSMITTER) as party:
            party.submit(HANDSET, count=3)
            await party.answered()
            await eventually(lambda: box.waiting == 3, "three receipts that wait")
        async with customer(box, system_id="somebody") as other:
            async with customer(box, bind_type=BindType.RECEIVER) as party:
                await eventually(lambda: len(party.receipts) == 3, "the receipts")
            assert other.received_pdus == []


async def test_what_waits_is_bounded() -> None:
    limits = Limits(waiting=2)
    async with SimBox(AT_ONCE, limits=limits) as box:
        async with customer(box, bind_type=BindType.TRANSMITTER) as party:
            party.submit(HANDSET, count=5)
            await eventually(lambda: box.totals.receipts_dropped == 3, "three dropped receipts")
        assert box.waiting == 2


async def test_a_refused_receipt_is_repeated_until_it_is_taken() -> None:
    behaviour = Behaviour(receipt_delay=timedelta(0), receipt_retry=timedelta(milliseconds=20))
    async with SimBox(behaviour) as box, customer(box) as party:
        party.command_status = CommandStatus.ESME_RX_T_APPN
        party.submit(HANDSET)
        await eventually(lambda: len(party.receipts) >= 3, "repetitions")
        party.command_status = CommandStatus.ESME_ROK
        await eventually(lambda: box.totals.deliveries_settled == 1, "the end of it")
        assert box.totals.deliveries_repeated == len(party.receipts) - 1


async def test_repeated_receipts_keep_their_order() -> None:
    behaviour = Behaviour(receipt_delay=timedelta(0), receipt_retry=timedelta(milliseconds=100))
    async with SimBox(behaviour) as box, customer(box) as party:
        party.command_status = CommandStatus.ESME_RX_T_APPN
        party.submit(HANDSET, count=5)
        await eventually(lambda: len(party.receipts) == 5, "the receipts")
        party.command_status = CommandStatus.ESME_ROK
        await eventually(lambda: box.totals.deliveries_settled == 5, "the repetitions")
        ids = [receipt.message_id for receipt in party.receipts]
        assert ids[:5] == ids[5:]


async def test_a_receipt_refused_for_good_is_not_repeated() -> None:
    behaviour = Behaviour(receipt_delay=timedelta(0), receipt_retry=timedelta(0))
    async with SimBox(behaviour) as box, customer(box) as party:
        party.command_status = CommandStatus.ESME_RX_P_APPN
        party.submit(HANDSET)
        await eventually(lambda: box.totals.deliveries_settled == 1, "the end of it")
        assert len(party.receipts) == 1


async def test_what_was_never_answered_is_sent_to_the_next_session() -> None:
    async with SimBox(AT_ONCE) as box:
        async with customer(box) as party:
            party.command_status = None
            party.submit(HANDSET, count=3)
            await eventually(lambda: len(party.receipts) == 3, "the receipts")
        first = [receipt.message_id for receipt in party.receipts]
        async with customer(box) as party:
            await eventually(lambda: len(party.receipts) == 3, "the receipts again")
        assert [receipt.message_id for receipt in party.receipts] == first
        assert box.totals.deliveries_repeated == 3


async def test_a_data_sm_is_a_message_like_any_other() -> None:
    patience = timedelta(seconds=10)
    async with SimBox(AT_ONCE) as box:
        dialogue = await Dialogue.open(
            Target(host=box.host, port=box.port, system_id="customer", password="")
        )
        await dialogue.ask(Bind(system_id="customer"), patience)
        pdu = DataSm(destination_addr=HANDSET, tlvs={Tag.MESSAGE_PAYLOAD: b"hello"})
        answer, _ = await dialogue.ask(pdu, patience)
        await dialogue.close()
        assert isinstance(answer, DataSmResp)
        assert answer.message_id == box.submits[0].message_id
        assert [message.text for message in box.handset(HANDSET).messages] == ["hello"]


@pytest.mark.parametrize("text", ["{hello} €" * 40, "សួស្តី" * 40], ids=["GSM 7-bit", "UCS-2"])
async def test_a_handset_sends_a_long_text_in_segments(text: str) -> None:
    async with SimBox() as box, customer(box) as party:
        sent = await box.handset(f"+{HANDSET}").send(f"+{US}", text)
        assert sent.is_acknowledged
        pdus = party.inbound
        assert {pdu.source_addr for pdu in pdus} == {HANDSET}
        assert {pdu.destination_addr for pdu in pdus} == {US}
        assert {(pdu.source_addr_ton, pdu.source_addr_npi) for pdu in pdus} == {(1, 1)}
        parts = [read_part(pdu.short_message, has_udh=True, sar=None) for pdu in pdus]
        octets, missing = join({part.number: part.payload for part in parts}, parts[0].total)
        assert not missing
        assert decode_text(octets, pdus[0].data_coding, Alphabet.GSM7) == text


async def test_a_handsets_message_waits_for_a_receiver() -> None:
    async with SimBox() as box:
        message = box.handset(HANDSET).submit(US, "anybody there?")
        assert not message.is_settled
        async with customer(box) as party:
            await message.wait()
            assert message.is_acknowledged
            assert [pdu.short_message for pdu in party.inbound] == [b"anybody there?"]


async def test_an_answer_goes_to_who_sent_from_that_number() -> None:
    async with (
        SimBox() as box,
        customer(box, system_id="first") as first,
        customer(box, system_id="second") as second,
    ):
        second.submit(HANDSET)
        await second.answered()
        await box.handset(HANDSET).send(US, "hi")
        assert (len(first.inbound), len(second.inbound)) == (0, 1)


async def test_a_restarted_box_gets_its_customers_back() -> None:
    behaviour = Behaviour(receipt_delay=timedelta(milliseconds=50))
    async with SimBox(behaviour) as box, customer(box) as party:
        port = box.port
        party.submit(HANDSET, count=3)
        await party.answered()
        await box.stop()
        await eventually(lambda: party.esme.state is not BindState.BOUND, "the loss")
        await box.start()
        assert box.port == port
        await eventually(lambda: len(party.receipts) == 3, "the receipts")
        party.submit(HANDSET)
        assert await party.answered() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("system_id", "password", "is_welcome"),
    [("clinic", "right", True), ("clinic", "wrong", False), ("other", "right", False)],
)
async def test_a_box_with_a_password_asks_for_it(
    system_id: str, password: str, *, is_welcome: bool
) -> None:
    async with (
        SimBox(system_id="clinic", password="right") as box,
        customer(box, system_id=system_id, password=password, is_welcome=is_welcome) as party,
    ):
        if not is_welcome:
            await eventually(lambda: party.reasons, "the refusal")
            assert "ESME_RINVPASWD" in party.reasons[0]
            assert box.sessions == []


async def test_behaviour_changes_while_it_runs() -> None:
    async with SimBox() as box, customer(box) as party:
        party.submit(HANDSET)
        await party.answered()
        box.change({"reject_prefixes": "8551", "reject_status": "ESME_RINVDSTADR"})
        party.submit(HANDSET)
        assert await party.answered() == [0, CommandStatus.ESME_RINVDSTADR]
