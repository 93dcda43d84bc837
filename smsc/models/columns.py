"""How a SID, a moment and a mandatory text look as columns."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    SmallInteger,
    Text,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
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


def total_field() -> Any:  # noqa: ANN401 as above
    """Return a counter without an end that starts at zero."""
    return Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


def flag_field() -> Any:  # noqa: ANN401 as above
    """Return a boolean that is false unless said."""
    return Field(default=False, sa_column_kwargs={"server_default": false()})


def set_flag_field() -> Any:  # noqa: ANN401 as above
    """Return a boolean that is true unless said."""
    return Field(default=True, sa_column_kwargs={"server_default": true()})


def number_field(default: int) -> Any:  # noqa: ANN401 as above
    """Return a whole number that rows without it get as `default`."""
    return Field(
        default=default, sa_type=Integer, sa_column_kwargs={"server_default": str(default)}
    )


def word_field(default: str) -> Any:  # noqa: ANN401 as above
    """Return a text that rows without it get as `default`."""
    return Field(
        default=default, sa_type=Text, sa_column_kwargs={"server_default": text(f"'{default}'")}
    )


def words_field() -> Any:  # noqa: ANN401 as above
    """Return a list of texts, empty unless said."""
    return Field(
        default_factory=list,
        sa_type=ARRAY(Text),
        sa_column_kwargs={"server_default": text("'{}'"), "nullable": False},
    )


def json_object_field() -> Any:  # noqa: ANN401 as above
    """Return a JSON object, empty unless said."""
    return Field(
        default_factory=dict,
        sa_type=JSONB,
        sa_column_kwargs={"server_default": text("'{}'"), "nullable": False},
    )


def json_list_field() -> Any:  # noqa: ANN401 as above
    """Return a JSON array, empty unless said."""
    return Field(
        default_factory=list,
        sa_type=JSONB,
        sa_column_kwargs={"server_default": text("'[]'"), "nullable": False},
    )
