"""Commits what became of webhooks, a batch at a time, with the replies that answers asked for."""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors import GatewayError, ServiceUnavailable
from smsc.messaging.accept.group_commit import GroupCommit
from smsc.messaging.accept.outbound import Outbound, store
from smsc.messaging.accept.replies import Reply
from smsc.webhooks import alerts, callback_batches, delivery
from smsc.webhooks.callback_batches import Batches
from smsc.webhooks.delivery import Attempt, DueWebhook, Result
from smsc.webhooks.endpoints import Endpoints

log = structlog.get_logger()

PACE_SECONDS: Final = 0.05  # between commits, under load
# While the database is away, what was delivered is held so long, to be recorded and not repeated.
AGAIN_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 5.0, 10.0, 10.0, 10.0)


class Delivered(NamedTuple):
    """One webhook's result, to be committed with the replies that its answer asked for."""

    result: Result
    replies: Sequence[Reply] = ()


class Results:
    """The results of one process. `settled` is told of each that is committed, or given up."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        outbound: Outbound,
        endpoints: Endpoints,
        batches: Batches,
        settled: Callable[[DueWebhook], None],
    ) -> None:
        self._sid = process_sid
        self._database = database
        self._outbound = outbound
        self._endpoints = endpoints
        self._batches = batches
        self._settled = settled
        self._commits = GroupCommit(self._commit, pace_seconds=PACE_SECONDS)
        self._again: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    def add(
        self,
        webhook: DueWebhook,
        attempts: Sequence[Attempt],
        replies: Sequence[Reply] = (),
        *,
        failed: bool,
    ) -> None:
        """Commit a result, however long the database is away, within reason."""
        luck = random.random()  # noqa: S311 jitter is no secret
        retry_in = delivery.retry_in(webhook.tries, luck) if failed else None
        shown = delivery.shown(webhook, attempts)
        delivered = Delivered(Result(webhook, shown, retry_in, failed), replies)
        self._commits.offer(delivered).add_done_callback(partial(self._done, delivered))

    async def drain(self) -> None:
        """Wait until all is committed, or given up without more waiting."""
        self._stopping.set()
        await self._commits.drain()
        await asyncio.gather(*self._again, return_exceptions=True)

    def _done(self, delivered: Delivered, committed: "asyncio.Future[None]") -> None:
        error = committed.exception()
        if isinstance(error, ServiceUnavailable):
            task = asyncio.get_running_loop().create_task(self._try_again(delivered))
            self._again.add(task)
            task.add_done_callback(self._again.discard)
            return
        self._settle(delivered, error)

    def _settle(self, delivered: Delivered, error: BaseException | None) -> None:
        webhook = delivered.result.webhook
        if error is not None:
            # The claim runs out, and the request is made again: at least once.
            log.warning("webhook.unrecorded", message_sid=webhook.message_sid, error=str(error))
            self._batches.forget(webhook)
        self._settled(webhook)

    async def _try_again(self, delivered: Delivered) -> None:
        error: Exception | None = None
        for seconds in AGAIN_SECONDS:
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                pass
            try:
                await self._commits.add(delivered)
                error = None
                break
            except ServiceUnavailable as away:
                error = away
                if self._stopping.is_set():
                    break
            except (GatewayError, *UNAVAILABLE) as refused:
                error = refused
                break
        self._settle(delivered, error)

    def _is_plain(self, batch: Sequence[Delivered]) -> bool:
        """Say whether all went well and asked for nothing."""
        return not self._endpoints.has_news([item.result for item in batch]) and not any(
            item.replies
            or item.result.failed
            or any(tried.error_code is not None for tried in item.result.attempts)
            for item in batch
        )

    async def _commit(self, batch: Sequence[Delivered]) -> None:
        results = [item.result for item in batch]
        webhooks = [result.webhook for result in results]
        ended = self._batches.ended_by(webhooks)
        if self._is_plain(batch):  # one statement, in one round trip
            async with self._database.single() as connection:
                await delivery.record(connection, self._sid, results, ended, tells=False)
        else:
            await self._commit_news(batch, ended)
        self._batches.settle(webhooks, ended)

    async def _commit_news(self, batch: Sequence[Delivered], ended: Sequence[str]) -> None:
        results = [item.result for item in batch]
        leaving = [
            result.webhook
            for result in results
            if result.webhook.batch is not None and result.retry_in is not None
        ]
        async with self._database.begin() as connection:
            if leaving:
                await callback_batches.into_outbox(connection, self._sid, leaving)
            ours = await delivery.record(connection, self._sid, results, ended)
            tried = [(item.result.webhook, a) for item in batch for a in item.result.attempts]
            await alerts.write(connection, tried)
            await self._endpoints.note(connection, results)
            sent = [
                reply
                for item in batch
                if (item.result.webhook.message_sid, item.result.webhook.ordinal) in ours
                for reply in item.replies
            ]
            if sent:
                await store(connection, [reply.message for reply in sent])
                await alerts.write(
                    connection, [tried for item in batch for tried in _refused(item)]
                )
        for reply in sent:
            self._outbound.ring(reply.way)


def _refused(item: Delivered) -> list[tuple[DueWebhook, Attempt]]:
    """Return what an alert says of the replies that could not be paid for, or passed a cap."""
    return [
        (
            item.result.webhook,
            attempt._replace(
                error_code=reply.message.beside.refusal.code,
                error=f"A reply was not sent: {reply.message.beside.refusal.message}",
            ),
        )
        for reply in item.replies
        if reply.message.beside is not None and reply.message.beside.refusal is not None
        for attempt in item.result.attempts[-1:]
    ]
