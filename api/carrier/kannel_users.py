"""`/carrier/v1/kannel_users`: who may use `/cgi-bin/sendsms`."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from smsc.models import KannelUser
from smsc.provisioning import kannel_users
from smsc.provisioning.kannel_users import IssuedKannelUser, KannelUserChange, KannelUserDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/kannel_users", route_class=CarrierRoute, tags=["kannel_users"])


class KannelUserView(BaseModel):
    """A login without its password."""

    sid: str
    account_sid: str
    username: str
    default_sender: str | None
    inbound_url: str | None
    inbound_method: str
    allowed_networks: list[str]
    last_used_at: datetime | None
    date_created: datetime

    @classmethod
    def of(cls, user: KannelUser) -> "KannelUserView":
        """Show a login."""
        return cls.model_validate(_fields(user))


class IssuedKannelUserView(KannelUserView):
    """A login that was just made: the only time that its password is shown."""

    password: str

    @classmethod
    def issued(cls, issued: IssuedKannelUser) -> "IssuedKannelUserView":
        """Show a new login."""
        return cls.model_validate(_fields(issued.user) | {"password": issued.password})


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: KannelUserDraft) -> IssuedKannelUserView:
    """Let an account's program send as it did to Kannel."""
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await kannel_users.create(db, carrier, draft)
    return IssuedKannelUserView.issued(issued)


@router.get("")
async def list_page(house: House, carrier: Carrier, asked: Paging) -> ListView[KannelUserView]:
    """List the logins."""
    async with reading(house.database) as db:
        page = await kannel_users.page(db, carrier, limit=asked.limit, after=asked.after)
    return asked.render(page, KannelUserView.of)


@router.patch("/{sid}")
async def change(
    house: House, carrier: Carrier, sid: str, asked: KannelUserChange
) -> KannelUserView:
    """Change from where a login may be used, or its defaults."""
    async with changing(house.database, house.bells.announce_change) as db:
        user = await kannel_users.change(db, carrier, sid, asked)
    return KannelUserView.of(user)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Shut the door on a program."""
    async with changing(house.database, house.bells.announce_change) as db:
        await kannel_users.remove(db, carrier, sid)


def _fields(user: KannelUser) -> dict[str, object]:
    return user.model_dump(exclude={"digest"}) | {"date_created": user.created_at}
