"""The one way in for a message to be sent: checks, route, then a group commit."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from smsc import sids
from smsc.billing.ledger import Charge
from smsc.billing.prices import Price, category
from smsc.db import UNAVAILABLE, Connection, Database
from smsc.errors import GatewayError, NoRoute, QueueFull, ServiceUnavailable
from smsc.errors.messages import AlreadyAccepted, BalanceUsedUp
from smsc.jobs import Bells
from smsc.messaging import beside
from smsc.messaging.directory import Directory
from smsc.messaging.draft_rules import check_send_at, read_draft
from smsc.messaging.drafts import Accepted, Beside, Draft
from smsc.messaging.group_commit import GroupCommit
from smsc.messaging.inserting import insert
from smsc.messaging.senders import ServiceFacts
from smsc.messaging.sources import Sources, validity_of
from smsc.models import TariffDirection
from smsc.routing.table import Way
from smsc.sms import segments, smart_encoding
from smsc.sms.recoding import plan_passed
from smsc.sms.status import MessageStatus
from smsc.sms.text_style import DEFAULT as DEFAULT_STYLE

__all__ = ["Accepted", "Draft", "Outbound", "require_written", "store"]

MOST_WAITING: Final = 20_000  # accepted and not yet committed, in one process


class Outbound:
    """Accepts messages for one process."""

    def __init__(self, database: Database, directory: Directory, bells: Bells) -> None:
        self._database = database
        self._directory = directory
        self._bells = bells
        self._sources = Sources(directory)
        self._commits = GroupCommit(self._write)

    async def accept(self, draft: Draft) -> Accepted:
        """Check a draft, commit it as `queued` with its segments waiting, and ring the doorbell.

        Raises:
            AlreadyAccepted: the draft's idempotency key was used; nothing was stored.
            BalanceUsedUp: the account can't pay for it; nothing was stored.
            GatewayError: Twilio's refusal, in Twilio's order of checks; nothing was stored.
        """
        message, way = await self.check(draft)
        if self._commits.depth >= MOST_WAITING:
            raise QueueFull
        await self._commits.add(message)
        require_written(message)
        if message.status is MessageStatus.QUEUED:
            self.ring(way)
        return message

    async def accept_all(self, drafts: Sequence[Draft]) -> list[Accepted | GatewayError]:
        """Accept a batch as `accept` does each; a refusal stands in the place of its draft."""
        results: list[Accepted | GatewayError] = []
        commits: list[tuple[int, Way, asyncio.Future[None]]] = []
        for draft in drafts:
            try:
                message, way = await self.check(draft)
                if self._commits.depth >= MOST_WAITING:
                    raise QueueFull
            except GatewayError as refusal:
                results.append(refusal)
            except UNAVAILABLE:  # of this draft alone: others of the batch may be committed
                results.append(ServiceUnavailable())
            else:
                commits.append((len(results), way, self._commits.offer(message)))
                results.append(message)
        for index, way, committed in commits:
            try:
                await committed
                offered = results[index]
                if isinstance(offered, Accepted):
                    require_written(offered)
                self.ring(way)
            except GatewayError as refusal:
                results[index] = refusal
        return results

    async def check(self, draft: Draft) -> tuple[Accepted, Way]:
        """Return the message that a draft makes, and the way it goes; nothing is stored yet.

        Raises:
            GatewayError: as `accept`.
        """
        now = datetime.now(UTC)
        to, from_, body = read_draft(draft)
        check_send_at(draft, now)
        source = await self._sources.find(draft, from_, to)
        service = source.service
        callback = await self._sources.callback(draft, service)
        way = (await self._directory.routes(draft.account.carrier_sid)).find(to)
        if way is None:
            raise NoRoute(to)
        style = way.style.flashing() if draft.flash else way.style
        if is_smart_encoded(draft, service):
            body = smart_encoding.simplify(body, segments.MAX_BODY_CHARACTERS)
        if draft.user_data is None:
            plan = segments.plan(body, style)
        else:
            plan = plan_passed(draft.user_data, draft.data_coding or 0, has_udh=draft.has_udh)
        makes_sticky = False
        if service is not None and not from_ and draft.send_at is None:
            choice = await self._sources.choose(service, to, plan.count)
            from_, makes_sticky = choice.address, choice.is_new
        validity = validity_of(draft, service)
        sid = draft.sid or sids.make(sids.Prefix.MESSAGE)
        charge = None
        if draft.send_at is None:  # a scheduled message is charged when it is queued
            prices = await self._directory.prices(draft.account.carrier_sid)
            price = prices.of(TariffDirection.OUTBOUND, to, plan.count)
            charge = None if price is None else _charge(draft, sid, from_, price)
        message = Accepted(
            sid=sid,
            account_sid=draft.account.sid,
            carrier_sid=draft.account.carrier_sid,
            direction=draft.direction,
            status=MessageStatus.QUEUED if draft.send_at is None else MessageStatus.SCHEDULED,
            to=to,
            from_=from_,
            body=body,
            data_coding=int(plan.data_coding),
            num_segments=plan.count,
            num_submits=plan.submits,
            text_style=None if style is DEFAULT_STYLE else style.words(),
            lane=draft.lane,
            connector_sid=way.connector_sid,
            smpp_credential_sid=draft.smpp_credential_sid,
            registered_delivery=draft.registered_delivery,
            status_callback=callback,
            user_data=draft.user_data,
            has_udh=draft.has_udh,
            created_at=now,
            submitted_as=draft.submitted_as,
            messaging_service_sid=draft.messaging_service_sid,
            validity_seconds=None if validity is None else int(validity.total_seconds()),
            action=draft.action,
            beside=_beside(draft, now, validity, charge, makes_sticky=makes_sticky),
        )
        return message, way

    def ring(self, way: Way) -> None:
        """Ring the doorbell of a connector whose queue a commit has just filled."""
        if way.owner is not None:
            self._bells.ring_connector(way.owner, way.connector_sid, way.epoch)

    async def drain(self) -> None:
        """Wait until every draft that was accepted is committed."""
        await self._commits.drain()

    async def _write(self, batch: Sequence[Accepted]) -> None:
        if all(message.beside is None for message in batch):
            async with self._database.single() as connection:
                await insert(connection, batch)
            return
        async with self._database.begin() as connection:
            await store(connection, batch)


async def store(connection: Connection, batch: Sequence[Accepted]) -> list[Accepted]:
    """Write messages with what they leave beside them, in the caller's transaction.

    Returns those that were written: not the repeated and the unpaid ones, which are marked so.
    """
    fresh = await beside.claim_keys(connection, batch)
    paid = await beside.charge(connection, fresh)
    if paid:
        await insert(connection, paid)
        await beside.write(connection, paid)
    return paid


def require_written(message: Accepted) -> None:
    """Make sure that a commit has written the message too.

    Raises:
        AlreadyAccepted, BalanceUsedUp: it has not.
    """
    if message.beside is not None and message.beside.repeated:
        raise AlreadyAccepted
    if message.beside is not None and message.beside.unpaid:
        raise BalanceUsedUp


def is_smart_encoded(draft: Draft, service: ServiceFacts | None) -> bool:
    """Say whether look-alikes are replaced: as the draft says, else the service."""
    if draft.smart_encoded is not None or service is None:
        return bool(draft.smart_encoded)
    return service.smart_encoding


def _beside(
    draft: Draft,
    now: datetime,
    validity: timedelta | None,
    charge: Charge | None,
    *,
    makes_sticky: bool,
) -> Beside | None:
    has_none = validity is None and charge is None and draft.idempotency_key is None
    if has_none and draft.send_at is None and not makes_sticky:
        return None
    return Beside(
        charge=charge,
        expires_at=None if validity is None or draft.send_at is not None else now + validity,
        send_at=draft.send_at,
        makes_sticky=makes_sticky,
        idempotency_key=draft.idempotency_key,
    )


def _charge(draft: Draft, sid: str, from_: str, price: Price) -> Charge:
    return Charge(
        message_sid=sid,
        account_sid=draft.account.sid,
        payer_sid=draft.account.payer_sid,
        carrier_sid=draft.account.carrier_sid,
        category=category(draft.direction, from_),
        price=price,
    )
