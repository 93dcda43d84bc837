"""Writes what some accepts leave beside their message, in the transaction of the accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from smsc.billing import ledger
from smsc.db import Connection, Database
from smsc.errors.messages import BalanceUsedUp
from smsc.messaging.accept.drafts import Accepted

KEPT: Final = timedelta(hours=24)  # an idempotency key


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """The request that had an idempotency key first."""

    digest: bytes
    message_sid: str
    status: str  # that its answer told


async def claim_keys(connection: Connection, batch: Sequence[Accepted]) -> list[Accepted]:
    """Return the messages that are to be written: all but those whose key is taken.

    The others are marked as repeated. Keys are taken in one order, so that of two batches with the
    same ones one waits for the other, and never both.
    """
    keyed = {}
    fresh = []
    for message in batch:
        beside = message.beside
        if beside is None or beside.idempotency_key is None:
            fresh.append(message)
            continue
        name = (message.account_sid, beside.idempotency_key.key)
        if name in keyed:  # twice in one batch: the first has it
            beside.repeated = True
        else:
            keyed[name] = message
    if not keyed:
        return fresh
    claimed = [keyed[name] for name in sorted(keyed)]
    rows = await connection.fetch(
        CLAIM_KEYS,
        [message.account_sid for message in claimed],
        [key for _, key in sorted(keyed)],
        [message.carrier_sid for message in claimed],
        [_digest(message) for message in claimed],
        [message.sid for message in claimed],
        [message.told_status.value for message in claimed],
        KEPT,
    )
    taken = {row[0] for row in rows}
    for message in claimed:
        if message.sid in taken:
            fresh.append(message)
        elif message.beside is not None:
            message.beside.repeated = True
    return fresh


async def charge(connection: Connection, batch: Sequence[Accepted]) -> list[Accepted]:
    """Charge the messages that cost something; return those that are to be written.

    The others get their refusal.
    """
    charges = [
        message.beside.charge
        for message in batch
        if message.beside is not None and message.beside.charge is not None
    ]
    if not charges:
        return list(batch)
    refused = await ledger.charge(connection, charges)
    paid = []
    for message in batch:
        if message.sid not in refused:
            paid.append(message)
        elif message.beside is not None:
            message.beside.refusal = BalanceUsedUp()
    return paid


async def free_keys(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Free the idempotency keys of those messages that were refused."""
    refused = [
        message
        for message in batch
        if message.beside is not None and message.beside.refusal and _digest(message)
    ]
    if refused:
        await connection.execute(
            """
            DELETE FROM idempotency_keys k USING unnest($1::text[], $2::text[]) AS r (account, sid)
            WHERE k.account_sid = r.account AND k.message_sid = r.sid
            """,
            [message.account_sid for message in refused],
            [message.sid for message in refused],
        )


async def write(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Write what messages have beside them that were just inserted or released."""
    await _write_deadlines(connection, batch)
    await _write_schedule(connection, batch)
    await write_sticky(connection, batch)


async def _write_deadlines(connection: Connection, batch: Sequence[Accepted]) -> None:
    dated = [
        (message, message.beside.expires_at)
        for message in batch
        if message.beside is not None and message.beside.expires_at is not None
    ]
    if dated:
        await connection.execute(
            """
            INSERT INTO message_deadlines (message_sid, carrier_sid, account_sid, expires_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
            """,
            [message.sid for message, _ in dated],
            [message.carrier_sid for message, _ in dated],
            [message.account_sid for message, _ in dated],
            [expires_at for _, expires_at in dated],
        )


async def _write_schedule(connection: Connection, batch: Sequence[Accepted]) -> None:
    scheduled = [
        (message, message.beside.send_at)
        for message in batch
        if message.beside is not None and message.beside.send_at is not None
    ]
    if scheduled:
        await connection.execute(
            """
            INSERT INTO scheduled_messages
              (message_sid, carrier_sid, account_sid, send_at, iso_country)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
            """,
            [message.sid for message, _ in scheduled],
            [message.carrier_sid for message, _ in scheduled],
            [message.account_sid for message, _ in scheduled],
            [send_at for _, send_at in scheduled],
            [message.beside and (message.beside.iso_country or "") for message, _ in scheduled],
        )


async def write_sticky(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Let recipients get their services' next messages from the senders that were chosen."""
    sticky = {
        (message.messaging_service_sid or "", message.to): message
        for message in batch
        if message.beside is not None and message.beside.makes_sticky
    }
    if sticky:
        ordered = [sticky[key] for key in sorted(sticky)]  # in one order: no deadlock of two
        await connection.execute(
            _STICK,
            [message.messaging_service_sid for message in ordered],
            [message.to for message in ordered],
            [message.carrier_sid for message in ordered],
            [message.account_sid for message in ordered],
            [message.from_ for message in ordered],
        )


async def earlier_request(database: Database, account_sid: str, key: str) -> EarlierRequest | None:
    """Return what an account's idempotency key was last used for, within 24 hours."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT digest, message_sid, status FROM idempotency_keys
            WHERE account_sid = $1 AND key = $2 AND created_at > now() - $3::interval
            """,
            account_sid,
            key,
            KEPT,
        )
    return None if row is None else EarlierRequest(*row)


async def forget_keys(database: Database) -> int:
    """Delete the keys whose 24 hours are over; return how many."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval", KEPT
        )
    return int(status.rpartition(" ")[2])


def _digest(message: Accepted) -> bytes:
    key = message.beside and message.beside.idempotency_key
    return key.digest if key else b""


# A conflicting row that another transaction holds is waited for; one that is over is taken again.
CLAIM_KEYS: Final = """
INSERT INTO idempotency_keys AS k
  (account_sid, key, carrier_sid, digest, message_sid, status)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[])
ON CONFLICT (account_sid, key) DO UPDATE
SET digest = excluded.digest, message_sid = excluded.message_sid, status = excluded.status,
    created_at = now()
WHERE k.created_at <= now() - $7::interval
RETURNING message_sid
"""

# A service that was deleted meanwhile keeps nothing.
_STICK: Final = """
INSERT INTO sticky_senders AS s (messaging_service_sid, to_, carrier_sid, account_sid, sender)
SELECT d.service_sid, d.to_, d.carrier_sid, d.account_sid, d.sender
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
  AS d (service_sid, to_, carrier_sid, account_sid, sender)
WHERE EXISTS (SELECT FROM messaging_services m WHERE m.sid = d.service_sid)
ON CONFLICT (messaging_service_sid, to_) DO UPDATE
SET sender = excluded.sender, updated_at = now()
WHERE s.sender <> excluded.sender
"""
