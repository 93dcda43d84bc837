"""The doctor: a test of a connector's bind, a test message, and what it finds and suggests."""

from collections.abc import Mapping
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import checked
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, nobody_need_know, see_other
from api.deps import Services, services
from smsc.doctor import Report
from smsc.doctor.asked import Asked
from smsc.doctor.report import Step
from smsc.provisioning import connectors, probes
from smsc.provisioning.connector_fields import ConnectorChange
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_MOST_TEXTS: Final = 40  # segments that a whole examination may send


async def ask(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Begin a probe: of the bind alone, with a text, or with all that the doctor can find out.

    Raises:
        BadParameter: the numbers can't be used.
        NotFound: the carrier has no such connector.
        Conflict: it is being probed, or dials in.
    """
    wanted: dict[str, object] = {}
    if form.get("to") or form.get("from"):
        wanted = {"to": form.get("to", "").strip(), "from": form.get("from", "").strip()}
        if form.get("text", "").strip():
            wanted["text"] = form["text"].strip()
        if form.get("whole"):
            wanted |= {"steps": [step.value for step in Step], "texts": _MOST_TEXTS}
    asked = checked(Asked, wanted)
    asked.check()
    return await begin(services(request), visitor, request.path_params["sid"], asked)


async def begin(house: Services, visitor: Visitor, connector_sid: str, asked: Asked) -> Response:
    """Ask for a probe, and go where its findings will stand.

    Raises:
        NotFound, Conflict: as `ask`.
    """
    carrier_sid = visitor.reach.carrier_sid
    async with changing(house.database, nobody_need_know) as db:
        probe = await probes.create(db, carrier_sid, connector_sid, asked.stored())
    house.bells.ring_probe(probe.sid)
    log.info("probe.asked", by=visitor.user.sid, connector_sid=connector_sid, sid=probe.sid)
    return see_other(f"/probes/{probe.sid}")


async def show(request: Request, visitor: Visitor) -> Response:
    """Show a probe and its report so far.

    Raises:
        NotFound: the carrier has no such probe.
    """
    carrier_sid = visitor.reach.carrier_sid
    async with reading(services(request).database) as db:
        probe = await probes.find(db, carrier_sid, request.path_params["sid"])
        live = await connectors.get(db, carrier_sid, probe.connector_sid)
    return render(
        "probe.html",
        visitor,
        probe=probe,
        live=live,
        report=Report.read(probe.report),
        failure=probe.report.get("failure"),
        is_open=probe.state in {"waiting", "running"},
        may_change=visitor.reach.runs_carrier,
    )


async def apply(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Set what the doctor suggests.

    Raises:
        NotFound: the carrier has no such probe.
        BadParameter: a suggestion is no setting of this release's.
    """
    house, carrier_sid = services(request), visitor.reach.carrier_sid
    async with changing(house.database, house.bells.announce_change) as db:
        probe = await probes.find(db, carrier_sid, request.path_params["sid"])
        suggested = Report.read(probe.report).suggestions
        asked = checked(ConnectorChange, {one.setting: one.value for one in suggested})
        await connectors.change(db, house.vault, carrier_sid, probe.connector_sid, asked)
    log.info("probe.applied", by=visitor.user.sid, sid=probe.sid)
    return see_other(f"/connectors/{probe.connector_sid}", "changed")
