"""The suppression list: who takes no messages of a sender or a messaging service."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import audit, sids
from smsc.audit import Deed
from smsc.errors import BadParameter, InvalidDestination, NotFound
from smsc.models import MessagingService, OptOut, PhoneNumber
from smsc.provisioning.listing import Place, Slice, Window, cut, found, window
from smsc.sms.address import parse_destination

COLUMNS: Final = ("scope", "handset", "source", "date_created")
_AT_ONCE: Final = 1000  # rows of one INSERT or SELECT


async def require_scope(db: AsyncSession, account_sid: str, scope: str) -> None:
    """Make sure that the account has this sender or messaging service.

    Raises:
        NotFound: it hasn't.
    """
    service = select(MessagingService.sid).where(
        col(MessagingService.sid) == scope, col(MessagingService.account_sid) == account_sid
    )
    sender = select(PhoneNumber.sid).where(
        col(PhoneNumber.phone_number) == scope, col(PhoneNumber.account_sid) == account_sid
    )
    is_service = scope.startswith(sids.Prefix.MESSAGING_SERVICE)
    found((await db.exec(service if is_service else sender)).first(), scope)


async def add(
    db: AsyncSession, carrier_sid: str, account_sid: str, scope: str, handset: str
) -> OptOut:
    """Opt a handset out; who has opted out already stays so.

    Raises:
        InvalidDestination: no number.
    """
    number = parse_destination(handset).value
    if await _insert(db, carrier_sid, account_sid, scope, [number], "api"):
        await audit.note(db, Deed("created", "opt-out", None, account_sid, facts={"scope": scope}))
    statement = select(OptOut).where(
        col(OptOut.account_sid) == account_sid,
        col(OptOut.scope) == scope,
        col(OptOut.handset) == number,
    )
    return (await db.exec(statement)).one()


async def add_all(
    db: AsyncSession, carrier_sid: str, account_sid: str, scope: str, text: str
) -> int:
    """Opt out every handset of a CSV file with a column `handset`; return how many were new.

    Raises:
        BadParameter: there is no such column, or a line holds no number; nobody is opted out.
    """
    count = 0
    numbers = _read_handsets(text)
    while chunk := list(islice(numbers, _AT_ONCE)):
        count += await _insert(db, carrier_sid, account_sid, scope, chunk, "import")
    facts = {"scope": scope, "opt_outs": count}
    await audit.note(db, Deed("imported", "opt-out", None, account_sid, facts=facts))
    return count


async def get(db: AsyncSession, account_sid: str, scope: str, sid: str) -> OptOut | None:
    """Return an opt-out from this sender or service."""
    statement = select(OptOut).where(
        col(OptOut.sid) == sid, col(OptOut.account_sid) == account_sid, col(OptOut.scope) == scope
    )
    return (await db.exec(statement)).first()


async def page(
    db: AsyncSession, account_sid: str, scope: str, place: Place, handset: str | None = None
) -> Window[OptOut]:
    """Return the opt-outs from a sender or service, newest first, or that of one handset."""
    statement = select(OptOut).where(
        col(OptOut.account_sid) == account_sid, col(OptOut.scope) == scope
    )
    if handset is not None:
        statement = statement.where(col(OptOut.handset) == handset)
    return await window(db, statement, OptOut, place)


async def carrier_page(
    db: AsyncSession,
    carrier_sid: str,
    account_sid: str,
    *,
    limit: int,
    after: str | None = None,
    scope: str | None = None,
    handset: str | None = None,
) -> Slice[OptOut]:
    """Return some of an account's opt-outs, oldest first, of one scope or handset if so asked."""
    statement = select(OptOut).where(
        col(OptOut.account_sid) == account_sid, col(OptOut.carrier_sid) == carrier_sid
    )
    if scope is not None:
        statement = statement.where(col(OptOut.scope) == scope)
    if handset is not None:
        statement = statement.where(col(OptOut.handset) == handset)
    if after is not None:
        statement = statement.where(col(OptOut.sid) > after)
    rows = (await db.exec(statement.order_by(col(OptOut.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def remove(db: AsyncSession, account_sid: str, scope: str | None, sid: str) -> None:
    """Let a handset get messages again.

    Raises:
        NotFound: there is no such opt-out.
    """
    statement = (
        delete(OptOut)
        .where(col(OptOut.sid) == sid, col(OptOut.account_sid) == account_sid)
        .returning(col(OptOut.sid))
    )
    if scope is not None:
        statement = statement.where(col(OptOut.scope) == scope)
    if (await db.exec(statement)).first() is None:
        raise NotFound(sid)
    await audit.note(db, Deed("removed", "opt-out", sid, account_sid))


async def export(db: AsyncSession, account_sid: str, scope: str | None) -> AsyncIterator[str]:
    """Write the opt-outs from a sender or service, or all of the account's, as CSV."""
    yield ",".join(COLUMNS) + "\r\n"
    after = ""
    while True:
        statement = select(OptOut).where(
            col(OptOut.account_sid) == account_sid, col(OptOut.sid) > after
        )
        if scope is not None:
            statement = statement.where(col(OptOut.scope) == scope)
        rows = (await db.exec(statement.order_by(col(OptOut.sid)).limit(_AT_ONCE))).all()
        if not rows:
            return
        after = rows[-1].sid
        yield _write(rows)


async def _insert(
    db: AsyncSession,
    carrier_sid: str,
    account_sid: str,
    scope: str,
    handsets: Iterable[str],
    source: str,
) -> int:
    rows = [
        {
            "sid": sids.make(sids.Prefix.OPT_OUT),
            "carrier_sid": carrier_sid,
            "account_sid": account_sid,
            "scope": scope,
            "handset": handset,
            "source": source,
        }
        for handset in handsets
    ]
    statement = insert(OptOut).values(rows).on_conflict_do_nothing().returning(col(OptOut.sid))
    return len((await db.exec(statement)).all())


def _read_handsets(text: str) -> Iterator[str]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if "handset" not in (reader.fieldnames or ()):
        raise BadParameter("The CSV's first line must name its columns, one of them 'handset'.")
    for row in reader:
        try:
            yield parse_destination(row["handset"] or "").value
        except InvalidDestination as error:
            raise BadParameter(f"Line {reader.line_num}: {error.message}") from None


def _write(rows: Sequence[OptOut]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    for row in rows:
        writer.writerow((row.scope, row.handset, row.source, row.created_at.isoformat()))
    return written.getvalue()
