"""The page of one message: its way, its segments, and why it waits or failed."""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.drawing import draw
from api.dashboard.rendering import render
from api.dashboard.story import tell, why
from api.dashboard.visitors import Visitor, require
from api.deps import services
from smsc.messaging.reading import journey
from smsc.messaging.tracing import kept_pdus
from smsc.messaging.tracing.kept_pdus import StoredPdu
from smsc.models import Direction
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading
from smsc.smpp.description import Disclosure, describe

_MOST_STEPS: Final = 150  # a page stays under 100 KB
_MOST_PDUS: Final = 20
_IN_FULL: Final = Disclosure(numbers=True, bodies=True)


async def show(request: Request, visitor: Visitor) -> Response:
    """Show a message.

    Raises:
        NotFound: there is none, or it is out of the visitor's reach.
    """
    sid = request.path_params["sid"]
    house = services(request)
    reach = visitor.reach
    traced = await journey.trace(house.database, reach.carrier_sid, sid)
    require(traced is not None, sid)
    assert traced is not None  # noqa: S101 narrowed above
    message = traced.message
    require(reach.sees_account(message.account_sid), sid)
    async with reading(house.database) as db:
        names = await names_of(db, reach)
    pdus = None
    if reach.sees_carrier:
        pdus = await kept_pdus.read(house.database, reach.carrier_sid, sid)
    drawn = None
    if message.direction != Direction.INBOUND and not traced.has_own_octets:
        drawn = draw(message.body)
    steps = tell(traced, names)
    return render(
        "message.html",
        visitor,
        message=message,
        traced=traced,
        names=names,
        reasons=why(traced),
        drawn=drawn,
        steps=steps[:_MOST_STEPS],
        more_steps=max(len(steps) - _MOST_STEPS, 0),
        pdus=[_described(pdu) for pdu in (pdus or ())[:_MOST_PDUS]],
    )


def _described(pdu: StoredPdu) -> dict[str, object]:
    said = describe(pdu.octets, _IN_FULL, pdu.default_alphabet)
    fields = orjson.dumps(said.get("fields"), option=orjson.OPT_INDENT_2, default=str).decode()
    return {"at": pdu.at, "direction": pdu.direction, **said, "fields": fields}
