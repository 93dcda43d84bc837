"""`/carrier/v1/identity_provider`: the OpenID Connect provider that people sign in by."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.identity_providers import require_answering
from smsc.models import Bound, IdentityProvider
from smsc.provisioning import identity_providers
from smsc.provisioning.identity_providers import ProviderDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/identity_provider", route_class=CarrierRoute, tags=["people"])


class IdentityProviderView(BaseModel):
    """The carrier's provider; its client secret is never shown."""

    sid: str
    name: str
    issuer: str
    client_id: str
    has_client_secret: bool
    scopes: list[str]
    allowed_domains: list[str]
    bound: Bound
    asks_factor: bool
    enabled: bool
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, provider: IdentityProvider) -> "IdentityProviderView":
        """Show it."""
        return cls(
            sid=provider.sid,
            name=provider.name,
            issuer=provider.issuer,
            client_id=provider.client_id,
            has_client_secret=provider.client_secret_sealed is not None,
            scopes=provider.scopes,
            allowed_domains=provider.allowed_domains,
            bound=Bound(provider.bound),
            asks_factor=provider.asks_factor,
            enabled=provider.enabled,
            date_created=provider.created_at,
            date_updated=provider.updated_at,
        )


@router.get("")
async def get(house: House, carrier: Carrier) -> IdentityProviderView:
    """Read it; 404: the carrier has none."""
    async with reading(house.database) as db:
        return IdentityProviderView.of(await identity_providers.get(db, carrier))


@router.put("")
async def put(house: House, carrier: Carrier, draft: ProviderDraft) -> IdentityProviderView:
    """Set it, if it answers as a provider. A client secret that isn't sent stays as it is."""
    await require_answering(house, draft)
    async with changing(house.database, house.bells.announce_change) as db:
        provider = await identity_providers.put(db, house.vault, carrier, draft)
        return IdentityProviderView.of(provider)


@router.delete("", status_code=204)
async def delete(house: House, carrier: Carrier) -> None:
    """Have none; who came by it is signed out."""
    async with changing(house.database, house.bells.announce_change) as db:
        await identity_providers.remove(db, carrier)
