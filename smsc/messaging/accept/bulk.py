"""Accepts one request of many messages: checked as each alone would be, committed as one."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Final

from smsc import sids
from smsc.billing import ledger
from smsc.billing.ledger import Charge
from smsc.db import Connection, Database
from smsc.errors import (
    BodyRequired,
    GatewayError,
    InvalidSender,
    MessagingServiceNotFound,
    SenderNotOwned,
    SenderRequired,
    ServiceUnavailable,
)
from smsc.errors.bulk import TooManyRecipients
from smsc.errors.guard import AccountQuarantined
from smsc.errors.messages import AlreadyAccepted, BalanceUsedUp, InvalidValidity
from smsc.errors.services import InvalidServiceSid, PoolEmpty, SenderNotInService
from smsc.messaging.accept import bulk_writing
from smsc.messaging.accept.bulk_writing import Batches, NewBulk, Rejection
from smsc.messaging.accept.draft_rules import check_url
from smsc.messaging.accept.drafts import LONGEST_VALIDITY, Accepted, Draft, IdempotencyKey
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.accept.recipients import BadLine, Recipient
from smsc.messaging.accept.template import Template
from smsc.messaging.directory import AccountFacts
from smsc.messaging.guard import caps
from smsc.models import Lane

MOST_RECIPIENTS: Final = 100_000
# Checked and written together: while it is checked, nobody else is served.
_AT_ONCE: Final = 250
_MOST_AT_A_TIME: Final = 2  # bulks of one process: others need its connections too

# What is wrong with the request would be wrong with each line of it.
_OF_THE_REQUEST: Final = (
    BodyRequired,
    SenderRequired,
    InvalidSender,
    SenderNotOwned,
    InvalidServiceSid,
    MessagingServiceNotFound,
    PoolEmpty,
    SenderNotInService,
    InvalidValidity,
    AccountQuarantined,
    ServiceUnavailable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkDraft:
    """What somebody asks us to send to many, unchecked."""

    account: AccountFacts
    from_: str | None
    messaging_service_sid: str | None
    template: Template
    lane: Lane = Lane.BULK
    validity: timedelta | None = None
    smart_encoded: bool | None = None
    status_callback: str | None = None  # of the bulk, not of its messages
    paused: bool = False  # it waits to be resumed
    idempotency_key: IdempotencyKey | None = None


class BulkAccept:
    """Accepts bulks for one process."""

    def __init__(self, database: Database, outbound: Outbound) -> None:
        self._database = database
        self._outbound = outbound
        self._turns = asyncio.Semaphore(_MOST_AT_A_TIME)

    async def accept(self, draft: BulkDraft, lines: Iterator[Recipient | BadLine]) -> str:
        """Commit the messages of all good lines, and why the others are bad; return the SID.

        All in one transaction: there is the whole of it or nothing. The lines are read while it
        is written, so what they come from must be at hand.

        Raises:
            AlreadyAccepted: the draft's idempotency key was used; nothing was stored.
            TooManyRecipients, BalanceUsedUp, MessagesCapReached, SpendCapReached, GatewayError:
                of the whole; nothing was stored.
        """
        if draft.status_callback is not None:
            check_url(draft.status_callback)
        async with self._turns, self._database.begin() as connection:
            writing = _Writing(connection, self._outbound, draft)
            if draft.idempotency_key is not None and not await bulk_writing.claim_key(
                connection, writing.bulk, draft.idempotency_key
            ):
                raise AlreadyAccepted
            while chunk := list(islice(lines, _AT_ONCE)):
                await writing.write(chunk)
            await writing.finish()
        return writing.bulk.sid


class _Writing:
    """One bulk on its way into the database."""

    def __init__(self, connection: Connection, outbound: Outbound, draft: BulkDraft) -> None:
        now = datetime.now(UTC)
        self.bulk = NewBulk(
            sid=sids.make(sids.Prefix.BULK),
            account=draft.account,
            created_at=now,
            expires_at=now + (draft.validity or LONGEST_VALIDITY),
        )
        self._connection = connection
        self._outbound = outbound
        self._draft = draft
        self._batches = Batches()
        self._recipients = 0
        self._rejected = 0
        self._accepted = 0
        self._spend = Decimal(0)
        self._charges = ledger.Total()

    async def write(self, lines: Iterable[Recipient | BadLine]) -> None:
        """Check some lines, and write what they make."""
        rejections: list[Rejection] = []
        filled = list(self._fill(lines, rejections))
        if self._recipients > MOST_RECIPIENTS:
            raise TooManyRecipients(MOST_RECIPIENTS)
        messages = [message async for message in self._check(filled, rejections)]
        self._rejected += len(rejections)
        await bulk_writing.copy_messages(self._connection, self.bulk, messages)
        await bulk_writing.copy_rejections(self._connection, self.bulk, rejections)
        await ledger.enter(self._connection, _charges(messages), self._charges)
        self._batches.add(messages)
        self._accepted += len(messages)
        self._spend += sum(_spends(messages), Decimal(0))

    async def finish(self) -> None:
        """Write what stands for all of it.

        Raises:
            BalanceUsedUp: the account can't pay for all of it.
            MessagesCapReached, SpendCapReached: nor may it send so much.
        """
        draft = self._draft
        await bulk_writing.insert_batches(
            self._connection, self.bulk, self._batches, draft.lane, held=draft.paused
        )
        await bulk_writing.insert_bulk(
            self._connection,
            self.bulk,
            status="paused" if draft.paused else "sending",
            lane=draft.lane,
            from_=draft.from_,
            messaging_service_sid=draft.messaging_service_sid,
            body=draft.template.text,
            status_callback=draft.status_callback,
            validity=draft.validity,
            recipients=self._recipients,
            rejected=self._rejected,
            span=self._batches.span,
        )
        account = draft.account
        await caps.take(
            self._connection,
            account.carrier_sid,
            account.protection.caps,
            self._accepted,
            self._spend,
        )
        if not await ledger.settle(self._connection, self._charges):
            raise BalanceUsedUp

    def _fill(
        self, lines: Iterable[Recipient | BadLine], rejections: list[Rejection]
    ) -> Iterator[tuple[Recipient, str]]:
        for line in lines:
            self._recipients += 1
            if isinstance(line, BadLine):
                rejections.append(Rejection(line.line, None, line.error))
                continue
            try:
                text = self._draft.template.fill(line.values)
            except GatewayError as refusal:
                rejections.append(Rejection(line.line, line.to, refusal))
            else:
                yield line, text

    async def _check(
        self, filled: Sequence[tuple[Recipient, str]], rejections: list[Rejection]
    ) -> AsyncIterator[Accepted]:
        """Yield the messages in the lines' order, which is that of their SIDs."""
        plain = await self._outbound.plain_lines(self._draft_for(None, None))
        if plain is None:
            await self._outbound.foresee([self._draft_for(line.to, text) for line, text in filled])
        for line, text in filled:
            message = None if plain is None else plain.check(line.to, text)
            try:
                if message is None:
                    message, _ = await self._outbound.check(self._draft_for(line.to, text))
            except _OF_THE_REQUEST:
                raise
            except GatewayError as refusal:
                rejections.append(Rejection(line.line, line.to, refusal))
            else:
                yield message

    def _draft_for(self, to: str | None, text: str | None) -> Draft:
        draft = self._draft
        return Draft(
            account=draft.account,
            to=to,
            from_=draft.from_,
            body=text,
            messaging_service_sid=draft.messaging_service_sid,
            validity=draft.validity,
            lane=draft.lane,
            smart_encoded=draft.smart_encoded,
            in_bulk=True,
        )


def _spends(messages: Iterable[Accepted]) -> list[Decimal]:
    return [message.beside.spend for message in messages if message.beside is not None]


def _charges(messages: Iterable[Accepted]) -> list[Charge]:
    return [
        message.beside.charge
        for message in messages
        if message.beside is not None and message.beside.charge is not None
    ]
