"""A DNS server that answers every question for TXT records with the same texts."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

_HEAD_OCTETS = 12


@dataclass
class Dns:
    """Where it listens, and what it says."""

    address: str
    texts: Sequence[str] = ()


@contextmanager
def dns_server() -> Iterator[Dns]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        host, port = listener.getsockname()
        dns = Dns(f"{host}:{port}")
        thread = threading.Thread(target=_answer, args=(listener, dns))
        thread.start()
        yield dns
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (host, port))
        thread.join(5)


def _answer(listener: socket.socket, dns: Dns) -> None:
    while True:
        asked, sender = listener.recvfrom(512)
        if not asked:
            return
        head = asked[:2] + struct.pack(">5H", 0x8180, 1, len(dns.texts), 0, 0)
        records = b"".join(_record(text.encode()) for text in dns.texts)
        listener.sendto(head + asked[_HEAD_OCTETS:] + records, sender)


def _record(text: bytes) -> bytes:
    data = bytes([len(text)]) + text
    return struct.pack(">3HIH", 0xC000 | _HEAD_OCTETS, 16, 1, 60, len(data)) + data
