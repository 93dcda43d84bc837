"""Who may ask for something: accounts with their tokens, and API keys with what each may do."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import asyncpg

from smsc.billing.prices import PriceList, Rate
from smsc.db import Database
from smsc.messaging.guard.protection import UNPROTECTED, Cap, Protection
from smsc.networks import Networks, read_networks
from smsc.vault import Vault


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account, as the doors and the accept path need it.

    `status` is its parent's when that one is not active: who suspends an account suspends all that
    are below it.
    """

    sid: str
    carrier_sid: str
    status: str
    auth_token: str
    secondary_auth_token: str | None = None  # beside the first while tokens are rotated
    owner_sid: str | None = None  # of a subaccount: its parent
    closed_countries: frozenset[str] = frozenset()  # to which it may not send, ISO
    requests_per_second: float | None = None  # None: no limit
    is_test: bool = False  # test credentials: `sid` and token are theirs
    protection: Protection = UNPROTECTED

    @property
    def payer_sid(self) -> str:
        """Whose balance pays for its messages: a subaccount's parent's."""
        return self.owner_sid or self.sid


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """An API key; of its secret what is kept, see `smsc.secret_checks`."""

    sid: str
    account_sid: str
    kind: str
    digest: bytes
    permissions: tuple[str, ...]  # of a restricted key
    requests_per_second: float | None = None  # None: no limit but the account's
    networks: Networks = ()  # none: from anywhere


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """An application, as messages that name it need it."""

    sid: str
    message_status_callback: str | None


@dataclass(frozen=True, slots=True)
class KannelFacts:
    """A login at the door for programs that were written for Kannel."""

    sid: str
    account_sid: str
    digest: bytes
    default_sender: str | None
    networks: Networks  # none: from anywhere


async def load_kannel_user(database: Database, username: str) -> KannelFacts | None:
    """Read a login by its name."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT sid, account_sid, digest, default_sender, allowed_networks
            FROM kannel_users WHERE username = $1
            """,
            username,
        )
    if row is None:
        return None
    return KannelFacts(
        sid=row["sid"],
        account_sid=row["account_sid"],
        digest=row["digest"],
        default_sender=row["default_sender"],
        networks=read_networks(tuple(row["allowed_networks"])),
    )


async def load_application(database: Database, key: tuple[str, str]) -> ApplicationFacts | None:
    """Read an application by its account and its SID.

    The status callback of its older name counts when the newer one is not set.
    """
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT sid, coalesce(message_status_callback, sms_status_callback) AS status_callback
            FROM applications WHERE account_sid = $1 AND sid = $2
            """,
            *key,
        )
    return None if row is None else ApplicationFacts(row["sid"], row["status_callback"])


async def load_prices(database: Database, carrier_sid: str) -> PriceList:
    """Read a carrier's tariff."""
    async with database.single() as connection:
        rows = await connection.fetch(
            """
            SELECT c.price_unit, t.direction, t.prefix, t.price
            FROM carriers c LEFT JOIN tariffs t ON t.carrier_sid = c.sid WHERE c.sid = $1
            """,
            carrier_sid,
        )
    unit = rows[0]["price_unit"] if rows else "USD"
    rates = [Rate(*row[1:]) for row in map(tuple, rows) if row[1] is not None]
    return PriceList(rates, unit)


async def load_account(database: Database, vault: Vault, sid: str) -> AccountFacts | None:
    """Read an account, with its tokens in the clear; or, by their own SID, its test credentials."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT a.sid, a.carrier_sid, a.auth_token_sealed, a.secondary_token_sealed, a.owner_sid,
                   a.closed_countries, a.requests_per_second, a.test_token_sealed,
                   a.messages_per_day, a.spend_per_day, a.spend_per_month,
                   p.messages_per_day, p.spend_per_day, p.spend_per_month,
                   a.pumping_guard, a.safe_prefixes,
                   CASE WHEN a.quarantined_at IS NOT NULL THEN a.quarantine_why
                        WHEN p.quarantined_at IS NOT NULL THEN p.quarantine_why END AS quarantine,
                   array(SELECT b.prefix FROM blocked_prefixes b
                         WHERE b.account_sid = a.sid AND b.stops AND b.until > now()) AS blocked,
                   coalesce(a.only_recipients, p.only_recipients) AS only_recipients,
                   coalesce(a.text_prefix, p.text_prefix) AS text_prefix,
                   CASE WHEN p.status <> 'active' AND a.status <> 'closed' THEN p.status
                        ELSE a.status END AS status
            FROM accounts a LEFT JOIN accounts p ON p.sid = a.owner_sid
            WHERE a.sid = $1 OR a.test_sid = $1
            """,
            sid,
        )
    if row is None:
        return None
    if row["sid"] != sid:
        return AccountFacts(
            sid=sid,
            carrier_sid=row["carrier_sid"],
            status=row["status"],
            auth_token=vault.open(row["test_token_sealed"]),
            requests_per_second=_rate(row["requests_per_second"]),
            is_test=True,
        )
    secondary = row["secondary_token_sealed"]
    return AccountFacts(
        sid=row["sid"],
        carrier_sid=row["carrier_sid"],
        status=row["status"],
        auth_token=vault.open(row["auth_token_sealed"]),
        secondary_auth_token=None if secondary is None else vault.open(secondary),
        owner_sid=row["owner_sid"],
        closed_countries=frozenset(row["closed_countries"]),
        requests_per_second=_rate(row["requests_per_second"]),
        protection=_protection(row),
    )


async def load_key(database: Database, sid: str) -> KeyFacts | None:
    """Read an API key."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            SELECT sid, account_sid, kind, digest, permissions, requests_per_second,
                   allowed_networks
            FROM api_keys WHERE sid = $1
            """,
            sid,
        )
    if row is None:
        return None
    return KeyFacts(
        sid=row["sid"],
        account_sid=row["account_sid"],
        kind=row["kind"],
        digest=row["digest"],
        permissions=tuple(row["permissions"]),
        requests_per_second=_rate(row["requests_per_second"]),
        networks=read_networks(tuple(row["allowed_networks"])),
    )


_CAPS_PLACE: Final = 8  # of an account's three caps among its columns; its parent's follow


def _protection(row: asyncpg.Record) -> Protection:
    own, parent = row[_CAPS_PLACE : _CAPS_PLACE + 3], row[_CAPS_PLACE + 3 : _CAPS_PLACE + 6]
    recipients = row["only_recipients"]
    limits = ((row["sid"], own), (row["owner_sid"], parent))
    return Protection(
        caps=tuple(Cap(sid, *caps) for sid, caps in limits if any(cap is not None for cap in caps)),
        pumping_guard=row["pumping_guard"],
        blocked=tuple(row["blocked"]),
        safe_prefixes=tuple(row["safe_prefixes"]),
        quarantine=row["quarantine"],
        only_recipients=None if recipients is None else frozenset(recipients),
        text_prefix=row["text_prefix"],
    )


def _rate(per_second: Decimal | None) -> float | None:
    return None if per_second is None else float(per_second)
