"""What the accept path knows of senders, services and opt-outs: how each is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from smsc.db import Database
from smsc.routing.sender_id_rules import SenderIdRules
from smsc.routing.senders import PoolSender
from smsc.sms.address import AddressKind

# So many opt-outs of one scope are kept in memory; of more, each recipient is asked for.
MOST_KEPT: Final = 2000
LONGEST_VALIDITY_SECONDS: Final = 36_000


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """A sender of an account."""

    scope: str  # what opt-outs are from: itself, or the service that it is in
    has_opt_outs: bool


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A messaging service with its pool."""

    sid: str
    status_callback: str | None
    sticky_sender: bool
    smart_encoding: bool
    area_code_geomatch: bool
    validity_period: int  # seconds
    has_opt_outs: bool
    pool: tuple[PoolSender, ...]

    @property
    def sticks(self) -> bool:
        """Say whether it is kept which sender of the pool a recipient gets messages from."""
        return self.sticky_sender and len(self.pool) > 1


async def load_sender(database: Database, key: tuple[str, str]) -> SenderFacts | None:
    """Read a sender by (account, address); None: the account hasn't it."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT owned.scope,
                   EXISTS (SELECT FROM opt_outs o
                           WHERE o.account_sid = $1 AND o.scope = owned.scope)
            FROM (
              SELECT coalesce(s.sid, n.phone_number) AS scope
              FROM phone_numbers n
              LEFT JOIN messaging_services s
                ON s.sid = n.messaging_service_sid AND s.account_sid = n.account_sid
              WHERE n.account_sid = $1 AND n.phone_number = $2
            ) AS owned
            """,
            *key,
        )
    return None if row is None else SenderFacts(*row)


async def load_sender_id_rules(database: Database, carrier_sid: str) -> SenderIdRules:
    """Read a carrier's own rules for sender IDs; the defaults hold beside them."""
    async with database.single() as connection:
        rows = await connection.fetch(
            "SELECT iso_country, rule FROM sender_id_countries WHERE carrier_sid = $1", carrier_sid
        )
    return SenderIdRules({row[0]: row[1] for row in rows})


async def load_service(database: Database, key: tuple[str, str]) -> ServiceFacts | None:
    """Read a service by (account, SID)."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT sid, status_callback, sticky_sender, smart_encoding, area_code_geomatch,
                   validity_period,
                   EXISTS (SELECT FROM opt_outs WHERE account_sid = $1 AND scope = $2)
                     AS has_opt_outs
            FROM messaging_services WHERE account_sid = $1 AND sid = $2
            """,
            *key,
        )
        if row is None:
            return None
        senders = await connection.fetch(
            """
            SELECT phone_number, kind, iso_country FROM phone_numbers
            WHERE messaging_service_sid = $2 AND account_sid = $1
            UNION ALL
            SELECT alpha_sender, 'alphanumeric', NULL FROM alpha_senders a
            WHERE messaging_service_sid = $2
              AND EXISTS (SELECT FROM phone_numbers n
                          WHERE n.account_sid = $1 AND n.phone_number = a.alpha_sender)
            ORDER BY 1
            """,
            *key,
        )
    pool = tuple(PoolSender(address, AddressKind(kind), iso) for address, kind, iso in senders)
    return ServiceFacts(**dict(row), pool=pool)


async def load_sticky(database: Database, key: tuple[str, str]) -> str | None:
    """Read from which sender a recipient got a service's messages; by (service, recipient)."""
    async with database.single() as connection:
        sender: str | None = await connection.fetchval(
            "SELECT sender FROM sticky_senders WHERE messaging_service_sid = $1 AND to_ = $2", *key
        )
    return sender


async def load_stickies(
    database: Database, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Read many recipients' senders, by (service, recipient)."""
    async with database.single() as connection:
        rows = await connection.fetch(
            """
            SELECT s.messaging_service_sid, s.to_, s.sender
            FROM unnest($1::text[], $2::text[]) AS asked (service_sid, to_)
            JOIN sticky_senders s
              ON s.messaging_service_sid = asked.service_sid AND s.to_ = asked.to_
            """,
            [service_sid for service_sid, _ in keys],
            [to for _, to in keys],
        )
    return {(row[0], row[1]): row[2] for row in rows}


async def load_opt_outs(database: Database, key: tuple[str, str]) -> frozenset[str] | None:
    """Read who has opted out, by (account, scope); None: too many to keep."""
    async with database.single() as connection:
        rows = await connection.fetch(
            "SELECT handset FROM opt_outs WHERE account_sid = $1 AND scope = $2 LIMIT $3",
            *key,
            MOST_KEPT + 1,
        )
    return frozenset(row[0] for row in rows) if len(rows) <= MOST_KEPT else None


async def load_opt_out(database: Database, key: tuple[str, str, str]) -> bool:
    """Say whether (account, scope, handset) is an opt-out."""
    async with database.single() as connection:
        found = await connection.fetchval(
            "SELECT true FROM opt_outs WHERE account_sid = $1 AND scope = $2 AND handset = $3", *key
        )
    return found is True


async def load_opted_out(
    database: Database, account_sid: str, scope: str, handsets: Sequence[str]
) -> frozenset[str]:
    """Read which of these handsets have opted out of a scope."""
    async with database.single() as connection:
        rows = await connection.fetch(
            """
            SELECT handset FROM opt_outs
            WHERE account_sid = $1 AND scope = $2 AND handset = ANY($3::text[])
            """,
            account_sid,
            scope,
            handsets,
        )
    return frozenset(row[0] for row in rows)


async def count_scheduled(database: Database, account_sid: str) -> int:
    """Count an account's scheduled messages."""
    async with database.single() as connection:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM scheduled_messages WHERE account_sid = $1", account_sid
        )
    return count
