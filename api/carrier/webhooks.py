"""`/carrier/v1/webhooks`: customers' servers that fail, their resumption, and replays by hand."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, model_validator

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.messaging import replaying
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


@router.get("/endpoints")
async def list_endpoints(
    house: House, carrier: Carrier, account_sid: str | None = None
) -> EndpointsView:
    """List the customers' servers that fail, of one account if so asked."""
    failing = await endpoints.failing(house.database, carrier, account_sid)
    return EndpointsView(data=[EndpointView.of(endpoint) for endpoint in failing])


@router.post("/endpoints/resume")
async def resume(house: House, carrier: Carrier, draft: ResumeDraft) -> ReplayView:
    """Forget a server's failures, and send what waits for it."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, draft.account_sid)
    endpoint = Endpoint(account.sid, draft.origin)
    await endpoints.resume(house.database, endpoint)
    count = await endpoints.release(house.database, endpoint)
    house.bells.ring_webhooks()
    return ReplayView(webhooks=count)


@router.post("/replay")
async def replay(house: House, carrier: Carrier, draft: ReplayDraft) -> ReplayView:
    """Send webhooks once more, each under the id that it had."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, draft.account_sid)
    if draft.message_sid is not None:
        count = await replaying.replay_message(
            house.database, house.directory, account.sid, draft.message_sid
        )
    else:
        assert draft.failed_since is not None  # noqa: S101 narrowed by the draft's validator
        count = await replaying.replay_failed(
            house.database, house.directory, account.sid, draft.failed_since
        )
    house.bells.ring_webhooks()
    return ReplayView(webhooks=count)
