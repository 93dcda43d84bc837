"""Verifications and VerificationCheck of the verify v2 API."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import (
    AccountSid,
    Created,
    Iso8601,
    Json,
    Url,
    VerificationSid,
    VerifyServiceSid,
)
from api.twilio.answers import base_url, created, form_of, found_at, iso8601, json, routes
from smsc.errors.verify import InvalidVerifyParameter
from smsc.messaging.directory import AccountFacts
from smsc.messaging.verification.asked import Asked, Check
from smsc.messaging.verification.verify import Verified
from smsc.messaging.verification.verify_texts import TEMPLATE_SID
from smsc.models import VerifyService
from smsc.provisioning.owned import verify_services
from smsc.provisioning.transaction import reading

_CODE_LENGTHS: Final = range(4, 11)
_MOST_NAME: Final = 30
# They would change what is sent, or when none is.
_NOT_OFFERED: Final = ("CustomMessage", "AppHash", "TemplateCustomSubstitutions", "RateLimits")
_RISK_CHECKS: Final = ("enable", "disable")


class CheckedJson(TypedDict):
    """A verification of a phone number, as a check of its code shows it."""

    sid: VerificationSid
    service_sid: VerifyServiceSid
    account_sid: AccountSid
    to: str
    channel: str
    status: Annotated[str, Field(pattern="^(pending|approved|canceled)$")]
    valid: bool
    amount: str | None
    payee: str | None
    date_created: Iso8601
    date_updated: Iso8601


class CheckJson(CheckedJson):
    """A check of a code."""

    sna_attempts_error_codes: list[object]


class VerificationJson(CheckedJson):
    """A verification of a phone number."""

    lookup: dict[str, object]
    send_code_attempts: list[dict[str, object]]
    sna: None
    url: Url


async def start(request: Request) -> Created[VerificationJson]:
    """Send a code by SMS, or the same one again."""
    account, service = await _service(request)
    form = await form_of(request)
    if form.get("Channel", "").lower() != "sms":
        raise InvalidVerifyParameter("Channel", "only sms is offered.")
    if form.get("TemplateSid") not in {None, "", TEMPLATE_SID}:
        raise InvalidVerifyParameter("TemplateSid", f"only {TEMPLATE_SID} is offered.")
    if unoffered := next((name for name in _NOT_OFFERED if form.get(name)), None):
        raise InvalidVerifyParameter(unoffered, "it is not offered.")
    if form.get("RiskCheck", "enable") not in {"", *_RISK_CHECKS}:
        raise InvalidVerifyParameter("RiskCheck", f"it must be {' or '.join(_RISK_CHECKS)}.")
    name = form.get("CustomFriendlyName") or None
    if name is not None and len(name) > _MOST_NAME:
        raise InvalidVerifyParameter("CustomFriendlyName", f"over {_MOST_NAME} characters.")
    verification = await services(request).verifier.start(
        account,
        service,
        Asked(
            to=_required(form, "To"),
            friendly_name=name,
            locale=form.get("Locale") or None,
            custom_code=_custom_code(service, form),
            amount=form.get("Amount") or None,
            payee=form.get("Payee") or None,
            is_trusted=form.get("RiskCheck") == "disable",
        ),
    )
    return created(_render(request, verification))


async def fetch(request: Request) -> Json[VerificationJson]:
    """Return a pending verification, by its SID or its number."""
    _, service = await _service(request)
    verifier = services(request).verifier
    found = await verifier.fetch(service.sid, request.path_params["sid"])
    return json(_render(request, found))


async def update(request: Request) -> Json[VerificationJson]:
    """Approve or cancel a pending verification."""
    _, service = await _service(request)
    status = (await form_of(request)).get("Status", "").lower()
    if status not in {"approved", "canceled"}:
        raise InvalidVerifyParameter("Status", "it must be approved or canceled.")
    verifier = services(request).verifier
    done = await verifier.finish(service.sid, request.path_params["sid"], status)
    return json(_render(request, done))


async def check_code(request: Request) -> Json[CheckJson]:
    """Compare a code with the one that was sent."""
    _, service = await _service(request)
    form = await form_of(request)
    name = form.get("VerificationSid") or _required(form, "To")
    check = Check(
        code=_required(form, "Code"),
        amount=form.get("Amount") or None,
        payee=form.get("Payee") or None,
    )
    verification = await services(request).verifier.check(service, _as_number(name), check)
    return json(CheckJson(**_common(verification), sna_attempts_error_codes=[]))


async def _service(request: Request) -> tuple[AccountFacts, VerifyService]:
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await verify_services.get(db, account.sid, request.path_params["service_sid"])
    return account, found_at(request, service)


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise InvalidVerifyParameter(name, "it is required.")
    return value


def _as_number(name: str) -> str:
    """Undo what a form makes of a plus that was left unescaped."""
    return f"+{name.strip()}" if name[:1] == " " else name


def _custom_code(service: VerifyService, form: Mapping[str, str]) -> str | None:
    code = form.get("CustomCode") or None
    if code is None:
        return None
    if not service.custom_code_enabled:
        raise InvalidVerifyParameter("CustomCode", "the service has no CustomCodeEnabled.")
    if len(code) not in _CODE_LENGTHS or not code.isascii() or not code.isalnum():
        raise InvalidVerifyParameter("CustomCode", "it must be 4 to 10 letters and digits.")
    return code


def _common(verification: Verified) -> CheckedJson:
    return {
        "sid": verification.sid,
        "service_sid": verification.service_sid,
        "account_sid": verification.account_sid,
        "to": verification.to,
        "channel": "sms",
        "status": verification.status,
        "valid": verification.valid,
        "amount": verification.amount,
        "payee": verification.payee,
        "date_created": iso8601(verification.created_at),
        "date_updated": iso8601(verification.updated_at),
    }


def _render(request: Request, verification: Verified) -> VerificationJson:
    url = f"{base_url(request)}/v2/Services/{verification.service_sid}/Verifications"
    return {
        **_common(verification),
        "lookup": {},
        "send_code_attempts": verification.sends,
        "sna": None,
        "url": f"{url}/{verification.sid}",
    }


_SERVICE: Final = "/v2/Services/{service_sid}"
ROUTES: Final = [
    *routes(_SERVICE + "/Verifications", POST=start),
    *routes(_SERVICE + "/Verifications/{sid}", POST=update, GET=fetch),
    *routes(_SERVICE + "/VerificationCheck", POST=check_code),
]
