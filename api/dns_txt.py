"""Asks the DNS for TXT records: a small question over UDP, to the machine's own resolver."""

import asyncio
import secrets
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_RESOLV: Final = Path("/etc/resolv.conf")
_PORT: Final = 53
_PATIENCE_SECONDS: Final = 3.0
_TRIES: Final = 2
_TXT: Final = 16
_IN: Final = 1
_RECURSE: Final = 0x0100
_HEAD: Final = struct.Struct(">6H")
_RECORD: Final = struct.Struct(">2HIH")
_POINTER: Final = 0xC0


class DnsUnavailable(OSError):
    """No resolver answered."""


async def txt_records(name: str, server: tuple[str, int] | None = None) -> Sequence[str]:
    """Return the texts of a name's TXT records; none of a name that has none.

    Source: RFC 1035 §4, §3.3.14.

    Raises:
        DnsUnavailable: no resolver answered.
    """
    address = server or (_resolver(), _PORT)
    number = secrets.randbelow(1 << 16)
    labels = b"".join(
        bytes([len(label)]) + label for label in name.rstrip(".").encode("ascii").split(b".")
    )
    asked = labels + b"\0" + struct.pack(">2H", _TXT, _IN)
    question = _HEAD.pack(number, _RECURSE, 1, 0, 0, 0) + asked
    for _ in range(_TRIES):
        try:
            answer = await _exchange(address, question)
        except (OSError, TimeoutError):
            continue
        return list(_texts(answer, number, asked))
    raise DnsUnavailable(f"the DNS server {address[0]} does not answer")


def _resolver() -> str:
    try:
        lines = _RESOLV.read_text().splitlines()
    except OSError as error:
        raise DnsUnavailable("this machine names no DNS server") from error
    for line in lines:
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1:
            return words[1]
    raise DnsUnavailable("this machine names no DNS server")


async def _exchange(address: tuple[str, int], question: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()

    class _Asking(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
            if data[:2] == question[:2] and not answered.done():
                answered.set_result(data)

        def error_received(self, exc: Exception) -> None:
            if not answered.done():
                answered.set_exception(exc)

    transport, _ = await loop.create_datagram_endpoint(_Asking, remote_addr=address)
    try:
        transport.sendto(question)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await answered
    finally:
        transport.close()


def _texts(answer: bytes, number: int, asked: bytes) -> Iterator[str]:
    """Yield the texts of an answer to the question; nothing of what is damaged."""
    try:
        found, _, questions, answers, _, _ = _HEAD.unpack_from(answer)
        at = _HEAD.size
        is_ours = answer[at : at + len(asked)].lower() == asked.lower()
        if found != number or questions != 1 or not is_ours:
            return
        at += len(asked)
        for _ in range(answers):
            at = _after_name(answer, at)
            kind, family, _, length = _RECORD.unpack_from(answer, at)
            at += _RECORD.size
            data = answer[at : at + length]
            at += length
            if (kind, family) == (_TXT, _IN):
                yield b"".join(_strings(data)).decode("utf-8", "replace")
    except (struct.error, IndexError):
        return


def _after_name(answer: bytes, at: int) -> int:
    while (length := answer[at]) != 0:
        if length & _POINTER == _POINTER:
            return at + 2
        at += 1 + length
    return at + 1


def _strings(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
