"""Scheduled messages: released when they are due, or canceled before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import structlog

from smsc import audit
from smsc.audit import Deed
from smsc.billing import ledger
from smsc.db import UNAVAILABLE, Connection, Database
from smsc.errors import GatewayError
from smsc.errors.guard import AccountQuarantined
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import Directory
from smsc.messaging.sending import release, release_singly
from smsc.messaging.sending.alike import Alike, Departure, Planner
from smsc.messaging.statuses import Advance, advance
from smsc.routing.table import Way

log = structlog.get_logger()

MOST_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Released:
    """What became of messages that were due."""

    queued: int
    failed: int
    put_off: int = 0  # until their accounts leave quarantine


class Schedule:
    """Releases what is due, for one process."""

    def __init__(self, database: Database, directory: Directory, outbound: Outbound) -> None:
        self._database = database
        self._directory = directory
        self._outbound = outbound
        self._planner = Planner(directory)

    async def release(self) -> Released:
        """Queue up to 2000 messages that are due, and ring; committed on return.

        Sender, opt-out, route and balance are looked at now: what can't be sent any more fails with
        the code that its accept would have been refused with. Messages that are alike are decided
        on once, and all that leave are moved by one statement.
        """
        ways: list[Way] = []
        failed: list[Advance] = []
        async with self._database.begin() as connection:
            taken = await release.take(connection, MOST_AT_ONCE)
            departures: list[Departure] = []
            singly: list[str] = []
            quarantined: list[Alike] = []
            for alike in taken:
                try:
                    planned = await self._plan(alike)
                except AccountQuarantined:
                    quarantined.append(alike)
                    continue
                if isinstance(planned, Departure):
                    departures.append(planned)
                elif planned is None:
                    singly += alike.sids
                else:
                    failed += planned
            await release.put_off(connection, quarantined)
            payable = await self._payable(connection, departures)
            singly += [sid for one in departures if one not in payable for sid in one.of.sids]
            failed += await release.depart(connection, payable, datetime.now(UTC))
            ways += [departure.way for departure in payable]
            if singly:
                by_itself = await release_singly.release(
                    connection, self._directory, self._outbound, singly
                )
                ways += by_itself.ways
                failed += by_itself.failed
            await advance(connection, failed)
        for way in {way.connector_sid: way for way in ways}.values():
            self._outbound.ring(way)
        put_off = sum(len(alike.sids) for alike in quarantined)
        left = sum(len(alike.sids) for alike in taken) - put_off
        return Released(left - len(failed), len(failed), put_off)

    async def _plan(self, alike: Alike) -> Departure | list[Advance] | None:
        """Return how they leave, what is told of them if they can't, or None: each by itself.

        Raises:
            AccountQuarantined: they have to wait.
        """
        try:
            return await self._planner.plan(alike)
        except AccountQuarantined:
            raise
        except GatewayError as refusal:
            code, why = refusal.code, refusal.message
        except UNAVAILABLE:
            raise
        except Exception:
            # A door: what can't be looked at must not hold up all that is due behind it.
            log.exception("release.broken", account_sid=alike.account_sid)
            return None
        return [
            Advance(message_sid=sid, failed=submits, error_code=code, why=why)
            for sid, submits in zip(alike.sids, alike.num_submits, strict=True)
        ]

    async def _payable(
        self, connection: Connection, departures: list[Departure]
    ) -> list[Departure]:
        """Return those whose payers can pay for all that they send now.

        Of the others some messages may still be paid: they are looked at one by one.
        """
        costs: dict[str, Decimal] = {}
        for one in departures:
            if one.price is not None:
                costs[one.payer_sid] = costs.get(one.payer_sid, Decimal(0)) + one.cost
        rooms = await ledger.lock(connection, costs) if costs else {}
        broke = {payer for payer, room in rooms.items() if room < costs[payer]}
        return [one for one in departures if one.price is None or one.payer_sid not in broke]


async def cancel(database: Database, account_sid: str, sid: str) -> bool:
    """Cancel a message that is still scheduled; say whether it was."""
    async with database.begin() as connection:
        rows = await connection.fetch(_UNSCHEDULE, sid, account_sid)
        changed = await advance(
            connection, [Advance(message_sid=row[0], canceled=True) for row in rows]
        )
        if changed:
            await audit.note_on(connection, Deed("canceled", "message", sid, account_sid))
    return bool(changed)


# One that is being released is locked: then this waits, and finds it gone.
_UNSCHEDULE: Final = """
DELETE FROM scheduled_messages WHERE message_sid = $1 AND account_sid = $2 RETURNING message_sid
"""
