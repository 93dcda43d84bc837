"""A phone on the screen: what the simulator's handsets receive, and what they write."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.languages import gettext as _
from api.dashboard.languages import said
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import Services, services
from smsc.errors import BadParameter
from smsc.messaging.reading import queries
from smsc.messaging.reading.queries import MessageFilter
from smsc.models import Direction
from smsc.provisioning import simulated
from smsc.provisioning.transaction import reading
from smsc.simulator.client import Json, SimulatorClient, SimulatorUnreachable
from smsc.sms.address import is_number

log = structlog.get_logger()

_SHOWN: Final = 30  # messages on the screen, and handsets beside it
_MOST_TEXT: Final = 1600
_PATIENCE_SECONDS: Final = 5.0  # for the gateway's answer to what a handset wrote


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on the screen."""

    at: datetime
    other: str  # who wrote it, or to whom it was written
    text: str
    is_own: bool


async def show(request: Request, visitor: Visitor) -> Response:
    """Show a handset, or which were used.

    Raises:
        NotFound: no connector of the carrier leads to the simulator.
    """
    house = services(request)
    await _require_simulated(house, visitor)
    number = _typed(request.query_params.get("number", ""))
    client = SimulatorClient(house.settings.simulator_address)
    bubbles: Sequence[Bubble] = ()
    handsets: Sequence[str] = ()
    complaint = ""
    try:
        handsets = [
            str(one["number"]) for one in _listed(await asyncio.to_thread(client.handsets))[:_SHOWN]
        ]
        number = number or next(iter(handsets), "")
        if number:
            received = _listed(await asyncio.to_thread(client.read, number))
            bubbles = _merged(received, await _written(house, visitor, number))
    except SimulatorUnreachable as error:
        complaint = said(error.message)
    latest = next((one.other for one in reversed(bubbles)), "")
    return render(
        "handset.html",
        visitor,
        number=number,
        handsets=handsets,
        bubbles=bubbles,
        to=latest,
        complaint=complaint,
    )


async def write(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Send an SMS from a handset into the gateway.

    Raises:
        NotFound: as `show`.
        BadParameter: a number or the text is missing.
        SimulatorUnreachable, SimulatorRefused: the simulator doesn't send it.
    """
    house = services(request)
    await _require_simulated(house, visitor)
    number, to, text = _typed(form.get("number", "")), form.get("to", "").strip(), form.get("text")
    if not number or not to or not text:
        raise BadParameter(_("Say from which phone, to which number, and what to send."))
    client = SimulatorClient(house.settings.simulator_address)
    text = text[:_MOST_TEXT]
    await asyncio.to_thread(client.send, number, to, text, within=_PATIENCE_SECONDS)
    log.info("handset.wrote", by=visitor.user.sid)
    return see_other(f"/handset?{urlencode({'number': number})}")


async def _require_simulated(house: Services, visitor: Visitor) -> None:
    async with reading(house.database) as db:
        links = await simulated.connectors(db, visitor.reach.carrier_sid, house.settings)
    require(bool(links), "/handset")


async def _written(house: Services, visitor: Visitor, number: str) -> list[Bubble]:
    """Return what the handset wrote, as the gateway has it."""
    wanted = MessageFilter(from_=number, direction=Direction.INBOUND.value)
    page = await queries.search(house.confined, visitor.reach, wanted, limit=_SHOWN)
    return [Bubble(one.created_at, one.to, one.body, is_own=True) for one in page.messages]


def _merged(received: Sequence[Json], written: Sequence[Bubble]) -> Sequence[Bubble]:
    bubbles = [
        Bubble(
            datetime.fromisoformat(str(one["received_at"])).astimezone(UTC),
            str(one["from"]),
            str(one["text"]),
            is_own=False,
        )
        for one in received[-_SHOWN:]
    ]
    return sorted([*bubbles, *written], key=lambda bubble: bubble.at)[-_SHOWN:]


def _listed(answer: Json) -> list[Json]:
    data = answer.get("data")
    return data if isinstance(data, list) else []


def _typed(number: str) -> str:
    bare = number.replace(" ", "").replace("-", "")
    return bare if is_number(bare.removeprefix("+")) else ""
