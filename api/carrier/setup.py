"""`/carrier/v1/setup`: how far a carrier is from its first delivered message."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.provisioning import first_steps
from smsc.provisioning.first_steps import FirstStep
from smsc.provisioning.transaction import changing

router = APIRouter(prefix="/setup", route_class=CarrierRoute, tags=["setup"])


class StepView(BaseModel):
    """A step, and whether it is behind the carrier."""

    name: FirstStep
    done: bool


class SetupView(BaseModel):
    """All steps in their order; `next` is the first that is not done."""

    steps: list[StepView]
    next: FirstStep | None


@router.get("")
async def get(house: House, carrier: Carrier) -> SetupView:
    """Say how far the carrier is."""
    standing = await first_steps.standing(house.confined, carrier)
    return SetupView(
        steps=[StepView(name=step, done=standing.is_done(step)) for step in FirstStep],
        next=standing.next_step,
    )


@router.post("/lawful_use", status_code=204)
async def declare_lawful_use(house: House, carrier: Carrier) -> None:
    """Declare that SIMs are used as their contracts and the law allow."""
    async with changing(house.database, house.bells.announce_change) as db:
        await first_steps.declare_lawful_use(db, carrier)
