"""What is left of a message that was redacted or deleted."""

import pytest

from smsc import sids
from smsc.errors import NotFound
from smsc.errors.messages import NotFinished
from smsc.messaging import edits
from smsc.messaging.accept.drafts import Accepted
from smsc.messaging.statuses import Advance, advance
from tests.integration.conftest import House

SECRET = "the secret word"


async def finished(house: House) -> Accepted:
    """Return a message that was sent, with all that can be known of one."""
    message = await house.accept(body=SECRET, status_callback="http://127.0.0.1/told")
    async with house.database.begin() as connection:
        raw = f"id:1 stat:DELIVRD text:{SECRET}".encode()
        await advance(connection, [Advance(message_sid=message.sid, sent=1, raw=raw)])
    await house.value("DELETE FROM queue")
    await house.value(
        """INSERT INTO kept_pdus (carrier_sid, connector_sid, message_sid, direction, pdu,
             expires_at) VALUES ($1, $2, $3, 'out', $4, now() + interval '1 hour')""",
        house.account.carrier_sid,
        house.connector_sid,
        message.sid,
        SECRET.encode(),
    )
    await house.value(
        """INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level,
             alert_text, request_method, request_url, request_variables)
           VALUES ($1, $2, $3, $4, 11200, 'error', '', 'POST', 'http://127.0.0.1/', $5)""",
        sids.make(sids.Prefix.ALERT),
        house.account.carrier_sid,
        house.account.sid,
        message.sid,
        f"Body={SECRET}",
    )
    await edits.give_feedback(house.database, house.account.sid, message.sid, "confirmed")
    return message


async def mentions(house: House, word: str) -> list[str]:
    """Return the tables with a row in which `word` stands."""
    tables = await house.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    found = []
    for (table,) in sorted(tables):
        rows = await house.rows(f"SELECT row_to_json(t)::text FROM {table} t")
        octets = word.encode().hex()
        if any(word in str(row) or octets in str(row) for (row,) in rows):
            found.append(str(table))
    return found


async def test_a_redacted_message_s_text_is_nowhere(house: House) -> None:
    message = await finished(house)
    assert await mentions(house, SECRET) == ["alerts", "kept_pdus", "message_events", "messages"]
    await edits.redact(house.database, house.account.sid, message.sid)
    assert await mentions(house, SECRET) == []
    assert await house.status(message.sid) == "sent"


async def test_of_a_deleted_message_nothing_is_left(house: House) -> None:
    message = await finished(house)
    await edits.delete(house.database, house.account.sid, message.sid)
    assert await mentions(house, message.sid) == []


async def test_another_account_changes_nothing(house: House) -> None:
    message = await finished(house)
    for change in (edits.redact, edits.delete):
        with pytest.raises(NotFound):
            await change(house.database, "AC" + "0" * 32, message.sid)
    assert (
        await edits.give_feedback(house.database, "AC" + "0" * 32, message.sid, "confirmed") is None
    )
    assert await house.value("SELECT body FROM messages") == SECRET


async def test_what_is_queued_keeps_its_text(house: House) -> None:
    message = await house.accept(body=SECRET)
    for change in (edits.redact, edits.delete):
        with pytest.raises(NotFinished):
            await change(house.database, house.account.sid, message.sid)
    assert await house.value("SELECT body FROM messages") == SECRET
