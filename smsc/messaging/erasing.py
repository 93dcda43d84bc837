"""Erases what accounts have of one handset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from smsc import audit
from smsc.audit import Deed
from smsc.db import Database
from smsc.errors import NotFound
from smsc.errors.messages import NotFinished
from smsc.messaging import edits
from smsc.sms.address import parse_destination

BATCH: Final = 500  # messages looked at at once


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of one handset, and how many of its messages are still on their way."""

    messages: int
    unfinished: int
    others: int  # rows: verifications, sticky senders


async def erase(database: Database, account_sids: Sequence[str], number: str) -> Erased:
    """Delete what accounts have of one handset: messages with all of theirs, and the rest.

    An opt-out stays: it is what keeps its account from writing to the handset again.

    Raises:
        InvalidDestination: that is no phone number.
    """
    handset = parse_destination(number).value
    of_each = [await _erase_of(database, sid, handset) for sid in account_sids]
    return Erased(
        messages=sum(one.messages for one in of_each),
        unfinished=sum(one.unfinished for one in of_each),
        others=sum(one.others for one in of_each),
    )


async def _erase_of(database: Database, account_sid: str, handset: str) -> Erased:
    deleted = unfinished = 0
    after = ""
    while True:
        async with database.single() as connection:
            rows = await connection.fetch(OF_HANDSET, account_sid, handset, after, BATCH)
        for (sid,) in rows:
            try:
                await edits.delete(database, account_sid, sid)
                deleted += 1
            except NotFinished:
                unfinished += 1
            except NotFound:
                continue  # somebody else has deleted it
        if len(rows) < BATCH:
            break
        after = rows[-1][0]
    async with database.begin() as connection:
        counts = [
            await connection.execute(statement, account_sid, handset) for statement in _ERASE_ROWS
        ]
        # Which of them name the handset is sealed; they are a few days' worth.
        await connection.execute("DELETE FROM api_requests WHERE account_sid = $1", account_sid)
        await audit.note_on(
            connection,
            Deed("erased", "handset", account_sid=account_sid, facts={"messages": deleted}),
        )
    return Erased(deleted, unfinished, sum(int(said.rpartition(" ")[2]) for said in counts))


OF_HANDSET: Final = """
SELECT sid FROM (
  (SELECT sid FROM messages WHERE account_sid = $1 AND to_ = $2 AND sid > $3
   ORDER BY sid LIMIT $4)
  UNION
  (SELECT sid FROM messages WHERE account_sid = $1 AND from_ = $2 AND sid > $3
   ORDER BY sid LIMIT $4)
) AS found ORDER BY sid LIMIT $4
"""
_ERASE_ROWS: Final = (
    "DELETE FROM verifications WHERE account_sid = $1 AND to_ = $2",
    "DELETE FROM sticky_senders WHERE account_sid = $1 AND to_ = $2",
)
