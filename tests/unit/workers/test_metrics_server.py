"""The server that Prometheus asks: on either kind of address, in the loop of the worker."""

import asyncio
import socket
import struct

import pytest

from workers.metrics import Metrics


def free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as asked:
        asked.bind((host, 0))
        return int(asked.getsockname()[1])


async def scrape(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_it_answers_until_it_is_stopped(host: str) -> None:
    port = free_port(host)
    stop = Metrics().serve(host, port)
    assert stop is not None
    answers = await asyncio.gather(*(scrape(host, port) for _ in range(3)))
    stop()
    assert all(answer.startswith(b"HTTP/1.0 200") for answer in answers)
    assert all(b"smsc_connector_bound" in answer for answer in answers)
    with pytest.raises(ConnectionRefusedError):
        await scrape(host, port)


async def test_who_connects_and_is_gone_holds_nobody_up(
    capfd: pytest.CaptureFixture[str],
) -> None:
    port = free_port("127.0.0.1")
    stop = Metrics().serve("127.0.0.1", port)
    assert stop is not None
    gone = socket.create_connection(("127.0.0.1", port))
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone.close()  # with a reset
    silent = socket.create_connection(("127.0.0.1", port))
    assert (await scrape("127.0.0.1", port)).startswith(b"HTTP/1.0 200")
    silent.close()
    stop()
    assert "Traceback" not in capfd.readouterr().err


async def test_a_port_that_is_taken_is_no_reason_not_to_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert Metrics().serve("127.0.0.1", other.getsockname()[1]) is None
