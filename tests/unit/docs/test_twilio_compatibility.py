"""Each row of docs/twilio-compatibility.md names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "twilio-compatibility.md").read_text()
TABLES = [
    block.strip().splitlines() for block in re.findall(r"(?:^\|.*\n)+", PAGE, flags=re.MULTILINE)
]
ROWS = [
    [cell.strip() for cell in row.strip("|").split("|")] for table in TABLES for row in table[2:]
]
NAMED = re.compile(r"`(test_\w+)`")


@pytest.fixture(scope="module")
def defined() -> set[str]:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"def (test_\w+)\(", sources))


def test_each_table_has_a_column_of_tests() -> None:
    assert len(TABLES) > 10
    assert {table[0].strip("| ").rpartition("|")[2].strip() for table in TABLES} == {"test"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_tests_and_there_are_such(row: list[str], defined: set[str]) -> None:
    named = NAMED.findall(row[-1])
    assert named, "name the tests that show it"
    assert NAMED.sub("", row[-1]).strip(", ") == ""
    assert set(named) - defined == set()
