"""One change of what is provisioned: a session, its commit, and the word that goes out after it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import audit
from smsc.db import UNAVAILABLE, Database
from smsc.errors import Conflict, ServiceUnavailable
from smsc.tenancy import CONFINE, tenant

# What a violated constraint means to whoever asked for the change.
_CONFLICTS: Final = {
    "uq_phone_numbers_carrier_sid_phone_number": "This phone number is in your inventory already.",
    "uq_connectors_carrier_sid_name": "Another connector has this name already.",
    "uq_routes_carrier_sid_prefix_connector_sid": (
        "A route for this prefix leads to this connector already; change its priority instead."
    ),
    "uq_tariffs_carrier_sid_direction_prefix": (
        "There is a price for this direction and prefix already; change it instead."
    ),
    "uq_probes_open": "The connector is being probed already: wait for that probe's end.",
    "uq_kannel_users_account_sid": "The account has a Kannel login already.",
    "uq_kannel_users_username": "This username is taken; choose another.",
    "pk_carrier_domains": "You have claimed this host already.",
    "uq_carrier_domains_verified": "The host is another carrier's, which must give it up first.",
    "uq_users_carrier_sid_email": "The carrier has a person with this email address already.",
    "uq_memberships_user_sid_account_sid": "The person is a member there already.",
    "uq_invitations_carrier_sid_email_account_sid": "The person is invited there already.",
    "uq_smpp_credentials_system_id": "This system_id is taken; choose another.",
}


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[AsyncSession]:
    """Open a session that changes nothing.

    Raises:
        ServiceUnavailable: the database is away.
    """
    try:
        async with database.session() as db:
            await _confine(db, database)
            yield db
    except (DBAPIError, PoolExhausted, OSError) as error:
        raise _translated(error) from error


@asynccontextmanager
async def changing(
    database: Database, announce: Callable[[], Awaitable[None]]
) -> AsyncIterator[AsyncSession]:
    """Open a session that says who acts, commit it when the block ends well, tell every process.

    Raises:
        Conflict: a unique name is taken.
        ServiceUnavailable: the database is away; nothing was changed.
    """
    try:
        async with database.session() as db:
            await audit.sign(db)
            await _confine(db, database)
            yield db
            await db.commit()
    except (DBAPIError, PoolExhausted, OSError) as error:
        raise _translated(error) from error
    await announce()


async def _confine(db: AsyncSession, database: Database) -> None:
    """Let the transaction see no more than the tenant whose request this is."""
    whose = tenant()
    if whose is not None and database.has_wall:
        carrier, accounts = whose.settings
        await (await db.connection()).execute(_CONFINE, {"carrier": carrier, "accounts": accounts})


_CONFINE: Final = text(CONFINE.replace("$1", ":carrier").replace("$2", ":accounts"))


def _translated(error: Exception) -> Exception:
    """Return what the caller should read in place of the library's words."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else None
    if isinstance(error, IntegrityError):
        constraint = getattr(cause, "constraint_name", None)
        if constraint in _CONFLICTS:
            return Conflict(_CONFLICTS[constraint])
    if isinstance(error, (PoolExhausted, OSError)) or isinstance(cause, UNAVAILABLE):
        return ServiceUnavailable("The database can't be reached; nothing was changed. Try again.")
    return error
