"""`/carrier/v1/brand`: how the carrier looks to its customers, and its hosts."""

import base64
import binascii
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.domains import claim, prove
from smsc.errors import BadParameter
from smsc.models import Carrier as CarrierRow
from smsc.models import CarrierDomain
from smsc.provisioning import branding, carriers
from smsc.provisioning.branding import BrandChange, DomainDraft
from smsc.provisioning.fields import Input
from smsc.provisioning.pictures import NoPicture, picture_of
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/brand", route_class=CarrierRoute, tags=["brand"])


class BrandView(BaseModel):
    """How the carrier looks; null: as its name, our colour, no logo."""

    brand_name: str | None
    brand_color: str | None
    logo_version: str | None

    @classmethod
    def of(cls, carrier: CarrierRow) -> "BrandView":
        """Show it."""
        return cls(
            brand_name=carrier.brand_name,
            brand_color=carrier.brand_color,
            logo_version=carrier.logo_version,
        )


class DomainView(BaseModel):
    """A host that is claimed; a TXT record of `txt_name` with `token` proves it."""

    host: str
    txt_name: str
    token: str
    verified_at: datetime | None

    @classmethod
    def of(cls, domain: CarrierDomain) -> "DomainView":
        """Show it."""
        name = branding.TXT_PREFIX + domain.host
        return cls(
            host=domain.host, txt_name=name, token=domain.token, verified_at=domain.verified_at
        )


class DomainsView(BaseModel):
    """All of the carrier's."""

    data: list[DomainView]


class LogoDraft(Input):
    """A PNG in base64, 64 KiB and 1024 pixels a side at most."""

    png: str


@router.get("")
async def get(house: House, carrier: Carrier) -> BrandView:
    """Say how the carrier looks."""
    async with reading(house.database) as db:
        return BrandView.of(await carriers.get(db, carrier))


@router.patch("")
async def change(house: House, carrier: Carrier, asked: BrandChange) -> BrandView:
    """Change its name for customers and its colour."""
    async with changing(house.database, house.bells.announce_change) as db:
        return BrandView.of(await branding.change(db, carrier, asked))


@router.put("/logo", status_code=204)
async def put_logo(house: House, carrier: Carrier, asked: LogoDraft) -> None:
    """Set its logo. Nothing of the file but its picture is kept."""
    try:
        picture = picture_of(base64.b64decode(asked.png, validate=True))
    except (NoPicture, binascii.Error) as fault:
        raise BadParameter(f"png: {fault}") from None
    async with changing(house.database, house.bells.announce_change) as db:
        await branding.set_logo(db, carrier, picture)


@router.delete("/logo", status_code=204)
async def delete_logo(house: House, carrier: Carrier) -> None:
    """Have no logo."""
    async with changing(house.database, house.bells.announce_change) as db:
        await branding.remove_logo(db, carrier)


@router.get("/domains")
async def list_domains(house: House, carrier: Carrier) -> DomainsView:
    """List the hosts that the carrier has claimed."""
    async with reading(house.database) as db:
        found = await branding.domains(db, carrier)
    return DomainsView(data=[DomainView.of(one) for one in found])


@router.post("/domains", status_code=201)
async def claim_domain(house: House, carrier: Carrier, draft: DomainDraft) -> DomainView:
    """Claim a host; then put its token into the DNS, and have it verified."""
    return DomainView.of(await claim(house, carrier, draft))


@router.post("/domains/{host}/verify")
async def verify_domain(house: House, carrier: Carrier, host: str) -> DomainView:
    """Look for the token in the DNS; from then on the host is the carrier's."""
    return DomainView.of(await prove(house, carrier, host))


@router.delete("/domains/{host}", status_code=204)
async def delete_domain(house: House, carrier: Carrier, host: str) -> None:
    """Give a host up."""
    async with changing(house.database, house.bells.announce_change) as db:
        await branding.remove_domain(db, carrier, host)
