"""From nothing to the first delivered message: how far a carrier has come, as its rows tell."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.db import Database
from smsc.models import Carrier


class FirstStep(StrEnum):
    """What has to be there, in the order in which people do it."""

    LAWFUL_USE = "lawful_use"  # somebody has declared that it will be
    CONNECTOR = "connector"
    BIND = "bind"  # one of them is bound
    ACCOUNT = "account"
    NUMBER = "number"  # an account has one
    ROUTE = "route"
    DELIVERED = "delivered"  # a message arrived
    WEBHOOK = "webhook"  # somebody is told of what comes in


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a carrier is; SIDs are of the first of each, None while there is none."""

    lawful_use_at: datetime | None
    connector_sid: str | None
    bound_sid: str | None
    account_sid: str | None
    number: str | None
    number_sid: str | None
    number_account_sid: str | None
    route_sid: str | None
    message_sid: str | None
    has_webhook: bool

    def is_done(self, step: FirstStep) -> bool:
        """Say whether a step is behind them."""
        found = {
            FirstStep.LAWFUL_USE: self.lawful_use_at,
            FirstStep.CONNECTOR: self.connector_sid,
            FirstStep.BIND: self.bound_sid,
            FirstStep.ACCOUNT: self.account_sid,
            FirstStep.NUMBER: self.number,
            FirstStep.ROUTE: self.route_sid,
            FirstStep.DELIVERED: self.message_sid,
            FirstStep.WEBHOOK: self.has_webhook or None,
        }
        return found[step] is not None

    @property
    def next_step(self) -> FirstStep | None:
        """The first that is not done; None: all are."""
        return next((step for step in FirstStep if not self.is_done(step)), None)

    @property
    def done(self) -> int:
        """How many are."""
        return sum(self.is_done(step) for step in FirstStep)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was begun: no connector, and no number."""
        return self.connector_sid is None and self.number is None


async def standing(database: Database, carrier_sid: str) -> Standing:
    """Return how far a carrier is."""
    async with database.single() as connection:
        row = await connection.fetchrow(STANDING, carrier_sid)
    return Standing(*row)


async def declare_lawful_use(db: AsyncSession, carrier_sid: str) -> None:
    """Note that somebody of the carrier declared it; who, the audit log says."""
    await db.exec(
        update(Carrier)
        .where(col(Carrier.sid) == carrier_sid, col(Carrier.lawful_use_at).is_(None))
        .values(lawful_use_at=func.now())
    )


# Delivered ones are looked for among the latest 200 of each account: this is a first message.
STANDING: Final = """
SELECT c.lawful_use_at,
       (SELECT sid FROM connectors WHERE carrier_sid = $1 ORDER BY sid LIMIT 1),
       (SELECT connector_sid FROM connector_leases
        WHERE carrier_sid = $1 AND state = 'bound' AND expires_at > now()
        ORDER BY connector_sid LIMIT 1),
       (SELECT sid FROM accounts
        WHERE carrier_sid = $1 AND status = 'active' ORDER BY sid LIMIT 1),
       n.phone_number, n.sid, n.account_sid,
       (SELECT sid FROM routes WHERE carrier_sid = $1 ORDER BY sid LIMIT 1),
       (SELECT m.sid FROM accounts a CROSS JOIN LATERAL (
          SELECT sid, status FROM messages
          WHERE account_sid = a.sid AND carrier_sid = $1 ORDER BY sid DESC LIMIT 200) m
        WHERE a.carrier_sid = $1 AND m.status = 'delivered' LIMIT 1),
       EXISTS (SELECT FROM phone_numbers
               WHERE carrier_sid = $1 AND (sms_url IS NOT NULL OR sms_application_sid IS NOT NULL))
       OR EXISTS (SELECT FROM messaging_services
                  WHERE carrier_sid = $1 AND inbound_request_url IS NOT NULL)
FROM carriers c
LEFT JOIN LATERAL (
  SELECT phone_number, sid, account_sid FROM phone_numbers
  WHERE carrier_sid = $1 AND account_sid IS NOT NULL ORDER BY sid LIMIT 1
) n ON true
WHERE c.sid = $1
"""
