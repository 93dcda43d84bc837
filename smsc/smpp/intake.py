"""Holds a session's reading back: while too much waits for our answer, and in a flood."""

import asyncio

from smsc.smpp.connection import Connection
from smsc.smpp.flood import FLOOD_SECONDS, EnquiryCount


class Intake:
    """While `most_owed` requests of the peer wait for their answers, nothing more is read of it."""

    __slots__ = ("_connection", "_enquiries", "_owed", "most_owed")

    def __init__(self, connection: Connection, most_owed: int) -> None:
        self._connection = connection
        self._enquiries = EnquiryCount()
        self._owed = 0
        self.most_owed = most_owed

    def took(self, requests: int) -> None:
        """Note that so many were handed on."""
        self._owed += requests
        if self._owed >= self.most_owed:
            self._connection.hold_reading(held=True)

    def answered(self, requests: int) -> None:
        """Note that so many were answered."""
        self._owed = max(0, self._owed - requests)
        self._read_on()

    def begins_flood(self, now: float) -> bool:
        """Count an enquire_link; say whether a flood begins, and read nothing for a while then."""
        if not self._enquiries.begins_flood(now):
            return False
        self._connection.hold_reading(held=True)  # as long as it took to find out
        asyncio.get_running_loop().call_later(FLOOD_SECONDS, self._flood_over)
        return True

    def _flood_over(self) -> None:
        self._enquiries.is_flood = False
        self._read_on()

    def _read_on(self) -> None:
        """Read again if nothing speaks against it."""
        is_free = self._owed < self.most_owed and not self._enquiries.is_flood
        if self._connection.reading_held and is_free:
            self._connection.hold_reading(held=False)
