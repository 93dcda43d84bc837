"""How a carrier looks: its name for customers, its colour, its logo, and the hosts that are its."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import Carrier, CarrierDomain, CarrierLogo
from smsc.provisioning import carriers, colors
from smsc.provisioning.fields import Change, Host, Label
from smsc.provisioning.listing import found

TXT_PREFIX: Final = "_smsc."  # of the name whose TXT record proves a host
_TOKEN_OCTETS: Final = 16
_VERSION_CHARACTERS: Final = 12


def _color(value: str | None) -> str | None:
    return None if value is None else colors.parse(value)


class BrandChange(Change):
    """What of a carrier's looks can change; null: as its name, and our colour."""

    brand_name: Annotated[Label, Field(min_length=1)] | None = None
    brand_color: Annotated[str | None, AfterValidator(_color)] = None


@dataclass(frozen=True, slots=True)
class Brand:
    """What pages need of it."""

    carrier_sid: str
    name: str
    color: str | None = None
    logo_version: str | None = None

    @classmethod
    def of(cls, carrier: Carrier) -> "Brand":
        """Return a carrier's."""
        return cls(
            carrier.sid,
            carrier.brand_name or carrier.name,
            carrier.brand_color,
            carrier.logo_version,
        )


async def change(db: AsyncSession, carrier_sid: str, asked: BrandChange) -> Carrier:
    """Change name and colour.

    Raises:
        NotFound: there is no such carrier.
    """
    return await carriers.change(db, carrier_sid, asked.asked())


async def set_logo(db: AsyncSession, carrier_sid: str, picture: bytes) -> None:
    """Keep a logo, which was checked."""
    made = insert(CarrierLogo).values(carrier_sid=carrier_sid, octets=picture)
    await db.exec(
        made.on_conflict_do_update(
            index_elements=["carrier_sid"], set_={"octets": made.excluded.octets}
        )
    )
    version = hashlib.sha256(picture).hexdigest()[:_VERSION_CHARACTERS]
    await _set_version(db, carrier_sid, version)


async def remove_logo(db: AsyncSession, carrier_sid: str) -> None:
    """Have no logo."""
    await db.exec(delete(CarrierLogo).where(col(CarrierLogo.carrier_sid) == carrier_sid))
    await _set_version(db, carrier_sid, None)


async def logo(db: AsyncSession, carrier_sid: str) -> bytes:
    """Return the logo, a PNG.

    Raises:
        NotFound: the carrier has none.
    """
    return found(await db.get(CarrierLogo, carrier_sid), carrier_sid).octets


async def domains(db: AsyncSession, carrier_sid: str) -> Sequence[CarrierDomain]:
    """Return the hosts that a carrier has claimed, verified or not."""
    statement = select(CarrierDomain).where(col(CarrierDomain.carrier_sid) == carrier_sid)
    return (await db.exec(statement.order_by(col(CarrierDomain.host)))).all()


class DomainDraft(Change):
    """A host that a carrier claims."""

    host: Host


async def claim_domain(db: AsyncSession, carrier_sid: str, draft: DomainDraft) -> CarrierDomain:
    """Claim a host; what proves it is the token, in a TXT record of `_smsc.` and the host.

    The commit refuses one that the carrier has claimed already.
    """
    domain = CarrierDomain(
        carrier_sid=carrier_sid,
        host=draft.host.lower().rstrip("."),
        token=secrets.token_hex(_TOKEN_OCTETS),
    )
    db.add(domain)
    await db.flush()
    return domain


async def domain(db: AsyncSession, carrier_sid: str, host: str) -> CarrierDomain:
    """Return a claim.

    Raises:
        NotFound: the carrier hasn't claimed this host.
    """
    return found(await db.get(CarrierDomain, (carrier_sid, host)), host)


async def verify_domain(db: AsyncSession, carrier_sid: str, host: str) -> None:
    """Note that the claim was proved. The commit refuses a host that is another carrier's."""
    await db.exec(
        update(CarrierDomain)
        .where(col(CarrierDomain.carrier_sid) == carrier_sid, col(CarrierDomain.host) == host)
        .values(verified_at=func.now())
    )


async def remove_domain(db: AsyncSession, carrier_sid: str, host: str) -> None:
    """Give a host up.

    Raises:
        NotFound: the carrier hasn't claimed it.
    """
    statement = (
        delete(CarrierDomain)
        .where(col(CarrierDomain.carrier_sid) == carrier_sid, col(CarrierDomain.host) == host)
        .returning(col(CarrierDomain.host))
    )
    found((await db.exec(statement)).first(), host)


async def of_host(db: AsyncSession, host: str) -> Brand | None:
    """Return whose a host is, if it was proved."""
    statement = (
        select(Carrier)
        .join(CarrierDomain, col(CarrierDomain.carrier_sid) == col(Carrier.sid))
        .where(col(CarrierDomain.host) == host.lower(), col(CarrierDomain.verified_at).is_not(None))
    )
    carrier = (await db.exec(statement)).first()
    return None if carrier is None else Brand.of(carrier)


async def _set_version(db: AsyncSession, carrier_sid: str, version: str | None) -> None:
    await db.exec(
        update(Carrier).where(col(Carrier.sid) == carrier_sid).values(logo_version=version)
    )
