"""Checks a PNG and keeps nothing of it but its picture; pure."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

MOST_OCTETS: Final = 64 * 1024
MOST_PIXELS: Final = 1024  # a side
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# What a picture is made of. Texts, profiles, times and what others put in are left out.
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_HEAD: Final = struct.Struct(">I4s")
_SIDES: Final = struct.Struct(">II")


class NoPicture(ValueError):
    """The octets are no PNG that we take; says why."""


def picture_of(octets: bytes) -> bytes:
    """Return a PNG with the chunks alone that draw it.

    Source: W3C PNG (Third Edition) §5.

    Raises:
        NoPicture: it is none, is damaged, or is too large.
    """
    if len(octets) > MOST_OCTETS:
        raise NoPicture(f"The file has {len(octets)} octets; {MOST_OCTETS} are taken at most.")
    if not octets.startswith(_SIGNATURE):
        raise NoPicture("The file is no PNG.")
    chunks = list(_chunks(octets))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        raise NoPicture("The PNG is incomplete.")
    width, height = _SIDES.unpack_from(chunks[0][1])
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise NoPicture(
            f"The picture is {width} by {height} pixels; {MOST_PIXELS} a side are taken at most."
        )
    return _SIGNATURE + b"".join(
        _HEAD.pack(len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
        if kind in _KEPT
    )


def _chunks(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(octets):
        if at + _HEAD.size > len(octets):
            raise NoPicture("The PNG ends in the middle of a chunk.")
        length, kind = _HEAD.unpack_from(octets, at)
        data = octets[at + _HEAD.size : at + _HEAD.size + length]
        check = octets[at + _HEAD.size + length : at + _HEAD.size + length + 4]
        if len(data) != length or len(check) != 4:
            raise NoPicture("The PNG ends in the middle of a chunk.")
        if struct.unpack(">I", check)[0] != zlib.crc32(kind + data):
            raise NoPicture("The PNG is damaged.")
        if kind == b"IHDR" and length != 13:
            raise NoPicture("The PNG is damaged.")
        yield kind, data
        if kind == b"IEND":
            return  # what may follow is no part of it
        at += _HEAD.size + length + 4
