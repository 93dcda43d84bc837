"""`/carrier/v1/webhooks`: what customers' servers were told; those that fail; replays by hand."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, model_validator

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.messaging import replaying
from smsc.messaging.reading import webhook_log
from smsc.messaging.reading.webhook_log import Exchange, LogFilter, LoggedAttempt
from smsc.provisioning import accounts
from smsc.provisioning.fields import Input
from smsc.provisioning.transaction import reading
from smsc.webhooks import endpoints
from smsc.webhooks.endpoints import Endpoint, FailingEndpoint

router = APIRouter(prefix="/webhooks", route_class=CarrierRoute, tags=["webhooks"])


class EndpointView(BaseModel):
    """A customer's server whose last requests all failed."""

    account_sid: str
    origin: str
    failures: int  # in a row
    waiting: int  # webhooks that are kept for it while it is paused
    failing_since: datetime
    paused_at: datetime | None
    next_try_at: datetime | None

    @classmethod
    def of(cls, endpoint: FailingEndpoint) -> Self:
        """Show an endpoint."""
        return cls.model_validate(endpoint._asdict())


class EndpointsView(BaseModel):
    """All that fail, in one page."""

    data: list[EndpointView]
    next: None = None


class AttemptView(BaseModel):
    """A request that was made to a customer's server, and its outcome."""

    message_sid: str
    seq: int
    account_sid: str
    event: str
    url: str
    method: str | None
    at: datetime
    duration_ms: int
    http_status: int | None  # null: no answer
    error_code: int | None
    error: str | None

    @classmethod
    def of(cls, attempt: LoggedAttempt) -> Self:
        """Show an attempt."""
        return cls.model_validate(attempt._asdict())


class ExchangeView(AttemptView):
    """An attempt with its request and answer, as far as they are kept."""

    parameters: dict[str, str]  # empty: the message is gone
    response_headers: str | None
    response_body: str | None

    @classmethod
    def whole(cls, exchange: Exchange) -> Self:
        """Show an exchange."""
        return cls.model_validate(
            exchange.attempt._asdict()
            | {
                "parameters": dict(exchange.params),
                "response_headers": exchange.headers,
                "response_body": exchange.answer,
            }
        )


class AttemptsView(BaseModel):
    """A page of attempts; `next_after` is the `after` of the next page, null on the last."""

    data: list[AttemptView]
    next_after: str | None


class ResumeDraft(Input):
    """A server that works again, or shall be tried as if it did."""

    account_sid: str
    origin: str


class ReplayDraft(Input):
    """What is to be told once more: a message's events, or all that failed of messages since."""

    account_sid: str
    message_sid: str | None = None
    failed_since: AwareDatetime | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.message_sid is None) == (self.failed_since is None):
            raise ValueError("give either message_sid or failed_since")
        return self


class ReplayView(BaseModel):
    """How many webhooks are due again."""

    webhooks: int


@router.get("/attempts")
async def list_attempts(
    house: House,
    carrier: Carrier,
    account_sid: str,
    *,
    message_sid: str | None = None,
    failed: bool | None = None,
    event: str | None = None,
    in_url: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(pattern="^[A-Z]{2}[0-9a-f]{32}\\.[0-9]{1,18}$")] = None,
) -> AttemptsView:
    """List the requests to an account's servers, by message, the newest first."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, account_sid)
    if message_sid is not None:
        page = await webhook_log.of_resource(
            house.confined, carrier, account.sid, message_sid, limit=limit
        )
    else:
        wanted = LogFilter(failed=failed, event=event, in_url=in_url)
        page = await webhook_log.page(
            house.confined, carrier, account.sid, wanted, limit=limit, after=after
        )
    return AttemptsView(
        data=[AttemptView.of(attempt) for attempt in page.attempts], next_after=page.after
    )


@router.get("/attempts/{message_sid}/{seq}")
async def fetch_attempt(
    house: House,
    carrier: Carrier,
    message_sid: str,
    seq: Annotated[int, Path(ge=0, lt=2**63)],
) -> ExchangeView:
    """Return one attempt with its request and its answer, as far as they are kept."""
    found = await webhook_log.exchange(house.confined, carrier, message_sid, seq)
    if found is None:
        raise NotFound(f"{message_sid}/{seq}")
    return ExchangeView.whole(found)


@router.get("/endpoints")
async def list_endpoints(
    house: House, carrier: Carrier, account_sid: str | None = None
) -> EndpointsView:
    """List the customers' servers that fail, of one account if so asked."""
    failing = await endpoints.failing(house.confined, carrier, account_sid)
    return EndpointsView(data=[EndpointView.of(endpoint) for endpoint in failing])


@router.post("/endpoints/resume")
async def resume(house: House, carrier: Carrier, draft: ResumeDraft) -> ReplayView:
    """Forget a server's failures, and send what waits for it."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, draft.account_sid)
    endpoint = Endpoint(account.sid, draft.origin)
    await endpoints.resume(house.confined, endpoint)
    count = await endpoints.release(house.confined, endpoint)
    house.bells.ring_webhooks()
    return ReplayView(webhooks=count)


@router.post("/replay")
async def replay(house: House, carrier: Carrier, draft: ReplayDraft) -> ReplayView:
    """Send webhooks once more, each under the id that it had."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, draft.account_sid)
    if draft.message_sid is not None:
        count = await replaying.replay_message(
            house.confined, house.directory, account.sid, draft.message_sid
        )
    else:
        assert draft.failed_since is not None  # noqa: S101 narrowed by the draft's validator
        count = await replaying.replay_failed(
            house.confined, house.directory, account.sid, draft.failed_since
        )
    house.bells.ring_webhooks()
    return ReplayView(webhooks=count)
