"""Reads what a handset of the simulator has received, over the simulator's HTTP API."""

import asyncio
import json
import urllib.request
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from smsc.doctor.alphabet_step import Handset
from smsc.errors import SettingError

_TIMEOUT_SECONDS: Final = 5.0


def simulated_handset(url: str, number: str) -> Handset:
    """Return what reads the handset with this number at a simulator's URL.

    Raises:
        SettingError: the URL is none.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise SettingError(f"--handset must be a URL like http://127.0.0.1:2780 (it is {url!r}).")
    where = f"{url.rstrip('/')}/handsets/{quote(number)}/messages"

    def read() -> list[str]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(where, timeout=_TIMEOUT_SECONDS) as answer:
                return [message["text"] for message in json.loads(answer.read())["data"]]
        except (OSError, ValueError, LookupError) as error:
            raise SettingError(f"The handset can't be read at {where}: {error}") from None

    async def texts() -> Sequence[str]:
        return await asyncio.to_thread(read)

    return texts
