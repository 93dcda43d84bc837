"""`/carrier/v1/sender_id_rules`: where alphanumeric sender IDs are shown, by country."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.provisioning import sender_id_rules
from smsc.provisioning.fields import Input
from smsc.provisioning.transaction import changing, reading
from smsc.routing.sender_id_rules import SenderIdRule, SenderIdRules
from smsc.sms.country_names import COUNTRY_NAMES

router = APIRouter(prefix="/sender_id_rules", route_class=CarrierRoute, tags=["sender_id_rules"])


class RuleInput(Input):
    """What is to hold in a country."""

    rule: SenderIdRule


class RuleView(BaseModel):
    """What holds in a country, and whether that is the carrier's own rule."""

    iso_country: str
    country: str
    rule: SenderIdRule
    is_own: bool


class RulesView(BaseModel):
    """The rules of all countries."""

    data: list[RuleView]


@router.get("")
async def list_all(house: House, carrier: Carrier) -> RulesView:
    """List the rules of all countries."""
    async with reading(house.database) as db:
        own = await sender_id_rules.own(db, carrier)
    rules = SenderIdRules(own)
    return RulesView(
        data=[
            RuleView(iso_country=iso, country=name, rule=rules.of(iso), is_own=iso in own)
            for iso, name in sorted(COUNTRY_NAMES.items())
        ]
    )


@router.put("/{iso_country}")
async def put(house: House, carrier: Carrier, iso_country: str, asked: RuleInput) -> RuleView:
    """Make a rule for a country; it holds within two seconds."""
    iso = iso_country.upper()
    if iso not in COUNTRY_NAMES:
        raise NotFound(iso_country)
    async with changing(house.database, house.bells.announce_change) as db:
        await sender_id_rules.put(db, carrier, iso, asked.rule)
    return RuleView(iso_country=iso, country=COUNTRY_NAMES[iso], rule=asked.rule, is_own=True)


@router.delete("/{iso_country}", status_code=204)
async def delete(house: House, carrier: Carrier, iso_country: str) -> None:
    """Let the default hold again."""
    async with changing(house.database, house.bells.announce_change) as db:
        await sender_id_rules.reset(db, carrier, iso_country.upper())
