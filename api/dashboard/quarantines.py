"""Quarantine of an account, begun and ended by hand, with a reason that its customer reads."""

from collections.abc import Mapping
from typing import Annotated

import structlog
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import checked
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from smsc.messaging.guard import quarantine
from smsc.provisioning.fields import Input, Label

log = structlog.get_logger()


class QuarantineForm(Input):
    """Why an account shall send nothing."""

    why: Annotated[Label, Field(min_length=1)]


async def begin(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Let an account and its subaccounts send nothing; what waits of them is held.

    Raises:
        BadParameter: no reason is given, or a long one.
        NotFound: the carrier has no such account, or it is closed.
    """
    house, sid = services(request), request.path_params["sid"]
    asked = checked(QuarantineForm, {"why": form.get("why", "").strip()})
    await quarantine.begin(house.confined, visitor.reach.carrier_sid, sid, asked.why)
    await house.bells.announce_change()
    log.info("account.quarantined", by=visitor.user.sid, sid=sid)
    return see_other(f"/accounts/{sid}", "quarantined")


async def lift(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Let it send again; what was held goes on.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    house, sid = services(request), request.path_params["sid"]
    await quarantine.lift(house.confined, visitor.reach.carrier_sid, sid)
    await house.bells.announce_change()
    log.info("account.let_go", by=visitor.user.sid, sid=sid)
    return see_other(f"/accounts/{sid}", "let_go")
