"""What goes wrong with text in the field, one by one, and that it doesn't here.

| row | pitfall | the tests of all of it |
|---|---|---|
| 1, 2 | packed or not; spare bits | sms/test_packing.py, sms/test_text_against_other_codecs.py |
| 3, 5, 21 | `@` is 0x00; escapes; a lone ESC | sms/test_alphabet.py, sms/test_breaks.py |
| 4, 6, 12, 13 | data_coding, in and out | sms/test_segments.py, sms/test_decoding.py |
| 7 | UTF-16 the wrong way about | sms/test_decoding.py |
| 8, 9, 10 | where to cut | sms/test_breaks.py, sms/test_segments.py |
| 11 | receipts are octets | test_received_parts.py, sms/test_receipt.py |
| 14 | national tables | sms/test_national.py, sms/test_inbound_text.py |
| 15, 16, 17, 18 | headers, sar_*, joining, answers | sms/test_concat.py, sms/test_udh.py, |
| | | integration/messaging/test_inbound_parts.py, integration/workers/test_gateway_text.py |
| 19 | webhooks carry text, never UCS-2 | here |
| 20 | typography that costs parts | sms/test_smart_encoding.py |
| 22 | how an address is written | sms/test_address_rules.py, test_submit.py |
"""

import pytest

from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.received import read_delivery
from smsc.smpp.pdu import DeliverSm, EsmClass, SubmitSm, decode, encode
from smsc.sms.address import Address, AddressKind
from smsc.sms.address_rules import DEFAULT, parse_rules
from smsc.sms.alphabet import Alphabet, decode_gsm7, encode_gsm7
from smsc.sms.concat import read_part
from smsc.sms.decoding import decode_text, is_octets
from smsc.sms.inbound_text import Piece, read_pieces
from smsc.sms.packing import pack, unpack
from smsc.sms.recoding import recode
from smsc.sms.segments import DataCoding, plan, split
from smsc.sms.smart_encoding import simplify
from smsc.sms.text_style import Concatenation, TextStyle
from smsc.webhooks.payload import encode_form, inbound


def texts(body: str, style: TextStyle = TextStyle()) -> list[str]:  # noqa: B008 it is frozen
    """Return what each segment says alone."""
    return [
        decode_text(
            read_part(one.user_data, has_udh=one.has_udh, sar=one.sar).payload,
            one.data_coding,
            style.alphabet,
        )
        for one in split(body, 7, style)
    ]


def test_row_01_gsm_text_is_one_octet_a_septet_unless_the_connector_says_packed() -> None:
    assert split("Hi", 0)[0].user_data == b"Hi"
    assert split("Hi", 0, TextStyle(packed=True))[0].user_data == bytes.fromhex("C834")
    parts = split("a" * 161, 0, TextStyle(packed=True))
    assert [len(part.user_data) for part in parts] == [140, 6 + 8]


@pytest.mark.parametrize("text", ["1234567", "123456@", "1234567@", "@@@@@@@"])
def test_row_02_seven_spare_bits_make_no_at_sign_and_take_none_away(text: str) -> None:
    assert decode_gsm7(unpack(pack(encode_gsm7(text)))) == text


def test_row_03_an_at_sign_ends_no_text() -> None:
    (segment,) = split("a@b@", 0)
    pdu = SubmitSm(short_message=segment.user_data)
    read = decode(encode(pdu))
    assert isinstance(read, SubmitSm)
    assert decode_text(read.short_message, 0, Alphabet.GSM7) == "a@b@"


@pytest.mark.parametrize("alphabet", Alphabet)
def test_row_04_data_coding_0_is_what_the_connector_says_both_ways(alphabet: Alphabet) -> None:
    (segment,) = split("a@ {x}", 0, TextStyle(alphabet=alphabet))
    assert segment.data_coding == 0
    assert decode_text(segment.user_data, 0, alphabet) == "a@ {x}"


@pytest.mark.parametrize("character", "€[]{}\\^~|")
def test_row_05_what_takes_two_septets_is_never_cut_in_two(character: str) -> None:
    body = "a" * 152 + character + "b" * 20
    assert texts(body) == ["a" * 152, character + "b" * 20]


def test_row_06_latin_1_is_only_for_what_gsm_has_too() -> None:
    style = TextStyle(latin1=True)
    assert split("é", 0, style)[0].data_coding == DataCoding.LATIN1
    assert split("ê", 0, style)[0].data_coding == DataCoding.UCS2


def test_row_07_ucs2_is_big_endian_and_the_other_is_noticed_when_it_comes() -> None:
    assert split("ក", 0)[0].user_data == b"\x17\x80"
    read = read_pieces([Piece("ការប្រុងប្រយ័ត្ន".encode("utf-16-le"), 8)], Alphabet.GSM7)
    assert (read.body, read.little_endian) == ("ការប្រុងប្រយ័ត្ន", True)


def test_row_08_a_surrogate_pair_is_two_units_and_is_never_cut() -> None:
    assert plan("a" * 69 + "😀").count == 2
    assert texts("ж" * 66 + "😀" + "ж" * 20) == ["ж" * 66, "😀" + "ж" * 20]
    halves = "😀".encode("utf-16-be")
    assert read_pieces([Piece(halves[:2], 8), Piece(halves[2:], 8)], Alphabet.GSM7).body == "😀"


def test_row_09_a_ucs2_part_is_an_even_number_of_octets() -> None:
    for way in (Concatenation.UDH8, Concatenation.UDH16, Concatenation.SAR):
        parts = split("ж" * 200, 0, TextStyle(concatenation=way))
        payloads = [read_part(p.user_data, has_udh=p.has_udh, sar=p.sar).payload for p in parts]
        assert [len(payload) % 2 for payload in payloads] == [0] * len(parts)
        assert len(payloads[0]) == (132 if way is Concatenation.UDH16 else 134)


@pytest.mark.parametrize(
    "cluster",
    ["ក្ដី", "န္ဒ", "ເກົ້", "เก้", "👩\u200d👩\u200d👧\u200d👦"],
    ids=["Khmer coeng", "Burmese stack", "Lao vowels", "Thai vowels", "family"],
)
def test_row_10_what_is_read_as_one_stays_in_one_part_where_that_is_free(cluster: str) -> None:
    first, second = texts("ж" * 65 + cluster + "ж" * 40)
    assert (first, second) == ("ж" * 65, cluster + "ж" * 40)


@pytest.mark.parametrize("data_coding", [0, 3, 8])
def test_row_11_a_receipt_is_read_whatever_its_data_coding_says(data_coding: int) -> None:
    pdu = DeliverSm(
        esm_class=EsmClass.RECEIPT,
        data_coding=data_coding,
        short_message=b"id:7 stat:DELIVRD err:000",
    )
    content, _ = read_delivery(pdu, "CN1", "CR1", Alphabet.GSM7)
    assert isinstance(content, ReceivedReceipt)
    assert (content.message_id, content.raw_state) == ("7", "DELIVRD")


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0x10, b"\x00", "@"),
        (0x18, b"\x04\x36", "ж"),
        (0xF0, b"\x00", "@"),
        (0xF1, b"\x00", "@"),
        (0xF5, b"\x00\xff", "\x00ÿ"),
        (0xC8, b"\x00", "@"),
        (0xE0, b"\x04\x36", "ж"),
    ],
)
def test_row_12_the_bit_groups_of_23_038_say_the_alphabet(
    data_coding: int, octets: bytes, text: str
) -> None:
    assert decode_text(octets, data_coding, Alphabet.GSM7) == text
    passed = recode(octets, data_coding, has_udh=False, style=TextStyle(packed=True))
    assert passed.data_coding == data_coding  # the class is kept


@pytest.mark.parametrize("body", ["Hi", "é", "ê", "€", "ж", "😀"])
@pytest.mark.parametrize("latin1", [False, True])
def test_row_13_only_harmless_data_codings_are_sent(body: str, *, latin1: bool) -> None:
    sent = {one.data_coding for one in split(body, 0, TextStyle(latin1=latin1))}
    assert sent <= {0, 3, 8} if latin1 else sent <= {0, 8}
    assert is_octets(2)
    assert is_octets(4)


@pytest.mark.parametrize(
    ("udh", "octets", "text"),
    [
        (b"\x24\x01\x01", b"\x1bs\x1bg", "şğ"),
        (b"\x24\x01\x02", b"\x1ba", "á"),
        (b"\x25\x01\x03", b"\x5b", "Ã"),
        (b"\x25\x01\x06", b"\x13\x14\x50", "ओऔा"),
    ],
    ids=["Turkish", "Spanish", "Portuguese", "Hindi"],
)
def test_row_14_national_tables_are_read_and_never_sent(
    udh: bytes, octets: bytes, text: str
) -> None:
    assert read_pieces([Piece(octets, 0, udh)], Alphabet.GSM7).body == text
    assert not split(text, 0)[0].has_udh


def test_row_15_the_place_is_found_behind_other_elements_and_reference_0_is_one() -> None:
    part = read_part(bytes.fromhex("0B05040B8423F00003000201") + b"Hi", has_udh=True, sar=None)
    assert (part.reference, part.total, part.number, part.payload) == (0, 2, 1, b"Hi")
    assert part.udh == bytes.fromhex("05040B8423F0")
    wide = read_part(bytes.fromhex("06080400000201") + b"Hi", has_udh=True, sar=None)
    assert wide.key != part.key


def test_row_16_each_way_of_concatenation_is_the_connectors_to_choose() -> None:
    seen = {}
    for way in Concatenation:
        first = split("a" * 200, 7, TextStyle(concatenation=way))[0]
        seen[way] = (first.has_udh, first.sar is not None, first.is_payload)
    assert seen == {
        Concatenation.UDH8: (True, False, False),
        Concatenation.UDH16: (True, False, False),
        Concatenation.SAR: (False, True, False),
        Concatenation.PAYLOAD: (False, False, True),
    }


def test_row_19_a_webhook_says_utf8_text_whatever_alphabet_came() -> None:
    content = read_pieces([Piece("ក".encode("utf-16-be"), 8)], Alphabet.GSM7)
    form = encode_form(
        inbound(
            message_sid="SM1",
            account_sid="AC1",
            to="+15555550100",
            from_="+85512345678",
            body=content.body,
        )
    )
    assert b"&Body=%E1%9E%80&" in form


def test_row_20_a_curly_quote_alone_costs_no_part_when_smart_encoding_is_asked_for() -> None:
    body = "“" + "a" * 140 + "”"
    assert plan(body).count == 3
    assert plan(simplify(body)).count == 1


def test_row_21_a_lone_escape_is_a_space_and_a_small_c_cedilla_is_no_gsm() -> None:
    assert decode_gsm7(b"a\x1b") == "a "
    assert decode_gsm7(b"\x1b\x1ba") == " a"
    assert decode_gsm7(b"\x09") == "Ç"
    assert plan("Ç").data_coding == DataCoding.GSM7
    assert plan("ç").data_coding == DataCoding.UCS2


def test_row_22_an_address_is_digits_of_ton_1_npi_1_and_a_name_ton_5_npi_0() -> None:
    number = Address("+85512345678", AddressKind.E164)
    name = Address("Clinic", AddressKind.ALPHANUMERIC)
    assert DEFAULT.write(number) == ("85512345678", 1, 1)
    assert DEFAULT.write(name) == ("Clinic", 5, 0)
    keeps = parse_rules({"plus": True, "alphanumeric": {"ton": 5, "npi": 1}})
    assert keeps.write(number) == ("+85512345678", 1, 1)
    assert keeps.write(name) == ("Clinic", 5, 1)
