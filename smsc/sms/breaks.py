"""Where a long text is cut: never inside a pair, in as few parts as can be, at a word if free."""

from collections.abc import Callable, Sequence
from typing import Final

from wcwidth import iter_graphemes

from smsc.sms.alphabet import ESC

_SPACE_GSM: Final = 0x20
_NEAR: Final = 3  # a space is looked for in the last third of a part

# A cluster goes on after these though UAX #29 ends it: the stacked consonants of Khmer (coeng),
# Burmese, Tai Tham and others come after a sign that joins, the vowels that Thai and Lao write
# first belong to what follows them.
_JOINS_ON: Final = frozenset(
    "\u17d2\u1039\u1a60\u1b44\ua953\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"
)


def gsm7_ends(septets: bytes, room: int) -> list[int]:
    """Return where each part of unpacked septets ends; `room` is septets a part.

    The number of parts is what cutting each as late as possible gives; an escape pair stays whole.
    """
    return _ends(
        len(septets),
        room,
        is_cut=lambda end: septets[end - 1] == ESC,
        step=1,
        spaces=lambda low, high: septets.rfind(_SPACE_GSM, low, high) + 1,
        edges=list,
    )


def ucs2_ends(octets: bytes, room: int) -> list[int]:
    """Return where each part of big-endian UTF-16 ends; all in octets, `room` even.

    A surrogate pair stays whole. Where that costs no part more, so does a grapheme cluster.

    Source: Unicode UAX #29, and the joining signs above.
    """
    return _ends(
        len(octets),
        room,
        is_cut=lambda end: 0xD8 <= octets[end - 2] <= 0xDB,
        step=2,
        spaces=lambda low, high: _last_space(octets, low, high),
        edges=lambda: _cluster_edges(octets),
    )


def _ends(
    whole: int,
    room: int,
    *,
    is_cut: Callable[[int], bool],
    step: int,
    spaces: Callable[[int, int], int],
    edges: Callable[[], Sequence[int]],
) -> list[int]:
    latest: list[int] = []
    end = room
    while end < whole:
        end -= step * is_cut(end)
        latest.append(end)
        end += room
    if not latest:
        return [whole]
    # From the back: the earliest that each part can end, so that what follows still fits.
    earliest = [whole]
    for _ in latest:
        low = earliest[-1] - room
        earliest.append(low + step * is_cut(low) if low > 0 else low)
    earliest.reverse()
    clusters = list(edges())
    ends: list[int] = []
    start = 0
    for low in earliest[:-1]:
        high = start + room  # never later than in `latest`, so within the text
        high -= step * is_cut(high)
        near = max(low, high - room // _NEAR, start + step)
        start = _best(near, max(low, start + step), high, spaces, clusters)
        ends.append(start)
    return [*ends, whole]


def _best(
    near: int, low: int, high: int, spaces: Callable[[int, int], int], clusters: Sequence[int]
) -> int:
    """Return where to end a part in [low, high]: after a space, else at a cluster's edge."""
    if near > high:
        return high
    space = spaces(near - 1, high)
    if space >= near:
        return space
    return max((edge for edge in clusters if low <= edge <= high), default=high)


def _last_space(octets: bytes, low: int, high: int) -> int:
    for end in range(high, low, -2):
        if octets[end - 2 : end] == b"\0 ":
            return end
    return 0


def _cluster_edges(octets: bytes) -> list[int]:
    """Return where clusters end, in octets."""
    edges: list[int] = []
    position, previous = 0, ""
    for cluster in iter_graphemes(octets.decode("utf-16-be", "replace")):
        if position and previous not in _JOINS_ON:
            edges.append(position)
        position += len(cluster.encode("utf-16-be"))
        previous = cluster[-1]
    return edges
