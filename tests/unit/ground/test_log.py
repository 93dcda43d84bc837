"""A line of the log tells neither numbers nor rows' values, wherever it got them from."""

import json
import subprocess
import sys

import pytest

from smsc import log

LINES = {
    "a number": ("path=/v2/PhoneNumbers/+85512345678", "path=/v2/PhoneNumbers/…5678"),
    "two numbers": ("+12025550141 to +33612345678", "…0141 to …5678"),
    "no number": ("+0200 SM0123+12 id +123", "+0200 SM0123+12 id +123"),
    "a row": (
        "null value\nDETAIL:  Failing row contains (SM1, +85512345678, a secret\ntext).",
        "null value\nDETAIL: …",
    ),
    "a row and a hint": ("no\nDETAIL:  Key (to_)=(x) is.\nHINT: mend", "no\nDETAIL: …\nHINT: mend"),
    "an argument": (
        "invalid input for query argument $3: 'a secret' (expected str)",
        "invalid input for query argument $3: …",
    ),
    "parameters": (
        "[SQL: SELECT 1]\n[parameters: ('a secret',)]",
        "[SQL: SELECT 1]\n[parameters: …",
    ),
}


@pytest.mark.parametrize(("text", "shown"), LINES.values(), ids=LINES)
def test_a_line_hides(text: str, shown: str) -> None:
    assert log.without_values(text) == shown


LOGGING = """
import logging
import structlog
from smsc import log

log.configure()
structlog.get_logger().warning("ours.failed", error="to +85512345678\\nDETAIL: a secret")
try:
    int("of +85512345678\\nDETAIL:  Key (body)=(a secret)")
except ValueError:
    logging.getLogger("theirs").exception("theirs failed for +85512345678")
"""


def test_tracebacks_and_lines_of_libraries_hide_them_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, timeout=30, check=True
    )
    ours, theirs = map(json.loads, done.stderr.splitlines())
    assert ours["error"] == "to …5678\nDETAIL: …"
    assert theirs["event"] == "theirs failed for …5678"
    assert "Traceback" in theirs["exception"]
    assert "a secret" not in done.stderr
    assert "+85512345678" not in done.stderr
