"""The page of guarantees names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"`(test_\w+)`")


def test_every_test_that_the_page_names_exists() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "guarantees.md").read_text()))
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)\(", sources))
    assert len(named) > 20
    assert named - defined == set()
