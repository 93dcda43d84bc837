"""Reads a CSV file of numbers for the command line."""

from pathlib import Path
from typing import Final

from smsc.provisioning.number_csv import read_numbers

BATCH: Final = 200  # what the Carrier API takes at once


def read_csv(file: Path) -> list[dict[str, object]]:
    """Return a draft for each row, as the Carrier API wants it. Empty cells are left out.

    Raises:
        BadParameter: no header with `phone_number`, an unknown column, or a row without a number.
    """
    return read_numbers(file.read_text(encoding="utf-8"), str(file))
