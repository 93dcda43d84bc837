"""The carrier's settings: its name, sign-in and sign-up, and how long new accounts keep what."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.languages import gettext as _
from api.dashboard.provider_sign_in import CALLBACK
from api.dashboard.rendering import render
from api.dashboard.setting_fields import WHOLE, Kind, SettingField, fields_of, read
from api.dashboard.visitors import Visitor, nobody_need_know, see_other
from api.dashboard.words import N_
from api.deps import services
from api.identity_providers import require_answering
from smsc.errors import BadParameter
from smsc.provisioning import (
    carrier_settings,
    carriers,
    identity_providers,
    mails,
    second_factors,
    sign_ups,
)
from smsc.provisioning.carrier_settings import SettingsChange
from smsc.provisioning.identity_providers import DEFAULT_SCOPES, ProviderDraft
from smsc.provisioning.sign_ups import PolicyDraft
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

GENERAL: Final = {
    "name": N_("Name"),
    "default_texts_days": N_("Days for which texts are kept; empty: for ever"),
    "default_numbers_days": N_("Days for which recipients' numbers are kept; empty: for ever"),
    "default_logs_days": N_("Days for which logs are kept; empty: for ever"),
    "default_messages_days": N_("Days for which messages are kept; empty: for ever"),
}
SIGN_UP: Final = {
    "enabled": N_("Whoever comes by may make an account"),
    "needs_approval": N_("It sends nothing until you approve it"),
    "messages_per_day": N_("Messages a day; empty: no limit"),
    "spend_per_month": N_("Spend a month; empty: no limit"),
    "own_numbers_only": N_("It writes to its own, confirmed numbers alone"),
    "verify_service_sid": N_("Verify service that confirms numbers, VA…; empty: you do it"),
    "text_prefix": N_("What stands before each of its texts; empty: nothing"),
}
PROVIDER: Final = {
    "name": N_("What people call it"),
    "issuer": N_("Issuer, https://…"),
    "client_id": N_("Client ID"),
    "client_secret": N_("Client secret; empty: it stays"),
    "scopes": N_("Scopes, with spaces between"),
    "allowed_domains": N_("Domains whose addresses need no invitation; empty: none"),
    "bound": N_("Who may sign in by it alone"),
    "asks_factor": N_("It always asks for a second factor"),
    "enabled": N_("It is in use"),
}
_LISTS: Final = frozenset({"scopes", "allowed_domains"})  # typed with spaces between
_NOTHING: Final[Mapping[str, str]] = {}


async def show(request: Request, visitor: Visitor) -> Response:
    """Show them."""
    return await _page(request, visitor)


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change the name and the terms of new accounts; what is wrong is said beside its field."""
    house = services(request)
    asked, complaints = read(SettingsChange, form, GENERAL)
    if not form.get("name", "").strip():
        complaints["name"] = _("This can't be empty.")
    if asked is None or complaints:
        return await _page(request, visitor, general=(form, complaints))
    async with changing(house.database, house.bells.announce_change) as db:
        await carrier_settings.change(db, visitor.reach.carrier_sid, asked)
    log.info("carrier.changed", by=visitor.user.sid)
    return see_other("/settings", "changed")


async def change_sign_up(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change what is offered to whoever comes by; what is wrong is said beside its field."""
    draft, complaints = read(PolicyDraft, form, SIGN_UP)
    if draft is None or complaints:
        return await _page(request, visitor, sign_up=(form, complaints))
    try:
        async with changing(services(request).database, nobody_need_know) as db:
            await sign_ups.set_policy(db, visitor.reach.carrier_sid, draft)
    except BadParameter as fault:
        complaint = {"verify_service_sid": fault.message.partition(": ")[2]}
        return await _page(request, visitor, sign_up=(form, complaint))
    log.info("sign_up_policy.changed", by=visitor.user.sid)
    return see_other("/settings", "changed")


async def set_provider(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Set the carrier's provider, if it answers; what is wrong is said beside its field."""
    house = services(request)
    typed = {
        name: json.dumps(value.split()) if name in _LISTS else value for name, value in form.items()
    }
    draft, complaints = read(ProviderDraft, typed, PROVIDER)
    if draft is None or complaints:
        return await _page(request, visitor, provider=(form, complaints))
    try:
        await require_answering(house, draft)
    except BadParameter as fault:
        complaint = {"issuer": fault.message.partition(": ")[2]}
        return await _page(request, visitor, provider=(form, complaint))
    async with changing(house.database, nobody_need_know) as db:
        await identity_providers.put(db, house.vault, visitor.reach.carrier_sid, draft)
    log.info("identity_provider.changed", by=visitor.user.sid)
    return see_other("/settings", "changed")


async def remove_provider(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Have no provider; who came by it is signed out.

    Raises:
        NotFound: there is none.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        await identity_providers.remove(db, visitor.reach.carrier_sid)
    log.info("identity_provider.removed", by=visitor.user.sid)
    return see_other("/settings", "removed")


_Typed = tuple[Mapping[str, str], Mapping[str, str]]  # a form, and what is wrong by field


async def _page(
    request: Request,
    visitor: Visitor,
    *,
    general: _Typed | None = None,
    sign_up: _Typed | None = None,
    provider: _Typed | None = None,
) -> Response:
    house, carrier_sid = services(request), visitor.reach.carrier_sid
    async with reading(house.database) as db:
        carrier = await carriers.get(db, carrier_sid)
        policy = await sign_ups.policy(db, carrier_sid)
        known = await identity_providers.find(db, carrier_sid)
        is_required = await second_factors.is_required(db, carrier_sid)
        site = await mails.site_of(db, house.settings, carrier_sid)
    now_general = general or (carrier.model_dump(), _NOTHING)
    now_sign_up = sign_up or (_plain(policy.model_dump()), _NOTHING)
    fresh: Mapping[str, object] = {"scopes": list(DEFAULT_SCOPES), "allowed_domains": []}
    now_provider = provider or (fresh if known is None else known.model_dump(), _NOTHING)
    labels = {"general": GENERAL, "sign_up": SIGN_UP, "provider": PROVIDER}
    is_wrong = any(one is not None for one in (general, sign_up, provider))
    return render(
        "carrier_settings.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if is_wrong else HTTPStatus.OK,
        general=fields_of(SettingsChange, GENERAL, *now_general),
        sign_up=fields_of(PolicyDraft, SIGN_UP, *now_sign_up),
        provider=[_spaced(field) for field in fields_of(ProviderDraft, PROVIDER, *now_provider)],
        complaints={
            "sign_up": now_sign_up[1].get(WHOLE, ""),
            "provider": now_provider[1].get(WHOLE, ""),
        },
        labels={
            form: {name: _(label) for name, label in named.items()}
            for form, named in labels.items()
        },
        has_provider=known is not None,
        offers_accounts=policy.enabled,
        is_required=is_required,
        callback=site + CALLBACK,
        leave_url=f"{site}/sign-in/provider/{carrier_sid}",
        sign_up_url=f"{site}/sign-up",
    )


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in values.items()
    }


def _spaced(field: SettingField) -> SettingField:
    """Show a list as words with spaces between."""
    if field.name not in _LISTS:
        return field
    value = field.value
    if value.startswith("["):
        value = " ".join(json.loads(value))
    return replace(field, kind=Kind.TEXT, value=value)
