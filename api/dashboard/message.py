"""The page of one message: its way, its segments, and why it waits or failed."""

from collections.abc import Mapping
from typing import Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import conversations
from api.dashboard.drawing import draw
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.sending import send
from api.dashboard.story import tell, why
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import Services, services
from smsc.errors import BadParameter
from smsc.errors.messages import NotCancelable
from smsc.messaging import edits
from smsc.messaging.reading import journey
from smsc.messaging.reading.queries import StoredMessage
from smsc.messaging.sending import schedule
from smsc.messaging.tracing import kept_pdus
from smsc.messaging.tracing.kept_pdus import StoredPdu
from smsc.models import Direction
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading
from smsc.smpp.description import Disclosure, describe
from smsc.sms.status import MessageStatus

log = structlog.get_logger()

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
    traced = await journey.trace(house.confined, reach.carrier_sid, sid)
    require(traced is not None, sid)
    assert traced is not None  # noqa: S101 narrowed above
    message = traced.message
    require(reach.sees_account(message.account_sid), sid)
    async with reading(house.database) as db:
        names = await names_of(db, reach)
    pdus = None
    if reach.sees_carrier:
        pdus = await kept_pdus.read(house.confined, reach.carrier_sid, sid)
    drawn = None
    if message.direction != Direction.INBOUND and not traced.has_own_octets:
        drawn = draw(message.body)
    steps = tell(traced, names)
    may_send = reach.may_send_for(message.account_sid)
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
        may_resend=may_send and message.direction != Direction.INBOUND and bool(message.body),
        may_redact=(
            reach.keeps_account(message.account_sid)
            and message.status in edits.FINISHED
            and bool(message.body)
        ),
        may_cancel=may_send and message.status == MessageStatus.SCHEDULED,
        conversation=_conversation(message),
        pdus=[_described(pdu) for pdu in (pdus or ())[:_MOST_PDUS]],
    )


async def resend(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Send the same text to the same number again, as a new message, and go to its page.

    Raises:
        NotFound: there is none, or the visitor may not send for its account.
        BadParameter: it was received, or has no text any more.
        GatewayError: the accept's refusal.
    """
    house = services(request)
    message = await _message(house, visitor, request.path_params["sid"])
    if message.direction == Direction.INBOUND or not message.body:
        raise BadParameter(
            _("Only a message that was sent, and still has its text, can be resent.")
        )
    sid = await send(
        house,
        visitor,
        message.account_sid,
        to=message.to,
        sender=message.messaging_service_sid or message.from_,
        body=message.body,
        again=message.sid,
    )
    log.info("message.resent", by=visitor.user.sid, sid=message.sid, as_sid=sid)
    return see_other(f"/messages/{sid}")


async def redact(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Empty its text, here and in what is kept of it elsewhere.

    Raises:
        NotFound: there is none, or its account isn't the visitor's to keep.
        NotFinished: it is still on its way.
    """
    house, sid = services(request), request.path_params["sid"]
    message = await _message(house, visitor, sid)
    require(visitor.reach.keeps_account(message.account_sid), sid)
    await edits.redact(house.confined, message.account_sid, sid)
    log.info("message.redacted", by=visitor.user.sid, sid=sid)
    return see_other(f"/messages/{sid}", "redacted")


async def cancel(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Cancel a message that is scheduled.

    Raises:
        NotFound: there is none, or the visitor may not send for its account.
        NotCancelable: it is on its way already.
    """
    house, sid = services(request), request.path_params["sid"]
    message = await _message(house, visitor, sid)
    require(visitor.reach.may_send_for(message.account_sid), sid)
    if not await schedule.cancel(house.confined, message.account_sid, sid):
        raise NotCancelable(message.status)
    house.bells.ring_webhooks()
    log.info("message.canceled", by=visitor.user.sid, sid=sid)
    return see_other(f"/messages/{sid}", "canceled")


async def _message(house: Services, visitor: Visitor, sid: str) -> StoredMessage:
    traced = await journey.trace(house.confined, visitor.reach.carrier_sid, sid)
    require(traced is not None, sid)
    assert traced is not None  # noqa: S101 narrowed above
    require(visitor.reach.sees_account(traced.message.account_sid), sid)
    return traced.message


def _conversation(message: StoredMessage) -> str | None:
    """Return the URL of the conversation that it belongs to, once it has a sender."""
    if not message.from_:
        return None
    ours, theirs = message.from_, message.to
    if message.direction == Direction.INBOUND:
        ours, theirs = theirs, ours
    return conversations.address(message.account_sid, ours, theirs)


def _described(pdu: StoredPdu) -> dict[str, object]:
    said = describe(pdu.octets, _IN_FULL, pdu.default_alphabet)
    fields = orjson.dumps(said.get("fields"), option=orjson.OPT_INDENT_2, default=str).decode()
    return {"at": pdu.at, "direction": pdu.direction, **said, "fields": fields}
