"""Texts and messages are kept as long as their account says; their keys end with them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from smsc import audit
from smsc.audit import Actor, ActorKind
from smsc.messaging import edits, erasing, purging, retention
from smsc.messaging.reading import queries
from tests.integration.conftest import HANDSET, House
from tests.integration.messaging.test_message_edits import mentions
from tests.integration.messaging.test_outbound_way import answer, claim
from tests.integration.messaging.test_receipt_ways import report

CANARY = "canary of a term"


@pytest.fixture
def seals() -> bool:
    return True


async def sent(house: House) -> str:
    await house.accept(body=CANARY)
    claims = await claim(house)
    await answer(house, claims)
    sid = claims[0].message_sid
    await report(house, (f"{sid[-6:]}1", "DELIVRD", "000"))
    return sid


def later(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


async def text_of(house: House, sid: str) -> str | None:
    found = await queries.fetch(house.database, house.account.sid, sid)
    return None if found is None else found.body


async def test_a_text_is_redacted_after_its_days_and_not_before(house: House) -> None:
    sid = await sent(house)
    waiting = await house.accept(body=CANARY)
    await house.value("UPDATE accounts SET texts_days = 7")
    assert await retention.keep_terms(house.database, later(6)) == 0
    assert await text_of(house, sid) == CANARY
    assert await retention.keep_terms(house.database, later(8)) == 1
    assert await text_of(house, sid) == ""
    assert await house.value("SELECT count(*) FROM message_events WHERE raw IS NOT NULL") == 0
    assert await text_of(house, waiting.sid) == CANARY  # it is still on its way
    assert await retention.keep_terms(house.database, later(8)) == 0


async def test_what_waited_is_redacted_once_it_is_finished(house: House) -> None:
    waiting = await house.accept(body=CANARY)
    await house.value("UPDATE accounts SET texts_days = 7")
    assert await retention.keep_terms(house.database, later(8)) == 0
    await answer(house, await claim(house))
    assert await retention.keep_terms(house.database, later(8)) == 1
    assert await text_of(house, waiting.sid) == ""


async def test_a_message_is_deleted_after_its_days(house: House) -> None:
    sid = await sent(house)
    await house.value("UPDATE accounts SET messages_days = 30")
    assert await retention.keep_terms(house.database, later(29)) == 0
    assert await retention.keep_terms(house.database, later(31)) == 1
    assert await house.status(sid) is None


async def test_an_account_without_terms_keeps_everything(house: House) -> None:
    sid = await sent(house)
    assert await retention.keep_terms(house.database, later(36_000)) == 0
    assert await text_of(house, sid) == CANARY


async def test_a_key_ends_when_the_last_of_its_texts_is_gone(house: House) -> None:
    await sent(house)
    in_three_days = date.today() + timedelta(days=4)  # noqa: DTZ011 days of UTC, with room
    assert await purging.end_keys(house.database, in_three_days) == 0
    await house.value("UPDATE accounts SET texts_days = 1")
    await retention.keep_terms(house.database, later(2))
    assert await purging.end_keys(house.database, in_three_days) == 1
    assert await house.value("SELECT count(*) FROM day_keys") == 0


async def test_the_keys_of_today_and_yesterday_never_end(house: House) -> None:
    await sent(house)
    await house.value("DELETE FROM messages")
    assert await purging.end_keys(house.database, datetime.now(UTC).date()) == 0
    assert await purging.end_keys(house.database, later(1).date()) == 0


async def test_a_carrier_s_key_ends_with_what_it_sealed(house: House) -> None:
    await report(house, ("deadbeef", "DELIVRD", "000"))
    assert await purging.end_keys(house.database, later(4).date()) == 0
    await house.value("DELETE FROM parked_receipts")
    assert await purging.end_keys(house.database, later(4).date()) == 1


async def test_of_an_erased_handset_nothing_is_left_but_its_opt_out(house: House) -> None:
    await sent(house)
    other = await house.accept(to="+85512345679")
    waiting = await house.accept(body=CANARY)
    erased = await erasing.erase(house.database, [house.account.sid], HANDSET)
    assert (erased.messages, erased.unfinished) == (1, 1)
    await answer(house, await claim(house))
    erased = await erasing.erase(house.database, [house.account.sid], HANDSET)
    assert (erased.messages, erased.unfinished) == (1, 0)
    assert await house.status(waiting.sid) is None
    assert await mentions(house, HANDSET) == []
    assert await house.status(other.sid) == "sent"


async def test_what_the_audit_log_keeps_for_ever_has_no_text_and_no_handset(house: House) -> None:
    audit.act_as(Actor(ActorKind.PERSON, None, "ann@example.org", "192.0.2.1"))
    sid = await sent(house)
    await edits.redact(house.database, house.account.sid, sid)
    await erasing.erase(house.database, [house.account.sid], HANDSET)
    entries = await house.rows("SELECT action, to_jsonb(a)::text FROM audit_entries a ORDER BY id")
    assert [action for action, _ in entries][-2:] == ["redacted", "erased"]
    told = " ".join(str(entry) for _, entry in entries)
    assert HANDSET.lstrip("+") not in told
    assert CANARY not in told
