"""Numbers near a place: those whose own place has a latitude and a longitude."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Float, cast, func, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import PhoneNumber

DEFAULT_MILES: Final = 25
MOST_MILES: Final = 500
_EARTH_RADIUS_MILES: Final = 3958.8


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the map."""

    latitude: float
    longitude: float
    miles: int = DEFAULT_MILES

    def has(self) -> ColumnElement[bool]:
        """Return the condition that a number belongs to a place in the circle.

        Source: the spherical law of cosines.
        """
        latitude, longitude = func.radians(_degrees("latitude")), _degrees("longitude")
        here = func.radians(literal(self.latitude))
        cosine = func.sin(here) * func.sin(latitude) + func.cos(here) * func.cos(
            latitude
        ) * func.cos(func.radians(longitude - self.longitude))
        miles = _EARTH_RADIUS_MILES * func.acos(func.least(1.0, func.greatest(-1.0, cosine)))
        return miles <= self.miles


async def place_of_number(
    db: AsyncSession, carrier_sid: str, phone_number: str, miles: int
) -> Near | None:
    """Return the circle around a number of the inventory; None: nobody knows where it is."""
    statement = select(PhoneNumber.place).where(
        col(PhoneNumber.carrier_sid) == carrier_sid, col(PhoneNumber.phone_number) == phone_number
    )
    place = (await db.exec(statement)).first() or {}
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
        return None
    return Near(latitude, longitude, miles)


def _degrees(name: str) -> ColumnElement[float]:
    return cast(col(PhoneNumber.place)[name].astext, Float)
