"""Rules by which the carrier's people are told of trouble, and what rules have found."""

from collections.abc import Mapping
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import after_in, checked
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from smsc.provisioning import alert_rules
from smsc.provisioning.alert_rules import RuleChange, RuleDraft, RuleKind
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 30
_MOST_RULES: Final = 100
_CHANGEABLE: Final = ("name", "minutes", "per", "drop", "least")
_FIELDS: Final = (*_CHANGEABLE, "kind")


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the rules, and what they have found."""
    carrier = visitor.reach.carrier_sid
    async with reading(services(request).database) as db:
        rules = await alert_rules.page(db, carrier, limit=_MOST_RULES)
        found = await alert_rules.incidents(
            db, carrier, limit=_ROWS, before=after_in(request.query_params)
        )
    return render(
        "alert_rules.html",
        visitor,
        rules=rules.items,
        kinds=list(RuleKind),
        incidents=found.items,
        older=f"/alert-rules?after={found.after}" if found.after else None,
        may_change=visitor.reach.runs_carrier,
    )


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a rule.

    Raises:
        BadParameter: a field can't be used.
    """
    house = services(request)
    fields: dict[str, object] = {name: form[name] for name in _FIELDS if form.get(name)}
    draft = checked(RuleDraft, fields | {"emails": form.get("emails", "").split()})
    async with changing(house.database, house.bells.announce_change) as db:
        made = await alert_rules.create(db, visitor.reach.carrier_sid, draft)
    log.info("alert_rule.created", by=visitor.user.sid, sid=made.sid)
    return see_other("/alert-rules", "added")


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a rule, as a form to change it.

    Raises:
        NotFound: the carrier has no such rule.
    """
    async with reading(services(request).database) as db:
        rule = await alert_rules.get(db, visitor.reach.carrier_sid, request.path_params["sid"])
    return render("alert_rule.html", visitor, rule=rule)


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change a rule; what it watches stays.

    Raises:
        NotFound: the carrier has no such rule.
        BadParameter: a field can't be used.
    """
    house, sid = services(request), request.path_params["sid"]
    fields: dict[str, object] = {name: form[name] for name in _CHANGEABLE if form.get(name)}
    asked = checked(RuleChange, fields | {"emails": form.get("emails", "").split()})
    async with changing(house.database, house.bells.announce_change) as db:
        await alert_rules.change(db, visitor.reach.carrier_sid, sid, asked)
    log.info("alert_rule.changed", by=visitor.user.sid, sid=sid)
    return see_other("/alert-rules", "changed")


async def switch(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Switch a rule off or on.

    Raises:
        NotFound: the carrier has no such rule.
    """
    house, sid = services(request), request.path_params["sid"]
    asked = RuleChange(enabled=form.get("enabled") == "true")
    async with changing(house.database, house.bells.announce_change) as db:
        await alert_rules.change(db, visitor.reach.carrier_sid, sid, asked)
    return see_other("/alert-rules", "changed")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Remove a rule.

    Raises:
        NotFound: the carrier has no such rule.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await alert_rules.remove(db, visitor.reach.carrier_sid, sid)
    return see_other("/alert-rules", "removed")
