"""The ledger: charges that never overdraw a limited balance, credits, and what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from smsc import audit
from smsc.billing.prices import Price
from smsc.db import Connection, Database


@dataclass(frozen=True, slots=True)
class Charge:
    """What one message costs, and whom."""

    message_sid: str
    account_sid: str
    payer_sid: str
    carrier_sid: str
    category: str
    price: Price


@dataclass(frozen=True, slots=True)
class Left:
    """What an account has left."""

    balance: Decimal
    floor: Decimal | None  # how low it may fall; None: no limit
    unit: str


async def charge(connection: Connection, charges: Sequence[Charge]) -> set[str]:
    """Charge messages in the caller's transaction; return the SIDs of those that can't be paid.

    Balances are locked in one order until the commit, so that charges that run at once see each
    other's.
    """
    left = await lock(connection, {item.payer_sid for item in charges})
    paid, refused = [], set()
    for item in charges:
        room = left.get(item.payer_sid)
        if room is not None and room < item.price.amount:
            refused.add(item.message_sid)
            continue
        if room is not None:
            left[item.payer_sid] = room - item.price.amount
        paid.append(item)
    await book(connection, paid)
    return refused


async def lock(connection: Connection, payers: Iterable[str]) -> dict[str, Decimal]:
    """Lock balances until the commit, in one order; return what is left of those with a limit."""
    rows = await connection.fetch(_LOCK, sorted(payers))
    return {payer: room for payer, room in rows if room is not None}


async def book(connection: Connection, charges: Sequence[Charge]) -> None:
    """Enter charges whatever is left: of what has happened already, such as received messages."""
    if charges:
        await connection.execute(
            _BOOK,
            [item.message_sid for item in charges],
            [item.account_sid for item in charges],
            [item.payer_sid for item in charges],
            [item.carrier_sid for item in charges],
            [item.category for item in charges],
            [-item.price.amount for item in charges],
            [item.price.unit for item in charges],
        )


@dataclass(slots=True)
class Total:
    """What many charges that are entered one after the other come to, by payer and carrier."""

    amounts: dict[tuple[str, str], Decimal] = field(default_factory=dict)


async def enter(connection: Connection, charges: Sequence[Charge], total: Total) -> None:
    """Enter charges whose sum `settle` takes from the balances, in the same transaction."""
    if not charges:
        return
    await connection.copy_records_to_table(
        "ledger",
        columns=_ENTRY_COLUMNS,
        records=[
            (
                item.carrier_sid,
                item.account_sid,
                item.payer_sid,
                item.message_sid,
                "charge",
                item.category,
                -item.price.amount,
                item.price.unit,
            )
            for item in charges
        ],
    )
    for item in charges:
        payer = (item.payer_sid, item.carrier_sid)
        total.amounts[payer] = total.amounts.get(payer, Decimal()) + item.price.amount


async def settle(connection: Connection, total: Total) -> bool:
    """Take a total from the balances at once; say whether they had as much.

    If not, the caller has to roll back. Balances are locked no longer than from here to the commit.
    """
    for (payer_sid, carrier_sid), amount in sorted(total.amounts.items()):
        if not await connection.fetchval(_SETTLE, payer_sid, carrier_sid, -amount):
            return False
    return True


async def credit(
    database: Database, carrier_sid: str, account_sid: str, amount: Decimal, note: str
) -> Left:
    """Add to an account's balance; a negative amount takes from it."""
    async with database.begin() as connection:
        await audit.sign_on(connection)
        row = await connection.fetchrow(_CREDIT, carrier_sid, account_sid, amount, note)
    assert row is not None  # noqa: S101 the statement returns what it wrote
    return Left(*row)


async def set_floor(
    database: Database, carrier_sid: str, account_sid: str, floor: Decimal | None
) -> Left:
    """Say how low an account's balance may fall; None: no limit."""
    async with database.begin() as connection:
        await audit.sign_on(connection)
        row = await connection.fetchrow(_SET_FLOOR, carrier_sid, account_sid, floor)
    assert row is not None  # noqa: S101 the statement returns what it wrote
    return Left(*row)


async def left(database: Database, payer_sid: str) -> Left:
    """Return what an account has left; nothing was ever entered: zero, without a limit."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT coalesce(b.balance, 0), b.floor, c.price_unit
            FROM accounts a JOIN carriers c ON c.sid = a.carrier_sid
            LEFT JOIN balances b ON b.account_sid = a.sid
            WHERE a.sid = $1
            """,
            payer_sid,
        )
    assert row is not None  # noqa: S101 callers have read the account
    return Left(*row)


_LOCK: Final = """
SELECT account_sid, balance - floor FROM balances
WHERE account_sid = ANY($1::text[]) ORDER BY account_sid FOR UPDATE
"""

_BOOK: Final = """
WITH charged AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[],
                       $7::text[])
    AS charged (message_sid, account_sid, payer_sid, carrier_sid, category, amount, price_unit)
), entered AS (
  INSERT INTO ledger (carrier_sid, account_sid, payer_sid, message_sid, kind, category, amount,
                      price_unit)
  SELECT carrier_sid, account_sid, payer_sid, message_sid, 'charge', category, amount, price_unit
  FROM charged
)
INSERT INTO balances AS b (account_sid, carrier_sid, balance)
SELECT payer_sid, carrier_sid, sum(amount) FROM charged GROUP BY payer_sid, carrier_sid
ORDER BY payer_sid
ON CONFLICT (account_sid) DO UPDATE
SET balance = b.balance + excluded.balance, updated_at = now()
"""

_ENTRY_COLUMNS: Final = (
    *("carrier_sid", "account_sid", "payer_sid", "message_sid", "kind", "category", "amount"),
    "price_unit",
)

_SETTLE: Final = """
INSERT INTO balances AS b (account_sid, carrier_sid, balance) VALUES ($1, $2, $3)
ON CONFLICT (account_sid) DO UPDATE
SET balance = b.balance + excluded.balance, updated_at = now()
WHERE b.floor IS NULL OR b.balance + excluded.balance >= b.floor
RETURNING true
"""

_CREDIT: Final = """
WITH entered AS (
  INSERT INTO ledger (carrier_sid, account_sid, payer_sid, kind, amount, price_unit, note)
  SELECT $1, $2, $2, 'credit', $3, price_unit, $4 FROM carriers WHERE sid = $1
), changed AS (
  INSERT INTO balances AS b (account_sid, carrier_sid, balance) VALUES ($2, $1, $3)
  ON CONFLICT (account_sid) DO UPDATE
  SET balance = b.balance + excluded.balance, updated_at = now()
  RETURNING balance, floor
)
SELECT balance, floor, (SELECT price_unit FROM carriers WHERE sid = $1) FROM changed
"""

_SET_FLOOR: Final = """
WITH changed AS (
  INSERT INTO balances AS b (account_sid, carrier_sid, floor) VALUES ($2, $1, $3)
  ON CONFLICT (account_sid) DO UPDATE SET floor = excluded.floor, updated_at = now()
  RETURNING balance, floor
)
SELECT balance, floor, (SELECT price_unit FROM carriers WHERE sid = $1) FROM changed
"""
