"""Fails when a source file passes the length at which a subject becomes a package."""

import sys
from pathlib import Path

LIMIT = 350
ROOT = Path(__file__).parent.parent


def main() -> int:
    """Print each file that is too long; return their number as the exit code."""
    files = [path for top in ("smsc", "api", "workers") for path in (ROOT / top).rglob("*.py")]
    long = [(len(path.read_text().splitlines()), path) for path in files]
    too_long = sorted((lines, path) for lines, path in long if lines > LIMIT)
    for lines, path in too_long:
        print(f"{path.relative_to(ROOT)}: {lines} lines; the limit is {LIMIT}. Make it a package.")
    return len(too_long)


if __name__ == "__main__":
    sys.exit(main())
