"""What the Python programs share: JSON lines in and out, and text cut and read the plain way.

Nothing of ours is imported: these programs are the other party.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

UDHI = 0x40
UCS2 = 8
# What the texts need of GSM 03.38; `@` and `£` differ from ASCII, `€[]` are escaped.
_GSM = {"@": b"\x00", "£": b"\x01", "€": b"\x1be", "[": b"\x1b<", "]": b"\x1b>"}
_references = itertools.count(1)


def tell(event: str, **facts: object) -> None:
    """Write one event."""
    print(json.dumps({"event": event} | facts), flush=True)


async def commands() -> AsyncIterator[dict[str, Any]]:
    """Yield the commands that are written to us."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        yield json.loads(line)


def cut(text: str) -> list[tuple[int, int, bytes]]:
    """Return (esm_class, data_coding, short_message) of each part."""
    if all(character in _GSM or character.isascii() for character in text):
        data_coding, octets = 0, b"".join(_GSM.get(one, one.encode("latin-1")) for one in text)
        whole, piece = 160, 153
    else:
        data_coding, octets, whole, piece = UCS2, text.encode("utf-16-be"), 140, 134
    if len(octets) <= whole:
        return [(0, data_coding, octets)]
    pieces = [octets[at : at + piece] for at in range(0, len(octets), piece)]
    reference = next(_references)
    return [
        (UDHI, data_coding, bytes((5, 0, 3, reference, len(pieces), number)) + octets)
        for number, octets in enumerate(pieces, start=1)
    ]


def read(octets: bytes, esm_class: int, data_coding: int) -> dict[str, object]:
    """Return the text of a part, and its place, if it has one."""
    part: list[int] | None = None
    if esm_class & UDHI:
        header, octets = octets[: octets[0] + 1], octets[octets[0] + 1 :]
        part = list(header[-3:])
    if data_coding == UCS2:
        return {"text": octets.decode("utf-16-be"), "part": part}
    for character, code in sorted(_GSM.items(), key=lambda pair: -len(pair[1])):
        octets = octets.replace(code, character.encode("utf-8"))
    return {"text": octets.decode("utf-8"), "part": part}


def fields_of_receipt(octets: bytes) -> dict[str, object]:
    """Return id and stat of a receipt's text."""
    words = dict(word.partition(":")[::2] for word in octets.decode("latin-1").split())
    return {"id": words.get("id", ""), "stat": words.get("stat", "")}
