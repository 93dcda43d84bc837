"""Where a long text is cut: never inside a pair, in as few parts as can be, at a word if free."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from wcwidth import iter_graphemes

from smsc.sms.alphabet import ESC

_SPACE_GSM: Final = b" "
_SPACE_UCS2: Final = b"\0 "
_NEAR: Final = 3  # a space is looked for in the last third of a part

# A cluster goes on after these though UAX #29 ends it: the signs that stack the next consonant
# below (Khmer's coeng, Burmese, Tai Tham, Balinese, Sundanese, Javanese, Meetei), and the vowels
# that Thai and Lao write before the consonant that they belong to.
_JOINS_ON: Final = frozenset(
    "\u17d2\u1039\u1a60\u1b44\u1bab\ua9c0\uaaf6"
    "\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"
)


def count_gsm7_parts(septets: bytes, room: int) -> int:
    """Count the parts that `gsm7_ends` makes, without looking for good places."""
    if ESC not in septets:
        return -(-len(septets) // room)
    count, end, whole = 1, room, len(septets)
    while end < whole:
        end += room - (septets[end - 1] == ESC)
        count += 1
    return count


def count_ucs2_parts(octets: bytes, room: int) -> int:
    """Count the parts that `ucs2_ends` makes, without looking for good places."""
    count, end, whole = 1, room, len(octets)
    while end < whole:
        end += room - 2 * _is_high_surrogate(octets, end)
        count += 1
    return count


def gsm7_ends(septets: bytes, room: int) -> list[int]:
    """Return where each part of unpacked septets, one at least, ends; `room` is septets a part.

    There are as few parts as can be; an escape pair stays whole. Within what that leaves, a part
    ends after a space.
    """
    whole = len(septets)
    edges: Sequence[int] = range(1, whole + 1)
    if ESC in septets:
        edges = [end for end in edges if septets[end - 1] != ESC]
    spaces = [end for end in range(1, whole) if septets[end - 1 : end] == _SPACE_GSM]
    return _cut(edges, room, spaces, room // _NEAR)


def ucs2_ends(octets: bytes, room: int) -> list[int]:
    """Return where each part of big-endian UTF-16, not empty, ends; in octets, `room` even.

    There are as few parts as can be; a surrogate pair stays whole. Within what that leaves, so do
    grapheme clusters, and then words.

    Source: Unicode UAX #29, and the joining signs above.
    """
    edges = [end for end in range(2, len(octets) + 1, 2) if not _is_high_surrogate(octets, end)]
    clusters = _cluster_edges(octets)
    if _fewest(clusters, room) == _fewest(edges, room):
        spaces = [end for end in clusters if octets[end - 2 : end] == _SPACE_UCS2]
        return _cut(clusters, room, spaces, room // _NEAR)
    return _cut(edges, room, clusters, room)


def _fewest(edges: Sequence[int], room: int) -> int | None:
    """Count the parts if each ends as late as it can; None: something is longer than a part."""
    count, start = 0, 0
    while start < edges[-1]:
        last = bisect_right(edges, start + room) - 1
        if last < 0 or edges[last] <= start:
            return None
        start = edges[last]
        count += 1
    return count


def _cut(edges: Sequence[int], room: int, preferred: Sequence[int], within: int) -> list[int]:
    """Return ends among `edges`, as few as can be, the last being the text's.

    Each is the latest of `preferred` that leaves enough room for the rest and makes a part not more
    than `within` shorter than it could be; else the latest edge. Preferred ends are edges, too.
    """
    whole = edges[-1]
    # From the back: the earliest that each part can end, so that what follows still fits.
    earliest = [whole]
    while earliest[-1] > room:
        earliest.append(edges[bisect_left(edges, earliest[-1] - room)])
    ends: list[int] = []
    start = 0
    for low in reversed(earliest[1:]):
        high = edges[bisect_right(edges, start + room) - 1]
        best = bisect_right(preferred, high) - 1
        floor = max(low, high - within, start + 1)
        start = preferred[best] if best >= 0 and preferred[best] >= floor else high
        ends.append(start)
    return [*ends, whole]


def _is_high_surrogate(octets: bytes, end: int) -> bool:
    """Say whether the unit before `end` is the first half of a pair."""
    return 0xD8 <= octets[end - 2] <= 0xDB


def _cluster_edges(octets: bytes) -> list[int]:
    """Return where clusters end, in octets, the text's end included."""
    edges: list[int] = []
    position, previous = 0, ""
    for cluster in iter_graphemes(octets.decode("utf-16-be", "replace")):
        if position and previous not in _JOINS_ON:
            edges.append(position)
        position += len(cluster.encode("utf-16-be"))
        previous = cluster[-1]
    return [*edges, position]
