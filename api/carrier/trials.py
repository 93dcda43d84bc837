"""`/carrier/v1/accounts/{sid}/…`: accounts on trial, approved, upgraded, and their own numbers."""

from fastapi import APIRouter

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.views import AccountView
from api.dashboard import letters
from smsc.provisioning import mails, trials
from smsc.provisioning.fields import Input
from smsc.provisioning.transaction import changing
from smsc.sms import address

router = APIRouter(prefix="/accounts", route_class=CarrierRoute, tags=["accounts"])


class OwnNumberDraft(Input):
    """A number that an account on trial may write to."""

    phone_number: str


@router.post("/{sid}/approve")
async def approve(house: House, carrier: Carrier, sid: str) -> AccountView:
    """Let an account that somebody has made for themselves begin; a mail tells its owner."""
    async with changing(house.database, house.bells.announce_change) as db:
        account = await trials.approve(db, carrier, sid)
        site = await mails.site_of(db, house.settings, carrier)
        for user in await trials.owners(db, sid):
            letter = letters.of_approved_account(site, user, account.friendly_name)
            await mails.put(db, house.vault, carrier, letter, account_sid=sid)
    return AccountView.of(account, house.vault)


@router.post("/{sid}/upgrade")
async def upgrade(house: House, carrier: Carrier, sid: str) -> AccountView:
    """End an account's trial, with its limits."""
    async with changing(house.database, house.bells.announce_change) as db:
        return AccountView.of(await trials.upgrade(db, carrier, sid), house.vault)


@router.post("/{sid}/own_numbers")
async def add_own_number(
    house: House, carrier: Carrier, sid: str, draft: OwnNumberDraft
) -> AccountView:
    """Let an account on trial write to a number, which the carrier has confirmed."""
    number = address.parse_destination(draft.phone_number).value
    async with changing(house.database, house.bells.announce_change) as db:
        return AccountView.of(await trials.add_own_number(db, carrier, sid, number), house.vault)


@router.delete("/{sid}/own_numbers/{number}")
async def remove_own_number(house: House, carrier: Carrier, sid: str, number: str) -> AccountView:
    """Let an account on trial write to a number no longer."""
    async with changing(house.database, house.bells.announce_change) as db:
        return AccountView.of(await trials.remove_own_number(db, carrier, sid, number), house.vault)
