"""`/carrier/v1/settings` and `/sign_up_policy`: what the carrier decides of itself."""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.models import Carrier as CarrierRow
from smsc.models import SignUpPolicy
from smsc.provisioning import carrier_settings, carriers, sign_ups
from smsc.provisioning.carrier_settings import SettingsChange
from smsc.provisioning.sign_ups import PolicyDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/settings", route_class=CarrierRoute, tags=["settings"])
sign_up = APIRouter(prefix="/sign_up_policy", route_class=CarrierRoute, tags=["settings"])


class SettingsView(BaseModel):
    """The carrier's name and unit of prices, and for how many days new accounts keep what."""

    name: str
    price_unit: str
    default_texts_days: int | None
    default_numbers_days: int | None
    default_logs_days: int | None
    default_messages_days: int | None

    @classmethod
    def of(cls, carrier: CarrierRow) -> "SettingsView":
        """Show them."""
        return cls.model_validate(carrier.model_dump(include=set(cls.model_fields)))


class SignUpPolicyView(BaseModel):
    """What whoever comes by may do, and what limits the accounts that they make."""

    enabled: bool
    needs_approval: bool
    messages_per_day: int | None
    spend_per_month: Decimal | None
    own_numbers_only: bool
    verify_service_sid: str | None
    text_prefix: str | None

    @classmethod
    def of(cls, policy: SignUpPolicy) -> "SignUpPolicyView":
        """Show it."""
        return cls.model_validate(policy.model_dump(include=set(cls.model_fields)))


@router.get("")
async def get(house: House, carrier: Carrier) -> SettingsView:
    """Read them."""
    async with reading(house.database) as db:
        return SettingsView.of(await carriers.get(db, carrier))


@router.patch("")
async def change(house: House, carrier: Carrier, asked: SettingsChange) -> SettingsView:
    """Change some; accounts that are there stay as they are."""
    async with changing(house.database, house.bells.announce_change) as db:
        return SettingsView.of(await carrier_settings.change(db, carrier, asked))


@sign_up.get("")
async def get_sign_up(house: House, carrier: Carrier) -> SignUpPolicyView:
    """Read what whoever comes by may do."""
    async with reading(house.database) as db:
        return SignUpPolicyView.of(await sign_ups.policy(db, carrier))


@sign_up.put("")
async def put_sign_up(house: House, carrier: Carrier, draft: PolicyDraft) -> SignUpPolicyView:
    """Set it; accounts that are there stay as they are."""
    async with changing(house.database, house.bells.announce_change) as db:
        return SignUpPolicyView.of(await sign_ups.set_policy(db, carrier, draft))
