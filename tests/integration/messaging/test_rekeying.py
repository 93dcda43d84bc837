"""What is left of a day of which something was redacted gets another key, and nothing is lost."""

from datetime import UTC, date, datetime, timedelta

import pytest

from smsc.messaging import edits, purging, rekeying
from smsc.messaging.reading import journey, queries
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
