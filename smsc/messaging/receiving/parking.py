"""Receipts whose segment is not known (yet): kept until a response explains them, or a week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from smsc.db import Connection, Database, sealer_of
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.receipt_config import read_rules
from smsc.sms import receipt_rules
from smsc.sms.status import MessageState

# A response that a receipt has overtaken comes within this time, or it is never the receipt's.
EXPLAINED_WITHIN: Final = timedelta(days=1)
ORPHAN_AFTER: Final = timedelta(seconds=30)  # what waits longer is likely never explained
KEPT: Final = timedelta(days=7)
WHY_ORPHANED: Final = "no segment has this receipt's id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A parked receipt as its carrier may see it."""

    id: int
    received_at: datetime
    is_orphan: bool  # else it may have overtaken its response
    source_addr: str
    destination_addr: str
    message_id: str | None
    raw_state: str
    error_code: str | None
    done_date: str | None
    raw: bytes


async def page(
    database: Database, connector_sid: str, *, limit: int, after: int = 0
) -> list[Parked]:
    """Return up to `limit` of a connector's parked receipts, the oldest first."""
    async with database.single() as connection:
        rows = await connection.fetch(_PAGE, connector_sid, after, limit, ORPHAN_AFTER)
    keys = await database.sealer.known(row["key_id"] for row in rows)
    return [
        Parked(
            **{name: value for name, value in row.items() if name in _SHOWN},
            raw=keys.open(row["key_id"], row["carrier_sid"], row["raw"]) or b"",
        )
        for row in rows
    ]


async def count(database: Database, connector_sid: str) -> tuple[int, int]:
    """Return how many of a connector's receipts wait, and how many are orphans."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT count(*) FILTER (WHERE parked_at > now() - $2::interval),
                   count(*) FILTER (WHERE parked_at <= now() - $2::interval)
            FROM parked_receipts WHERE connector_sid = $1
            """,
            connector_sid,
            ORPHAN_AFTER,
        )
    return (row[0], row[1]) if row is not None else (0, 0)


async def park(connection: Connection, receipts: Sequence[ReceivedReceipt]) -> None:
    """Store receipts with every key by which a response can explain them."""
    if not receipts:
        return
    keys = await sealer_of(connection).today({(r.carrier_sid, r.carrier_sid) for r in receipts})
    await connection.executemany(
        """
        INSERT INTO parked_receipts (connector_sid, carrier_sid, source_addr, destination_addr,
                                     message_id, keys, state, raw_state, error_code, done_date, raw,
                                     parked_at, key_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, now()), $13)
        """,
        [
            (
                r.connector_sid,
                r.carrier_sid,
                r.source_addr,
                r.destination_addr,
                r.message_id,
                [*r.keys, *r.rare_keys],
                int(r.state),
                r.raw_state,
                r.error_code,
                r.done_date,
                keys.seal(keys.today(r.carrier_sid), r.carrier_sid, r.raw),
                r.parked_at,
                keys.today(r.carrier_sid),
            )
            for r in receipts
        ],
    )


async def take(connection: Connection, keys: Iterable[tuple[str, str]]) -> list[ReceivedReceipt]:
    """Take out, in the order of their coming, what waits for one of these (connector, key)s."""
    wanted = list(keys)
    if not wanted:
        return []
    rows = await connection.fetch(
        _TAKE, [connector for connector, _ in wanted], [key for _, key in wanted]
    )
    return await _read(connection, rows)


async def take_for_held(
    connection: Connection, connector_sids: Sequence[str]
) -> list[ReceivedReceipt]:
    """Take out what came since the oldest held segment of these connectors was submitted."""
    return await _read(connection, await connection.fetch(_TAKE_FOR_HELD, connector_sids))


async def connectors_with_parked(connection: Connection, sids: Sequence[str]) -> set[str]:
    """Return those of the connectors that have receipts parked which may yet be explained."""
    rows = await connection.fetch(
        """
        SELECT sid FROM unnest($1::text[]) AS sid
        WHERE EXISTS (SELECT FROM parked_receipts p
                      WHERE p.connector_sid = sid AND p.parked_at > now() - $2::interval)
        """,
        sids,
        EXPLAINED_WITHIN,
    )
    return {row[0] for row in rows}


async def forget_old(database: Database) -> int:
    """Move receipts that waited seven days for their segment to the quarantine; return how many."""
    async with database.single() as connection:
        status = await connection.execute(
            """
            WITH old AS (
              DELETE FROM parked_receipts WHERE parked_at < now() - $1::interval
              RETURNING carrier_sid, connector_sid, raw, key_id
            )
            INSERT INTO quarantine (carrier_sid, connector_sid, why, pdu, key_id)
            SELECT carrier_sid, connector_sid, $2, raw, key_id FROM old
            """,
            KEPT,
            WHY_ORPHANED,
        )
    return int(status.rpartition(" ")[2])


async def _read(connection: Connection, rows: Sequence[Any]) -> list[ReceivedReceipt]:
    if not rows:
        return []
    rules = await read_rules(connection, {row["connector_sid"] for row in rows})
    keys = await sealer_of(connection).known(row["key_id"] for row in rows)
    return [
        ReceivedReceipt(
            **{name: value for name, value in row.items() if name not in _READ_APART},
            raw=keys.open(row["key_id"], row["carrier_sid"], row["raw"]) or b"",
            known_keys=tuple(row["keys"]),
            state=MessageState(row["state"]),
            rules=rules.get(row["connector_sid"], receipt_rules.DEFAULT),
        )
        for row in sorted(rows, key=lambda row: row["id"])
    ]


_SHOWN: Final = frozenset(field.name for field in fields(Parked)) - {"raw"}
_READ_APART: Final = frozenset({"id", "keys", "state", "raw", "key_id"})
_COLUMNS: Final = (
    "p.id, p.connector_sid, p.carrier_sid, p.source_addr, p.destination_addr, p.message_id, "
    "p.keys, p.state, p.raw_state, p.error_code, p.done_date, p.raw, p.key_id, p.parked_at"
)
_PAGE: Final = """
SELECT id, parked_at AS received_at, parked_at <= now() - $4::interval AS is_orphan, source_addr,
       destination_addr, message_id, raw_state, error_code, done_date, raw,
       key_id, carrier_sid
FROM parked_receipts WHERE connector_sid = $1 AND id > $2 ORDER BY id LIMIT $3
"""
_TAKE: Final = f"""
DELETE FROM parked_receipts p USING unnest($1::text[], $2::text[]) AS r (connector, key)
WHERE p.connector_sid = r.connector AND p.keys && ARRAY[r.key]
RETURNING {_COLUMNS}
"""  # noqa: S608 built of the constant above
_TAKE_FOR_HELD: Final = f"""
DELETE FROM parked_receipts p
USING (
  SELECT connector_sid, min(claimed_at) AS since FROM in_flight
  WHERE connector_sid = ANY($1::text[]) AND held_at IS NOT NULL GROUP BY connector_sid
) AS held
WHERE p.connector_sid = held.connector_sid AND p.parked_at >= held.since
RETURNING {_COLUMNS}
"""  # noqa: S608 built of the constant above
