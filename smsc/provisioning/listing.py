"""A page of a carrier's objects, in the order of their making."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from smsc.errors import NotFound


class Identified(Protocol):
    """What has a SID."""

    @property
    def sid(self) -> str:
        """Its SID."""


T = TypeVar("T")
Row = TypeVar("Row", bound=SQLModel)
HasSid = TypeVar("HasSid", bound=Identified)


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some objects, and the SID after which the rest comes; None: there is no rest."""

    items: Sequence[T]
    after: str | None


def cut(items: Sequence[HasSid], limit: int) -> Slice[HasSid]:
    """Make a slice of `limit` objects at most out of one more than that."""
    return Slice(items[:limit], items[limit - 1].sid if len(items) > limit else None)


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """Some objects, newest first, and whether there are others on either side."""

    items: Sequence[T]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Which window is wanted: beside `sid`, towards older or newer objects; None: the newest."""

    limit: int
    sid: str | None = None
    towards_newer: bool = False


async def window(
    db: AsyncSession, statement: SelectOfScalar[Row], model: type[Row], place: Place
) -> Window[Row]:
    """Return what `statement` selects of `model`, newest first, as much of it as is wanted.

    Windows follow SIDs, which never change: a walk sees each object once, whatever arrives.
    """
    sid = model.__table__.c.sid  # type: ignore[attr-defined]  # a table has it
    if place.sid is not None:
        statement = statement.where(sid > place.sid if place.towards_newer else sid < place.sid)
    order = sid.asc() if place.towards_newer else sid.desc()
    rows = (await db.exec(statement.order_by(order).limit(place.limit + 1))).all()
    more = len(rows) > place.limit
    shown = rows[: place.limit]
    if place.towards_newer:
        return Window(shown[::-1], has_older=True, has_newer=more)
    return Window(shown, has_older=more, has_newer=place.sid is not None)


def found(item: T | None, sid: str) -> T:
    """Return the object.

    Raises:
        NotFound: there is none that this carrier may see.
    """
    if item is None:
        raise NotFound(sid)
    return item
