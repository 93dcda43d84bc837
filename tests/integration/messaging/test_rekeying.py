"""What is left of a day of which something was redacted gets another key, and nothing is lost."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from smsc import sealing
from smsc.messaging import edits, purging, rekeying
from smsc.messaging.reading import journey, queries
from smsc.models import metadata
from tests.integration.conftest import House
from tests.integration.messaging.test_outbound_way import answer, claim
from tests.integration.messaging.test_receipt_ways import report

TEXT = "It stays readable."


@pytest.fixture
def seals() -> bool:
    return True


def in_four_days() -> date:
    return (datetime.now(UTC) + timedelta(days=4)).date()


async def delivered(house: House, body: str = TEXT) -> str:
    await house.accept(body=body)
    claims = await claim(house)
    await answer(house, claims)
    sid = claims[0].message_sid
    await report(house, (f"{sid[-6:]}1", "DELIVRD", "000"))
    return sid


async def text_of(house: House, sid: str) -> str | None:
    found = await queries.fetch(house.database, house.account.sid, sid)
    return None if found is None else found.body


async def receipts_of(house: House, sid: str) -> list[bytes]:
    traced = await journey.trace(house.database, house.account.carrier_sid, sid)
    assert traced is not None
    return [event.raw for event in traced.events if event.raw is not None]


async def test_after_a_redaction_the_rest_of_the_day_has_another_key_and_reads_as_before(
    house: House,
) -> None:
    gone, kept = await delivered(house), await delivered(house)
    waiting = await house.accept(body=TEXT)
    before = await receipts_of(house, kept)
    old = await house.value("SELECT key_id FROM messages WHERE sid = $1", kept)
    await edits.redact(house.database, house.account.sid, gone)
    assert await rekeying.replace_keys(house.database, in_four_days()) == 3
    assert await house.value("SELECT count(*) FROM messages WHERE key_id = $1", old) == 0
    events = "SELECT count(*) FROM message_events WHERE key_id = $1 AND raw IS NOT NULL"
    assert await house.value(events, old) == 0
    assert await purging.end_keys(house.database, in_four_days()) == 1
    house.database.sealer.forget()
    assert [await text_of(house, sid) for sid in (gone, kept, waiting.sid)] == ["", TEXT, TEXT]
    assert await receipts_of(house, kept) == before != []
    (claimed,) = await claim(house)
    assert claimed.body == TEXT


async def test_a_day_of_which_nothing_was_redacted_keeps_its_key(house: House) -> None:
    await delivered(house)
    assert await rekeying.replace_keys(house.database, in_four_days()) == 0
    assert await house.value("SELECT count(*) FROM day_keys WHERE retired_at IS NOT NULL") == 0


async def test_the_keys_of_today_and_yesterday_are_never_replaced(house: House) -> None:
    await edits.redact(house.database, house.account.sid, await delivered(house))
    today = datetime.now(UTC).date()
    for day in (today, today + timedelta(days=1), today + timedelta(days=2)):
        assert await rekeying.replace_keys(house.database, day) == 0


async def key_of(house: House, sid: str) -> object:
    return await house.value("SELECT key_id FROM messages WHERE sid = $1", sid)


async def test_a_retired_key_seals_nothing_more_after_twenty_seconds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [monotonic()]
    monkeypatch.setattr(sealing, "monotonic", lambda: now[0])
    first = await delivered(house)
    await edits.redact(house.database, house.account.sid, first)
    today = datetime.now(UTC).date()
    assert await rekeying.retire_young(house.database, today) == 1
    assert await key_of(house, await delivered(house)) == await key_of(house, first)
    now[0] += sealing.UNASKED_SECONDS
    assert await key_of(house, await delivered(house)) != await key_of(house, first)


async def test_a_transaction_that_may_have_sealed_by_a_retired_key_holds_its_end_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "SETTLED", timedelta(0))
    gone, kept = await delivered(house), await delivered(house)
    await edits.redact(house.database, house.account.sid, gone)
    today = datetime.now(UTC).date()
    async with house.database.begin() as connection:
        await connection.execute("SELECT 1")
        assert await rekeying.retire_young(house.database, today) == 1
        assert await rekeying.unsettled(house.database, today) == 1
        assert await rekeying.replace_keys(house.database, today) == 0
    monkeypatch.setattr(purging, "UNASKED", timedelta(0))  # it begins so long after
    assert await rekeying.unsettled(house.database, today) == 0
    assert await rekeying.replace_keys(house.database, today) == 2
    assert await purging.end_keys(house.database, today) == 1
    house.database.sealer.forget()
    assert await text_of(house, kept) == TEXT


async def test_a_day_of_many_messages_is_gone_through_in_several_runs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "BATCH", 2)
    sids = [await delivered(house) for _ in range(5)]
    await edits.delete(house.database, house.account.sid, sids[0])
    assert await rekeying.replace_keys(house.database, in_four_days(), most=2) == 2
    assert await purging.end_keys(house.database, in_four_days()) == 0  # it still seals two
    assert await rekeying.replace_keys(house.database, in_four_days(), most=10) == 2
    assert await purging.end_keys(house.database, in_four_days()) == 1
    house.database.sealer.forget()
    assert [await text_of(house, sid) for sid in sids[1:]] == [TEXT] * 4


async def test_what_a_term_deletes_gives_its_day_no_other_key(house: House) -> None:
    sid = await delivered(house)
    await edits.delete(house.database, house.account.sid, sid, with_its_day=True)
    assert await house.value("SELECT bool_or(is_touched) FROM day_keys") is False


# What else is sealed: by a carrier's key, or by an account's and kept for three days at most.
NOT_OF_A_DAY = {
    *("inbound_parts", "parked_receipts", "quarantine", "kept_pdus", "message_export_parts"),
    "api_requests",
}


def test_every_table_with_sealed_values_is_sealed_anew_or_short_lived() -> None:
    sealed = {name for name, table in metadata.tables.items() if "key_id" in table.columns}
    source = Path(rekeying.__file__).read_text()
    anew = set(re.findall(r"UPDATE (\w+)", source)) & sealed
    assert anew >= {"messages", "message_events", "alerts", "bulks", "webhook_attempts"}
    assert sealed - anew - NOT_OF_A_DAY == set()


async def test_alerts_and_answers_of_a_day_read_as_before(house: House) -> None:
    gone, kept = await delivered(house), await delivered(house)
    keys = await house.database.sealer.today([(house.account.sid, house.account.carrier_sid)])
    key_id = keys.today(house.account.sid)
    await house.value(
        """INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code,
             log_level, alert_text, request_method, request_url, request_variables, sealed, key_id)
           SELECT 'NO1', carrier_sid, account_sid, sid, 11200, 'error', '', 'POST', '', '', $2, $3
           FROM messages WHERE sid = $1""",
        *(kept, keys.seal(key_id, f"{kept}:alert", b'["a", "b"]'), key_id),
    )
    await house.value(
        """INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url,
             duration_ms, answer, key_id)
           SELECT sid, carrier_sid, account_sid, '', '', 0, $2, $3 FROM messages WHERE sid = $1""",
        *(kept, keys.seal(key_id, f"{kept}:answer", b"<Response/>"), key_id),
    )
    await edits.redact(house.database, house.account.sid, gone)
    await rekeying.replace_keys(house.database, in_four_days())
    await purging.end_keys(house.database, in_four_days())
    house.database.sealer.forget()
    for name, octets, query in (
        ("alert", b'["a", "b"]', "SELECT key_id, sealed FROM alerts"),
        ("answer", b"<Response/>", "SELECT key_id, answer FROM webhook_attempts"),
    ):
        ((new, sealed),) = await house.rows(query)
        assert new != key_id
        known = await house.database.sealer.known([new])  # type: ignore[list-item]
        assert known.open(new, f"{kept}:{name}", sealed) == octets  # type: ignore[arg-type]
