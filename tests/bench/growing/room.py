"""Whether a disk has the room that made rows will take. Asked before the first row is made."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.made_rows import OCTETS_A_MESSAGE, OCTETS_WAITING

SPARE_OCTETS = 5 * 2**30  # WAL, the measured messages themselves, and what else lives there


class NoRoom(Exception):
    """The disk is too small; says by how much, and what to do."""


def needed(sizes: Sequence[int], waiting: int) -> int:
    """Return the octets that messages of these histories and a queue take all together."""
    return sum(sizes) * OCTETS_A_MESSAGE + waiting * OCTETS_WAITING + SPARE_OCTETS


def require(
    folder: Path,
    sizes: Sequence[int],
    waiting: int,
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
) -> None:
    """Go on if there is room.

    Raises:
        NoRoom: there is not.
    """
    wanted, there = needed(sizes, waiting), free(folder)
    if there < wanted:
        raise NoRoom(
            f"{wanted / 2**30:.0f} GB are needed under {folder}, {there / 2**30:.0f} GB are free: "
            f"name smaller --sizes (now {','.join(map(str, sizes))}) or --waiting (now {waiting})"
        )
