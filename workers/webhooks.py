"""Calls customers' webhooks from the outbox, and sends the replies that their answers ask for."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors import GatewayError
from smsc.jobs import WEBHOOKS_QUEUE, Bells, answer_bells
from smsc.messaging.accept import replies
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.accept.replies import Reply
from smsc.messaging.directory import AccountFacts, Directory
from smsc.webhooks import callback_batches, claiming, endpoints
from smsc.webhooks.callback_batches import Batches
from smsc.webhooks.claiming import LONG_AGO
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.conversations import Conversations
from smsc.webhooks.delivery import Attempt, Claimant, DueWebhook, attempts_of
from smsc.webhooks.endpoints import Endpoints
from smsc.webhooks.handover import hand_over
from smsc.webhooks.outcome import WebhookOutcome
from workers.glances import Glances, Sight
from workers.pulse import is_rung, pulse
from workers.webhook_parking import Parking
from workers.webhook_places import Places
from workers.webhook_results import Results

log = structlog.get_logger()

MOST_A_CLAIM: Final = 100
SWEEP_SECONDS: Final = 1.0
PACE_SECONDS: Final = 0.01  # between claims, so that they are batches
FOLLOW_SECONDS: Final = 0.05  # and where nobody rang, but what something waited for has ended
# A request has 30 s of waiting and 15 s of tries: so long what waits for it is looked for.
LOOK_AGAIN_SECONDS: Final = 60.0
RESTART_SECONDS: Final = 5.0  # of the cursor past what busy accounts are owed


class Deliverer:
    """The webhooks of one process. Implements `smsc.messaging.neighbour.Neighbour`."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        directory: Directory,
        bells: Bells,
        outbound: Outbound,
        client: WebhookClient,
        conversations: Conversations,
        redis_url: str,
        *,
        glances: Glances,
    ) -> None:
        self._sid = process_sid
        self._database = database
        self._directory = directory
        self._bells = bells
        self._outbound = outbound
        self._client = client
        self._conversations = conversations
        self._redis_url = redis_url
        self._glances = glances
        self._endpoints = Endpoints()
        self._batches = Batches()
        self._parking = Parking(process_sid, database, self._batches)
        self._results = Results(
            process_sid, database, outbound, self._endpoints, self._batches, self._let_go
        )
        self._places = Places()
        self._first_tries: dict[str, deque[DueWebhook]] = {}  # by message: behind the one under way
        self._claim_failed = False  # it may have been committed all the same
        self._passed_over: frozenset[str] = frozenset()  # accounts, by the last claim
        self._since = LONG_AGO  # what was due before is of these accounts
        self._restart_at = 0.0
        self._followed: set[str] = set()  # messages whose next event may be due behind the cursor
        self._was_rung = True
        self._lent = 0  # transactions that may claim for us
        self._looks_until = 0.0  # so long, what waits for something under way is looked for
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None  # that will wake us
        self._stopping = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """How many requests are under way or not on record yet, for the metrics."""
        return len(self._places.claimed)

    async def run(self) -> None:
        """Deliver until cancelled; then let what is under way end."""
        self._bells.answer_here(WEBHOOKS_QUEUE, self._ring)
        bells = answer_bells(self._redis_url, WEBHOOKS_QUEUE, {"deliver": self._ring})
        async with asyncio.TaskGroup() as parts:
            beside = [parts.create_task(bells), parts.create_task(self._tend_for_ever())]
            try:
                await self._claim_for_ever()
            finally:
                for task in beside:
                    task.cancel()
                self._stopping.set()
                await self._client.express.drain()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._results.drain()

    def _ring(self, _: str = "") -> None:
        """Look for what is due, and again when what it waits for has ended."""
        self._looks_until = monotonic() + LOOK_AGAIN_SECONDS
        self._woken.set()

    # -- smsc.messaging.neighbour.Neighbour

    def lend(self) -> Claimant | None:
        """Let a transaction of this process claim what it owes."""
        self._lent += 1
        room = self._places.room
        if self._claim_failed or self._stopping.is_set() or room <= 0:
            return None
        # It may do so in several statements, each of which claims so many.
        return Claimant(self._sid, min(room // 4, MOST_A_CLAIM), self._places.busy_accounts(room))

    def take(self, webhooks: Sequence[DueWebhook]) -> None:
        """Deliver what was claimed for us."""
        self._lent -= 1
        if self._stopping.is_set():
            return  # all claims are freed as the process leaves
        self._batches.take(webhooks)
        self._take_up(webhooks)

    def lose(self) -> None:
        """Free what may have been claimed for us."""
        self._lent -= 1
        self._claim_failed = True

    # -- claims

    async def _claim_for_ever(self) -> None:
        while True:
            self._woken.clear()
            try:
                is_there_more = await self._claim() if await self._is_worth_a_claim() else False
            except UNAVAILABLE as error:
                log.warning("webhooks.delayed", error=str(error))
                self._claim_failed = True
                is_there_more = False
            if is_there_more or self._was_rung:
                await asyncio.sleep(PACE_SECONDS)
            if not is_there_more:
                self._was_rung = await is_rung(self._woken, SWEEP_SECONDS)

    async def _is_worth_a_claim(self) -> bool:
        """Say whether somebody rang, something is to be put right, or something is due."""
        if self._was_rung or self._claim_failed or self._parking or self._followed:
            return True
        return await self._glances.shows(Sight.WEBHOOKS)

    async def _claim(self) -> bool:
        """Start what is due; say whether there may be more of it.

        An account may hold as much as is free for the others, and a claim takes half of that at
        most: however many endpoints are dead, something is left for those that live.
        """
        room = self._places.room
        if room <= 0:
            return False
        most = max(1, min(room // 2, MOST_A_CLAIM))
        if self._claim_failed:
            if self._lent:  # what it has claimed by now isn't known yet
                return False
            await claiming.release_unknown(self._database, self._sid, self._places.claimed)
            await callback_batches.unfold_unknown(self._database, self._sid, self._batches.known)
            self._claim_failed = False
        await self._claim_following()
        busy = self._places.busy_accounts(room)
        if not busy or self._passed_over - set(busy) or self._restart_at <= monotonic():
            self._since, self._restart_at = LONG_AGO, monotonic() + RESTART_SECONDS
        claimed = await claiming.claim(self._database, self._sid, most, busy, self._since)
        self._passed_over, self._since = frozenset(busy), claimed.looked_until
        self._take_up(claimed.webhooks)
        await self._parking.park()
        if claimed.webhooks:
            self._looks_until = monotonic() + LOOK_AGAIN_SECONDS
        return len(claimed.webhooks) == most

    async def _claim_following(self) -> None:
        """Take up the next events of messages whose earlier ones have been told meanwhile."""
        followed, self._followed = self._followed, set()
        if followed and self._since > LONG_AGO:
            self._take_up(await claiming.claim_following(self._database, self._sid, followed))

    def _take_up(self, webhooks: Sequence[DueWebhook]) -> None:
        for webhook in webhooks:
            if self._endpoints.is_paused(webhook):
                self._parking.add(webhook)
            else:
                self._hold(webhook)

    # -- endpoints that fail

    async def _tend_for_ever(self) -> None:
        """Look after paused endpoints each second; where none fails, it is one small question."""
        while True:
            try:
                await self._tend()
            except UNAVAILABLE as error:
                log.warning("endpoints.delayed", error=str(error))
            await pulse(SWEEP_SECONDS)

    async def _tend(self) -> None:
        if not self._endpoints.failing and not await self._glances.shows(Sight.FAILING_ENDPOINTS):
            await self._parking.park()
            return
        for endpoint in await self._endpoints.refresh(self._database):
            count = await endpoints.release(self._database, endpoint)
            log.info("endpoint.resumed", origin=endpoint.origin, webhooks=count)
            self._ring()
        await self._parking.park()
        if paused := self._endpoints.paused:
            await endpoints.park_due(self._database, paused)
            for webhook in await endpoints.claim_probes(self._database, self._sid):
                self._hold(webhook)

    # -- one webhook

    def _hold(self, webhook: DueWebhook) -> None:
        """Start a claimed webhook when the first try before it, of its message, has ended."""
        self._places.take(webhook)
        if webhook.tries:
            self._start(webhook)
            return
        behind = self._first_tries.get(webhook.message_sid)
        if behind is None:
            self._first_tries[webhook.message_sid] = deque()
            self._start(webhook)
        else:
            behind.append(webhook)

    def _start(self, webhook: DueWebhook) -> None:
        account = self._directory.known_account(webhook.account_sid)
        if account is None or webhook.is_inbound:
            task = asyncio.get_running_loop().create_task(self._deliver(webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            try:
                self._call_back(webhook, account)
            except Exception:
                log.exception("webhook.broken", message_sid=webhook.message_sid)
                self._break(webhook)

    def _break(self, webhook: DueWebhook) -> None:
        """Note that it could not be asked for: it must not come round and round for ever."""
        self._end(webhook, (), failed=True)

    def _call_back(self, webhook: DueWebhook, account: AccountFacts) -> None:
        if webhook.is_wanted:
            request = webhook.request(account.auth_token)
            self._client.express.send(request, partial(self._told, webhook))
        else:
            self._end(webhook, (), failed=False)

    def _told(self, webhook: DueWebhook, outcome: WebhookOutcome | None) -> None:
        """Take what came of a status callback."""
        attempts: Sequence[Attempt] = ()
        if outcome is not None:
            attempts = attempts_of(outcome, datetime.now(UTC), webhook.method)
        failed = outcome is None or outcome.failure is not None
        self._end(webhook, attempts, failed=failed)

    def _end(
        self,
        webhook: DueWebhook,
        attempts: Sequence[Attempt],
        accepted: Sequence[Reply] = (),
        *,
        failed: bool,
    ) -> None:
        """Let others have its place, and have its result committed."""
        self._places.free(webhook)
        self._tried(webhook)
        self._results.add(webhook, attempts, accepted, failed=failed)

    def _tried(self, webhook: DueWebhook) -> None:
        """Let the next event of the message go, if this was a first try."""
        if webhook.tries or self._stopping.is_set():
            return
        behind = self._first_tries[webhook.message_sid]
        if behind:
            self._start(behind.popleft())
        else:
            del self._first_tries[webhook.message_sid]

    def _let_go(self, webhook: DueWebhook) -> None:
        """Forget a webhook that is committed, or whose claim will run out."""
        self._places.let_go(webhook)
        if self._since > LONG_AGO:
            self._followed.add(webhook.message_sid)
        # The next event of this message may be due now.
        if self._alarm is None and monotonic() < self._looks_until:
            self._alarm = asyncio.get_running_loop().call_later(FOLLOW_SECONDS, self._follow)

    def _follow(self) -> None:
        self._alarm = None
        self._woken.set()

    async def _deliver(self, webhook: DueWebhook) -> None:
        """Deliver what takes more than a plain request to an account that is known."""
        try:
            account = await self._directory.account(webhook.account_sid)
            if account is None:
                self._end(webhook, (), failed=False)
            elif webhook.is_inbound:
                await self._hand_over(webhook, account)
            else:
                self._call_back(webhook, account)
        except (GatewayError, *UNAVAILABLE) as error:
            # The claim runs out, and the request is made again: at least once.
            log.warning("webhook.unrecorded", message_sid=webhook.message_sid, error=str(error))
            self._tried(webhook)
            self._batches.forget(webhook)
            self._let_go(webhook)
        except Exception:
            log.exception("webhook.broken", message_sid=webhook.message_sid)
            self._break(webhook)

    async def _hand_over(self, webhook: DueWebhook, account: AccountFacts) -> None:
        """Do what the answer to a received message says."""
        answer = await hand_over(self._client, self._conversations, webhook, account.auth_token)
        attempts = list(answer.attempts)
        accepted: list[Reply] = []
        if answer.replies:
            accepted, refusals = await replies.check(
                self._database, self._outbound, account, webhook, answer.replies, datetime.now(UTC)
            )
            attempts[-1] = attempts[-1].noting(refusals)
        self._end(webhook, attempts, accepted, failed=answer.failed)
