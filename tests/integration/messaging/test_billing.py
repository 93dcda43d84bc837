"""Messages are charged when accepted, never beyond the limit, and given back when they fail."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest

from smsc import sids
from smsc.billing import ledger
from smsc.errors.messages import BalanceUsedUp
from smsc.messaging.accept.outbound import Draft, Outbound
from smsc.messaging.directory import Directory
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.workers.parts import hand_in, tell


async def put_price(house: House, price: str, direction: str = "outbound") -> None:
    await house.value(
        """INSERT INTO tariffs (sid, carrier_sid, direction, prefix, price, name)
           VALUES ($1, $2, $3, '', $4, '')""",
        sids.make(sids.Prefix.TARIFF),
        house.account.carrier_sid,
        direction,
        Decimal(price),
    )
    house.directory.clear()


async def prepay(house: House, amount: str) -> None:
    carrier, account = house.account.carrier_sid, house.account.sid
    await ledger.credit(house.database, carrier, account, Decimal(amount), "")
    await ledger.set_floor(house.database, carrier, account, Decimal(0))


async def balance(house: House) -> Decimal:
    return (await ledger.left(house.database, house.account.sid)).balance


async def is_balance_the_sum_of_its_entries(house: House) -> bool:
    return await balance(house) == await house.value("SELECT sum(amount) FROM ledger")


async def test_without_a_tariff_nothing_is_charged(house: House) -> None:
    await house.accept()
    assert await house.value("SELECT count(*) FROM ledger") == 0
    assert await house.value("SELECT count(*) FROM balances") == 0


async def test_a_message_is_charged_by_its_segments(house: House) -> None:
    await put_price(house, "0.0075")
    message = await house.accept(body="x" * 161)
    assert await house.rows("SELECT message_sid, kind, category, amount FROM ledger") == [
        (message.sid, "charge", "sms-outbound-longcode", Decimal("-0.015"))
    ]
    assert await balance(house) == Decimal("-0.015")


async def test_five_hundred_at_once_spend_a_balance_of_a_hundred_exactly(house: House) -> None:
    await put_price(house, "1")
    await prepay(house, "100")
    other = Outbound(house.database, Directory(house.database, house.vault), house.bells)
    draft = Draft(account=house.account, to=HANDSET, from_=NUMBER, body="Hello")
    results = await asyncio.gather(
        *((house.outbound if number % 2 else other).accept(draft) for number in range(500)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, BalanceUsedUp) for result in results) == 400
    assert await balance(house) == 0
    assert await house.value("SELECT count(*) FROM messages") == 100
    assert await house.value("SELECT count(*) FROM queue") == 100
    assert await is_balance_the_sum_of_its_entries(house)


async def test_a_batch_s_cheaper_messages_are_paid_where_a_dearer_one_can_t_be(
    house: House,
) -> None:
    await put_price(house, "1")
    await prepay(house, "2")
    drafts = [
        Draft(account=house.account, to=HANDSET, from_=NUMBER, body=body)
        for body in ("a", "x" * 400, "b", "c")
    ]
    results = await house.outbound.accept_all(drafts)
    refused = [isinstance(result, BalanceUsedUp) for result in results]
    assert refused == [False, True, False, True]


async def test_credit_is_what_a_floor_below_zero_allows(house: House) -> None:
    await put_price(house, "1")
    carrier, account = house.account.carrier_sid, house.account.sid
    await ledger.set_floor(house.database, carrier, account, Decimal(-1))
    await house.accept()
    with pytest.raises(BalanceUsedUp):
        await house.accept()


async def test_without_a_floor_a_balance_falls_as_it_may(house: House) -> None:
    await put_price(house, "5")
    await house.accept()
    await house.accept()
    assert await balance(house) == -10


async def test_a_failed_message_is_given_back_once(house: House) -> None:
    await put_price(house, "1")
    message = await house.accept()
    await tell(house, message.sid, failed=1, error_code=30008)
    await tell(house, message.sid, failed=1, error_code=30008)
    assert await balance(house) == 0
    assert await house.rows("SELECT kind, amount FROM ledger ORDER BY id") == [
        ("charge", Decimal(-1)),
        ("reversal", Decimal(1)),
    ]


async def test_a_message_that_is_canceled_in_time_is_given_back(house: House) -> None:
    await put_price(house, "1")
    message = await house.accept()
    await tell(house, message.sid, canceled=True)
    assert await house.status(message.sid) == "canceled"
    assert await balance(house) == 0


async def test_an_undelivered_message_is_not_given_back(house: House) -> None:
    await put_price(house, "1")
    message = await house.accept()
    await tell(house, message.sid, sent=1)
    await tell(house, message.sid, undelivered=1, error_code=30003)
    assert await balance(house) == -1


async def test_a_received_message_is_charged_even_when_nothing_is_left(house: House) -> None:
    await put_price(house, "0.5", "inbound")
    await prepay(house, "0")
    await hand_in(house, "Hi")
    assert await house.rows("SELECT category, amount FROM ledger WHERE kind = 'charge'") == [
        ("sms-inbound-longcode", Decimal("-0.5"))
    ]
    assert await balance(house) == Decimal("-0.5")


async def test_a_subaccount_spends_its_parent_s_balance(house: House) -> None:
    await put_price(house, "1")
    parent = sids.make(sids.Prefix.ACCOUNT)
    await house.value(
        """WITH parent AS (
             INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
             VALUES ($1, $2, '', 'active', $3) RETURNING sid)
           UPDATE accounts SET owner_sid = (SELECT sid FROM parent) WHERE sid = $4""",
        parent,
        house.account.carrier_sid,
        house.vault.seal("x"),
        house.account.sid,
    )
    house.directory.clear()
    facts = await house.directory.account(house.account.sid)
    await house.accept(account=facts)
    assert (await ledger.left(house.database, parent)).balance == -1
    assert await balance(house) == 0


async def test_the_ledger_is_only_added_to(house: House) -> None:
    await put_price(house, "1")
    await house.accept()
    for statement in ("UPDATE ledger SET amount = 0", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(asyncpg.RaiseError, match="never changed"):
            await house.value(statement)
