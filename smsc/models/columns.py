"""How a SID, a moment and a mandatory text look as columns."""

from typing import Any

from sqlalchemy import DateTime, SmallInteger, Text, false, func
from sqlmodel import Field

BY_OCTETS = "C"  # a range of SIDs is then a range of time, and comparing is cheap


def sid_field(**options: Any) -> Any:  # noqa: ANN401 what SQLModel's own Field takes and returns
    """Return a column for a SID; options as in SQLModel's `Field`."""
    return Field(sa_type=Text(collation=BY_OCTETS), **options)


octets_field = sid_field  # any other text that is only ever compared octet by octet


def text_field(**options: Any) -> Any:  # noqa: ANN401 as above
    """Return a column for text of any length."""
    return Field(sa_type=Text, **options)


def moment_field(*, default_now: bool = False, **options: Any) -> Any:  # noqa: ANN401 as above
    """Return a `timestamptz` column, filled by the database's clock if asked."""
    if default_now:
        options["sa_column_kwargs"] = {"server_default": func.now()}
        options["default"] = None
    return Field(sa_type=DateTime(timezone=True), **options)


def count_field() -> Any:  # noqa: ANN401 as above
    """Return a small counter that starts at zero, for statements that don't name it too."""
    return Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})


def flag_field() -> Any:  # noqa: ANN401 as above
    """Return a boolean that is false unless said."""
    return Field(default=False, sa_column_kwargs={"server_default": false()})
