"""Licences: what docs/licences.md says of each locked package, and what the package says itself."""

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "licences.md"
# What may be in the product. The LGPL is for what is imported unmodified and can be replaced.
ALLOWED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
}
SOME_BSD = "BSD-2-Clause or BSD-3-Clause"  # what a classifier says of both
_ROW = re.compile(r"^\| `([a-z0-9.-]+)` \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
# What packages call their licence that have no SPDX expression.
_NAMES = {
    "Apache 2.0": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "PSFL": "PSF-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": SOME_BSD,
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def on_the_page() -> dict[str, str]:
    """Return the SPDX expression of each package that docs/licences.md lists."""
    return {row[0]: row[1].strip() for row in _ROW.findall(PAGE.read_text())}


def read_by_hand() -> set[str]:
    """Return the packages whose metadata name no licence: somebody read their file."""
    return {row[0] for row in _ROW.findall(PAGE.read_text()) if "read" in row[2]}


def declared(package: str) -> str | None:
    """Return what an installed package declares, as an SPDX expression; None: nothing.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    facts: PackageMetadata = metadata(package)
    if "License-Expression" in facts:
        return facts["License-Expression"]
    if "License" in facts and (lines := facts["License"].splitlines()):
        spdx = _NAMES.get(lines[0], lines[0])
        if spdx in ALLOWED:
            return spdx
    classifiers = [str(line) for line in facts.get_all("Classifier") or ()]
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    known = sorted({_NAMES[name] for name in named if name in _NAMES})
    return " AND ".join(known) or None


def is_installed(package: str) -> bool:
    """Say whether a package is here: some are for other systems alone."""
    try:
        metadata(package)
    except PackageNotFoundError:
        return False
    return True


def parts(expression: str) -> set[str]:
    """Return the licences that an SPDX expression joins."""
    return set(re.split(r" (?:AND|OR) ", expression.replace("(", "").replace(")", "")))
