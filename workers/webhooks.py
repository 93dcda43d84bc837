"""Calls customers' webhooks from the outbox, and sends the replies that their answers ask for."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors import GatewayError, ServiceUnavailable
from smsc.errors.messages import BalanceUsedUp
from smsc.jobs import WEBHOOKS_QUEUE, Bells, answer_bells
from smsc.messaging.accept import replies
from smsc.messaging.accept.group_commit import GroupCommit
from smsc.messaging.accept.outbound import Outbound, store
from smsc.messaging.accept.replies import Reply
from smsc.messaging.directory import AccountFacts, Directory
from smsc.webhooks import alerts, delivery
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.delivery import Attempt, DueWebhook, Result, attempts_of
from smsc.webhooks.handover import hand_over

log = structlog.get_logger()

MOST_AT_ONCE: Final = 400
MOST_A_CLAIM: Final = 100
SWEEP_SECONDS: Final = 1.0
PACE_SECONDS: Final = 0.01  # between claims, so that they are batches
# While the database is away, what was delivered is held so long, to be recorded and not repeated.
RECORD_AGAIN_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 5.0, 10.0, 10.0, 10.0)


@dataclass(frozen=True, slots=True)
class _Delivered:
    """One webhook's result, to be committed with the replies that its answer asked for."""

    result: Result
    replies: Sequence[Reply] = ()


class Deliverer:
    """The webhooks of one process."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        directory: Directory,
        bells: Bells,
        outbound: Outbound,
        client: WebhookClient,
        redis_url: str,
    ) -> None:
        self._sid = process_sid
        self._database = database
        self._directory = directory
        self._bells = bells
        self._outbound = outbound
        self._client = client
        self._redis_url = redis_url
        self._commits = GroupCommit(self._commit, writers=1)
        self._in_flight: Counter[str] = Counter()  # by account
        self._claimed: set[tuple[str, int]] = set()  # message_sid, ordinal: what we know we hold
        self._claim_failed = False  # it may have been committed all the same
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """How many requests are under way, for the metrics."""
        return len(self._tasks)

    async def run(self) -> None:
        """Deliver until cancelled; then let what is under way end."""
        self._bells.answer_here(WEBHOOKS_QUEUE, self._wake)
        bells = answer_bells(self._redis_url, WEBHOOKS_QUEUE, {"deliver": self._wake})
        async with asyncio.TaskGroup() as parts:
            answering = parts.create_task(bells)
            try:
                await self._claim_for_ever()
            finally:
                answering.cancel()
                self._stopping.set()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._commits.drain()

    def _wake(self, _: str = "") -> None:
        self._woken.set()

    # -- claims

    async def _claim_for_ever(self) -> None:
        while True:
            self._woken.clear()
            try:
                is_there_more = await self._claim()
            except UNAVAILABLE as error:
                log.warning("webhooks.delayed", error=str(error))
                self._claim_failed = True
                is_there_more = False
            await asyncio.sleep(PACE_SECONDS)
            if is_there_more:
                continue
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _claim(self) -> bool:
        """Start what is due; say whether there may be more of it.

        An account may hold as much as is free for the others, and a claim takes half of that at
        most: however many endpoints are dead, something is left for those that live.
        """
        room = MOST_AT_ONCE - len(self._tasks)
        if room <= 0:
            return False
        most = max(1, min(room // 2, MOST_A_CLAIM))
        slow = [sid for sid, count in self._in_flight.items() if count >= room]
        if self._claim_failed:
            await delivery.release_unknown(self._database, self._sid, self._claimed)
            self._claim_failed = False
        due = await delivery.claim(self._database, self._sid, most, slow)
        loop = asyncio.get_running_loop()
        for webhook in due:
            self._in_flight[webhook.account_sid] += 1
            self._claimed.add((webhook.message_sid, webhook.ordinal))
            task = loop.create_task(self._deliver(webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(due) == most

    # -- one webhook

    async def _deliver(self, webhook: DueWebhook) -> None:
        try:
            await self._record(await self._ask(webhook))
        except (GatewayError, *UNAVAILABLE) as error:
            # The claim runs out, and the request is made again: at least once.
            log.warning("webhook.unrecorded", message_sid=webhook.message_sid, error=str(error))
        finally:
            self._claimed.discard((webhook.message_sid, webhook.ordinal))
            self._in_flight[webhook.account_sid] -= 1
            if not self._in_flight[webhook.account_sid]:
                del self._in_flight[webhook.account_sid]
            self._wake()  # the next event of this message may be due now

    async def _ask(self, webhook: DueWebhook) -> _Delivered:
        """Make the request.

        Raises:
            GatewayError, UNAVAILABLE: the database is away.
        """
        account = await self._directory.account(webhook.account_sid)
        if account is None or not webhook.is_wanted:
            return _Delivered(Result(webhook, (), None))
        try:
            if webhook.is_inbound:
                return await self._hand_over(webhook, account)
            outcome = await self._client.fetch(webhook.request(account.auth_token))
        except (GatewayError, *UNAVAILABLE):
            raise
        except Exception:
            # A door: what can't be asked for must not come round and round for ever.
            log.exception("webhook.broken", message_sid=webhook.message_sid)
            return _Delivered(_result(webhook, (), failed=True))
        attempts = attempts_of(outcome, datetime.now(UTC), webhook.method)
        return _Delivered(_result(webhook, attempts, failed=outcome.failure is not None))

    async def _hand_over(self, webhook: DueWebhook, account: AccountFacts) -> _Delivered:
        """Do what the answer to a received message says."""
        answer = await hand_over(self._client, webhook, account.auth_token)
        attempts = list(answer.attempts)
        accepted: list[Reply] = []
        if answer.replies:
            accepted, refusals = await replies.check(
                self._database, self._outbound, account, webhook, answer.replies, datetime.now(UTC)
            )
            attempts[-1] = attempts[-1].noting(refusals)
        return _Delivered(_result(webhook, attempts, failed=answer.failed), accepted)

    # -- results

    async def _record(self, delivered: _Delivered) -> None:
        """Commit a result, however long the database is away, within reason.

        Raises:
            GatewayError: it was away too long, or refuses this.
        """
        for seconds in RECORD_AGAIN_SECONDS:
            try:
                return await self._commits.add(delivered)
            except ServiceUnavailable:
                try:
                    async with asyncio.timeout(seconds):
                        await self._stopping.wait()
                except TimeoutError:
                    continue
                break
        return await self._commits.add(delivered)

    async def _commit(self, batch: Sequence[_Delivered]) -> None:
        async with self._database.begin() as connection:
            ours = await delivery.record(connection, self._sid, [item.result for item in batch])
            tried = [(item.result.webhook, a) for item in batch for a in item.result.attempts]
            await alerts.write(connection, tried)
            sent = [
                reply
                for item in batch
                if (item.result.webhook.message_sid, item.result.webhook.ordinal) in ours
                for reply in item.replies
            ]
            if sent:
                await store(connection, [reply.message for reply in sent])
                await alerts.write(connection, [tried for item in batch for tried in _unpaid(item)])
        for reply in sent:
            self._outbound.ring(reply.way)


def _unpaid(item: _Delivered) -> list[tuple[DueWebhook, Attempt]]:
    """Return what an alert says of the replies that the account could not pay for."""
    refusal = BalanceUsedUp()
    note = (refusal.code, f"A reply was not sent: {refusal.message}")
    last = item.result.attempts[-1:]
    return [
        (item.result.webhook, replace(attempt, error_code=note[0], error=note[1]))
        for reply in item.replies
        if reply.message.beside is not None and reply.message.beside.unpaid
        for attempt in last
    ]


def _result(webhook: DueWebhook, attempts: Sequence[Attempt], *, failed: bool) -> Result:
    luck = random.random()  # noqa: S311 jitter is no secret
    return Result(webhook, attempts, delivery.retry_in(webhook.tries, luck) if failed else None)
