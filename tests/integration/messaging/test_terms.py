"""Numbers and logs are kept as long as their account says, and no shorter than its carrier must."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging import retention
from smsc.messaging.reading import queries
from smsc.models import AccountStatus
from smsc.provisioning import accounts, retention_minimums
from smsc.provisioning.accounts import AccountChange
from smsc.provisioning.retention_minimums import EVERYWHERE, KeptTooShort, MinimumDraft
from smsc.provisioning.transaction import changing
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_message_edits import mentions
from tests.integration.messaging.test_outbound_way import answer, claim
from tests.integration.messaging.test_receipt_ways import report
from tests.integration.workers.parts import hand_in

MASKED = "+8551234XXXX"


@pytest.fixture
def seals() -> bool:
    return True


async def sent(house: House) -> str:
    await house.accept(body="It is kept.")
    claims = await claim(house)
    await answer(house, claims)
    return claims[0].message_sid


async def delivered(house: House) -> str:
    sid = await sent(house)
    await report(house, (f"{sid[-6:]}1", "DELIVRD", "000"))
    return sid


def later(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


async def announce() -> None:
    """Tell nobody."""


async def keep(house: House, **days: int | None) -> None:
    async with changing(house.database, announce) as db:
        change = AccountChange.model_validate(days)
        await accounts.change(db, house.account.carrier_sid, house.account.sid, change)


async def must_keep(house: House, country: str, **days: int) -> None:
    async with changing(house.database, announce) as db:
        draft = MinimumDraft(**days)
        await retention_minimums.put(db, house.account.carrier_sid, country, draft)


async def addresses(house: House, sid: str) -> tuple[str, str, str]:
    found = await queries.fetch(house.database, house.account.sid, sid)
    assert found is not None
    return found.from_, found.to, found.body or ""


async def test_of_a_number_past_its_term_the_last_digits_are_kept_nowhere(house: House) -> None:
    sid = await delivered(house)
    await hand_in(house, "An answer")
    (received,) = await house.rows("SELECT sid FROM messages WHERE direction = 'inbound'")
    await house.value(
        """INSERT INTO messaging_services (sid, carrier_sid, account_sid, friendly_name,
             sticky_sender, smart_encoding, area_code_geomatch, mms_converter,
             fallback_to_long_code, validity_period)
           VALUES ('MG1', $1, $2, '', true, true, true, true, true, 60)""",
        house.account.carrier_sid,
        house.account.sid,
    )
    await house.value(
        """INSERT INTO sticky_senders (messaging_service_sid, to_, carrier_sid, account_sid, sender)
           VALUES ('MG1', $3, $1, $2, '')""",
        *(house.account.carrier_sid, house.account.sid, HANDSET),
    )
    await keep(house, numbers_days=30)
    assert await retention.keep_terms(house.database, later(29)) == 0
    assert await retention.keep_terms(house.database, later(31)) == 2
    assert await retention.keep_terms(house.database, later(31)) == 0
    assert await addresses(house, sid) == (NUMBER, MASKED, "It is kept.")
    assert await addresses(house, str(received[0])) == (MASKED, NUMBER, "An answer")
    assert await mentions(house, HANDSET) == []


async def test_a_receipt_finds_its_segment_though_the_number_is_masked(house: House) -> None:
    sid = await sent(house)
    await keep(house, numbers_days=1)
    assert await retention.keep_terms(house.database, later(2)) == 1
    await report(house, (f"{sid[-6:]}1", "DELIVRD", "000"))
    assert await house.status(sid) == "delivered"


async def test_what_is_on_its_way_keeps_its_number(house: House) -> None:
    waiting = await house.accept()
    await keep(house, numbers_days=1, logs_days=1)
    assert await retention.keep_terms(house.database, later(2)) == 0
    assert (await addresses(house, waiting.sid))[1] == HANDSET


async def test_of_logs_past_their_term_nothing_is_kept_but_the_message(house: House) -> None:
    sid = await delivered(house)
    await house.value(
        """INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url,
                                         duration_ms, http_status)
           SELECT sid, carrier_sid, account_sid, 'delivered', 'https://example.org/', 12, 200
           FROM messages WHERE sid = $1""",
        sid,
    )
    await house.value(
        """INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code,
             log_level, alert_text, request_method, request_url, request_variables)
           SELECT 'NO1', carrier_sid, account_sid, sid, 11200, 'error', '', 'POST', '', ''
           FROM messages WHERE sid = $1""",
        sid,
    )
    await keep(house, logs_days=7)
    assert await retention.keep_terms(house.database, later(6)) == 0
    assert await retention.keep_terms(house.database, later(8)) > 0
    assert await house.value("SELECT count(*) FROM segments WHERE receipt_raw IS NOT NULL") == 0
    for table in ("message_events", "webhook_attempts", "alerts"):
        assert await house.value(f"SELECT count(*) FROM {table}") == 0
    assert await addresses(house, sid) == (NUMBER, HANDSET, "It is kept.")
    assert await house.status(sid) == "delivered"


@pytest.mark.parametrize(
    "term", ["texts_days", "numbers_days", "logs_days", "messages_days"], ids=str
)
async def test_a_term_below_the_carrier_s_minimum_is_refused_and_says_which(
    house: House, term: str
) -> None:
    await must_keep(house, EVERYWHERE, **{term: 90})
    with pytest.raises(KeptTooShort, match=f"{term} is 89, and must be at least 90"):
        await keep(house, **{term: 89})
    await keep(house, **{term: 90})
    await keep(house, **{term: None})


async def test_a_country_s_minimum_holds_for_accounts_with_a_number_of_it_alone(
    house: House,
) -> None:
    await must_keep(house, "DE", numbers_days=180)
    await keep(house, numbers_days=7)
    await house.value("UPDATE phone_numbers SET iso_country = 'DE'")
    with pytest.raises(KeptTooShort, match="with numbers of DE"):
        await keep(house, numbers_days=7)


async def test_messages_are_kept_as_long_as_any_part_of_them_must_be(house: House) -> None:
    await must_keep(house, EVERYWHERE, logs_days=400)
    with pytest.raises(KeptTooShort, match="messages_days is 399, and must be at least 400"):
        await keep(house, messages_days=399)


async def test_a_minimum_that_comes_later_holds_at_once_for_terms_that_are_shorter(
    house: House,
) -> None:
    sid = await delivered(house)
    await keep(house, texts_days=7, messages_days=30)
    await must_keep(house, EVERYWHERE, texts_days=60)
    assert await retention.keep_terms(house.database, later(59)) == 0
    assert (await addresses(house, sid))[2] == "It is kept."
    assert await retention.keep_terms(house.database, later(61)) > 0
    assert await house.status(sid) is None


async def test_other_changes_of_an_account_ask_for_no_minimum(house: House) -> None:
    await keep(house, texts_days=7)
    await must_keep(house, EVERYWHERE, texts_days=60)
    async with changing(house.database, announce) as db:
        change = AccountChange(status=AccountStatus.SUSPENDED)
        await accounts.change(db, house.account.carrier_sid, house.account.sid, change)
