"""Looks into the database of the system under test."""

import asyncio
import time
from collections.abc import Callable

import asyncpg


def fetch(url: str, statement: str, *parameters: object) -> list[asyncpg.Record]:
    """Run one statement on a connection of its own; return its rows."""

    async def once() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(statement, *parameters))
        finally:
            await connection.close()

    return asyncio.run(once())


def number(url: str, statement: str, *parameters: object) -> int:
    """Return the one number that a statement yields."""
    return int(fetch(url, statement, *parameters)[0][0])


def wait_for(url: str, statement: str, is_reached: Callable[[int], bool], seconds: float) -> float:
    """Ask ten times a second until the number fits; return the monotonic time when it did.

    Raises:
        TimeoutError: it did not.
    """
    deadline = time.monotonic() + seconds

    async def ask() -> float:
        connection = await asyncpg.connect(url)
        try:
            while True:
                value = await connection.fetchval(statement)
                if is_reached(int(value)):
                    return time.monotonic()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{value} after {seconds} s: {statement}")
                await asyncio.sleep(0.1)
        finally:
            await connection.close()

    return asyncio.run(ask())
