"""`/carrier/v1/connector_profiles`: what is known of devices and operators."""

from fastapi import APIRouter

from api.carrier.auth import Carrier, CarrierRoute
from api.carrier.lists import ListView
from api.carrier.views import ProfileView
from smsc.provisioning import profiles

router = APIRouter(prefix="/connector_profiles", route_class=CarrierRoute)


@router.get("")
async def list_all(_: Carrier) -> ListView[ProfileView]:
    """List them, with the settings that each prefills and what its owner should mind."""
    return ListView(data=[ProfileView.of(profile) for profile in profiles.every()], next=None)
