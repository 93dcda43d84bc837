"""Caps are never passed, by whatever number of processes, and are told once."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from smsc import sids
from smsc.errors import GatewayError
from smsc.errors.guard import MessagesCapReached, SpendCapReached
from smsc.messaging.accept.bulk import BulkAccept, BulkDraft
from smsc.messaging.accept.drafts import IdempotencyKey
from smsc.messaging.accept.outbound import Draft, Outbound
from smsc.messaging.accept.recipients import Recipient
from smsc.messaging.accept.template import Template
from smsc.messaging.directory import Directory
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.guarding import look_again, protect
from tests.integration.messaging.test_billing import put_price


async def used(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT messages, spend FROM capped_days")


async def test_of_two_hundred_at_once_in_two_processes_a_cap_lets_its_number_pass(
    house: House,
) -> None:
    await protect(house, messages_per_day=50)
    other = Outbound(house.database, Directory(house.database, house.vault), house.bells)
    draft = Draft(account=house.account, to=HANDSET, from_=NUMBER, body="Hello")
    results = await asyncio.gather(
        *((house.outbound if number % 2 else other).accept(draft) for number in range(200)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, MessagesCapReached) for result in results) == 150
    assert await house.value("SELECT count(*) FROM messages") == 50
    assert await used(house) == [(50, 0)]
    assert await house.rows("SELECT account_sid, error_code FROM alerts") == [
        (house.account.sid, 63038)
    ]


async def test_an_account_without_caps_counts_nothing(house: House) -> None:
    await house.accept()
    assert await used(house) == []


async def test_a_new_day_begins_a_new_count(house: House) -> None:
    await protect(house, messages_per_day=1)
    await house.accept()
    await house.value("UPDATE capped_days SET day = day - 1")
    await house.accept()
    with pytest.raises(MessagesCapReached):
        await house.accept()


async def test_a_day_s_spend_stops_before_the_message_that_passes_it(house: House) -> None:
    await put_price(house, "0.04")
    await protect(house, spend_per_day=Decimal("0.10"))
    await house.accept()
    with pytest.raises(SpendCapReached, match=r"may spend 0\.1 a day"):
        await house.accept(body="x" * 161)
    await house.accept()
    assert await used(house) == [(2, Decimal("0.08"))]
    assert await house.value("SELECT count(*) FROM ledger") == 2


async def test_a_month_s_spend_has_that_of_its_earlier_days_and_of_no_other_month(
    house: House,
) -> None:
    await put_price(house, "1")
    await protect(house, spend_per_month=Decimal(2))
    today = datetime.now(UTC).date()
    first = today.replace(day=1)
    spent = {first - timedelta(days=1): 1, first: 1}  # on a first, that is today itself
    for day, spend in spent.items():
        await house.value(
            """INSERT INTO capped_days (account_sid, day, carrier_sid, spend)
               VALUES ($1, $2, $3, $4)""",
            house.account.sid,
            day,
            house.account.carrier_sid,
            Decimal(spend),
        )
    await house.accept()
    with pytest.raises(SpendCapReached, match="a month"):
        await house.accept()


async def test_what_is_scheduled_counts_when_it_is_handed_in(house: House) -> None:
    await put_price(house, "1")
    await protect(house, spend_per_day=Decimal(1))
    credential = {"smpp_credential_sid": "SB" + "1" * 32}
    later = datetime.now(UTC) + timedelta(hours=1)
    await house.accept(send_at=later, **credential)
    assert await house.value("SELECT count(*) FROM ledger") == 0
    with pytest.raises(SpendCapReached):
        await house.accept(send_at=later, **credential)


async def test_a_refused_message_gives_its_idempotency_key_back(house: House) -> None:
    await protect(house, messages_per_day=0)
    with pytest.raises(MessagesCapReached):
        await house.accept(idempotency_key=IdempotencyKey("order 17", b"digest"))
    assert await house.value("SELECT count(*) FROM idempotency_keys") == 0


async def test_a_subaccount_counts_towards_its_parent_s_cap(house: House) -> None:
    below = sids.make(sids.Prefix.ACCOUNT)
    await house.value(
        """INSERT INTO accounts
             (sid, carrier_sid, owner_sid, friendly_name, status, auth_token_sealed)
           SELECT $1, carrier_sid, sid, '', 'active', auth_token_sealed FROM accounts""",
        below,
    )
    await house.value("UPDATE phone_numbers SET account_sid = $1", below)
    await house.value("UPDATE accounts SET messages_per_day = 2 WHERE sid = $1", house.account.sid)
    await look_again(house)
    account = await house.directory.account(below)
    await house.accept(account=account)
    await house.accept(account=account)
    with pytest.raises(MessagesCapReached, match=house.account.sid):
        await house.accept(account=account)


@pytest.mark.parametrize(
    ("cap", "error"),
    [({"messages_per_day": 4}, MessagesCapReached), ({"spend_per_day": 4}, SpendCapReached)],
    ids=["messages", "spend"],
)
async def test_a_bulk_that_passes_a_cap_is_refused_whole(
    house: House, cap: dict[str, object], error: type[GatewayError]
) -> None:
    await put_price(house, "1")
    await protect(house, **cap)
    bulks = BulkAccept(house.database, house.outbound)
    draft = BulkDraft(
        account=house.account,
        from_=NUMBER,
        messaging_service_sid=None,
        template=Template("Hello"),
    )
    lines = [Recipient(n, f"+855123456{n:02}", {}) for n in range(10, 15)]
    with pytest.raises(error):
        await bulks.accept(draft, iter(lines))
    assert await house.value("SELECT count(*) FROM messages") == 0
    assert await used(house) == []
    await bulks.accept(draft, iter(lines[:4]))
    assert await used(house) == [(4, 4)]
