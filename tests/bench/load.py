"""A client that POSTs messages over keep-alive connections: its own process, off the books."""

import argparse
import asyncio
import base64
import json
import sys
import time
from urllib.parse import quote

import uvloop

TIMEOUT_SECONDS = 600


async def run(
    port: int, account: str, token: str, sender: str, callback: str, count: int, connections: int
) -> dict[str, object]:
    """Send `count` messages, one in flight a connection; return sids and latencies."""
    credentials = base64.b64encode(f"{account}:{token}".encode()).decode()
    head = (
        f"POST /2010-04-01/Accounts/{account}/Messages.json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Basic {credentials}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
    )
    numbers = iter(range(count))
    sids: list[str] = []
    latencies: list[float] = []
    errors: list[str] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            body = (
                f"To=%2B1201{number % 10_000_000:07d}&From={quote(sender, safe='')}"
                f"&Body=Message+{number}&StatusCallback={quote(callback, safe='')}"
            )
            started = time.perf_counter()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            status = await reader.readline()
            length = 0
            while (line := await reader.readline()) not in {b"\r\n", b""}:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            answer = await reader.readexactly(length)
            latencies.append(time.perf_counter() - started)
            if b" 201 " in status:
                sids.append(json.loads(answer)["sid"])
            else:
                errors.append(answer.decode())
        writer.close()

    started = time.perf_counter()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await asyncio.gather(*(connection() for _ in range(connections)))
    return {
        "seconds": time.perf_counter() - started,
        "sids": sids,
        "latencies": latencies,
        "errors": errors,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("account", "token", "sender", "callback"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("port", "count", "connections"):
        parser.add_argument(f"--{name}", type=int, required=True)
    json.dump(uvloop.run(run(**vars(parser.parse_args()))), sys.stdout)
