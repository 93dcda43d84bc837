"""A peer that unbinds: we agree when it has answered what is in flight, or after some patience."""

import asyncio
from datetime import timedelta

from smsc.smpp.connection import Connection
from smsc.smpp.pdu import UnbindResp


class Farewell:
    """What is left to do for the peer's unbind; without patience, nothing is waited for."""

    def __init__(self, connection: Connection, patience: timedelta) -> None:
        self._connection = connection
        self._seconds = patience.total_seconds()
        self._number: int | None = None  # of the peer's unbind

    def begin(self, number: int) -> None:
        """Take note of the peer's unbind."""
        self._number = number

    def ends(self, unanswered: int) -> bool:
        """Agree if it is time; say whether the session ends now or soon."""
        if self._number is None:
            return False
        if not unanswered or not self._seconds:
            self._agree()
        else:
            asyncio.get_running_loop().call_later(self._seconds, self._agree)
        return True

    def _agree(self) -> None:
        if self._number is not None and self._connection.open:
            self._connection.send([UnbindResp(self._number)])
            self._connection.close("the peer unbound")
