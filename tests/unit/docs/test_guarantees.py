"""The pages of guarantees and of threats name tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = (ROOT / "docs" / "guarantees.md", ROOT / "SECURITY.md")
NAMED = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"def (test_\w+)\(")


@pytest.fixture(scope="module")
def defined() -> set[str]:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    return set(DEFINED.findall(sources))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_test_that_the_page_names_exists(page: Path, defined: set[str]) -> None:
    named = set(NAMED.findall(page.read_text()))
    assert len(named) > 40
    assert named - defined == set()


def test_every_threat_has_a_test() -> None:
    table = (ROOT / "SECURITY.md").read_text().partition("## Who might attack")[2]
    rows = [
        line for line in table.partition("\nNot within reach")[0].splitlines() if line[:1] == "|"
    ]
    assert [row for row in rows[2:] if not NAMED.search(row)] == []
    assert len(rows) > 15


def test_every_item_of_asvs_says_how_it_is_met_or_that_it_is_not() -> None:
    table = (ROOT / "SECURITY.md").read_text().partition("## Against OWASP ASVS")[2]
    rows = re.findall(r"^\| (\d[^|]*) \| ([^|]+) \|$", table, re.MULTILINE)
    assert len(rows) > 35
    assert [item for item, how in rows if len(how.strip()) < 2] == []
