"""The SIM box over HTTP: read and write handsets, change the behaviour, look at the submits."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Body, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from smsc.errors import GatewayError
from smsc.simulator import behaviour, profiles
from smsc.simulator.handsets import SentMessage
from smsc.simulator.inbox import InboxMessage
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import BindType, status_name

_LONGEST_TEXT: Final = 10_000  # characters; 150 segments in UCS-2

Json = dict[str, object]


class NewMessage(BaseModel):
    """What a handset shall send."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = Field(min_length=1, max_length=21)
    text: str = Field(max_length=_LONGEST_TEXT)
    within: float = Field(
        default=10.0, ge=0, le=60, description="seconds to wait for the ESME's answer"
    )


def create_app(box: SimBox) -> FastAPI:
    """Return the application that serves this box."""
    app = FastAPI(title="SIM box simulator", redoc_url=None)
    app.include_router(_handset_routes(box))
    app.include_router(_box_routes(box))
    app.add_exception_handler(GatewayError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse)
    return app


def _handset_routes(box: SimBox) -> APIRouter:
    routes = APIRouter()

    @routes.get("/handsets")
    async def list_handsets() -> Json:
        """List the handsets that were used, the latest first."""
        return {
            "data": [
                {
                    "number": handset.number,
                    "received": handset.inbox.received,
                    "sent": handset.sent,
                }
                for handset in box.handsets.all()
            ]
        }

    @routes.delete("/handsets", status_code=204)
    async def forget_handsets() -> None:
        """Forget all handsets and their messages."""
        box.handsets.clear()

    @routes.get("/handsets/{number}/messages")
    async def read_messages(
        number: str,
        after: Annotated[int, Query(ge=0)] = 0,
        wait: Annotated[float, Query(ge=0, le=30)] = 0.0,
    ) -> Json:
        """Read what a handset received after the message `after`.

        While there is nothing, wait up to `wait` seconds for it.
        """
        handset = box.handset(number)
        if wait and not handset.inbox.after(after):
            try:
                await handset.wait_for(after + 1, timedelta(seconds=wait))
            except TimeoutError:
                return {"number": handset.number, "data": []}
        return {
            "number": handset.number,
            "data": [_message(handset.number, message) for message in handset.inbox.after(after)],
        }

    @routes.post("/handsets/{number}/messages")
    async def send_message(number: str, message: NewMessage, response: Response) -> Json:
        """Send an SMS from a handset: 200 once the ESME has answered, 202 while it has not."""
        sent = box.handset(number).submit(message.to, message.text)
        patience = timedelta(seconds=message.within if _has_receiver(box) else 0)
        try:
            await sent.wait(patience)
        except TimeoutError:
            response.status_code = 202
        return _sent(sent)

    return routes


def _box_routes(box: SimBox) -> APIRouter:
    routes = APIRouter()

    @routes.get("/behaviour")
    async def read_behaviour() -> Json:
        """Read how the box behaves."""
        return behaviour.dump(box.behaviour)

    @routes.patch("/behaviour")
    async def change_behaviour(changes: Annotated[Json, Body()]) -> Json:
        """Change the fields that are given, from now on."""
        return behaviour.dump(box.change(changes))

    @routes.get("/profiles")
    async def list_profiles() -> Json:
        """List the profiles that the box can take on."""
        return {
            "data": [
                {
                    "name": profile.name,
                    "title": profile.title,
                    "notes": profile.notes,
                    "settings": profile.settings,
                }
                for profile in profiles.every()
            ]
        }

    @routes.put("/profile/{name}")
    async def take_on(name: str) -> Json:
        """Behave as a profile has it, from now on and in every respect."""
        box.behave(profiles.find(name).behaviour())
        return behaviour.dump(box.behaviour)

    @routes.get("/sessions")
    async def list_sessions() -> Json:
        """List the ESMEs that are bound."""
        return {
            "waiting": box.waiting,
            "data": [
                {
                    "system_id": session.system_id,
                    "bind_type": session.bind_type,
                    "system_type": session.system_type,
                    "interface_version": f"0x{session.interface_version:02x}",
                    "peer": session.peer,
                    "window_in_use": session.window_in_use,
                }
                for session in box.sessions
            ],
        }

    @routes.get("/submits")
    async def list_submits(limit: Annotated[int, Query(ge=0, le=10_000)] = 100) -> Json:
        """Read the totals and the latest submits, the latest first."""
        latest = list(box.submits)[-limit:] if limit else []
        return {
            "totals": dataclasses.asdict(box.totals),
            "data": [submit.as_json() for submit in reversed(latest)],
        }

    return routes


async def _refuse(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 Starlette calls it so
    """Answer an expected failure with its message."""
    if isinstance(error, GatewayError):
        return JSONResponse({"message": error.message}, error.http_status)
    first: Mapping[str, object] = (
        error.errors()[0] if isinstance(error, RequestValidationError) else {}
    )
    where = first.get("loc", ())
    place = ".".join(map(str, where)) if isinstance(where, tuple) else ""
    return JSONResponse({"message": f"{place}: {first.get('msg')}"}, 400)


def _has_receiver(box: SimBox) -> bool:
    """Say whether any ESME could answer."""
    return any(session.bind_type is not BindType.TRANSMITTER for session in box.sessions)


def _message(number: str, message: InboxMessage) -> Json:
    return {
        "id": message.number,
        "from": message.sender,
        "to": number,
        "text": message.text,
        "segments": message.segments,
        "data_coding": message.data_coding,
        "received_at": message.at.isoformat(timespec="milliseconds"),
    }


def _sent(message: SentMessage) -> Json:
    return {
        "from": message.sender,
        "to": message.to,
        "text": message.text,
        "segments": len(message.command_statuses),
        "command_statuses": [
            None if status is None else status_name(status) for status in message.command_statuses
        ],
        "acknowledged": message.is_acknowledged,
    }
