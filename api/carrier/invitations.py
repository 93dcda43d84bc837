"""`/carrier/v1/invitations`: who is asked, by mail, to become a member."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.people import as_owner
from api.dashboard import letters
from smsc.models import Invitation, Role
from smsc.provisioning import invitations, mails
from smsc.provisioning.invitations import InvitationDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/invitations", route_class=CarrierRoute, tags=["people"])


class InvitationView(BaseModel):
    """An invitation without its link, which the mail alone has."""

    sid: str
    account_sid: str | None
    email: str
    role: Role
    invited_by: str
    date_created: datetime
    date_expires: datetime

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """Show an invitation."""
        return cls.model_validate(
            invitation.model_dump(exclude={"digest"})
            | {"date_created": invitation.created_at, "date_expires": invitation.expires_at}
        )


class InvitationsView(BaseModel):
    """All that can be accepted, in one page."""

    data: list[InvitationView]
    next: None = None


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: InvitationDraft) -> InvitationView:
    """Invite somebody by mail."""
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await invitations.invite(db, as_owner(carrier), draft)
        site = await mails.site_of(db, house.settings, carrier)
        letter = letters.of_invitation(site, issued)
        await mails.put(db, house.vault, carrier, letter, account_sid=draft.account_sid)
    return InvitationView.of(issued.invitation)


@router.get("")
async def list_all(house: House, carrier: Carrier) -> InvitationsView:
    """List the invitations that can be accepted."""
    async with reading(house.database) as db:
        found = await invitations.page(db, carrier)
    return InvitationsView(data=[InvitationView.of(one) for one in found])


@router.post("/{sid}/send", status_code=204)
async def send_again(house: House, carrier: Carrier, sid: str) -> None:
    """Send another mail; the link of the one before ends."""
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await invitations.renew(db, as_owner(carrier), sid)
        site = await mails.site_of(db, house.settings, carrier)
        await mails.put(
            db,
            house.vault,
            carrier,
            letters.of_invitation(site, issued),
            account_sid=issued.invitation.account_sid,
        )


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Take an invitation back."""
    async with changing(house.database, house.bells.announce_change) as db:
        await invitations.withdraw(db, as_owner(carrier), sid)
