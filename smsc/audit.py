"""Who acts, and what they did: the audit log's own facts, written in the change's transaction.

Rows of what is provisioned are watched by triggers (`audit_change`, migration 0028); they only need
to be told who acts. What is done without such a row is entered by `note`.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.db import Connection


class ActorKind(StrEnum):
    """As what somebody acts."""

    PERSON = "person"  # on the dashboard
    CARRIER_KEY = "carrier_key"  # a program of the carrier
    ACCOUNT = "account"  # a customer's program, by token or API key
    COMMAND = "command"  # on the machine
    SYSTEM = "system"  # nobody: a worker, or SQL by hand


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change."""

    kind: ActorKind
    sid: str | None  # US…, CK…, AC… or SK…
    name: str  # an email address, a key's name, a login of the machine
    origin: str = ""  # the address that they come from


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done, of which no row tells. Never with a handset's number or a text."""

    action: str  # in the past: "redacted"
    subject_kind: str
    subject_sid: str | None = None
    account_sid: str | None = None
    carrier_sid: str | None = None  # None: the account's
    facts: Mapping[str, object] | None = None


SYSTEM: Final = Actor(ActorKind.SYSTEM, None, "")
_acting: ContextVar[Actor] = ContextVar("acting", default=SYSTEM)


def act_as(actor: Actor) -> None:
    """Say who acts for the rest of the request or command: the doors do."""
    _acting.set(actor)


def acting() -> Actor:
    """Return who acts."""
    return _acting.get()


async def sign(db: AsyncSession) -> None:
    """Tell the transaction who acts, for the triggers; `changing` does."""
    if acting() is not SYSTEM:
        await (await db.connection()).execute(text(_SIGN), {"actor": _as_json(acting())})


async def sign_on(connection: Connection) -> None:
    """Tell the transaction of `Database.begin` who acts, for the triggers."""
    if acting() is not SYSTEM:
        await connection.execute(_SIGN.replace(":actor", "$1"), _as_json(acting()))


async def note(db: AsyncSession, deed: Deed) -> None:
    """Enter what was done, in its own transaction."""
    await (await db.connection()).execute(
        text(_NOTE.format(*(f"CAST(:p{number} AS text)" for number in range(10)))),
        {f"p{number}": value for number, value in enumerate(_values(deed))},
    )


async def note_on(connection: Connection, deed: Deed) -> None:
    """Enter what a person or a carrier's program did, in the transaction of `Database.begin`.

    What customers' programs do with their own messages is traffic, and has its own records.
    """
    if acting().kind in {ActorKind.PERSON, ActorKind.CARRIER_KEY}:
        await connection.execute(
            _NOTE.format(*(f"${number}::text" for number in range(1, 11))), *_values(deed)
        )


def _as_json(actor: Actor) -> str:
    return orjson.dumps(asdict(actor)).decode()


def _values(deed: Deed) -> tuple[str | None, ...]:
    actor = acting()
    return (
        deed.carrier_sid,
        deed.account_sid,
        actor.kind.value,
        actor.sid,
        actor.name,
        actor.origin,
        deed.action,
        deed.subject_kind,
        deed.subject_sid,
        None if deed.facts is None else orjson.dumps(dict(deed.facts)).decode(),
    )


_SIGN: Final = "SELECT set_config('smsc.actor', :actor, true)"
_NOTE: Final = """
INSERT INTO audit_entries (carrier_sid, account_sid, actor_kind, actor_sid, actor_name, origin,
                           action, subject_kind, subject_sid, subject_name, after)
SELECT coalesce({0}, a.carrier_sid), {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, '', CAST({9} AS jsonb)
FROM (SELECT 1) AS once LEFT JOIN accounts a ON a.sid = {1}
"""
