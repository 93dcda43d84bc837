"""The branding: name, colour and logo that customers see, and the hosts that are the carrier's."""

import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import checked
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.setting_fields import fields_of, read
from api.dashboard.visitors import Visitor, see_other
from api.dashboard.words import N_
from api.deps import services
from api.domains import claim, prove
from smsc.errors import BadParameter
from smsc.provisioning import branding, carriers
from smsc.provisioning.branding import TXT_PREFIX, BrandChange, DomainDraft
from smsc.provisioning.pictures import NoPicture, picture_of
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

LABELS: Final = {
    "brand_name": N_("Name for customers; empty: the carrier's own"),
    "brand_color": N_("Colour, like #0b6b57; empty: ours"),
}


async def show(request: Request, visitor: Visitor) -> Response:
    """Show them."""
    return await _page(request, visitor, None, {})


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change name and colour; what is wrong is said beside its field."""
    house = services(request)
    asked, complaints = read(BrandChange, form, LABELS)
    if asked is None:
        return await _page(request, visitor, form, complaints)
    async with changing(house.database, house.bells.announce_change) as db:
        await branding.change(db, visitor.reach.carrier_sid, asked)
    log.info("brand.changed", by=visitor.user.sid)
    return see_other("/branding", "changed")


async def set_logo(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Keep a logo, or none.

    Raises:
        BadParameter: it is no PNG that we take.
    """
    house, carrier_sid = services(request), visitor.reach.carrier_sid
    sent = form.get("png", "").strip().rpartition(",")[2]  # a data: URL's beginning is no picture
    async with changing(house.database, house.bells.announce_change) as db:
        if not sent:
            await branding.remove_logo(db, carrier_sid)
        else:
            await branding.set_logo(db, carrier_sid, _picture(sent))
    log.info("brand.changed", by=visitor.user.sid)
    return see_other("/branding", "changed")


async def claim_domain(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Claim a host.

    Raises:
        BadParameter: it is none, or this installation's own.
        Conflict: it is claimed already.
    """
    draft = checked(DomainDraft, {"host": form.get("host", "")})
    await claim(services(request), visitor.reach.carrier_sid, draft)
    return see_other("/branding", "added")


async def verify_domain(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Look for the proof in the DNS.

    Raises:
        NotFound, BadParameter, Conflict, ServiceUnavailable: as `prove`.
    """
    await prove(services(request), visitor.reach.carrier_sid, form.get("host", ""))
    return see_other("/branding", "changed")


async def remove_domain(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Give a host up.

    Raises:
        NotFound: the carrier hasn't claimed it.
    """
    house = services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await branding.remove_domain(db, visitor.reach.carrier_sid, form.get("host", ""))
    return see_other("/branding", "removed")


def _picture(sent: str) -> bytes:
    try:
        return picture_of(base64.b64decode(sent, validate=True))
    except (NoPicture, binascii.Error) as fault:
        raise BadParameter(str(fault)) from None


async def _page(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, object] | None,
    complaints: Mapping[str, str],
) -> Response:
    async with reading(services(request).database) as db:
        carrier = await carriers.get(db, visitor.reach.carrier_sid)
        domains = await branding.domains(db, visitor.reach.carrier_sid)
    now = {name: getattr(carrier, name) for name in LABELS}
    return render(
        "branding.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if complaints else HTTPStatus.OK,
        fields=fields_of(BrandChange, LABELS, values or now, complaints),
        labels={name: _(label) for name, label in LABELS.items()},
        domains=[(domain, TXT_PREFIX + domain.host) for domain in domains],
    )
