"""Routes: which connector the numbers with a prefix go to."""

from typing import Annotated

from pydantic import AfterValidator, Field
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import NotFound
from smsc.models import Connector, Route
from smsc.provisioning.fields import Change, Input
from smsc.provisioning.listing import Slice, cut, found


def _prefix(value: str) -> str:
    digits = value.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdecimal()):
        raise ValueError("must be the first digits of numbers, country code first; empty: all")
    return digits


Prefix = Annotated[str, Field(max_length=16), AfterValidator(_prefix)]
Priority = Annotated[int, Field(ge=0, le=1_000_000)]


class RouteDraft(Input):
    """A route to be made. Longest prefix first; within one prefix the least priority number."""

    prefix: Prefix = ""
    connector_sid: str
    priority: Priority = 100


class RouteChange(Change):
    """What of a route can change: everything but its SID."""

    prefix: Prefix = ""
    connector_sid: str = ""
    priority: Priority = 100


async def create(db: AsyncSession, carrier_sid: str, draft: RouteDraft) -> Route:
    """Make a route.

    Raises:
        NotFound: the carrier has no such connector.
    """
    await _require_connector(db, carrier_sid, draft.connector_sid)
    route = Route(
        sid=sids.make(sids.Prefix.ROUTE),
        carrier_sid=carrier_sid,
        prefix=draft.prefix,
        connector_sid=draft.connector_sid,
        priority=draft.priority,
    )
    db.add(route)
    await db.flush()
    return route


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> Route:
    """Return a route.

    Raises:
        NotFound: the carrier has no such route.
    """
    statement = select(Route).where(col(Route.sid) == sid, col(Route.carrier_sid) == carrier_sid)
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    connector_sid: str | None = None,
) -> Slice[Route]:
    """Return some of the carrier's routes, to one connector if so asked."""
    statement = select(Route).where(col(Route.carrier_sid) == carrier_sid)
    if connector_sid is not None:
        statement = statement.where(col(Route.connector_sid) == connector_sid)
    if after is not None:
        statement = statement.where(col(Route.sid) > after)
    rows = (await db.exec(statement.order_by(col(Route.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def change(db: AsyncSession, carrier_sid: str, sid: str, asked: RouteChange) -> Route:
    """Change a route.

    Raises:
        NotFound: the carrier has no such route or connector.
    """
    fields = asked.asked()
    if not fields:
        return await get(db, carrier_sid, sid)
    if "connector_sid" in fields:
        await _require_connector(db, carrier_sid, asked.connector_sid)
    statement = (
        update(Route)
        .where(col(Route.sid) == sid, col(Route.carrier_sid) == carrier_sid)
        .values(**fields)
        .returning(Route)
    )
    route: Route = found((await db.exec(statement)).scalars().first(), sid)
    return route


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a route. What was accepted through it is still sent.

    Raises:
        NotFound: the carrier has no such route.
    """
    statement = (
        delete(Route)
        .where(col(Route.sid) == sid, col(Route.carrier_sid) == carrier_sid)
        .returning(col(Route.sid))
    )
    found((await db.exec(statement)).first(), sid)


async def _require_connector(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    statement = (
        select(Connector.sid)
        .where(col(Connector.sid) == sid, col(Connector.carrier_sid) == carrier_sid)
        .with_for_update(read=True)
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(sid)
