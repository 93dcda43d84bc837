"""The one way in for a message to be sent: checks, route, then a group commit."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from smsc import sids
from smsc.billing.ledger import Charge
from smsc.billing.prices import Price, category
from smsc.db import UNAVAILABLE, Connection, Database, storable
from smsc.errors import (
    BodyRequired,
    BodyTooLong,
    DestinationRequired,
    GatewayError,
    InvalidStatusCallback,
    NoRoute,
    QueueFull,
    SameAddress,
    SenderNotOwned,
    SenderRequired,
    ServiceUnavailable,
)
from smsc.errors.messages import AlreadyAccepted, BalanceUsedUp, InvalidValidity
from smsc.jobs import Bells
from smsc.messaging import beside
from smsc.messaging.directory import Directory
from smsc.messaging.drafts import LONGEST_VALIDITY, Accepted, Beside, Draft
from smsc.messaging.group_commit import GroupCommit
from smsc.models import TariffDirection
from smsc.routing.table import Way
from smsc.sms import address, segments, smart_encoding
from smsc.sms.recoding import plan_passed
from smsc.sms.status import MessageStatus
from smsc.sms.text_style import DEFAULT as DEFAULT_STYLE

__all__ = ["Accepted", "Draft", "Outbound", "check_url", "insert"]

MOST_WAITING: Final = 20_000  # accepted and not yet committed, in one process


class Outbound:
    """Accepts messages for one process."""

    def __init__(self, database: Database, directory: Directory, bells: Bells) -> None:
        self._database = database
        self._directory = directory
        self._bells = bells
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
        to, from_, body = read_draft(draft)
        if not await self._directory.owns_sender(draft.account.sid, from_):
            raise SenderNotOwned(from_)
        way = (await self._directory.routes(draft.account.carrier_sid)).find(to)
        if way is None:
            raise NoRoute(to)
        style = way.style.flashing() if draft.flash else way.style
        if draft.user_data is None:
            plan = segments.plan(body, style)
        else:
            plan = plan_passed(draft.user_data, draft.data_coding or 0, has_udh=draft.has_udh)
        now, sid = datetime.now(UTC), sids.make(sids.Prefix.MESSAGE)
        prices = await self._directory.prices(draft.account.carrier_sid)
        price = prices.of(TariffDirection.OUTBOUND, to, plan.count)
        charge = None if price is None else _charge(draft, sid, from_, price)
        validity = draft.validity
        message = Accepted(
            sid=sid,
            account_sid=draft.account.sid,
            carrier_sid=draft.account.carrier_sid,
            direction=draft.direction,
            status=MessageStatus.QUEUED,
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
            status_callback=draft.status_callback or None,
            user_data=draft.user_data,
            has_udh=draft.has_udh,
            created_at=now,
            submitted_as=draft.submitted_as,
            validity_seconds=None if validity is None else int(validity.total_seconds()),
            action=draft.action,
            beside=_beside(draft, now, validity, charge),
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


def read_draft(draft: Draft) -> tuple[str, str, str]:
    """Return a draft's addresses, normalised, and its text as it can be stored.

    Raises:
        GatewayError: as `accept`, of what can be told from the draft alone.
    """
    if not draft.to:
        raise DestinationRequired
    if not draft.from_:
        raise SenderRequired
    body = _body(draft)
    to = address.parse_destination(draft.to).value
    from_ = address.parse_sender(draft.from_).value
    if to == from_:
        raise SameAddress
    if draft.status_callback is not None:
        check_url(draft.status_callback)
    if draft.validity is not None and not timedelta() < draft.validity <= LONGEST_VALIDITY:
        raise InvalidValidity
    return to, from_, body


def _beside(
    draft: Draft, now: datetime, validity: timedelta | None, charge: Charge | None
) -> Beside | None:
    if validity is None and draft.idempotency_key is None and charge is None:
        return None
    return Beside(
        charge=charge,
        expires_at=None if validity is None else now + validity,
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


def _body(draft: Draft) -> str:
    """Return what the message will say."""
    if not draft.body and draft.user_data is None:
        raise BodyRequired
    body = storable(draft.body or "")
    if len(body) > segments.MAX_BODY_CHARACTERS:
        raise BodyTooLong
    if draft.smart_encoded:
        return smart_encoding.simplify(body, segments.MAX_BODY_CHARACTERS)
    return body


async def insert(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Insert messages and their waiting segments, in one statement."""
    await connection.execute(
        _INSERT,
        [message.sid for message in batch],
        [message.carrier_sid for message in batch],
        [message.account_sid for message in batch],
        [message.direction.value for message in batch],
        [message.to for message in batch],
        [message.from_ for message in batch],
        [message.body for message in batch],
        [message.data_coding for message in batch],
        [message.num_segments for message in batch],
        [message.num_submits for message in batch],
        [message.text_style for message in batch],
        [int(message.lane) for message in batch],
        [message.connector_sid for message in batch],
        [message.smpp_credential_sid for message in batch],
        [message.registered_delivery for message in batch],
        [message.status_callback for message in batch],
        [message.user_data for message in batch],
        [message.has_udh for message in batch],
        [message.created_at for message in batch],
        [message.submitted_as for message in batch],
        [message.status.value for message in batch],
        [message.messaging_service_sid for message in batch],
        [message.validity_seconds for message in batch],
        [message.action and message.action.url for message in batch],
        [message.action and message.action.method for message in batch],
    )


def check_url(url: str) -> None:
    """Check that `url` can be a webhook.

    Raises:
        InvalidStatusCallback: no absolute http(s) URL, or a host name with an underscore.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidStatusCallback(url) from None
    if parts.scheme not in {"http", "https"} or not host or "_" in host or not url.isprintable():
        raise InvalidStatusCallback(url)


_INSERT: Final = """
WITH draft AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                       $7::text[], $8::smallint[], $9::smallint[], $10::smallint[], $11::text[],
                       $12::smallint[], $13::text[], $14::text[], $15::smallint[], $16::text[],
                       $17::bytea[], $18::boolean[], $19::timestamptz[], $20::text[], $21::text[],
                       $22::text[], $23::integer[], $24::text[], $25::text[])
    AS draft (sid, carrier_sid, account_sid, direction, to_, from_, body, data_coding, num_segments,
              num_submits, text_style, lane, connector_sid, smpp_credential_sid,
              registered_delivery, status_callback, user_data, has_udh, at, submitted_as, status,
              messaging_service_sid, validity_seconds, action_url, action_method)
), message AS (
  INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_, body,
                        data_coding, num_segments, num_submits, text_style, lane, connector_sid,
                        smpp_credential_sid, registered_delivery, status_callback, user_data,
                        has_udh, created_at, updated_at, submitted_as, messaging_service_sid,
                        validity_seconds, action_url, action_method)
  SELECT sid, carrier_sid, account_sid, direction, status, to_, from_, body,
         data_coding, num_segments, num_submits, text_style, lane, connector_sid,
         smpp_credential_sid, registered_delivery, status_callback, user_data,
         has_udh, at, at, submitted_as, messaging_service_sid,
         validity_seconds, action_url, action_method
  FROM draft
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT connector_sid, lane, at, sid, number, carrier_sid, account_sid
FROM draft, generate_series(1, coalesce(num_submits, num_segments)) AS number
WHERE status = 'queued'
"""
