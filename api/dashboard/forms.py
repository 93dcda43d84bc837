"""Reads forms into drafts and changes of the house, and says what can't be read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from api.dashboard.languages import gettext as _
from api.dashboard.visitors import Visitor, require
from smsc import sids
from smsc.errors import BadParameter

MOST_CSV_OCTETS: Final = 3 * 1024 * 1024  # of a form: escaped, so about a third of a file more
_LONGEST_NUMBER: Final = 18  # digits, of a bigint

M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], values: Mapping[str, object]) -> M:
    """Return a draft or a change.

    Raises:
        BadParameter: which field can't be used, and why.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise BadParameter(f"{where}: {why}" if where else why) from None


def account_in(form: Mapping[str, str], visitor: Visitor) -> str:
    """Return the account that a form is about, whose things somebody keeps.

    Raises:
        NotFound: they don't.
    """
    sid = form.get("account", "")
    require(visitor.reach.keeps_account(sid), sid)
    return sid


def developed_account_in(form: Mapping[str, str], visitor: Visitor) -> str:
    """Return the account that a form is about, whose keys and webhooks somebody looks after.

    Raises:
        NotFound: they don't.
    """
    sid = form.get("account", "")
    require(visitor.reach.develops_for(sid), sid)
    return sid


def chosen_account(asked: str | None, accounts: Mapping[str, str]) -> str:
    """Return the account that a page is about: the one that was asked for, else the first.

    Raises:
        NotFound: it is out of reach, or there is none.
    """
    sid = asked or next(iter(accounts), "")
    require(sid in accounts, sid)
    return sid


def after_in(query: Mapping[str, str]) -> str | None:
    """Return the SID after which a list goes on.

    Raises:
        BadParameter: it is none.
    """
    after = query.get("after") or None
    if after is not None and not sids.SHAPE.fullmatch(after):
        raise BadParameter(_("%(name)s is not a SID.", name="after"))
    return after


def number_in(query: Mapping[str, str], name: str) -> int | None:
    """Return the number before which a list goes on.

    Raises:
        BadParameter: it is none.
    """
    typed = query.get(name) or None
    if typed is None:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= _LONGEST_NUMBER):
        raise BadParameter(_("%(name)s is no number.", name=name))
    return int(typed)


def day_in(typed: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment at which a day begins in the reader's zone; None for nothing typed.

    Raises:
        BadParameter: it is no day.
    """
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadParameter(_("%(typed)r is no day like 2026-11-26.", typed=typed)) from None
