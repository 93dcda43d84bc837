"""Parts of inbound messages in the database: joined once, whatever order they come in."""

import itertools

import pytest

from smsc.db import Database
from smsc.messaging.directory import Directory
from smsc.messaging.receiving import inbound
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part, read_part
from smsc.sms.segments import split
from smsc.sms.text_style import Concatenation, TextStyle
from tests.integration.conftest import HANDSET, NUMBER, House

PARTS = [b"one ", b"two ", b"three"]
WAP_PUSH = b"\x05\x04\x0b\x84\x23\xf0"


def part(house: House, place: Part, **changes: object) -> ReceivedPart:
    facts: dict[str, object] = {
        "connector_sid": house.connector_sid,
        "carrier_sid": house.account.carrier_sid,
        "source_addr": HANDSET,
        "destination_addr": NUMBER,
        "data_coding": 0,
        "default_alphabet": Alphabet.GSM7,
        "part": place,
        "pdu": place.payload,
    }
    return ReceivedPart(**facts | changes)  # type: ignore[arg-type]


def numbered(
    number: int,
    payload: bytes | None = None,
    *,
    reference: int = 7,
    width: int = 8,
    total: int = 3,
) -> Part:
    return Part(reference, width, total, number, payload or PARTS[number - 1])


async def take(house: House, *parts: ReceivedPart) -> inbound.Taken:
    async with house.database.begin() as connection:
        return await inbound.take(connection, house.directory, parts)


async def bodies(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT body, partial FROM messages ORDER BY created_at, sid")


async def pass_ten_minutes(house: House) -> None:
    await house.value("UPDATE inbound_parts SET received_at = now() - interval '11 minutes'")
    await inbound.take_overdue(house.database, house.directory)


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
async def test_parts_are_joined_in_any_order(house: House, order: tuple[int, ...]) -> None:
    for number in order:
        await take(house, part(house, numbered(number)))
    assert await bodies(house) == [("one two three", False)]


async def test_parts_of_one_batch_are_joined_at_once(house: House) -> None:
    taken = await take(house, *(part(house, numbered(number)) for number in (3, 1, 2)))
    assert taken.messages == 1
    assert await bodies(house) == [("one two three", False)]


async def test_a_repeated_part_changes_nothing(house: House) -> None:
    for number in (1, 1, 2, 2, 1):
        await take(house, part(house, numbered(number)))
    assert await bodies(house) == []
    await take(house, part(house, numbered(3)), part(house, numbered(3)))
    assert await bodies(house) == [("one two three", False)]


async def test_a_part_repeated_after_the_join_begins_no_new_message(house: House) -> None:
    """Its answer was lost, and the remote repeats it: also after its siblings are joined."""
    await take(house, *(part(house, numbered(number)) for number in (1, 2, 3)))
    await take(house, part(house, numbered(3)))
    await pass_ten_minutes(house)
    assert await bodies(house) == [("one two three", False)]
    assert await house.value("SELECT count(*) FROM inbound_parts") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"source_addr": "+85512345679"},
        {"destination_addr": "+15555550101"},
        {"part": numbered(2, reference=8)},
        {"part": numbered(2, width=16)},
        {"part": numbered(2, total=4)},
        {"connector_sid": "CN" + "f" * 32},
    ],
    ids=["sender", "recipient", "reference", "width", "total", "connector"],
)
async def test_row_17_parts_that_differ_in_their_key_are_never_joined(
    house: House, change: dict[str, object]
) -> None:
    await take(house, part(house, numbered(1)), part(house, numbered(3)))
    await take(house, part(house, numbered(2), **change))
    assert await bodies(house) == []


async def test_of_joined_parts_no_text_is_kept(house: House) -> None:
    await take(house, *(part(house, numbered(number)) for number in (1, 2, 3)))
    kept = await house.rows("SELECT DISTINCT payload, length(digest) FROM inbound_parts")
    assert kept == [(b"", 32)]


async def test_parts_outlive_the_process_that_took_them(house: House, database_url: str) -> None:
    await take(house, part(house, numbered(1)), part(house, numbered(3)))
    async with await Database.connect(database_url) as later, later.begin() as connection:
        directory = Directory(later, house.vault)
        taken = await inbound.take(connection, directory, [part(house, numbered(2))])
    assert taken.messages == 1
    assert await bodies(house) == [("one two three", False)]


async def test_a_reference_that_comes_round_begins_a_new_message(house: House) -> None:
    await take(house, part(house, numbered(1, b"old ")), part(house, numbered(2, b"text")))
    await take(house, *(part(house, numbered(number)) for number in (1, 2, 3)))
    assert await bodies(house) == [("old text", True), ("one two three", False)]


async def test_a_reference_that_comes_round_after_the_join_begins_a_new_message(
    house: House,
) -> None:
    for text in (b"old ", b"new "):
        for number in (1, 2, 3):
            await take(house, part(house, numbered(number, text)))
    assert await bodies(house) == [("old " * 3, False), ("new " * 3, False)]


async def test_a_first_part_that_is_the_same_word_for_word_goes_into_the_next_message_too(
    house: House,
) -> None:
    """A handset that never changes its reference sends two reports that begin alike."""
    for end in (b"all well", b"flooded"):
        for number, text in enumerate((b"Report of ", b"clinic 7: ", end), start=1):
            await take(house, part(house, numbered(number, text)))
    assert await bodies(house) == [
        ("Report of clinic 7: all well", False),
        ("Report of clinic 7: flooded", False),
    ]


async def test_a_message_repeated_whole_is_no_second_one(house: House) -> None:
    for number in (1, 2, 3, 1, 2, 3, 3):
        await take(house, part(house, numbered(number)))
    await pass_ten_minutes(house)
    assert await bodies(house) == [("one two three", False)]


async def test_two_messages_of_one_reference_in_one_batch_are_told_apart(house: House) -> None:
    batch = [numbered(n, text) for text in (b"old ", b"new ") for n in (1, 2, 3)]
    taken = await take(house, *(part(house, one) for one in batch))
    assert taken.messages == 2
    assert await bodies(house) == [("old " * 3, False), ("new " * 3, False)]


async def test_what_is_missing_after_ten_minutes_is_named_in_the_history(house: House) -> None:
    await take(house, part(house, numbered(3)), part(house, numbered(1)))
    await pass_ten_minutes(house)
    assert await bodies(house) == [("one three", True)]
    assert await house.value("SELECT why FROM message_events") == (
        "Of 3 parts these never came: 2."
    )
    assert await house.value("SELECT error_code FROM messages") == 30009


async def test_parts_of_a_connector_that_is_gone_are_still_delivered(house: House) -> None:
    gone = "CN" + "f" * 32
    await take(house, part(house, numbered(1), connector_sid=gone))
    await pass_ten_minutes(house)
    assert await bodies(house) == [("one ", True)]


async def test_national_tables_hold_for_their_part_after_the_join(house: House) -> None:
    first = read_part(b"\x08\x00\x03\x07\x02\x01\x25\x01\x01\x0b", has_udh=True, sar=None)
    second = read_part(b"\x05\x00\x03\x07\x02\x02\x0b", has_udh=True, sar=None)
    await take(house, part(house, second))
    await take(house, part(house, first))
    assert await bodies(house) == [("ĞØ", False)]


async def test_an_applications_data_is_kept_with_its_port_and_is_no_text(house: House) -> None:
    header = b"\x0b" + WAP_PUSH + b"\x00\x03\x07\x02"
    for number, payload in ((2, b"\xff"), (1, b"\x00\x06")):
        one = read_part(header + bytes([number]) + payload, has_udh=True, sar=None)
        await take(house, part(house, one, data_coding=0xF5))
    assert await house.rows("SELECT body, data_coding, user_data, has_udh FROM messages") == [
        ("\ufffd\x06ÿ", 0xF5, b"\x06" + WAP_PUSH + b"\x00\x06\xff", True)
    ]
    assert await house.value("SELECT why FROM message_events") == (
        "8-bit data for application port 2948."
    )


@pytest.mark.parametrize("way", [Concatenation.UDH8, Concatenation.UDH16, Concatenation.SAR])
@pytest.mark.parametrize("body", ["0123456789" * 160, "សួស្តី " * 228], ids=["GSM", "Khmer"])
async def test_1600_characters_come_in_whole_backwards(
    house: House, body: str, way: Concatenation
) -> None:
    segments = split(body, 0xABCD, TextStyle(concatenation=way))
    for segment in reversed(segments):
        one = read_part(segment.user_data, has_udh=segment.has_udh, sar=segment.sar)
        await take(house, part(house, one, data_coding=segment.data_coding))
    assert await bodies(house) == [(body, False)]
