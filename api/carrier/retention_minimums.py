"""`/carrier/v1/retention_minimums`: how long the carrier must keep what, by country."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.models import RetentionMinimum
from smsc.provisioning import retention_minimums
from smsc.provisioning.retention_minimums import EVERYWHERE, MinimumDraft
from smsc.provisioning.transaction import changing, reading
from smsc.sms.country_names import COUNTRY_NAMES

router = APIRouter(
    prefix="/retention_minimums", route_class=CarrierRoute, tags=["retention_minimums"]
)

_ALL: Final = "all"  # in a path, for all accounts


class MinimumView(BaseModel):
    """What is kept at least of accounts with a number of a country; `all`: of every account."""

    iso_country: str
    texts_days: int | None
    numbers_days: int | None
    logs_days: int | None
    messages_days: int | None

    @classmethod
    def of(cls, minimum: RetentionMinimum) -> "MinimumView":
        """Show a minimum."""
        return cls.model_validate(
            minimum.model_dump() | {"iso_country": minimum.iso_country or _ALL}
        )


class MinimumsView(BaseModel):
    """The minimums of a carrier."""

    data: list[MinimumView]


@router.get("")
async def list_all(house: House, carrier: Carrier) -> MinimumsView:
    """List what this carrier keeps at least."""
    async with reading(house.database) as db:
        found = await retention_minimums.everyone(db, carrier)
    return MinimumsView(data=[MinimumView.of(one) for one in found])


@router.put("/{iso_country}")
async def put(house: House, carrier: Carrier, iso_country: str, draft: MinimumDraft) -> MinimumView:
    """Set what is kept at least; accounts' terms act no shorter from now on, nor can be set so."""
    country = _country(iso_country)
    async with changing(house.database, house.bells.announce_change) as db:
        await retention_minimums.put(db, carrier, country, draft)
    return MinimumView(iso_country=country or _ALL, **draft.model_dump())


@router.delete("/{iso_country}", status_code=204)
async def delete(house: House, carrier: Carrier, iso_country: str) -> None:
    """Let the accounts' own terms hold again."""
    async with changing(house.database, house.bells.announce_change) as db:
        await retention_minimums.remove(db, carrier, _country(iso_country))


def _country(named: str) -> str:
    """Return a country that there is, or that which stands for all.

    Raises:
        NotFound: nobody knows it.
    """
    if named == _ALL:
        return EVERYWHERE
    if named.upper() not in COUNTRY_NAMES:
        raise NotFound(named)
    return named.upper()
