"""The log file of a child: kept small, and its last line for the screen."""

import shutil
from pathlib import Path
from typing import Final

LIMIT_OCTETS: Final = 10 * 1024 * 1024
_TAIL_OCTETS: Final = 4096


def rotate(path: Path, limit: int = LIMIT_OCTETS) -> bool:
    """Move what a too long log holds to `<name>.log.1`, of which there is one.

    The file itself stays and is emptied, so this works while a child writes to it (it appends);
    a line that comes between the copy and the cut is lost.
    """
    try:
        if path.stat().st_size <= limit:
            return False
    except FileNotFoundError:
        return False
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    with path.open("r+b") as file:
        file.truncate(0)
    return True


def last_line(path: Path, begins: int = 0) -> str:
    """Return the last line that is not empty, written after the octet `begins`."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(begins if begins <= end else 0, end - _TAIL_OCTETS))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
