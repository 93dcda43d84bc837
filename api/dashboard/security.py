"""A person's second factor: set up with an app, its recovery codes, and how it is switched off."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import segno
import structlog
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.languages import gettext as _
from api.dashboard.passkeys import site_of
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, nobody_need_know, see_other
from api.deps import services
from smsc.errors import BadParameter
from smsc.provisioning import passkeys, second_factors
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()


async def show(request: Request, visitor: Visitor) -> Response:
    """Show it."""
    return await _page(request, visitor)


async def begin(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Make a secret for an app to read.

    Raises:
        Conflict: a second factor is on already.
    """
    house = services(request)
    async with changing(house.database, nobody_need_know) as db:
        await second_factors.begin(db, house.vault, visitor.user)
    return see_other("/security")


async def confirm(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Switch it on by a code of the app, and show the recovery codes this once."""
    house, code = services(request), form.get("code", "").replace(" ", "")
    async with changing(house.database, nobody_need_know) as db:
        codes = await second_factors.confirm(db, house.vault, visitor.user, code, datetime.now(UTC))
    if codes is None:
        return await _page(request, visitor, complaint=_("The code is wrong. Wait for the next."))
    log.info("second_factor.on", user_sid=visitor.user.sid)
    return render("recovery_codes.html", visitor, codes=codes)


async def renew_codes(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make other recovery codes, and show them this once.

    Raises:
        BadParameter: the code is wrong.
    """
    house = services(request)
    await _require_code(request, visitor, form)
    async with changing(house.database, nobody_need_know) as db:
        codes = await second_factors.renew_recovery_codes(db, visitor.user)
    return render("recovery_codes.html", visitor, codes=codes)


async def remove(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Switch it off.

    Raises:
        BadParameter: the code is wrong.
    """
    await _require_code(request, visitor, form)
    async with changing(services(request).database, nobody_need_know) as db:
        await second_factors.remove(db, visitor.user)
    log.info("second_factor.off", user_sid=visitor.user.sid)
    return see_other("/security", "removed")


async def set_policy(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Say whether everybody of the carrier has to have a second factor."""
    required = form.get("required") == "true"
    async with changing(services(request).database, nobody_need_know) as db:
        await second_factors.require(db, visitor.reach.carrier_sid, required=required)
    return see_other("/settings" if form.get("back") == "/settings" else "/people", "changed")


async def _require_code(request: Request, visitor: Visitor, form: Mapping[str, str]) -> None:
    house = services(request)
    async with changing(house.database, nobody_need_know) as db:
        is_right = await second_factors.check(
            db, house.vault, visitor.user, form.get("code", ""), datetime.now(UTC)
        )
    if not is_right:
        raise BadParameter(_("The code is wrong. Wait for the next."))


async def _page(request: Request, visitor: Visitor, complaint: str = "") -> Response:
    house, user = services(request), visitor.user
    async with reading(house.database) as db:
        left = await second_factors.recovery_codes_left(db, user)
        is_required = await second_factors.is_required(db, user.carrier_sid)
        keys = await passkeys.of(db, user)
        site = site_of(request, visitor.brand.name)
        options = await passkeys.options_to_add(db, house.vault, site, user)
    secret = second_factors.secret_of(house.vault, user)
    uri = None if secret is None else second_factors.uri_of(secret, user, visitor.brand.name)
    return render(
        "security.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if complaint else HTTPStatus.OK,
        complaint=complaint,
        secret=secret and " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        drawing=None if uri is None else _drawn(uri),
        left=left,
        passkeys=keys,
        options=options,
        is_required=is_required,
    )


def _drawn(uri: str) -> Markup:
    """Draw a QR code as SVG, without styles: dark on light in each scheme of colours."""
    code = segno.make(uri, error="m")
    svg: str = code.svg_inline(scale=5, border=3, light="#fff", svgclass=None, lineclass=None)
    return Markup(svg)  # noqa: S704 segno's own drawing; the URI is in it as dots alone
