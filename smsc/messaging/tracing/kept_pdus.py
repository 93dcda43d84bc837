"""The PDUs of messages, kept raw for as long as their connector says, and then removed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc.db import Connection, Database, sealer_of
from smsc.sms.alphabet import Alphabet

MOST_FORGOTTEN: Final = 10_000  # rows a statement: no lock and no WAL of minutes


@dataclass(frozen=True, slots=True)
class Frame:
    """One PDU as it was written or read."""

    direction: str  # "out" or "in"
    octets: bytes
    at: datetime
    hours: int  # so long it is kept


@dataclass(frozen=True, slots=True)
class Keeping:
    """A frame and whose it is. Where that is not yet known, its `thread` will tell it."""

    connector_sid: str
    message_sid: str | None
    frame: Frame
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPdu:
    """A kept PDU, and how its connector reads data_coding 0."""

    at: datetime
    direction: str
    connector_sid: str
    octets: bytes
    expires_at: datetime
    default_alphabet: Alphabet


async def keep(connection: Connection, keepings: Sequence[Keeping]) -> None:
    """Store frames in the transaction of what they did."""
    if not keepings:
        return
    carriers = await _carriers(connection, {keeping.connector_sid for keeping in keepings})
    keepings = [keeping for keeping in keepings if keeping.connector_sid in carriers]
    keys = await sealer_of(connection).today({(sid, sid) for sid in carriers.values()})
    owners = [carriers[keeping.connector_sid] for keeping in keepings]
    key_ids = [keys.today(carrier_sid) for carrier_sid in owners]
    await connection.execute(
        KEEP,
        [keeping.connector_sid for keeping in keepings],
        [keeping.message_sid for keeping in keepings],
        [keeping.thread for keeping in keepings],
        [keeping.frame.direction for keeping in keepings],
        [
            keys.seal(key_id, carrier_sid, keeping.frame.octets)
            for key_id, carrier_sid, keeping in zip(key_ids, owners, keepings, strict=True)
        ],
        [keeping.frame.at for keeping in keepings],
        [keeping.frame.hours for keeping in keepings],
        key_ids,
    )


async def _carriers(connection: Connection, connector_sids: Collection[str]) -> dict[str, str]:
    rows = await connection.fetch(
        "SELECT sid, carrier_sid FROM connectors WHERE sid = ANY($1::text[])", list(connector_sids)
    )
    return {row["sid"]: row["carrier_sid"] for row in rows}


async def adopt(connection: Connection, threads: Mapping[tuple[str, str], str]) -> None:
    """Give frames that waited for their message its SID; by connector and thread."""
    if not threads:
        return
    await connection.execute(
        ADOPT,
        [connector_sid for connector_sid, _ in threads],
        [thread for _, thread in threads],
        list(threads.values()),
    )


async def forget_expired(database: Database) -> int:
    """Remove what was kept long enough; say how many PDUs that were."""
    async with database.single() as connection:
        status = await connection.execute(
            """
            DELETE FROM kept_pdus WHERE id IN (
              SELECT id FROM kept_pdus WHERE expires_at <= now() ORDER BY expires_at LIMIT $1)
            """,
            MOST_FORGOTTEN,
        )
    return int(status.rpartition(" ")[2])


async def read(database: Database, carrier_sid: str, message_sid: str) -> list[StoredPdu] | None:
    """Return the kept PDUs of a carrier's message in their order; None: it has no such message."""
    async with database.begin() as connection:
        is_there = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM messages WHERE sid = $1 AND carrier_sid = $2)",
            message_sid,
            carrier_sid,
        )
        if not is_there:
            return None
        rows = await connection.fetch(
            """
            SELECT k.at, k.direction, k.connector_sid, k.pdu AS octets, k.expires_at, k.key_id,
                   coalesce(c.default_alphabet, 'gsm7') AS default_alphabet
            FROM kept_pdus k LEFT JOIN connectors c ON c.sid = k.connector_sid
            WHERE k.message_sid = $1 AND k.expires_at > now() ORDER BY k.at, k.id
            """,
            message_sid,
        )
    keys = await database.sealer.known(row["key_id"] for row in rows)
    return [
        StoredPdu(
            at=row["at"],
            direction=row["direction"],
            connector_sid=row["connector_sid"],
            octets=octets,
            expires_at=row["expires_at"],
            default_alphabet=Alphabet(row["default_alphabet"]),
        )
        for row in rows
        if (octets := keys.open(row["key_id"], carrier_sid, row["octets"])) is not None
    ]


KEEP: Final = """
INSERT INTO kept_pdus (carrier_sid, connector_sid, message_sid, thread, direction, pdu, at,
                       expires_at, key_id)
SELECT c.carrier_sid, c.sid, f.message_sid, f.thread, f.direction, f.pdu, f.at,
       f.at + make_interval(hours => f.hours), f.key_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[],
            $7::integer[], $8::bigint[])
  AS f (connector_sid, message_sid, thread, direction, pdu, at, hours, key_id)
JOIN connectors c ON c.sid = f.connector_sid
"""
ADOPT: Final = """
UPDATE kept_pdus k SET message_sid = t.message_sid
FROM unnest($1::text[], $2::text[], $3::text[]) AS t (connector_sid, thread, message_sid)
WHERE k.connector_sid = t.connector_sid AND k.thread = t.thread AND k.message_sid IS NULL
"""
