"""Decides for scheduled messages that are alike how they leave: once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from smsc.billing.prices import Price
from smsc.errors import GatewayError, NoRoute
from smsc.errors.guard import AccountQuarantined
from smsc.errors.messages import RegionNotEnabled
from smsc.messaging.accept.drafts import LONGEST_VALIDITY
from smsc.messaging.accept.sources import Sources
from smsc.messaging.directory import Directory
from smsc.models import AccountStatus, Lane, TariffDirection
from smsc.routing.table import Way

SUSPENDED: Final = 30002
_LANES: Final = frozenset(map(int, Lane))


@dataclass(frozen=True, slots=True)
class Alike:
    """Messages that are due and have in common all that decides how they leave."""

    account_sid: str
    messaging_service_sid: str | None
    from_: str  # empty: the service chooses
    text_style: str | None
    lane: int
    iso_country: str | None  # "": of no country; None: not known
    head: str  # of the recipients' numbers: no route and no price looks further
    sids: list[str]
    num_submits: list[int]
    num_segments: int  # of all of them


@dataclass(frozen=True, slots=True)
class Departure:
    """How messages that are alike leave."""

    of: Alike
    way: Way
    senders: Sequence[str]  # of each, unless the recipient has a sticky one
    sticky_service: str | None  # None: nothing sticks
    opt_out_scope: str | None  # None: nobody has opted out
    validity: int | None  # seconds, of those that name none
    payer_sid: str
    price: Price | None  # of a segment

    @property
    def cost(self) -> Decimal:
        """What all of them cost."""
        return self.price.amount * self.of.num_segments if self.price else Decimal(0)


class AccountNotActive(GatewayError):
    """The account that scheduled a message was suspended or closed meanwhile."""

    code = SUSPENDED

    def __init__(self) -> None:
        super().__init__("its account is not active")


class Planner:
    """Plans departures for one process."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._sources = Sources(directory)

    async def plan(self, alike: Alike) -> Departure | None:
        """Return how they leave; None: each has to be looked at by itself.

        That is so when the connector wants text otherwise than it was cut when they were scheduled,
        and of messages that an older release scheduled.

        Raises:
            AccountQuarantined: they can't be sent now.
            GatewayError: they can't be sent any more: as the accept of each would be refused.
        """
        directory = self._directory
        account = await directory.account(alike.account_sid)
        if account is None or account.status != AccountStatus.ACTIVE:
            raise AccountNotActive
        if account.protection.quarantine is not None:
            raise AccountQuarantined(account.sid, account.protection.quarantine)
        if alike.iso_country is None or alike.lane not in _LANES:
            return None
        source = await self._sources.of(account.sid, alike.messaging_service_sid, alike.from_)
        service, some_number = source.service, f"{alike.head}…"
        country = alike.iso_country or None
        await self._sources.require_shown(account.carrier_sid, alike.from_, country)
        if alike.iso_country in account.closed_countries:
            raise RegionNotEnabled(some_number)
        way = (await directory.routes(account.carrier_sid)).find(alike.head)
        if way is None:
            raise NoRoute(some_number)
        if way.style.words() != alike.text_style:
            return None
        senders = [alike.from_] * len(alike.sids)
        if service is not None and not alike.from_:
            senders = await self._sources.deal(
                account.carrier_sid,
                service,
                alike.head,
                country,
                messages=len(alike.sids),
                segments=alike.num_segments,
            )
        sticks = service is not None and service.sticks and not alike.from_
        validity = None if service is None else service.validity_period
        prices = await directory.prices(account.carrier_sid)
        return Departure(
            of=alike,
            way=way,
            senders=senders,
            sticky_service=alike.messaging_service_sid if sticks else None,
            opt_out_scope=source.scope if source.has_opt_outs else None,
            validity=validity if validity != LONGEST_VALIDITY.total_seconds() else None,
            payer_sid=account.payer_sid,
            price=prices.of(TariffDirection.OUTBOUND, alike.head, 1),
        )
