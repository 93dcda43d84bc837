"""Reads the recipients of a bulk from JSON lines or CSV, one at a time; pure but for the file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

import orjson

from smsc.errors import BadParameter
from smsc.errors.bulk import UnusableLine

TO: Final = "to"
MOST_LINE_OCTETS: Final = 64 * 1024
_EXAMPLE: Final = '{"to": "+85512345678", "name": "Sok"}'


class Format(StrEnum):
    """How a bulk's recipients are written, by the media type of the request."""

    JSON_LINES = "application/x-ndjson"
    CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A line that can be read: whom it is for, and what fills the placeholders."""

    line: int  # of the file, from 1
    to: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that can't be read."""

    line: int
    error: UnusableLine


def read(file: BinaryIO, kind: Format, wanted: frozenset[str]) -> Iterator[Recipient | BadLine]:
    """Yield the file's lines that aren't empty, in order; `wanted` are the placeholders' names.

    Raises:
        BadParameter: the file as a whole can't be read; no line of it may be used.
    """
    return _read_csv(file, wanted) if kind is Format.CSV else _read_json_lines(file)


def _read_json_lines(file: BinaryIO) -> Iterator[Recipient | BadLine]:
    for number, text in enumerate(_lines(file), 1):
        line = text.removeprefix(b"\xef\xbb\xbf").strip()
        if not line:
            continue
        if number == 1 and line.startswith(b"["):
            raise BadParameter(
                f"The body is a JSON array; write one object a line, such as {_EXAMPLE}."
            )
        try:
            yield _read_object(number, line)
        except UnusableLine as error:
            yield BadLine(number, error)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := file.readline(MOST_LINE_OCTETS + 1):
        number += 1
        if len(line) > MOST_LINE_OCTETS:
            raise BadParameter(
                f"Line {number} is longer than {MOST_LINE_OCTETS} octets; "
                "end each recipient's line with a line feed."
            )
        yield line


def _read_object(number: int, line: bytes) -> Recipient:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnusableLine(f"It is no JSON ({error}); write it like {_EXAMPLE}.") from None
    if not isinstance(fields, dict):
        raise UnusableLine(f"It is no JSON object; write it like {_EXAMPLE}.")
    values = {}
    for name, value in fields.items():
        if isinstance(value, str):
            values[name] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = str(value)
        else:
            raise UnusableLine(f"{name!r} must be a text or a number.")
    to = values.pop(TO, None) or values.pop("To", None)
    if not to:
        raise UnusableLine(f"It names no recipient: add {TO!r}, such as {_EXAMPLE}.")
    return Recipient(number, to, values)


def _read_csv(file: BinaryIO, wanted: frozenset[str]) -> Iterator[Recipient | BadLine]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        head = text.readline(MOST_LINE_OCTETS)
        # Spreadsheets of countries that write 1,5 put semicolons between columns.
        delimiter = ";" if ";" in head and "," not in head else ","
        columns = _columns(next(csv.reader([head], delimiter=delimiter), []), wanted)
        place = columns.index(TO)
        reader = csv.reader(text, delimiter=delimiter)
        for row in reader:
            if row:
                yield _read_row(reader.line_num + 1, row, columns, place)
    except UnicodeDecodeError:
        raise BadParameter("The CSV is not UTF-8: save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise BadParameter(f"The CSV can't be read: {error}.") from None
    finally:
        text.detach()


def _columns(names: Sequence[str], wanted: frozenset[str]) -> list[str]:
    columns = [TO if name.strip().lower() == TO else name.strip() for name in names]
    if TO not in columns:
        raise BadParameter(
            f"The CSV's first line must name its columns, one of them {TO!r}, such as: to,name"
        )
    missing = sorted(wanted.difference(columns))
    if missing:
        raise BadParameter(
            f"'Body' has {{{missing[0]}}}, and the CSV has no column of that name; "
            f"its columns are {', '.join(columns)}."
        )
    return columns


def _read_row(
    number: int, row: Sequence[str], columns: Sequence[str], place: int
) -> Recipient | BadLine:
    if len(row) != len(columns):
        return BadLine(
            number,
            UnusableLine(
                f"It has {len(row)} values for {len(columns)} columns: "
                'put a value that has the separator in it into "quotes".'
            ),
        )
    if not row[place].strip():
        return BadLine(number, UnusableLine(f"It names no recipient: fill its column {TO!r}."))
    return Recipient(number, row[place], dict(zip(columns, row, strict=True)))
