"""Reads a CSV file of numbers that shall join the inventory."""

import csv
import io
from collections.abc import Mapping
from typing import Final

from smsc.errors import BadParameter

_PLACE: Final = frozenset(
    {"region", "locality", "postal_code", "rate_center", "lata", "latitude", "longitude"}
)
_COLUMNS: Final = frozenset(
    {"phone_number", "account_sid", "friendly_name", "number_type", "iso_country"}
)


def read_numbers(text: str, name: str) -> list[dict[str, object]]:
    """Return the fields of a draft for each row; empty cells are left out.

    `name` is what errors call the file.

    Raises:
        BadParameter: no header with `phone_number`, an unknown column, or a row without a number.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    names = [name.strip() for name in reader.fieldnames or ()]
    if "phone_number" not in names:
        raise BadParameter(f"{name} has no column phone_number in its first line.")
    if unknown := set(names) - _PLACE - _COLUMNS:
        raise BadParameter(f"{name} has a column {min(unknown)!r}, which means nothing here.")
    reader.fieldnames = names
    return [_draft(f"{name}, line {reader.line_num}", row) for row in reader]


def _draft(where: str, row: Mapping[str | None, str | list[str] | None]) -> dict[str, object]:
    if None in row:
        raise BadParameter(f"{where}: there are more cells than columns.")
    cells = {
        name: value.strip()
        for name, value in row.items()
        if name and isinstance(value, str) and value.strip()
    }
    if "phone_number" not in cells:
        raise BadParameter(f"{where}: there is no phone_number.")
    place: dict[str, object] = {
        name: float(value) if name in {"latitude", "longitude"} and _is_float(value) else value
        for name, value in cells.items()
        if name in _PLACE
    }
    draft: dict[str, object] = {name: v for name, v in cells.items() if name in _COLUMNS}
    return draft | ({"place": place} if place else {})


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
