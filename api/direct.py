"""Answers the hot route from uvicorn's protocol, past the layers that an ASGI application has.

The same endpoint stands in the application's routes: under any other server it is served from
there. Past the layers it costs half as much, and its answer leaves in one write.
"""

from time import monotonic
from typing import Final, cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive
from uvicorn._types import ASGI3Application, HTTPScope
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from api import errors, request_ids
from api.deps import opening
from api.limited_requests import LimitedRequests
from api.twilio import messages

_BEFORE_SID: Final = "/2010-04-01/Accounts/"
_AFTER_SID: Final = "/Messages.json"


def protocol_of(app: FastAPI) -> type[HttpToolsProtocol]:
    """Return the protocol by which uvicorn serves `app`, its one hot route directly.

    What it uses of uvicorn is not public; the lock file pins it, and a contract test watches it.
    """

    class DirectProtocol(LimitedRequests):
        """uvicorn's own, but for `POST …/Messages.json`."""

        def _start_asgi_task(
            self, cycle: RequestResponseCycle, application: ASGI3Application
        ) -> None:
            account_sid = _account_of(cycle.scope)
            if account_sid is None or application is not self.app:  # too many connections: 503
                super()._start_asgi_task(cycle, application)
                return
            scope = dict(
                cycle.scope,
                app=app,
                path_params={"account_sid": account_sid},
                **request_ids.begin(),
            )
            receive = cast("Receive", cycle.receive)  # the same by other names
            task = self.loop.create_task(_answer(cycle, Request(scope, receive)))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    return DirectProtocol


def _account_of(scope: HTTPScope) -> str | None:
    """Return the account whose messages are to have one more; None for any other request."""
    path = scope["path"]
    if (
        scope["method"] != "POST"
        or not path.startswith(_BEFORE_SID)
        or not path.endswith(_AFTER_SID)
    ):
        return None
    account_sid = path[len(_BEFORE_SID) : -len(_AFTER_SID)]
    return None if "/" in account_sid else account_sid


async def _answer(cycle: RequestResponseCycle, request: Request) -> None:
    response: Response
    began = monotonic()
    try:
        response = await messages.create(request)
    except Exception as error:  # noqa: BLE001 a door: whatever it is, the client is told
        response = await errors.render(request, error)
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if not cycle.disconnected:
        _write(cycle, response, request_ids.of(request))
    opening(request).request_log.note(
        request.scope, began, response.status_code, bytes(response.body)
    )


def _write(cycle: RequestResponseCycle, response: Response, request_id: str) -> None:
    head = [STATUS_LINE[response.status_code]]
    headers = request_ids.stamped(response.raw_headers, request_id)
    for name, value in (*cycle.default_headers, *headers):
        head += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        head.append(b"connection: close\r\n")
    cycle.transport.write(b"".join((*head, b"\r\n", response.body)))
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    cycle.on_response = lambda: None
