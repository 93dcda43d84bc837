"""`/cgi-bin/sendsms`: the door for programs that were written for Kannel."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api import metrics
from api.bodies import read_body
from api.deps import services
from api.guesses import address_of
from smsc.errors import GatewayError, ServiceUnavailable, TooManyRequests
from smsc.errors.doors import TooManyGuesses
from smsc.messaging.accept.drafts import Draft
from smsc.messaging.directory import AccountFacts
from smsc.models import AccountStatus, Lane
from smsc.networks import are_home_to
from smsc.webhooks import kannel

_ACCEPTED: Final = "0: Accepted for delivery"
_MOST_RECIPIENTS: Final = 100
_LONGEST: Final = timedelta(hours=10)
_EIGHT_BIT: Final = 4  # data_coding
_UCS2: Final = 8
_CODINGS: Final = {"0": "utf-8", "1": "latin-1", "2": "utf-16-be"}


class BadSendsms(Exception):
    """A request that Kannel would refuse, with its status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


async def send(request: Request) -> Response:
    """Accept a message for each recipient, and answer in Kannel's words."""
    try:
        fields = read_fields(request.scope["query_string"] + b"&" + await _form(request))
        account, default_sender = await _log_in(request, fields)
        drafts = read_drafts(fields, account, default_sender)
        results = await services(request).outbound.accept_all(drafts)
    except BadSendsms as refusal:
        return PlainTextResponse(str(refusal), refusal.status)
    except (ServiceUnavailable, TooManyRequests, TooManyGuesses):
        return PlainTextResponse("Temporal failure, try again later.", 503)
    refused = [result for result in results if isinstance(result, GatewayError)]
    metrics.messages_accepted.inc(len(results) - len(refused))
    if len(refused) < len(results):
        return PlainTextResponse(_ACCEPTED, 202)
    if refused[0].retryable:
        return PlainTextResponse("Temporal failure, try again later.", 503)
    return PlainTextResponse(f"Not routable. Do not try again. {refused[0].message}", 403)


def read_fields(octets: bytes) -> dict[str, bytes]:
    """Return the parameters as octets: a text's charset is told by another parameter."""
    fields = {}
    for pair in filter(None, octets.split(b"&")):
        name, _, value = pair.partition(b"=")
        key = unquote_to_bytes(name).decode("latin-1").lower()
        fields[key] = unquote_to_bytes(value.replace(b"+", b" "))
    return fields


def read_drafts(
    fields: Mapping[str, bytes], account: AccountFacts, default_sender: str | None
) -> list[Draft]:
    """Return a draft for each recipient.

    Source: Kannel user guide, "SMS push (send-sms) CGI variables".

    Raises:
        BadSendsms: what Kannel refuses.
    """
    recipients = _text(fields, "to").split()
    if not recipients:
        raise BadSendsms(400, "Missing receiver number, rejected")
    if len(recipients) > _MOST_RECIPIENTS:
        raise BadSendsms(400, "Too many receivers, rejected")
    sender = _text(fields, "from") or default_sender
    if not sender:
        raise BadSendsms(400, "Sender missing and no global set, rejected")
    coding = _text(fields, "coding") or "0"
    if coding not in _CODINGS:
        raise BadSendsms(400, "Charset or body misformed, rejected")
    udh, text = fields.get("udh", b""), fields.get("text", b"")
    is_binary = bool(udh) or coding == "1"
    minutes = _number(fields, "validity")
    return [
        Draft(
            account=account,
            to=_international(to),
            from_=_international(sender),
            body=None if is_binary else _decoded(text, coding, _text(fields, "charset")),
            user_data=udh + text if is_binary else None,
            data_coding={"0": 0, "1": _EIGHT_BIT, "2": _UCS2}[coding] if is_binary else None,
            has_udh=bool(udh),
            flash=_text(fields, "mclass") == "0" and not is_binary,
            validity=min(timedelta(minutes=minutes), _LONGEST) if minutes else None,
            lane=Lane.OTP if _number(fields, "priority") else Lane.NORMAL,
            status_callback=_callback(fields),
        )
        for to in recipients
    ]


async def _form(request: Request) -> bytes:
    if request.method != "POST":
        return b""
    return await read_body(request.receive, request.headers.get("content-length"))


async def _log_in(request: Request, fields: Mapping[str, bytes]) -> tuple[AccountFacts, str | None]:
    house = services(request)
    directory = house.directory
    username = _text(fields, "username") or _text(fields, "user")
    password = _text(fields, "password") or _text(fields, "pass")
    host = address_of(request)
    house.guesses.require_calm(host, username)
    user = await directory.kannel_user(username)
    if user is None or not await house.secrets.matches(
        "kannel_users", user.sid, password, user.digest
    ):
        house.guesses.failed(host, username)
        raise BadSendsms(403, "Authorization failed for sendsms")
    if not are_home_to(user.networks, host):
        raise BadSendsms(403, "Authorization failed for sendsms")
    house.last_use.note(user.sid)
    account = await directory.account(user.account_sid)
    if account is None or account.status != AccountStatus.ACTIVE:
        raise BadSendsms(403, "Authorization failed for sendsms")
    if account.requests_per_second is not None:
        await house.rate_limits.take(account.sid, account.requests_per_second)
    return account, user.default_sender


def _text(fields: Mapping[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode(errors="replace").strip()


def _number(fields: Mapping[str, bytes], name: str) -> int:
    digits = _text(fields, name)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else 0


def _decoded(text: bytes, coding: str, charset: str) -> str:
    """Decode a text: in UTF-8, but with coding 2 in big-endian UCS-2, unless `charset` says else.

    Raises:
        BadSendsms: it isn't in that charset.
    """
    try:
        return text.decode(charset or _CODINGS[coding])
    except (LookupError, UnicodeDecodeError):
        raise BadSendsms(400, "Charset or body misformed, rejected") from None


def _international(number: str) -> str:
    """Write a number as Kannel's users do without a plus; short codes and names stay."""
    if number.startswith("00"):
        return f"+{number[2:]}"
    is_long = number.isascii() and number.isdecimal() and len(number) > 8
    return f"+{number}" if is_long else number


def _callback(fields: Mapping[str, bytes]) -> str | None:
    url, mask = _text(fields, "dlr-url") or _text(fields, "dlrurl"), _number(fields, "dlr-mask")
    return kannel.wrap(url, min(mask, 255)) if url and mask else None


ROUTES: Final = [Route("/cgi-bin/sendsms", send, methods=["GET", "POST"])]
