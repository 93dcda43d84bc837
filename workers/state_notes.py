"""Writes down how the connectors of a process stand, one after the other."""

import asyncio
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.messaging.sending import leases
from smsc.messaging.sending.leases import StateNote

log = structlog.get_logger()

RETRY_SECONDS: Final = 1.0  # while the database is away


class StateNotes:
    """What is to be written of each connector: its last word, however many there were."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._notes: dict[str, StateNote] = {}  # by connector; not yet written
        self._writing: asyncio.Task[None] | None = None

    def add(self, note: StateNote) -> None:
        """Write it soon."""
        self._notes[note.lease.connector_sid] = note
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self._notes:
            sid, note = next(iter(self._notes.items()))
            try:
                await leases.note_state(self._database, self._owner, note)
            except UNAVAILABLE as error:
                log.warning("connector.state_unwritten", state=note.state, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if self._notes[sid] is note:
                del self._notes[sid]
