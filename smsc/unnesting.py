"""Columns of a batch as parameters of a statement that unnests them.

asyncpg asks of each element of an array whether it is one itself, by two abstract base classes:
0.6 to 1.5 µs an element, and a message has about ninety. What goes as one text costs half of that,
or next to nothing, and PostgreSQL no more to take apart than an array.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

_MICROSECOND: Final = timedelta(microseconds=1)

T = TypeVar("T")


def words(column: Iterable[str]) -> str:
    """Write SIDs and words of ours, none of which is empty or has a comma.

    In the statement: `string_to_array($1, ',')`.
    """
    return ",".join(column)


def lines(column: Iterable[str]) -> str:
    r"""Write what is printable and not empty, whoever wrote it.

    In the statement: `string_to_array($1, E'\n')`.
    """
    return "\n".join(column)


def texts(column: Iterable[str | None]) -> str:
    """Write any texts, or None. In the statement: `$1::text::text[]`."""
    return f"{{{','.join(['NULL' if text is None else _quoted(text) for text in column])}}}"


def octets(column: Iterable[bytes | None]) -> str:
    """Write octets, or None. In the statement: `$1::text::bytea[]`."""
    written = ["NULL" if some is None else f'"\\\\x{some.hex()}"' for some in column]
    return f"{{{','.join(written)}}}"


def numbers(column: Iterable[int | None]) -> str:
    """Write whole numbers, or None. In the statement: `$1::text::integer[]`, or another size."""
    return f"{{{','.join(map(str, column))}}}".replace("None", "NULL")


def since(first: datetime, column: Iterable[datetime]) -> str:
    """Write moments as microseconds after `first`.

    In the statement: `$1::timestamptz + later * interval '1 microsecond'`, where `later` is of
    `$2::text::bigint[]`.
    """
    return numbers([(moment - first) // _MICROSECOND for moment in column])


def sparse(column: Sequence[T | None]) -> Sequence[T | None] | None:
    """Leave a column out that is nothing but None: `unnest` fills up what is shorter.

    None in its place costs nothing; an empty array is a microsecond of asyncpg's.
    """
    return None if column.count(None) == len(column) else column


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
