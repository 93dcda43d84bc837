"""Rules by which a carrier's people are told of trouble, and the incidents that came of them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import AlertRule, Incident
from smsc.provisioning.fields import Change, Input, Name
from smsc.provisioning.listing import Slice, cut, found
from smsc.provisioning.users import Email

Minutes = Annotated[int, Field(ge=1, le=1440)]
Per = Literal["carrier", "connector", "country"]
Emails = Annotated[list[Email], Field(max_length=20)]
Drop = Annotated[int, Field(ge=1, le=100)]
Least = Annotated[int, Field(ge=1, le=1_000_000)]


class RuleKind(StrEnum):
    """What a rule watches."""

    CONNECTOR_DOWN = "connector_down"
    DELIVERY_RATE = "delivery_rate"


class RuleDraft(Input):
    """A rule to be made."""

    name: Name
    kind: RuleKind
    minutes: Minutes = 5  # so long down; so long the rate is looked at, ten at least
    per: Per = "connector"  # of a rate: what is compared with its own past
    drop: Drop = 20  # of a rate: by how many points it is less than in the last seven days
    least: Least = 50  # of a rate: messages, below which it says nothing
    emails: Emails = Field(default_factory=list)


class RuleChange(Change):
    """What of a rule can change."""

    name: Name = "-"
    minutes: Minutes = 5
    per: Per = "connector"
    drop: Drop = 20
    least: Least = 50
    emails: Emails = Field(default_factory=list)
    enabled: bool = True


async def create(db: AsyncSession, carrier_sid: str, draft: RuleDraft) -> AlertRule:
    """Make a rule."""
    rule = AlertRule(
        sid=sids.make(sids.Prefix.ALERT_RULE), carrier_sid=carrier_sid, **draft.model_dump()
    )
    db.add(rule)
    await db.flush()
    await db.refresh(rule)
    return rule


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> AlertRule:
    """Return a rule.

    Raises:
        NotFound: the carrier has no such one.
    """
    statement = select(AlertRule).where(
        col(AlertRule.sid) == sid, col(AlertRule.carrier_sid) == carrier_sid
    )
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession, carrier_sid: str, *, limit: int, after: str | None = None
) -> Slice[AlertRule]:
    """Return some of the carrier's rules."""
    statement = select(AlertRule).where(col(AlertRule.carrier_sid) == carrier_sid)
    if after is not None:
        statement = statement.where(col(AlertRule.sid) > after)
    rows = (await db.exec(statement.order_by(col(AlertRule.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def change(db: AsyncSession, carrier_sid: str, sid: str, asked: RuleChange) -> AlertRule:
    """Change a rule.

    Raises:
        NotFound: the carrier has no such one.
    """
    statement = (
        update(AlertRule)
        .where(col(AlertRule.sid) == sid, col(AlertRule.carrier_sid) == carrier_sid)
        .values(**asked.asked(), updated_at=func.now())
        .returning(AlertRule)
    )
    rule: AlertRule = found((await db.exec(statement)).scalars().first(), sid)
    return rule


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a rule with its incidents.

    Raises:
        NotFound: the carrier has no such one.
    """
    statement = (
        delete(AlertRule)
        .where(col(AlertRule.sid) == sid, col(AlertRule.carrier_sid) == carrier_sid)
        .returning(col(AlertRule.sid))
    )
    found((await db.exec(statement)).first(), sid)


async def open_incidents(db: AsyncSession, carrier_sid: str) -> Sequence[Incident]:
    """Return what holds now, the newest first."""
    statement = (
        select(Incident)
        .where(col(Incident.carrier_sid) == carrier_sid, col(Incident.resolved_at).is_(None))
        .order_by(col(Incident.sid).desc())
        .limit(50)
    )
    return (await db.exec(statement)).all()


async def incidents(
    db: AsyncSession, carrier_sid: str, *, limit: int, before: str | None = None
) -> Slice[Incident]:
    """Return some of the carrier's incidents, newest first."""
    statement = select(Incident).where(col(Incident.carrier_sid) == carrier_sid)
    if before is not None:
        statement = statement.where(col(Incident.sid) < before)
    rows = (await db.exec(statement.order_by(col(Incident.sid).desc()).limit(limit + 1))).all()
    return cut(rows, limit)
