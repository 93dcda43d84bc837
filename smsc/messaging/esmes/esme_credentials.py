"""What an account's ESME may do with its credential, and the sessions that are bound with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from smsc.db import Database
from smsc.messaging.processes import DEAD_AFTER_SECONDS
from smsc.models import Lane
from smsc.networks import Networks, are_home_to, read_networks
from smsc.smpp.pdu import BindType
from smsc.sms.receipt_template import USUAL, ReceiptTemplate


@dataclass(frozen=True, slots=True)
class EsmeCredential:
    """A credential that is not revoked, of an account that is active."""

    sid: str
    carrier_sid: str
    account_sid: str
    window: int
    networks: Networks  # none: from anywhere
    bind_types: frozenset[str]  # none: all three
    max_binds: int
    throughput: float | None  # messages a second, of this process's sessions
    senders: frozenset[str]  # none: all of the account
    lane: Lane
    template: ReceiptTemplate

    def welcomes(self, host: str) -> bool:
        """Say whether an ESME may come from this address."""
        return are_home_to(self.networks, host)

    def allows(self, bind_type: BindType) -> bool:
        """Say whether an ESME may bind so."""
        return not self.bind_types or bind_type.value in self.bind_types


@dataclass(frozen=True, slots=True)
class BoundSession:
    """A session as it is counted over all processes."""

    sid: str
    credential: EsmeCredential
    bind_type: BindType
    peer: str


async def find(database: Database, system_id: str) -> tuple[EsmeCredential, str] | None:
    """Return the credential of this name and its password's hash."""
    async with database.single() as connection:
        row = await connection.fetchrow(_READ + "c.system_id = $1", system_id)
    return None if row is None else (_credential(row), row["password_hash"])


async def find_all(database: Database, sids: Iterable[str]) -> dict[str, EsmeCredential]:
    """Return those of the credentials that are still good, as they are now."""
    async with database.single() as connection:
        rows = await connection.fetch(_READ + "c.sid = ANY($1::text[])", list(sids))
    return {row["sid"]: _credential(row) for row in rows}


async def enter(database: Database, process_sid: str, session: BoundSession) -> bool:
    """Count a session in; False if its credential has `max_binds` already, in all processes.

    The credential's row is changed first, so that of two binds at once each sees the other.
    """
    credential = session.credential
    async with database.begin() as connection:
        await connection.execute(
            "UPDATE smpp_credentials SET last_used_at = now() WHERE sid = $1", credential.sid
        )
        entered = await connection.fetchval(
            _ENTER,
            session.sid,
            credential.carrier_sid,
            credential.account_sid,
            credential.sid,
            process_sid,
            session.bind_type.value,
            session.peer,
            credential.max_binds,
            DEAD_AFTER_SECONDS,
        )
    return entered is not None


async def leave(database: Database, sid: str) -> None:
    """Count a session out."""
    async with database.single() as connection:
        await connection.execute("DELETE FROM esme_sessions WHERE sid = $1", sid)


async def recount(database: Database, process_sid: str, sessions: Sequence[BoundSession]) -> None:
    """Let the table say what this process holds, whatever went wrong in between.

    A session that was counted in a moment ago may not be one of `sessions` yet. A credential is in
    use as long as it has a session.
    """
    if not sessions:
        async with database.single() as connection:
            if not await connection.fetchval(_COUNTS_ANY, process_sid):
                return
    async with database.begin() as connection:
        await connection.execute(
            """
            DELETE FROM esme_sessions WHERE process_sid = $1 AND sid <> ALL($2::text[])
              AND bound_at < now() - interval '5 seconds'
            """,
            process_sid,
            [session.sid for session in sessions],
        )
        await connection.execute(
            """
            INSERT INTO esme_sessions (sid, carrier_sid, account_sid, smpp_credential_sid,
                                       process_sid, bind_type, peer)
            SELECT sid, carrier_sid, account_sid, credential_sid, $1, bind_type, peer
            FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
              AS held (sid, carrier_sid, account_sid, credential_sid, bind_type, peer)
            ON CONFLICT (sid) DO NOTHING
            """,
            process_sid,
            [session.sid for session in sessions],
            [session.credential.carrier_sid for session in sessions],
            [session.credential.account_sid for session in sessions],
            [session.credential.sid for session in sessions],
            [session.bind_type.value for session in sessions],
            [session.peer for session in sessions],
        )
        if sessions:
            await connection.execute(
                """
                UPDATE smpp_credentials SET last_used_at = now()
                WHERE sid = ANY($1::text[])
                  AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
                """,
                list({session.credential.sid for session in sessions}),
            )


def _credential(row: Mapping[str, Any]) -> EsmeCredential:
    throughput = row["throughput"]
    # Each process that holds sessions of a credential grants an equal share of its throughput.
    share = None if throughput is None else float(throughput) / max(1, row["processes"])
    return EsmeCredential(
        sid=row["sid"],
        carrier_sid=row["carrier_sid"],
        account_sid=row["account_sid"],
        window=row["window_size"],
        networks=read_networks(tuple(row["allowed_networks"])),
        bind_types=frozenset(row["bind_types"]),
        max_binds=row["max_binds"],
        throughput=share,
        senders=frozenset(row["allowed_senders"]),
        lane=Lane(row["lane"]),
        template=_template(row["receipt_template"]),
    )


@lru_cache(maxsize=4096)
def _template(text: str | None) -> ReceiptTemplate:
    return USUAL if text is None else ReceiptTemplate.parse(text)


_COUNTS_ANY: Final = "SELECT EXISTS (SELECT FROM esme_sessions WHERE process_sid = $1)"
_READ: Final = """
SELECT c.sid, c.carrier_sid, c.account_sid, c.password_hash, c.window_size, c.allowed_networks,
       c.bind_types, c.max_binds, c.throughput, c.allowed_senders, c.lane, c.receipt_template,
       (SELECT count(DISTINCT s.process_sid) FROM esme_sessions s
        WHERE s.smpp_credential_sid = c.sid) AS processes
FROM smpp_credentials c JOIN accounts a ON a.sid = c.account_sid
LEFT JOIN accounts p ON p.sid = a.owner_sid
WHERE c.revoked_at IS NULL AND a.status = 'active' AND coalesce(p.status, 'active') = 'active'
  AND """

_ENTER: Final = """
INSERT INTO esme_sessions (sid, carrier_sid, account_sid, smpp_credential_sid, process_sid,
                           bind_type, peer)
SELECT $1, $2, $3, $4, $5, $6, $7
WHERE (SELECT count(*) FROM esme_sessions s JOIN worker_processes p ON p.sid = s.process_sid
       WHERE s.smpp_credential_sid = $4 AND p.seen_at > now() - make_interval(secs => $9)) < $8
RETURNING true
"""
