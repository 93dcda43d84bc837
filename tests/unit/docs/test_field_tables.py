"""Holds the tables of dialects and pitfalls to the tests that they name."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DIALECTS = "tests/unit/sms/test_receipt_dialects.py"


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its own head."""
    part = (ROOT / "docs" / page).read_text().partition(f"\n## {heading}\n")[2]
    part = part.partition("\n## ")[0]
    table = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


def constants(path: str, name: str) -> set[str]:
    """Return the texts that a test's parameters and body contain."""
    tree = ast.parse((ROOT / path).read_text())
    found = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name
    ]
    assert found, f"{path} has no {name}"
    used = {node.id for node in ast.walk(found[0]) if isinstance(node, ast.Name)}
    named = [
        one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and {getattr(t, "id", "") for t in one.targets} & used
    ]
    return {
        node.value
        for part in [*found, *named]
        for node in ast.walk(part)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | {name.replace("_", " ")}


@pytest.mark.parametrize("row", rows("receipts.md", "Dialects"), ids=lambda row: row[0])
def test_each_dialect_is_among_those_of_the_test_that_it_names(row: list[str]) -> None:
    _, values, test = row
    name, *path = re.findall(r"`([^`]+)`", test)
    tested = constants(path[0] if path else DIALECTS, name)
    for value in values.split("; "):
        assert any(value == one or f" {value} " in f" {one} " for one in tested), value


@pytest.mark.parametrize("row", rows("text.md", "What goes wrong elsewhere"), ids=lambda r: r[0])
def test_each_pitfall_has_a_test_by_its_number(row: list[str]) -> None:
    begins = f"def test_row_{int(row[0]):02}_"
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if begins in path.read_text()]
    assert len(tests) == 1, begins


def test_no_pitfall_is_missing() -> None:
    numbers = [int(row[0]) for row in rows("text.md", "What goes wrong elsewhere")]
    assert numbers == list(range(1, 23))
