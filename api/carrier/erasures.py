"""`/carrier/v1/erasures`: what accounts have of one handset, deleted."""

from dataclasses import asdict
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.messaging import erasing
from smsc.messaging.erasing import Erased
from smsc.provisioning import accounts
from smsc.provisioning.fields import Input
from smsc.provisioning.transaction import reading

router = APIRouter(prefix="/erasures", route_class=CarrierRoute, tags=["erasures"])


class ErasureDraft(Input):
    """Whose data shall go: a handset's, of one account or of all of the carrier's."""

    account_sid: str | None = None
    phone_number: str


class ErasureView(BaseModel):
    """What was deleted, and how many messages are still on their way: ask again for those."""

    messages: int
    others: int  # verifications and sticky senders
    unfinished: int

    @classmethod
    def of(cls, erased: Erased) -> Self:
        """Show an erasure."""
        return cls.model_validate(asdict(erased))


@router.post("")
async def erase(house: House, carrier: Carrier, draft: ErasureDraft) -> ErasureView:
    """Delete messages to and from a handset, of closed accounts too; opt-outs stay."""
    async with reading(house.database) as db:
        owned = await accounts.sids_of(db, carrier)
    if draft.account_sid is not None:
        if draft.account_sid not in owned:
            raise NotFound(draft.account_sid)
        owned = [draft.account_sid]
    return ErasureView.of(await erasing.erase(house.confined, owned, draft.phone_number))
