"""Adds a connector by the profile of its device, and changes one: each field with its complaint."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.carrier.views import ConnectorView
from api.dashboard.doctor import begin
from api.dashboard.languages import gettext as _
from api.dashboard.languages import said
from api.dashboard.rendering import render
from api.dashboard.setting_fields import WHOLE, SettingField, fields_of, read
from api.dashboard.visitors import Visitor, see_other
from api.dashboard.words import N_
from api.deps import services
from smsc.doctor.asked import Asked
from smsc.errors import Conflict
from smsc.provisioning import connectors, profiles
from smsc.provisioning.connector_fields import SETTINGS, ConnectorChange, ConnectorDraft
from smsc.provisioning.connectors import LiveConnector
from smsc.provisioning.transaction import changing, reading
from smsc.settings import Settings
from smsc.simulator.client import SimulatorClient, SimulatorUnreachable

log = structlog.get_logger()

FIRST: Final = ("name", "host", "port", "system_id", "password", "tls", "throughput", "window")
LABELS: Final = {
    "name": N_("Name"),
    "host": N_("Host"),
    "port": N_("Port"),
    "system_id": N_("System ID"),
    "password": N_("Password"),
    "tls": N_("Encrypt the connection (TLS)"),
    "throughput": N_("Segments a second; empty: as fast as it answers"),
    "window": N_("Segments that may be unanswered at a time"),
}
# Whether it runs is said by buttons of its page.
FURTHER: Final = tuple(sorted(SETTINGS - {*FIRST, "paused", "draining"}))
SIMULATOR: Final = "simulator"
_SIMULATOR_SECONDS: Final = 1.0  # to find out whether there is one


@dataclass(frozen=True, slots=True)
class _Tried:
    """A form as it stands: what was typed, and what is wrong with it."""

    values: Mapping[str, object] = field(default_factory=dict)
    complaints: Mapping[str, str] = field(default_factory=dict)

    def fields(self, names: Sequence[str]) -> list[SettingField]:
        """Return its fields of these names."""
        return fields_of(ConnectorDraft, names, self.values, self.complaints)

    @property
    def is_wrong_further_down(self) -> bool:
        """Whether a complaint stands where it wouldn't be seen."""
        return any(name in FURTHER for name in self.complaints)


async def show_new(request: Request, visitor: Visitor) -> Response:
    """Let a profile be chosen; then show the form that it fills in."""
    settings = services(request).settings
    name = request.query_params.get("profile", "")
    if name == SIMULATOR:
        return _page(visitor, _Tried(_to_simulator(settings)), profile=None)
    known = {profile.name: profile for profile in profiles.every()}
    if name not in known:
        return render(
            "connector_new.html",
            visitor,
            profiles=known.values(),
            has_simulator=await has_simulator(settings),
        )
    return _page(visitor, _Tried(known[name].settings), profile=known[name])


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make the connector, at rest, and try its bind; what is wrong is said beside its field."""
    house = services(request)
    profile = next((one for one in profiles.every() if one.name == form.get("profile")), None)
    draft, complaints = read(ConnectorDraft, form, (*FIRST, *FURTHER, "profile"))
    if draft is not None:
        # It rests until somebody has seen that its bind works; a device that dials in shows itself.
        draft = draft.model_copy(update={"paused": not draft.dials_in})
        try:
            async with changing(house.database, house.bells.announce_change) as db:
                live = await connectors.create(db, house.vault, visitor.reach.carrier_sid, draft)
        except Conflict as taken:
            complaints = {"name": said(taken.message)}
        else:
            log.info("connector.created", by=visitor.user.sid, sid=live.sid)
            if draft.dials_in:
                return see_other(f"/connectors/{live.sid}", "added")
            return await begin(house, visitor, live.sid, Asked())
    tried = _Tried(form, complaints)
    return _page(visitor, tried, profile=profile, status=HTTPStatus.BAD_REQUEST)


async def show_edit(request: Request, visitor: Visitor) -> Response:
    """Show the settings of a connector.

    Raises:
        NotFound: the carrier has no such connector.
    """
    house = services(request)
    async with reading(house.database) as db:
        live = await connectors.get(db, visitor.reach.carrier_sid, request.path_params["sid"])
    now = ConnectorView.of(live, house.vault).model_dump(mode="json")
    return _page(visitor, _Tried(now), profile=_profile_of(live), connector=live)


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change it; what is wrong is said beside its field.

    Raises:
        NotFound: the carrier has no such connector.
    """
    house, sid = services(request), request.path_params["sid"]
    async with reading(house.database) as db:
        live = await connectors.get(db, visitor.reach.carrier_sid, sid)
    asked, complaints = read(ConnectorChange, form, (*FIRST, *FURTHER))
    for name in ("name", "system_id"):
        if not form.get(name, "").strip():
            complaints[name] = _("This can't be empty.")
    if asked is not None and not complaints:
        try:
            async with changing(house.database, house.bells.announce_change) as db:
                await connectors.change(db, house.vault, visitor.reach.carrier_sid, sid, asked)
        except Conflict as taken:
            complaints = {"name": said(taken.message)}
        else:
            log.info("connector.changed", by=visitor.user.sid, sid=sid)
            return see_other(f"/connectors/{sid}", "changed")
    return _page(
        visitor,
        _Tried(form, complaints),
        profile=_profile_of(live),
        connector=live,
        status=HTTPStatus.BAD_REQUEST,
    )


async def has_simulator(settings: Settings) -> bool:
    """Say whether the simulator of this installation answers."""
    client = SimulatorClient(settings.simulator_address)
    try:
        async with asyncio.timeout(_SIMULATOR_SECONDS):
            await asyncio.to_thread(client.profiles)
    except (SimulatorUnreachable, TimeoutError):
        return False
    return True


def _to_simulator(settings: Settings) -> Mapping[str, object]:
    """Return what a connector to it is made of; it takes any name and password.

    The name is nobody else's: a receipt goes to any bind of the system_id that submitted.
    """
    return {
        "name": SIMULATOR,
        "host": urlsplit(settings.simulator_address).hostname,
        "port": settings.simulator_port,
        "system_id": f"smsc-{secrets.token_hex(4)}",
        "password": secrets.token_hex(4),
    }


def _profile_of(live: LiveConnector) -> profiles.Profile | None:
    return next((one for one in profiles.every() if one.name == live.connector.profile), None)


def _page(
    visitor: Visitor,
    tried: _Tried,
    *,
    profile: profiles.Profile | None,
    connector: LiveConnector | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    is_simulated = connector is None and tried.values.get("name") == SIMULATOR
    return render(
        "connector_form.html",
        visitor,
        status=status,
        first=tried.fields(FIRST),
        further=tried.fields(FURTHER),
        is_open=tried.is_wrong_further_down,
        labels={name: _(label) for name, label in LABELS.items()},
        complaint=tried.complaints.get(WHOLE, ""),
        profile=profile,
        live=connector,
        password=tried.values.get("password", "") if is_simulated else "",
    )
