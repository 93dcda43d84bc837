"""Where a message comes from: a sender of the account, or a messaging service that chooses one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final, NamedTuple

from smsc import sids
from smsc.errors import InvalidDestination, MessagingServiceNotFound, SenderNotOwned
from smsc.errors.services import (
    InvalidApplication,
    InvalidServiceSid,
    NoSenderFits,
    OptedOut,
    PoolEmpty,
    SenderIdRefused,
    SenderNotInService,
    TooManyScheduled,
)
from smsc.messaging.accept.drafts import LONGEST_VALIDITY, Draft
from smsc.messaging.accept.senders import ServiceFacts
from smsc.messaging.directory import Directory
from smsc.routing.sender_id_rules import SenderIdRule
from smsc.routing.senders import Load, PoolSender, fitting
from smsc.sms.address import parse_destination
from smsc.sms.number_facts import iso_country_of

MOST_SCHEDULED: Final = 500_000  # by one account


class Source(NamedTuple):
    """What a draft is sent from."""

    scope: str  # what opt-outs are from
    service: ServiceFacts | None = None
    has_opt_outs: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A sender of a pool, and whether the recipient is to get further messages from it too."""

    address: str
    is_new: bool


class Sources:
    """Finds sources for one process, and spreads load over the senders of pools."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._load = Load()

    async def find(self, draft: Draft, from_: str, to: str) -> Source:
        """Return the source of a draft that may write to `to`.

        Raises:
            GatewayError: as `of`.
            OptedOut: the recipient takes nothing from it.
            TooManyScheduled: the account has too many scheduled messages for another.
        """
        account_sid = draft.account.sid
        source = await self.of(account_sid, draft.messaging_service_sid, from_)
        if (
            source.has_opt_outs
            and not draft.is_automatic
            and await self._directory.has_opted_out(account_sid, source.scope, to)
        ):
            raise OptedOut
        if (
            draft.send_at is not None
            and await self._directory.scheduled(account_sid) >= MOST_SCHEDULED
        ):
            raise TooManyScheduled(MOST_SCHEDULED)
        return source

    async def of(self, account_sid: str, service_sid: str | None, from_: str) -> Source:
        """Return the source that a service, a sender, or both are; `from_` is empty for none.

        Raises:
            InvalidServiceSid, MessagingServiceNotFound, PoolEmpty: of the service.
            SenderNotInService, SenderNotOwned: of the sender.
        """
        if service_sid is not None:
            service = await self._service(account_sid, service_sid, from_)
            return Source(service.sid, service, service.has_opt_outs)
        sender = await self._directory.sender(account_sid, from_)
        if sender is None:
            raise SenderNotOwned(from_)
        return Source(sender.scope, None, sender.has_opt_outs)

    async def foresee(self, drafts: Sequence[Draft]) -> None:
        """Read at once what will be asked of each of many drafts of one source, if of any.

        What is wrong with one is found when it is looked at by itself.
        """
        if not drafts:
            return
        account_sid, service_sid = drafts[0].account.sid, drafts[0].messaging_service_sid
        if service_sid is None:
            facts = await self._directory.sender(account_sid, drafts[0].from_ or "")
            asks = (facts.scope if facts is not None and facts.has_opt_outs else None, False)
        else:
            service = await self._directory.service(account_sid, service_sid)
            if service is None:
                return
            sticks = service.sticks
            asks = (service.sid if service.has_opt_outs else None, sticks)
        scope, sticks = asks
        if scope is None and not sticks:
            return
        handsets = [number for draft in drafts if (number := _number(draft.to)) is not None]
        if scope is not None:
            await self._directory.read_opt_outs(account_sid, scope, handsets)
        if sticks and service_sid is not None:
            await self._directory.read_sticky([(service_sid, to) for to in handsets])

    async def require_shown(self, carrier_sid: str, from_: str, country: str | None) -> None:
        """Make sure that a sender ID may be used in a country; a number or short code may.

        Raises:
            SenderIdRefused: the carrier's rule for the country says no.
        """
        if from_[:1] == "+" or not from_ or from_.isdecimal():
            return
        rules = await self._directory.sender_id_rules(carrier_sid)
        if rules.of(country) is SenderIdRule.REFUSED:
            raise SenderIdRefused(from_, country or "")

    async def choose(
        self, carrier_sid: str, service: ServiceFacts, to: str, num_segments: int
    ) -> Choice:
        """Return the sender of the pool that `to` gets this from.

        Raises:
            NoSenderFits: none can send there.
        """
        sticks = service.sticks
        if sticks:
            known = await self._directory.sticky(service.sid, to)
            if known is not None and any(sender.address == known for sender in service.pool):
                return Choice(known, is_new=False)
        fit = await self._fitting(carrier_sid, service, to, iso_country_of(to))
        chosen = self._load.pick(fit, num_segments, monotonic()).address
        if sticks:
            self._directory.remember_sticky(service.sid, to, chosen)
        return Choice(chosen, is_new=sticks)

    async def deal(
        self,
        carrier_sid: str,
        service: ServiceFacts,
        head: str,
        country: str | None,
        *,
        messages: int,
        segments: int,
    ) -> list[str]:
        """Return senders of the pool for many recipients whose numbers begin alike.

        What recipients have got before is not looked at.

        Raises:
            NoSenderFits: none can send there.
        """
        fit = await self._fitting(carrier_sid, service, head, country)
        dealt = self._load.deal(fit, messages, segments, monotonic())
        return [sender.address for sender in dealt]

    async def callback(self, draft: Draft, service: ServiceFacts | None) -> str | None:
        """Return where a message's statuses are told.

        Raises:
            InvalidApplication: the account hasn't it.
        """
        if draft.application_sid is not None:
            application = await self._directory.application(
                draft.account.sid, draft.application_sid
            )
            if application is None:
                raise InvalidApplication(draft.application_sid)
            if not draft.status_callback and application.message_status_callback:
                return application.message_status_callback
        if draft.status_callback or service is None:
            return draft.status_callback or None
        return service.status_callback

    async def _fitting(
        self, carrier_sid: str, service: ServiceFacts, to: str, country: str | None
    ) -> Sequence[PoolSender]:
        rules = await self._directory.sender_id_rules(carrier_sid)
        fit = fitting(
            service.pool,
            to,
            country,
            by_area_code=service.area_code_geomatch,
            shows_names=rules.of(country) is SenderIdRule.SHOWN,
        )
        if not fit:
            raise NoSenderFits(service.sid)
        return fit

    async def _service(self, account_sid: str, service_sid: str, from_: str) -> ServiceFacts:
        if not sids.is_sid(service_sid, sids.Prefix.MESSAGING_SERVICE):
            raise InvalidServiceSid(service_sid)
        service = await self._directory.service(account_sid, service_sid)
        if service is None:
            raise MessagingServiceNotFound(service_sid)
        if not service.pool:
            raise PoolEmpty(service_sid)
        if from_ and all(sender.address != from_ for sender in service.pool):
            raise SenderNotInService(from_, service_sid)
        return service


def _number(to: str | None) -> str | None:
    try:
        return None if to is None else parse_destination(to).value
    except InvalidDestination:
        return None


def validity_of(draft: Draft, service: ServiceFacts | None) -> timedelta | None:
    """Return how long a message may wait, where that is less than all may."""
    if draft.validity is not None or service is None:
        return draft.validity
    seconds = timedelta(seconds=service.validity_period)
    return seconds if seconds < LONGEST_VALIDITY else None
