"""`/carrier/v1/api_requests`: what accounts' programs asked of the API lately, and its answers."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.messaging.tracing import api_requests
from smsc.messaging.tracing.api_requests import KeptRequest, RequestFilter, RequestLine
from smsc.provisioning import accounts
from smsc.provisioning.transaction import reading

router = APIRouter(prefix="/api_requests", route_class=CarrierRoute, tags=["api_requests"])


class RequestView(BaseModel):
    """A request and its answer in one line."""

    seq: int
    account_sid: str
    request_id: str
    key_sid: str | None
    method: str
    path: str
    at: datetime
    duration_ms: int
    http_status: int
    error_code: int | None

    @classmethod
    def of(cls, line: RequestLine) -> Self:
        """Show a request."""
        return cls.model_validate(line._asdict())


class WholeRequestView(RequestView):
    """A request with its parameters and its answer, without secrets and texts."""

    details: dict[str, object] | None  # null: they are not kept any more

    @classmethod
    def whole(cls, kept: KeptRequest) -> Self:
        """Show a request."""
        details = None if kept.details is None else dict(kept.details)
        return cls.model_validate(kept.line._asdict() | {"details": details})


class RequestsView(BaseModel):
    """A page of requests; `next_before` is the `before` of the next page, null on the last."""

    data: list[RequestView]
    next_before: int | None


@router.get("")
async def list_requests(
    house: House,
    carrier: Carrier,
    account_sid: str,
    *,
    refused: bool | None = None,
    in_path: str | None = None,
    request_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> RequestsView:
    """List an account's latest requests, newest first; where there were many, a sample."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, account_sid)
    wanted = RequestFilter(refused=refused, in_path=in_path, request_id=request_id)
    found = await api_requests.page(
        house.confined, carrier, account.sid, wanted, limit=limit, before=before
    )
    return RequestsView(
        data=[RequestView.of(line) for line in found],
        next_before=found[-1].seq if len(found) == limit else None,
    )


@router.get("/{seq}")
async def fetch_request(
    house: House, carrier: Carrier, seq: Annotated[int, Path(ge=0, lt=2**63)]
) -> WholeRequestView:
    """Return one request with its parameters and its answer."""
    found = await api_requests.get(house.confined, carrier, seq)
    if found is None:
        raise NotFound(str(seq))
    return WholeRequestView.whole(found)
