"""A page of a carrier's objects, in the order of their making."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from smsc.errors import NotFound


class Identified(Protocol):
    """What has a SID."""

    @property
    def sid(self) -> str:
        """Its SID."""


T = TypeVar("T")
HasSid = TypeVar("HasSid", bound=Identified)


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some objects, and the SID after which the rest comes; None: there is no rest."""

    items: Sequence[T]
    after: str | None


def cut(items: Sequence[HasSid], limit: int) -> Slice[HasSid]:
    """Make a slice of `limit` objects at most out of one more than that."""
    return Slice(items[:limit], items[limit - 1].sid if len(items) > limit else None)


def found(item: T | None, sid: str) -> T:
    """Return the object.

    Raises:
        NotFound: there is none that this carrier may see.
    """
    if item is None:
        raise NotFound(sid)
    return item
