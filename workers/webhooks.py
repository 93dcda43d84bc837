"""Calls customers' webhooks from the outbox, and sends the replies that their answers ask for."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors import GatewayError
from smsc.jobs import WEBHOOKS_QUEUE, Bells, answer_bells
from smsc.messaging import outbound as outbound_module
from smsc.messaging import replies
from smsc.messaging.directory import Directory
from smsc.messaging.group_commit import GroupCommit
from smsc.messaging.outbound import Outbound
from smsc.messaging.replies import Reply
from smsc.webhooks import delivery, payload, twiml
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.delivery import DueWebhook, Result
from smsc.webhooks.outcome import Method, WebhookOutcome, WebhookRequest
from smsc.webhooks.twiml import MessageVerb, RedirectVerb

log = structlog.get_logger()

MOST_AT_ONCE: Final = 400
MOST_OF_AN_ACCOUNT: Final = 100  # beyond it others go first: a dead endpoint slows no other account
MOST_DOCUMENTS: Final = 10  # that one message may be redirected through
SWEEP_SECONDS: Final = 1.0
PACE_SECONDS: Final = 0.01  # between claims under load, so that they are batches


@dataclass(slots=True)
class _Delivered:
    """One webhook's result, to be committed with the replies that its answer asked for."""

    result: Result
    replies: list[Reply] = field(default_factory=list)


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
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """How many requests are under way, for the metrics."""
        return len(self._tasks)

    async def run(self) -> None:
        """Deliver until cancelled; then let what is under way end."""
        self._bells.answer_here(WEBHOOKS_QUEUE, self._wake)
        answering = asyncio.create_task(
            answer_bells(self._redis_url, WEBHOOKS_QUEUE, {"deliver": self._wake})
        )
        try:
            while True:
                self._woken.clear()
                try:
                    found = await self._claim()
                except UNAVAILABLE as error:
                    log.warning("webhooks.delayed", error=str(error))
                    found = 0
                if found:
                    await asyncio.sleep(PACE_SECONDS)
                    continue
                try:
                    async with asyncio.timeout(SWEEP_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            answering.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._commits.drain()

    def _wake(self, _: str = "") -> None:
        self._woken.set()

    async def _claim(self) -> int:
        room = MOST_AT_ONCE - len(self._tasks)
        if room <= 0:
            return 0
        busy = [sid for sid, count in self._in_flight.items() if count >= MOST_OF_AN_ACCOUNT]
        due = await delivery.claim(self._database, self._sid, min(room, MOST_OF_AN_ACCOUNT), busy)
        loop = asyncio.get_running_loop()
        for webhook in due:
            self._in_flight[webhook.account_sid] += 1
            task = loop.create_task(self._deliver(webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(due)

    async def _deliver(self, webhook: DueWebhook) -> None:
        try:
            account = await self._directory.account(webhook.account_sid)
            if account is None:
                delivered = _Delivered(Result(webhook, (), None))
            elif webhook.is_inbound:
                delivered = await self._hand_over(webhook, account.auth_token)
            else:
                outcome = await self._client.fetch(webhook.request(account.auth_token))
                delivered = _Delivered(
                    _result(webhook, [outcome], failed=outcome.failure is not None)
                )
            await self._commits.add(delivered)
        except (GatewayError, *UNAVAILABLE) as error:
            # The claim runs out, and the request is made again: at least once.
            log.warning("webhook.unrecorded", message_sid=webhook.message_sid, error=str(error))
        finally:
            self._in_flight[webhook.account_sid] -= 1
            if not self._in_flight[webhook.account_sid]:
                del self._in_flight[webhook.account_sid]
            self._woken.set()  # the next event of this message may be due now

    # -- inbound

    async def _hand_over(self, webhook: DueWebhook, auth_token: str) -> _Delivered:
        """Ask the number's URL, and failing that its fallback; do what the answer says."""
        request = webhook.request(auth_token)
        attempts, verbs, error = await self._documents(request)
        unreachable = attempts[-1].failure is not None
        if error is not None and webhook.fallback_url:
            fallback = replace(
                request,
                url=webhook.fallback_url,
                method=Method(webhook.fallback_method),
                params=payload.with_failure(request.params, error[0], webhook.url),
            )
            more, verbs, error = await self._documents(fallback)
            attempts += more
            unreachable = more[-1].failure is not None
        # A document that can't be used was received all the same: asking again would only hand the
        # message over twice.
        delivered = _Delivered(_result(webhook, attempts, failed=error is not None and unreachable))
        account = await self._directory.account(webhook.account_sid)
        if error is None and verbs and account is not None:
            delivered.replies, refusals = await replies.check(
                self._outbound, account, webhook, verbs, datetime.now(UTC)
            )
            if refusals:
                attempts[-1] = replace(attempts[-1], error=" ".join(refusals))
        return delivered

    async def _documents(
        self, request: WebhookRequest
    ) -> tuple[list[WebhookOutcome], list[MessageVerb], tuple[int, str] | None]:
        """Fetch a document and those it redirects to; return attempts, replies, and what failed."""
        attempts: list[WebhookOutcome] = []
        verbs: list[MessageVerb] = []
        for _ in range(MOST_DOCUMENTS):
            outcome = await self._client.fetch(request)
            attempts += _every_try(outcome)
            if outcome.failure is not None:
                return attempts, [], (outcome.failure.code, outcome.error or outcome.failure.value)
            document = twiml.parse(outcome.content_type, outcome.body, outcome.base_url)
            notes = [f"{warning.code}: {warning.text}" for warning in document.warnings]
            if outcome.warning is not None:
                notes.insert(0, f"{outcome.warning[0]}: {outcome.warning[1]}")
            if document.error is not None:
                notes.append(f"{document.error[0]}: {document.error[1]}")
            if notes:
                attempts[-1] = replace(outcome, error=" ".join(notes))
            if document.error is not None:
                return attempts, verbs, document.error
            verbs += [verb for verb in document.verbs if isinstance(verb, MessageVerb)]
            following = next((v for v in document.verbs if isinstance(v, RedirectVerb)), None)
            if following is None:
                return attempts, verbs[: twiml.MOST_MESSAGES], None
            request = replace(
                request, url=following.url, method=following.method, cookies=outcome.cookies
            )
        return (
            attempts,
            [],
            (11215, f"Over {MOST_DOCUMENTS} documents redirect to each other."),
        )

    # -- results

    async def _commit(self, batch: Sequence[_Delivered]) -> None:
        accepted = [reply for delivered in batch for reply in delivered.replies]
        async with self._database.begin() as connection:
            await delivery.record(connection, [delivered.result for delivered in batch])
            if accepted:
                await outbound_module.insert(connection, [reply.message for reply in accepted])
        for reply in accepted:
            self._outbound.ring(reply.way)


def _every_try(outcome: WebhookOutcome) -> list[WebhookOutcome]:
    return [*outcome.earlier, outcome]


def _result(webhook: DueWebhook, attempts: Sequence[WebhookOutcome], *, failed: bool) -> Result:
    luck = random.random()  # noqa: S311 jitter is no secret
    return Result(webhook, attempts, delivery.retry_in(webhook.tries, luck) if failed else None)
