"""The outbox of mails: put into it with the change that they tell of, and read by its owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.db import Database
from smsc.models import Carrier, CarrierDomain, Mail
from smsc.provisioning.letters import Letter
from smsc.provisioning.listing import Slice, cut, found
from smsc.settings import Settings
from smsc.vault import Vault

KEPT: Final = timedelta(days=30)
# How long a mail waits after each try that failed; after the last of them it has failed.
SCHEDULE: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
CLAIMED_FOR: Final = timedelta(minutes=5)  # longer than any dialogue with a server
MOST_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that was claimed, its text opened."""

    sid: str
    carrier_name: str
    recipient: str
    subject: str
    text: str
    html: str


async def put(
    db: AsyncSession,
    vault: Vault,
    carrier_sid: str,
    letter: Letter,
    *,
    account_sid: str | None = None,
) -> Mail:
    """Write a mail into the outbox, in the transaction of what it tells of.

    Raises:
        NotFound: there is no such carrier.
    """
    carrier = found(await db.get(Carrier, carrier_sid), carrier_sid)
    name = carrier.brand_name or carrier.name
    body = {"text": letter.text(name), "html": letter.html(name, carrier.brand_color)}
    mail = Mail(
        sid=sids.make(sids.Prefix.MAIL),
        carrier_sid=carrier_sid,
        account_sid=account_sid,
        recipient=letter.recipient,
        subject=letter.subject,
        body_sealed=vault.seal(orjson.dumps(body).decode()),
    )
    db.add(mail)
    await db.flush()
    return mail


async def site_of(db: AsyncSession, settings: Settings, carrier_sid: str) -> str:
    """Return where links of a carrier's mails lead: to its own domain, if one is verified."""
    statement = (
        select(CarrierDomain.host)
        .where(
            col(CarrierDomain.carrier_sid) == carrier_sid,
            col(CarrierDomain.verified_at).is_not(None),
        )
        .order_by(col(CarrierDomain.verified_at), col(CarrierDomain.host))
    )
    host, ours = (await db.exec(statement)).first(), urlsplit(settings.api_url)
    if host is None:
        return settings.api_url
    return f"{ours.scheme}://{host}" + (f":{ours.port}" if ours.port else "")


async def page(
    db: AsyncSession, carrier_sid: str, *, limit: int, before: str | None = None
) -> Slice[Mail]:
    """Return some of a carrier's mails, newest first."""
    statement = select(Mail).where(col(Mail.carrier_sid) == carrier_sid)
    if before is not None:
        statement = statement.where(col(Mail.sid) < before)
    rows = (await db.exec(statement.order_by(col(Mail.sid).desc()).limit(limit + 1))).all()
    return cut(rows, limit)


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> Mail:
    """Return a mail.

    Raises:
        NotFound: the carrier has none of this SID.
    """
    statement = select(Mail).where(col(Mail.sid) == sid, col(Mail.carrier_sid) == carrier_sid)
    return found((await db.exec(statement)).first(), sid)


def text_of(vault: Vault, mail: Mail) -> str | None:
    """Return a mail's text; None: it is sent, and its text is gone."""
    if mail.body_sealed is None:
        return None
    text: str = orjson.loads(vault.open(mail.body_sealed))["text"]
    return text


async def claim(database: Database, vault: Vault) -> list[Due]:
    """Claim mails that are due; committed on return. A claim that nobody settles runs out."""
    async with database.single() as connection:
        rows: Sequence[Sequence[str]] = await connection.fetch(_CLAIM, MOST_AT_ONCE, CLAIMED_FOR)
    return [Due(*row[:4], **orjson.loads(vault.open(row[4]))) for row in rows]


async def note_sent(database: Database, sid: str) -> None:
    """Remember that the mail server has a mail, and forget its text."""
    async with database.single() as connection:
        await connection.execute(_SENT, sid)


async def note_failed(database: Database, sid: str, error: str, *, is_final: bool) -> None:
    """Remember what the mail server said; try again later, unless that was the last time."""
    waits = [delay.total_seconds() for delay in SCHEDULE]
    async with database.single() as connection:
        await connection.execute(_FAILED, sid, error[:500], waits, is_final)


async def forget_old(database: Database) -> int:
    """Delete mails that are older than we keep them; return how many."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM mails WHERE created_at < now() - $1::interval", KEPT
        )
    return int(status.rpartition(" ")[2])


_CLAIM: Final = """
WITH due AS (
  SELECT sid FROM mails WHERE state = 'waiting' AND due_at <= now()
    AND created_at > now() - interval '3 days' -- of before there was a server: its links are dead
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE mails m SET due_at = now() + $2::interval, tries = tries + 1
FROM due, carriers c
WHERE m.sid = due.sid AND c.sid = m.carrier_sid
RETURNING m.sid, coalesce(c.brand_name, c.name), m.recipient, m.subject, m.body_sealed
"""
_SENT: Final = """
UPDATE mails SET state = 'sent', sent_at = now(), body_sealed = NULL, error = ''
WHERE sid = $1 AND state = 'waiting'
"""
_FAILED: Final = """
UPDATE mails SET error = $2,
  state = CASE WHEN $4 OR tries > cardinality($3::float8[]) THEN 'failed' ELSE 'waiting' END,
  body_sealed = CASE WHEN $4 OR tries > cardinality($3::float8[]) THEN NULL ELSE body_sealed END,
  due_at = now() + make_interval(secs => coalesce(($3::float8[])[tries], 0))
WHERE sid = $1 AND state = 'waiting'
"""
