"""The audit log as people read it: whose changes, of what, when; newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import AuditEntry
from smsc.provisioning.listing import Slice


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries a list has; what is left out limits nothing."""

    account_sid: str | None = None
    actor: str | None = None  # a SID, or a name
    subject: str | None = None  # a SID, or a kind such as "connector"
    since: datetime | None = None
    until: datetime | None = None  # open


async def page(
    db: AsyncSession,
    carrier_sid: str,
    wanted: Wanted,
    *,
    limit: int,
    account_sids: Sequence[str] | None = None,
    before: int | None = None,
) -> Slice[AuditEntry]:
    """Return some entries of a carrier, newest first; of some accounts alone if so said.

    `before` is the id of the last entry of the page before.
    """
    statement = select(AuditEntry).where(col(AuditEntry.carrier_sid) == carrier_sid)
    if account_sids is not None:
        statement = statement.where(col(AuditEntry.account_sid).in_(account_sids))
    if wanted.account_sid is not None:
        statement = statement.where(col(AuditEntry.account_sid) == wanted.account_sid)
    if wanted.actor is not None:
        statement = statement.where(
            or_(
                col(AuditEntry.actor_sid) == wanted.actor,
                col(AuditEntry.actor_name) == wanted.actor,
            )
        )
    if wanted.subject is not None:
        statement = statement.where(
            or_(
                col(AuditEntry.subject_sid) == wanted.subject,
                col(AuditEntry.subject_kind) == wanted.subject,
            )
        )
    if wanted.since is not None:
        statement = statement.where(col(AuditEntry.at) >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(col(AuditEntry.at) < wanted.until)
    if before is not None:
        statement = statement.where(col(AuditEntry.id) < before)
    rows = (await db.exec(statement.order_by(col(AuditEntry.id).desc()).limit(limit + 1))).all()
    last = str(rows[limit - 1].id) if len(rows) > limit else None
    return Slice(rows[:limit], last)
