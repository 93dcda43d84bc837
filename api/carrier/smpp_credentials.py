"""`/carrier/v1/smpp_credentials`."""

from fastapi import APIRouter

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from api.carrier.views import IssuedCredentialView, SmppCredentialView
from smsc.provisioning import smpp_credentials
from smsc.provisioning.credential_fields import SmppCredentialChange, SmppCredentialDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/smpp_credentials", route_class=CarrierRoute, tags=["smpp_credentials"])


@router.post("", status_code=201)
async def create(
    house: House, carrier: Carrier, draft: SmppCredentialDraft
) -> IssuedCredentialView:
    """Make a credential for an account's ESME; the password is shown this once."""
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await smpp_credentials.create(db, carrier, draft)
    return IssuedCredentialView.issued(issued)


@router.get("")
async def list_page(
    house: House, carrier: Carrier, asked: Paging, account_sid: str | None = None
) -> ListView[SmppCredentialView]:
    """List credentials, of one account if so asked."""
    async with reading(house.database) as db:
        page = await smpp_credentials.page(
            db, carrier, limit=asked.limit, after=asked.after, account_sid=account_sid
        )
    return asked.render(page, SmppCredentialView.of)


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> SmppCredentialView:
    """Read a credential."""
    async with reading(house.database) as db:
        credential = await smpp_credentials.get(db, carrier, sid)
    return SmppCredentialView.of(credential)


@router.patch("/{sid}")
async def change(
    house: House, carrier: Carrier, sid: str, asked: SmppCredentialChange
) -> SmppCredentialView:
    """Change a credential: everything but its system_id, which is its name."""
    async with changing(house.database, house.bells.announce_change) as db:
        credential = await smpp_credentials.change(db, carrier, sid, asked)
    return SmppCredentialView.of(credential)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Delete a credential."""
    async with changing(house.database, house.bells.announce_change) as db:
        await smpp_credentials.remove(db, carrier, sid)
