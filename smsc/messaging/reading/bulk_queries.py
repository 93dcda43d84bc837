"""Reads of bulks: one with its counts, a page of them, of their messages and rejected lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.db import Database
from smsc.messaging.reading.queries import COLUMNS, Cursor, Page, page_of
from smsc.models import Bulk, BulkRejection
from smsc.provisioning.listing import Place, Window, window
from smsc.sealing import Sealer
from smsc.webhooks.bulk_callbacks import COUNTS


@dataclass(frozen=True, slots=True)
class Rejections:
    """Some of a bulk's rejected lines, in the order of the file, and the line to go on after."""

    items: Sequence[BulkRejection]
    after: int | None


async def get(db: AsyncSession, sealer: Sealer, account_sid: str, sid: str) -> Bulk | None:
    """Return an account's bulk."""
    statement = select(Bulk).where(col(Bulk.sid) == sid, col(Bulk.account_sid) == account_sid)
    found = (await db.exec(statement)).all()
    await _open(sealer, found)
    return found[0] if found else None


async def page(db: AsyncSession, sealer: Sealer, account_sid: str, place: Place) -> Window[Bulk]:
    """Return an account's bulks, newest first."""
    found = await window(db, select(Bulk).where(col(Bulk.account_sid) == account_sid), Bulk, place)
    await _open(sealer, found.items)
    return found


async def _open(sealer: Sealer, bulks: Sequence[Bulk]) -> None:
    """Give bulks the texts that lie sealed in their rows; no session takes that for a change."""
    keys = await sealer.known(bulk.key_id for bulk in bulks)
    for bulk in bulks:
        text, _ = keys.open_text(bulk.sid, bulk.key_id, bulk.body, bulk.sealed_body)
        set_committed_value(bulk, "body", text or "")


async def counts(database: Database, bulk: Bulk) -> dict[str, int]:
    """Count a bulk's messages by status: one look at each, some 50 ms for 100,000."""
    async with database.single() as connection:
        rows = await connection.fetch(COUNTS, bulk.sid, bulk.first_sid, bulk.last_sid)
    return {row[0]: row[1] for row in rows}


async def messages(
    database: Database, bulk: Bulk, status: str | None, *, limit: int, cursor: Cursor | None
) -> Page:
    """Return `limit` of a bulk's messages at most, newest first, of one status if so asked."""
    first, last = bulk.first_sid or "", bulk.last_sid or ""
    lower, upper, order = ">=", "<=", "DESC"
    if cursor is not None and cursor.towards_newer:
        first, lower, order = max(first, cursor.sid), ">", "ASC"
    elif cursor is not None:
        last, upper = min(last, cursor.sid), "<"
    statement = (
        f"SELECT {COLUMNS} FROM messages "  # noqa: S608 of constants
        f"WHERE sid {lower} $1 AND sid {upper} $2 AND bulk_sid = $3 "
        f"AND ($4::text IS NULL OR status = $4) ORDER BY sid {order} LIMIT $5"
    )
    parameters = (first, last, bulk.sid, status, limit + 1)
    return await page_of(database, statement, parameters, limit, cursor)


async def rejections(
    db: AsyncSession, bulk: Bulk, *, limit: int, after: int | None = None
) -> Rejections:
    """Return `limit` of a bulk's rejected lines at most."""
    statement = select(BulkRejection).where(
        col(BulkRejection.bulk_sid) == bulk.sid, col(BulkRejection.line) > (after or 0)
    )
    rows = (await db.exec(statement.order_by(col(BulkRejection.line)).limit(limit + 1))).all()
    return Rejections(rows[:limit], rows[limit - 1].line if len(rows) > limit else None)
