"""Texts and raw octets lie sealed in every table, and come out as they went in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from smsc.db import Database, sealer_of
from smsc.messaging import edits
from smsc.messaging.reading import journey, queries
from smsc.messaging.receiving import inbound, parking
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.sending import recall
from smsc.messaging.sending.recall import Replacement
from smsc.messaging.sending.schedule import Schedule
from smsc.messaging.tracing import kept_pdus
from smsc.messaging.tracing.kept_pdus import Frame, Keeping
from smsc.models import Alert
from smsc.sms import segments
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part
from smsc.webhooks import alerts
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_message_edits import mentions
from tests.integration.messaging.test_outbound_way import answer, claim
from tests.integration.messaging.test_receipt_ways import report
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering, hand_in, point_number_at, until

CANARY = "canary-of-the-coal-mine"


@pytest.fixture
def seals() -> bool:
    return True


async def text_of(house: House, sid: str) -> str | None:
    found = await queries.fetch(house.database, house.account.sid, sid)
    return None if found is None else found.body


def part(house: House, number: int, text: str) -> ReceivedPart:
    return ReceivedPart(
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=HANDSET,
        destination_addr=NUMBER,
        data_coding=0,
        default_alphabet=Alphabet.GSM7,
        part=Part(7, 8, 2, number, text.encode()),
        pdu=text.encode(),
    )


async def test_a_message_leaves_as_it_was_accepted(house: House) -> None:
    message = await house.accept(body=CANARY)
    octets = await house.accept(body="", user_data=CANARY.encode(), data_coding=4)
    assert await mentions(house, CANARY) == []
    assert {(one.body, one.user_data) for one in await claim(house)} == {
        (CANARY, None),
        ("", CANARY.encode()),
    }
    assert await text_of(house, message.sid) == CANARY
    assert await text_of(house, octets.sid) == ""


async def test_a_key_is_made_once_a_day_for_an_account_whatever_process_needs_it(
    house: House, database_url: str
) -> None:
    await house.accept()
    async with await Database.connect(database_url, vault=house.vault) as other:
        keys = await other.sealer.today([(house.account.sid, house.account.carrier_sid)])
    await house.accept()
    assert await house.rows("SELECT owner_sid, id FROM day_keys") == [
        (house.account.sid, keys.today(house.account.sid))
    ]


async def test_a_receipt_is_kept_sealed_and_shown_as_it_came(house: House) -> None:
    await house.accept(body=CANARY)
    claims = await claim(house)
    await answer(house, claims)
    message_id = f"{claims[0].message_sid[-6:]}1"
    await report(house, (message_id, "DELIVRD", "000"))
    await report(house, (message_id, "DELIVRD", "000"))
    assert await mentions(house, "stat:DELIVRD") == []
    shown = await journey.trace(house.database, house.account.carrier_sid, claims[0].message_sid)
    assert shown is not None
    raws = [event.raw for event in shown.events if event.raw is not None]
    assert raws == [f"id:{message_id} stat:DELIVRD err:000".encode()] * 2


async def test_a_parked_receipt_is_shown_and_explained_later(house: House) -> None:
    await report(house, ("deadbeef", "DELIVRD", "000"))
    assert await mentions(house, "stat:DELIVRD") == []
    (parked,) = await parking.page(house.database, house.connector_sid, limit=5)
    assert parked.raw == b"id:deadbeef stat:DELIVRD err:000"
    await house.value("UPDATE parked_receipts SET parked_at = now() - interval '8 days'")
    await parking.forget_old(house.database)
    async with house.database.single() as connection:
        row = await connection.fetchrow("SELECT key_id, pdu FROM quarantine")
    keys = await house.database.sealer.known([row["key_id"]])
    assert keys.open(row["key_id"], house.account.carrier_sid, row["pdu"]) == parked.raw


async def test_parts_wait_sealed_and_are_joined(house: House) -> None:
    async with house.database.begin() as connection:
        await inbound.take(connection, house.directory, [part(house, 1, CANARY)])
    assert await mentions(house, CANARY) == []
    async with house.database.begin() as connection:  # the first one comes once more
        taken = await inbound.take(
            connection, house.directory, [part(house, 1, CANARY), part(house, 2, "!")]
        )
    ((_, sid),) = taken.placed
    assert await text_of(house, sid) == f"{CANARY}!"
    assert await house.rows("SELECT DISTINCT payload, key_id FROM inbound_parts") == [(b"", None)]


async def test_a_part_that_contradicts_a_sealed_one_begins_a_new_message(house: House) -> None:
    async with house.database.begin() as connection:
        await inbound.take(connection, house.directory, [part(house, 1, "one")])
        taken = await inbound.take(connection, house.directory, [part(house, 1, "two")])
    ((message, _),) = taken.placed
    assert message.content.body == "one"


async def test_an_older_release_s_parts_are_joined_with_new_ones(house: House) -> None:
    async with house.database.begin() as connection:
        await inbound.take(connection, house.directory, [part(house, 1, "one ")])
        await connection.execute(
            "UPDATE inbound_parts SET payload = 'one ', key_id = NULL, digest = NULL"
        )
        taken = await inbound.take(
            connection, house.directory, [part(house, 1, "one "), part(house, 2, "two")]
        )
    assert [message.content.body for message, _ in taken.placed] == ["one two"]


async def test_a_replaced_text_stays_with_its_message_s_key(house: House) -> None:
    message = await house.accept()
    key_id = await house.value("SELECT key_id FROM messages")
    plan = segments.plan(CANARY)
    replacement = Replacement(body=CANARY, plan=plan, registered_delivery=0)
    assert await recall.replace(house.database, house.account.sid, message.sid, replacement)
    assert await mentions(house, CANARY) == []
    assert await text_of(house, message.sid) == CANARY
    assert await house.value("SELECT key_id FROM messages") == key_id


async def test_a_scheduled_text_waits_sealed_and_leaves(house: House) -> None:
    message = await house.accept(body=CANARY, smpp_credential_sid="SB1", send_at=at(hours=1))
    assert await house.status(message.sid) == "scheduled"
    assert await mentions(house, CANARY) == []
    await house.value("UPDATE scheduled_messages SET send_at = now()")
    await Schedule(house.database, house.directory, house.outbound).release()
    assert [one.body for one in await claim(house)] == [CANARY]


def at(**later: int) -> datetime:
    return datetime.now(UTC) + timedelta(**later)


async def test_a_webhook_tells_the_text_and_its_alert_keeps_it_sealed(
    house: House, redis_url: str
) -> None:
    async with (
        serve(respond("500 Oops", body=b"no")) as server,
        delivering(house, redis_url),
    ):
        await point_number_at(house, sms_url=server.url("/sms"))
        await hand_in(house, CANARY)
        await until(lambda: house.rows("SELECT FROM alerts"))
        assert CANARY.encode() in server.requests[0].body
    assert await mentions(house, CANARY) == []
    async with house.database.session() as db:
        (alert,) = (await db.exec(select(Alert))).all()
    variables, body = await alerts.request_of(house.database.sealer, alert)
    assert (f"Body={CANARY}" in variables, body) == (True, "no")


async def test_kept_pdus_lie_sealed(house: House) -> None:
    message = await house.accept()
    frame = Frame("out", CANARY.encode(), datetime.now(UTC), hours=1)
    async with house.database.begin() as connection:
        await kept_pdus.keep(connection, [Keeping(house.connector_sid, message.sid, frame)])
    assert await mentions(house, CANARY) == []
    stored = await kept_pdus.read(house.database, house.account.carrier_sid, message.sid)
    assert [pdu.octets for pdu in stored or ()] == [CANARY.encode()]


async def test_a_receipt_of_a_redacted_message_is_noted_without_its_octets(house: House) -> None:
    await house.accept(body=CANARY)
    claims = await claim(house)
    await answer(house, claims)
    sid = claims[0].message_sid
    await edits.redact(house.database, house.account.sid, sid)
    await report(house, (f"{sid[-6:]}1", "DELIVRD", "000"))
    assert await house.status(sid) == "delivered"
    assert await house.value("SELECT receipt_raw FROM segments") is None
    assert ("delivered", "DELIVERED err:000") in await house.history(sid)
    assert await text_of(house, sid) == ""


async def test_a_segment_whose_key_is_gone_is_never_claimed_as_empty(house: House) -> None:
    await house.accept(body=CANARY)
    await house.value("DELETE FROM day_keys")
    house.database.sealer.forget()
    assert [one.body for one in await claim(house)] == [None]


async def test_what_the_caller_takes_back_keeps_its_key(house: House) -> None:
    owner = (house.account.sid, house.account.carrier_sid)
    async with house.database.single() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await sealer_of(connection).today([owner])
        await transaction.rollback()
    assert await house.value("SELECT count(*) FROM day_keys") == 1
