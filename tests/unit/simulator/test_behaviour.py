from datetime import timedelta

import pytest

from smsc.errors import BadParameter
from smsc.simulator.behaviour import Behaviour, Fate, change, descriptions, dump
from smsc.simulator.message_ids import MessageIdStyle, MessageNumbers, spell
from smsc.smpp.pdu import CommandStatus


def test_the_words_of_a_command_line_are_understood() -> None:
    words = {
        "receipt_delay": "1.5",
        "receipts": "off",
        "reject_prefixes": "8559, 8558",
        "reject_status": "ESME_RSUBMITFAIL",
        "throughput": "2.5",
        "fates": "0001:expired,7:no_receipt",
        "receipt_id_style": "hex",
        "receipt_esm_class": "0x44",
        "receipt_words": "UNDELIVERABLE:FAILED",
        "reject_tlvs": "0x020C,0x020E",
        "incident_times": "none",
        "garbage": "48 54 54 50",
    }
    assert change(Behaviour(), words) == Behaviour(
        receipt_delay=timedelta(seconds=1.5),
        receipts=False,
        reject_prefixes=("8559", "8558"),
        reject_status=CommandStatus.ESME_RSUBMITFAIL,
        throughput=2.5,
        fates={"0001": Fate.EXPIRED, "7": Fate.NO_RECEIPT},
        receipt_id_style=MessageIdStyle.HEX,
        receipt_esm_class=0x44,
        receipt_words={"UNDELIVERABLE": "FAILED"},
        reject_tlvs=(0x020C, 0x020E),
        incident_times=None,
        garbage="48545450",
    )


def test_none_takes_a_limit_away() -> None:
    assert change(Behaviour(throughput=5), {"throughput": "none"}).throughput is None


def test_what_is_not_named_stays() -> None:
    behaviour = change(Behaviour(receipts=False), {"window": 5})
    assert (behaviour.receipts, behaviour.window) == (False, 5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"receit_delay": 1}, "receit_delay"),
        ({"receipt_delay": "soon"}, "receipt_delay"),
        ({"receipt_delay": -1}, "negative"),
        ({"reject_status": "ESME_RNOTHING"}, "ESME_RNOTHING"),
        ({"reject_rate": 2}, "reject_rate"),
        ({"throughput": 0}, "throughput"),
        ({"fates": "0001:lost"}, "fates"),
        ({"receipt_text": "id:{ident}"}, "{ident}"),
        ({"receipt_text": "id:{id:>9999999}"}, "{id}"),
        ({"receipt_text": "id:{id"}, "receipt_text"),
        ({"receipt_words": "LOST:GONE"}, "LOST"),
        ({"garbage": "HTTP"}, "hexadecimal"),
        ({"receipt_vendor_tlvs": "1401:00"}, "0x1401"),
        ({"receipt_esm_class": "0x144"}, "receipt_esm_class"),
    ],
    ids=[
        "name",
        "no number",
        "negative",
        "no status",
        "above one",
        "nought",
        "no fate",
        "no field of a receipt",
        "a width",
        "an open brace",
        "no state",
        "no octets",
        "no tag",
        "no octet",
    ],
)
def test_a_wrong_change_is_refused_in_one_line(changes: dict[str, object], words: str) -> None:
    with pytest.raises(BadParameter) as caught:
        change(Behaviour(), changes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_json_comes_back_as_the_same_behaviour() -> None:
    behaviour = Behaviour(
        receipt_delay=timedelta(seconds=3),
        reject_suffixes=("1", "2"),
        throughput=0.5,
        seed=3,
        message_id_style=MessageIdStyle.UUID,
        fates={"9": Fate.ENROUTE_FIRST},
    )
    assert change(Behaviour(), dump(behaviour)) == behaviour


def test_every_field_says_what_it_means() -> None:
    assert list(descriptions()) == list(dump(Behaviour()))
    assert all(descriptions().values())


def test_one_number_is_spelled_in_every_style() -> None:
    number = 0x5DEECE66
    assert spell(number, MessageIdStyle.DECIMAL) == "1575931494"
    assert spell(number, MessageIdStyle.HEX) == "5deece66"
    assert spell(number, MessageIdStyle.HEX_UPPER) == "5DEECE66"
    assert spell(number, MessageIdStyle.UUID) == "00000000-0000-0000-0000-00005deece66"


def test_no_number_is_given_twice() -> None:
    numbers = MessageNumbers()
    given = [numbers.next(style) for style in MessageIdStyle for _ in range(1000)]
    assert len(set(given)) == len(given)
