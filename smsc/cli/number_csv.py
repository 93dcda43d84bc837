"""Reads a CSV file of numbers that shall join the inventory."""

import csv
from pathlib import Path
from typing import Final

from smsc.errors import BadParameter

BATCH: Final = 200  # what the Carrier API takes at once
_PLACE: Final = frozenset(
    {"region", "locality", "postal_code", "rate_center", "lata", "latitude", "longitude"}
)
_COLUMNS: Final = frozenset(
    {"phone_number", "account_sid", "friendly_name", "number_type", "iso_country"}
)


def read_csv(file: Path) -> list[dict[str, object]]:
    """Return a draft for each row, as the Carrier API wants it. Empty cells are left out.

    Raises:
        BadParameter: no header with `phone_number`, an unknown column, or a row without a number.
    """
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        names = [name.strip() for name in reader.fieldnames or ()]
        if "phone_number" not in names:
            raise BadParameter(f"{file} has no column phone_number in its first line.")
        if unknown := set(names) - _PLACE - _COLUMNS:
            raise BadParameter(f"{file} has a column {min(unknown)!r}, which means nothing here.")
        reader.fieldnames = names
        return [_draft(file, reader.line_num, row) for row in reader]


def _draft(file: Path, line: int, row: dict[str, str | None]) -> dict[str, object]:
    cells = {name: value.strip() for name, value in row.items() if value and value.strip()}
    if "phone_number" not in cells:
        raise BadParameter(f"{file}, line {line}: there is no phone_number.")
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
