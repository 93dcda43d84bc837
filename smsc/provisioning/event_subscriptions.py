"""Subscriptions of a carrier's programs to events, and what became of what they were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from sqlalchemy import func, text
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import BadParameter
from smsc.models import CarrierEvent, EventAttempt, EventDelivery, EventSubscription
from smsc.provisioning import accounts
from smsc.provisioning.fields import Change, Input, Label, is_web_url
from smsc.provisioning.listing import Slice, cut, found
from smsc.vault import Vault
from smsc.webhooks import standard

MOST: Final = 50  # of a carrier: each event looks at all of them
OLD_SECRET_SIGNS: Final = timedelta(hours=24)
_OF_MESSAGES: Final = "message."


class EventType(StrEnum):
    """What can be subscribed to."""

    MESSAGE_DELIVERED = "message.delivered"
    MESSAGE_UNDELIVERED = "message.undelivered"
    MESSAGE_FAILED = "message.failed"
    MESSAGE_CANCELED = "message.canceled"
    MESSAGE_RECEIVED = "message.received"
    CONNECTOR_UP = "connector.up"
    CONNECTOR_DOWN = "connector.down"
    CHANNEL_QUOTA_USED_UP = "channel.quota_used_up"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_CLOSED = "account.closed"
    NUMBER_ASSIGNED = "number.assigned"
    NUMBER_RELEASED = "number.released"
    NUMBER_REMOVED = "number.removed"
    ALERT_RAISED = "alert.raised"
    ALERT_RESOLVED = "alert.resolved"
    TEST = "test"  # sent to one subscription because somebody asks


_CHOICES: Final = frozenset(EventType) - {EventType.TEST}


def _types(value: list[EventType]) -> list[EventType]:
    if not value or not set(value) <= _CHOICES:
        raise ValueError("must name one or more types of events")
    return sorted(set(value))


def _url(value: str) -> str:
    if not is_web_url(value):
        raise ValueError("must be an absolute http or https URL, like https://example.org/events")
    return value


Types = Annotated[list[EventType], AfterValidator(_types)]
Url = Annotated[str, Field(max_length=2048), AfterValidator(_url)]
State = Literal["active", "disabled"]


class SubscriptionDraft(Input):
    """A subscription to be made."""

    url: Url
    types: Types
    name: Label = ""
    account_sid: str | None = None  # None: events of all accounts, and those of none


class SubscriptionChange(Change):
    """What of a subscription can change."""

    url: Url = ""
    types: Types = Field(default_factory=list)
    name: Label = ""
    state: State = "active"


@dataclass(frozen=True, slots=True)
class IssuedSubscription:
    """A subscription with the secret by which its requests are signed."""

    subscription: EventSubscription
    secret: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that a subscription was to be told, and the requests that were made for it."""

    event: CarrierEvent
    delivery: EventDelivery
    attempts: Sequence[EventAttempt]

    @property
    def sid(self) -> str:
        """The event's: what a list goes on behind."""
        return self.event.sid


async def create(
    db: AsyncSession, vault: Vault, carrier_sid: str, draft: SubscriptionDraft
) -> IssuedSubscription:
    """Make a subscription with a random secret.

    Raises:
        NotFound: the carrier has no such account.
        BadParameter: the carrier has as many as it may.
    """
    if draft.account_sid is not None:
        await accounts.require_open(db, carrier_sid, draft.account_sid)
    counted = select(func.count()).where(col(EventSubscription.carrier_sid) == carrier_sid)
    if (await db.exec(counted)).one() >= MOST:
        raise BadParameter(f"A carrier has {MOST} subscriptions at most; remove one first.")
    secret = standard.make_secret()
    made = EventSubscription(
        sid=sids.make(sids.Prefix.EVENT_SUBSCRIPTION),
        carrier_sid=carrier_sid,
        name=draft.name,
        url=draft.url,
        types=[one.value for one in draft.types],
        wants_messages=_wants_messages(draft.types),
        account_sid=draft.account_sid,
        secret_sealed=vault.seal(secret),
    )
    db.add(made)
    await db.flush()
    return IssuedSubscription(made, secret)


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> EventSubscription:
    """Return a subscription.

    Raises:
        NotFound: the carrier has no such one.
    """
    statement = select(EventSubscription).where(
        col(EventSubscription.sid) == sid, col(EventSubscription.carrier_sid) == carrier_sid
    )
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession, carrier_sid: str, *, limit: int, after: str | None = None
) -> Slice[EventSubscription]:
    """Return some of the carrier's subscriptions."""
    statement = select(EventSubscription).where(col(EventSubscription.carrier_sid) == carrier_sid)
    if after is not None:
        statement = statement.where(col(EventSubscription.sid) > after)
    statement = statement.order_by(col(EventSubscription.sid)).limit(limit + 1)
    return cut((await db.exec(statement)).all(), limit)


async def change(
    db: AsyncSession, carrier_sid: str, sid: str, asked: SubscriptionChange
) -> EventSubscription:
    """Change a subscription.

    Raises:
        NotFound: the carrier has no such one.
    """
    values = asked.asked()
    if "types" in values:
        values["wants_messages"] = _wants_messages(asked.types)
        values["types"] = [one.value for one in asked.types]
    return await _update(db, carrier_sid, sid, values)


async def rotate_secret(
    db: AsyncSession, vault: Vault, carrier_sid: str, sid: str
) -> IssuedSubscription:
    """Give a subscription another secret; for a day requests carry a signature by each.

    Raises:
        NotFound: the carrier has no such one.
    """
    secret = standard.make_secret()
    before = await get(db, carrier_sid, sid)
    changed = await _update(
        db,
        carrier_sid,
        sid,
        {
            "old_secret_sealed": before.secret_sealed,
            "old_signs_until": datetime.now(UTC) + OLD_SECRET_SIGNS,
            "secret_sealed": vault.seal(secret),
        },
    )
    return IssuedSubscription(changed, secret)


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a subscription; what it is owed is not told any more.

    Raises:
        NotFound: the carrier has no such one.
    """
    statement = (
        delete(EventSubscription)
        .where(col(EventSubscription.sid) == sid, col(EventSubscription.carrier_sid) == carrier_sid)
        .returning(col(EventSubscription.sid))
    )
    found((await db.exec(statement)).first(), sid)


async def send_test(db: AsyncSession, carrier_sid: str, sid: str) -> CarrierEvent:
    """Owe a subscription an event of type `test`.

    Raises:
        NotFound: the carrier has no such one.
    """
    await get(db, carrier_sid, sid)
    event = CarrierEvent(
        sid=sids.make(sids.Prefix.EVENT),
        carrier_sid=carrier_sid,
        type=EventType.TEST.value,
        data={"subscription_sid": sid},
    )
    db.add(event)
    await db.flush()
    db.add(EventDelivery(subscription_sid=sid, event_sid=event.sid, carrier_sid=carrier_sid))
    await db.flush()
    return event


async def tell(
    db: AsyncSession, carrier_sid: str, kind: EventType, data: str, account_sid: str | None = None
) -> None:
    """Enter an event for whoever subscribes to it; `data` is a JSON object."""
    statement = text("SELECT tell_carrier(:carrier, :account, :kind, CAST(:data AS jsonb))")
    values = {"carrier": carrier_sid, "account": account_sid, "kind": kind.value, "data": data}
    await (await db.connection()).execute(statement, values)


async def deliveries(
    db: AsyncSession,
    carrier_sid: str,
    sid: str,
    *,
    limit: int,
    before: str | None = None,
    state: str | None = None,
) -> Slice[Delivery]:
    """Return what a subscription was told, and is owed, newest first."""
    statement = (
        select(CarrierEvent, EventDelivery)
        .join(EventDelivery, col(EventDelivery.event_sid) == col(CarrierEvent.sid))
        .where(
            col(EventDelivery.subscription_sid) == sid,
            col(EventDelivery.carrier_sid) == carrier_sid,
        )
    )
    if before is not None:
        statement = statement.where(col(EventDelivery.event_sid) < before)
    if state is not None:
        statement = statement.where(col(EventDelivery.state) == state)
    statement = statement.order_by(col(EventDelivery.event_sid).desc()).limit(limit + 1)
    rows = (await db.exec(statement)).all()
    tried = select(EventAttempt).where(
        col(EventAttempt.event_sid).in_([event.sid for event, _ in rows]),
        col(EventAttempt.subscription_sid) == sid,
    )
    attempts = (await db.exec(tried.order_by(col(EventAttempt.seq)))).all()
    return cut(
        [
            Delivery(event, owed, [one for one in attempts if one.event_sid == event.sid])
            for event, owed in rows
        ],
        limit,
    )


def _wants_messages(types: Sequence[EventType]) -> bool:
    return any(one.startswith(_OF_MESSAGES) for one in types)


async def _update(
    db: AsyncSession, carrier_sid: str, sid: str, values: dict[str, object]
) -> EventSubscription:
    statement = (
        update(EventSubscription)
        .where(col(EventSubscription.sid) == sid, col(EventSubscription.carrier_sid) == carrier_sid)
        .values(**values, updated_at=func.now())
        .returning(EventSubscription)
    )
    changed: EventSubscription = found((await db.exec(statement)).scalars().first(), sid)
    return changed
