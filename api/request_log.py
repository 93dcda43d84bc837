"""Notes what programs ask and get: some of it in memory, written beside the requests each second.

No request waits for it. Of each account a burst is noted whole, then one a second, refusals apart
from the rest; of all together at most some hundred a second. What a crash takes is a second's.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, NamedTuple

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import request_ids
from api.basic_auth import read_basic
from api.twilio.forms import read_query
from smsc import sids
from smsc.db import UNAVAILABLE, Database
from smsc.errors import GatewayError
from smsc.messaging.directory import Directory
from smsc.messaging.tracing import api_requests
from smsc.messaging.tracing.api_requests import NotedRequest

log = structlog.get_logger()

EVERY_SECONDS: Final = 1.0
BURST: Final = 60  # requests of an account that are noted one after the other
MOST_A_FLUSH: Final = 200  # of all accounts
MOST_ACCOUNTS: Final = 10_000  # whose allowances are remembered
MOST_ANSWER_OCTETS: Final = 4096  # longer ones are lists: their length is said
_PATHS: Final = ("/2010-04-01/", "/v1/", "/v2/")
_REFUSED: Final = 400
_BROKEN: Final = 500
# In the scope of a request, put there by who knows it
ACCOUNT: Final = "account_sid"
KEY: Final = "key_sid"
FORM: Final = "form"
FAILURE: Final = "failure"
_TEXTS: Final = frozenset({"body"})
_SECRETS: Final = ("token", "secret", "password")
_CODES: Final = frozenset({"code", "customcode"})  # of a verification
_NO_SECRETS: Final = frozenset({"pagetoken"})


class _Noted(NamedTuple):
    scope: Scope
    account_sid: str
    at: datetime
    duration: timedelta
    status: int
    answer: bytes


class _Allowance:
    """How many more of an account may be noted: a burst, then one a second."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._at = now
        self._left = float(BURST)

    def take(self, now: float) -> bool:
        self._left = min(float(BURST), self._left + now - self._at)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class RequestLog:
    """The requests of one process that are to be written."""

    def __init__(self) -> None:
        self._noted: deque[_Noted] = deque()
        self._is_noted = asyncio.Event()
        self._allowances: dict[tuple[str, bool], _Allowance] = {}

    def note(self, scope: Scope, began: float, status: int, answer: bytes) -> None:
        """Note a request that is answered, if it is an account's and there is room for it."""
        if len(self._noted) >= MOST_A_FLUSH:
            return
        account_sid = scope.get(ACCOUNT) or (_account_meant(scope) if status >= _REFUSED else None)
        if account_sid is None:
            return
        now = monotonic()
        key = (account_sid, status >= _REFUSED)
        allowance = self._allowances.get(key)
        if allowance is None:
            if len(self._allowances) >= MOST_ACCOUNTS:
                self._allowances.clear()
            allowance = self._allowances[key] = _Allowance(now)
        if allowance.take(now):
            self._is_noted.set()
            took = timedelta(seconds=now - began)
            self._noted.append(
                _Noted(scope, account_sid, datetime.now(UTC) - took, took, status, answer)
            )

    async def write(self, database: Database, directory: Directory) -> int:
        """Write what was noted; return how many. What the database can't take now is dropped."""
        if not self._noted:
            return 0
        noted, self._noted = self._noted, deque()
        try:
            rows = []
            for one in noted:  # accounts that nobody has fall out here
                account = await directory.account(one.account_sid)
                if account is not None:
                    rows.append(_row(one, account.carrier_sid, account.sid))
            if rows:
                await api_requests.write(database, rows)
        except (GatewayError, *UNAVAILABLE) as error:
            log.warning("requests.unwritten", count=len(noted), error=str(error))
            return 0
        return len(rows)

    async def write_on(self, database: Database, directory: Directory) -> None:
        """Write each second in which something was noted, until cancelled."""
        while True:
            await self._is_noted.wait()
            await asyncio.sleep(EVERY_SECONDS)
            self._is_noted.clear()
            await self.write(database, directory)


class RequestLogging:
    """Notes what passes through the application's layers."""

    def __init__(self, app: ASGIApp, request_log: RequestLog) -> None:
        self._app = app
        self._log = request_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and note what came of it; what no account's program asks, as it is."""
        if scope["type"] != "http" or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        began, status, answer = monotonic(), 0, b""

        async def send_noting(message: Message) -> None:
            nonlocal status, answer
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not answer:
                answer = message.get("body", b"")
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception:
            # A door: it is logged and answered further out; here it is noted for its account.
            self._log.note(scope, began, _BROKEN, b"")
            raise
        if status:
            self._log.note(scope, began, status, answer)


def _account_meant(scope: Scope) -> str | None:
    """Return the account that a refused request names, by its credentials or its path."""
    try:
        username, _ = read_basic(Headers(scope=dict(scope)).get("authorization"))
    except GatewayError:
        username = ""
    if sids.is_sid(username, sids.Prefix.ACCOUNT):
        return username
    named = scope.get("path_params", {}).get("account_sid", "")
    return named if sids.is_sid(named, sids.Prefix.ACCOUNT) else None


def _row(noted: _Noted, carrier_sid: str, account_sid: str) -> NotedRequest:
    scope, failure = noted.scope, noted.scope.get(FAILURE)
    headers = Headers(scope=dict(scope))
    return NotedRequest(
        carrier_sid=carrier_sid,
        account_sid=account_sid,
        request_id=scope.get(request_ids.IN_SCOPE, ""),
        key_sid=scope.get(KEY),
        method=scope["method"],
        path=scope["path"],
        at=noted.at,
        duration=noted.duration,
        http_status=noted.status,
        error_code=None if failure is None else failure[0],
        details={
            "query": _shown(_query_of(scope)),
            "form": _shown(scope.get(FORM) or {}),
            "user_agent": headers.get("user-agent", ""),
            "error": None if failure is None else failure[1],
            "answer": None if failure is not None else _answer_shown(noted.answer),
        },
    )


def _query_of(scope: Scope) -> Mapping[str, str]:
    try:
        return read_query(scope["query_string"])
    except GatewayError:
        return {}


def _shown(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields without secrets and texts: of a text, how long it is."""
    return {name: _field_shown(name.lower(), value) for name, value in fields.items()}


def _field_shown(name: str, value: object) -> object:
    if isinstance(value, dict):
        return _shown(value)
    if name in _TEXTS and isinstance(value, str):
        return f"({len(value)})"
    is_secret = name in _CODES or any(word in name for word in _SECRETS)
    return "•••" if is_secret and value and name not in _NO_SECRETS else value


def _answer_shown(answer: bytes) -> object:
    if len(answer) > MOST_ANSWER_OCTETS:
        return f"({len(answer)})"
    try:
        value = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    return _shown(value) if isinstance(value, dict) else None
