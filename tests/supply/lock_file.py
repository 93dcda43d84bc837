"""A lock file of ours, read: each package with its version, hashes and who asks for it."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"
_PIN = re.compile(r"^([a-z0-9.-]+)==([^\s;]+)(?: ; (.+?))?(?: \\)?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^    #(?: via)?(?:   | )([a-z0-9.-]+)(?: \(pyproject\.toml\))?$")
OURS = "smsc"


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock; `hashes` are SHA-256 of its files, `asked_by` names or `smsc`."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]


def read(path: Path) -> list[Locked]:
    """Read a lock as `make lock` writes it, in the order of names.

    Raises:
        ValueError: a line is not of its form.
    """
    found: list[Locked] = []
    block: list[str] = []
    for line in [*path.read_text().splitlines(), ""]:
        if block and not line.startswith(" "):
            found.append(_package(block))
            block = []
        if line and not line.startswith("#"):
            block.append(line)
    return found


def _package(block: list[str]) -> Locked:
    pin = _PIN.match(block[0])
    if pin is None:
        raise ValueError(f"Not the line of a locked package: {block[0]!r}.")
    hashes: list[str] = []
    asked_by: list[str] = []
    for line in block[1:]:
        hashes += _HASH.findall(line)
        asked_by += [via[1] for via in [_VIA.match(line)] if via]
    return Locked(pin[1], pin[2], pin[3], tuple(sorted(hashes)), tuple(asked_by))
