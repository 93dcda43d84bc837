"""`/carrier/v1/audit_log`: who changed what, from what to what, from where."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, PagingByNumber
from smsc.audit import ActorKind
from smsc.models import AuditEntry
from smsc.provisioning import audit_log
from smsc.provisioning.audit_log import Wanted
from smsc.provisioning.transaction import reading

router = APIRouter(prefix="/audit_log", route_class=CarrierRoute, tags=["audit_log"])


class ActorView(BaseModel):
    """Who made a change; `origin` is the address that they came from."""

    kind: ActorKind
    sid: str | None
    name: str
    origin: str


class EntryView(BaseModel):
    """A change: the fields that it touched, before and after. Secrets are `…` in both."""

    id: int
    at: datetime
    account_sid: str | None
    actor: ActorView
    action: str
    subject_kind: str
    subject_sid: str | None
    subject_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Show an entry."""
        actor = ActorView(
            kind=ActorKind(entry.actor_kind),
            sid=entry.actor_sid,
            name=entry.actor_name,
            origin=entry.origin,
        )
        return cls.model_validate(entry.model_dump() | {"actor": actor})


@router.get("")
async def list_page(
    house: House,
    carrier: Carrier,
    asked: PagingByNumber,
    account_sid: str | None = None,
    actor: Annotated[str | None, Query(description="A SID, or a name.")] = None,
    subject: Annotated[
        str | None, Query(description="A SID, or a kind, such as `connector`.")
    ] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> ListView[EntryView]:
    """List changes, the newest first."""
    async with reading(house.database) as db:
        page = await audit_log.page(
            db,
            carrier,
            Wanted(account_sid, actor, subject, since, until),
            limit=asked.limit,
            before=None if asked.after is None else int(asked.after),
        )
    return asked.render(page, EntryView.of)
