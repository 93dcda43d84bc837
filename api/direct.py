"""Answers the hot route from uvicorn's protocol, past the layers that an ASGI application has.

The same endpoint stands in the application's routes: under any other server it is served from
there. Past the layers it costs half as much, and its answer leaves in one write.
"""

from http import HTTPStatus
from time import monotonic
from typing import Final, cast

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Receive, Scope
from uvicorn._types import ASGI3Application, HTTPScope
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from api import errors, request_ids
from api.bodies import replay
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
            scope = cast("Scope", cycle.scope)  # this request's own
            scope["app"] = app
            scope["path_params"] = {"account_sid": account_sid}
            scope.update(request_ids.begin())
            task = self.loop.create_task(_answer(cycle, scope))
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


async def _answer(cycle: RequestResponseCycle, scope: Scope) -> None:
    began = monotonic()
    request = Request(scope, _receive_of(cycle))
    try:
        body = orjson.dumps(await messages.accept(request))
        status: int = HTTPStatus.CREATED
        head = _CREATED + request_ids.of(request).encode()
    except Exception as error:  # noqa: BLE001 a door: whatever it is, the client is told
        response = await errors.render(request, error)
        body, status = bytes(response.body), response.status_code
        headers = request_ids.stamped(response.raw_headers, request_ids.of(request))
        head = _head(status, [header for header in headers if header[0] != b"content-length"])
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if not cycle.disconnected:
        _write(cycle, head, body)
    opening(request).request_log.note(request.scope, began, status, body)


def _receive_of(cycle: RequestResponseCycle) -> Receive:
    """Return where a request's body comes from: mostly it has come, in one packet with its head."""
    is_here = not (cycle.more_body or cycle.disconnected)
    if is_here and not (cycle.waiting_for_100_continue or cycle.flow.read_paused):
        return replay(bytes(cycle.body))
    return cast("Receive", cycle.receive)  # the same by other names


def _head(status: int, headers: request_ids.Headers) -> bytes:
    """Return the beginning of an answer, without the end of its last line."""
    lines = b"\r\n".join(b"%b: %b" % header for header in headers)
    return STATUS_LINE[status] + lines


# As `answers.created` has it; its id is last, and is appended.
_CREATED: Final = _head(
    HTTPStatus.CREATED, request_ids.stamped([(b"content-type", b"application/json")], "")
)


def _write(cycle: RequestResponseCycle, head: bytes, body: bytes) -> None:
    lines = [b"%b\r\ncontent-length: %d\r\n" % (head, len(body))]
    lines += [b"%b: %b\r\n" % header for header in cycle.default_headers]
    if not cycle.keep_alive:
        lines.append(b"connection: close\r\n")
    cycle.transport.write(b"".join((*lines, b"\r\n", body)))
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    cycle.on_response = lambda: None
