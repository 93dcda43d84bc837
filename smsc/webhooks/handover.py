"""Hands a received message to its number's URL, and reads what the answers ask for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from smsc.webhooks import payload, twiml
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.conversations import Conversations, Pair
from smsc.webhooks.delivery import Attempt, DueWebhook, attempts_of
from smsc.webhooks.endpoints import endpoint_of
from smsc.webhooks.outcome import Method, WebhookOutcome, WebhookRequest
from smsc.webhooks.twiml import MessageVerb, RedirectVerb

MOST_DOCUMENTS: Final = 10  # that one document may redirect through
# After it no further document is fetched, so that all ends within the claim: one fetch takes 45 s
# at most, 30 of which it may wait for a connection.
MOST_SECONDS: Final = 200.0
REDIRECTED_TOO_OFTEN: Final = 11215


@dataclass(frozen=True, slots=True)
class HandOver:
    """What came of one hand-over: every try, the replies to send, and whether it is to be repeated.

    With `failed` there are no replies: the next hand-over brings them.
    """

    attempts: Sequence[Attempt]
    replies: Sequence[MessageVerb]
    failed: bool


@dataclass(frozen=True, slots=True)
class _Failure:
    code: int
    text: str
    url: str  # of the document that could not be had or used
    was_received: bool  # the server took the message: asking again only hands it over twice


@dataclass(slots=True)
class _Walk:
    """The documents of one hand-over so far."""

    client: WebhookClient
    conversations: Conversations
    pair: Pair
    until: float  # by the loop's clock
    attempts: list[Attempt] = field(default_factory=list)
    replies: list[MessageVerb] = field(default_factory=list)


async def hand_over(
    client: WebhookClient, conversations: Conversations, webhook: DueWebhook, auth_token: str
) -> HandOver:
    """Ask the number's URL, and failing that its fallback; collect what the answers ask for.

    Replies of the documents before a failing one hold, as at Twilio, which sends them at once.

    Source: https://www.twilio.com/docs/messaging/guides/webhook-request
    """
    pair = Pair(webhook.account_sid, webhook.from_, webhook.to)
    until = asyncio.get_running_loop().time() + MOST_SECONDS
    walk = _Walk(client, conversations, pair, until)
    request = webhook.request(auth_token)
    failure = await _follow(walk, request)
    if failure is not None and webhook.fallback_url:
        params = payload.with_failure(webhook.params(), failure.code, failure.url)
        fallback = request._replace(
            url=webhook.fallback_url,
            method=Method(webhook.fallback_method),
            form=payload.form_of(params),
        )
        failure = await _follow(walk, fallback)
    failed = failure is not None and not failure.was_received
    replies = [] if failed else walk.replies[: twiml.MOST_MESSAGES]
    return HandOver(walk.attempts, replies, failed)


async def _follow(walk: _Walk, request: WebhookRequest) -> _Failure | None:
    """Fetch a document and those it redirects to; return what failed, if anything did."""
    for _ in range(MOST_DOCUMENTS):
        if asyncio.get_running_loop().time() > walk.until:
            break
        outcome = await _fetch(walk, request)
        walk.attempts += attempts_of(outcome, datetime.now(UTC), request.method.value)
        if outcome.failure is not None:
            text = outcome.error or outcome.failure.value
            return _Failure(outcome.failure.code, text, request.url, _was_taken(outcome))
        document = twiml.parse(outcome.content_type, outcome.body, outcome.base_url)
        notes = [(warning.code, warning.text) for warning in document.warnings]
        if document.error is not None:
            notes.insert(0, document.error)
        walk.attempts[-1] = walk.attempts[-1].noting(notes)
        walk.replies += [verb for verb in document.verbs if isinstance(verb, MessageVerb)]
        if document.error is not None:
            return _Failure(*document.error, request.url, was_received=True)
        following = next((verb for verb in document.verbs if isinstance(verb, RedirectVerb)), None)
        if following is None:
            return None
        request = request._replace(url=following.url, method=following.method)
    text = f"The documents redirect on and on: over {MOST_DOCUMENTS}, or {MOST_SECONDS:g} s."
    walk.attempts[-1] = walk.attempts[-1].noting([(REDIRECTED_TOO_OFTEN, text)])
    return _Failure(REDIRECTED_TOO_OFTEN, text, request.url, was_received=True)


async def _fetch(walk: _Walk, request: WebhookRequest) -> WebhookOutcome:
    """Ask with the cookies that this server has set in the conversation; keep those it sets now."""
    origin = endpoint_of(walk.pair.account_sid, request.url).origin
    cookies = await walk.conversations.cookies(walk.pair, origin)
    outcome = await walk.client.fetch(request._replace(cookies=cookies))
    if outcome.cookies != cookies:
        await walk.conversations.keep(walk.pair, origin, outcome.cookies)
    return outcome


def _was_taken(outcome: WebhookOutcome) -> bool:
    """Say whether the server took the request, though its answer can't be used."""
    return outcome.status is not None and outcome.status < 400
