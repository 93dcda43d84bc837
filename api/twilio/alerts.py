"""Alerts of the monitor v1 API, and the 2010 API's Notifications: the same rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import (
    AccountSid,
    AlertSid,
    Iso8601,
    Json,
    Page2010,
    PageV1,
    Rfc2822,
    Url,
)
from api.twilio.answers import (
    base_url,
    found_at,
    iso8601,
    json,
    list_2010,
    list_v1,
    page_request,
    place_of,
    query_of,
    routes,
    routes_2010,
    sid_of,
)
from api.twilio.dates import span
from api.twilio.rendering import API_VERSION, rfc2822
from smsc.errors import BadParameter
from smsc.messaging.reading import alert_queries
from smsc.models import Alert
from smsc.provisioning.transaction import reading
from smsc.webhooks import alerts

_LEVELS: Final = ("error", "warning")
_MORE: Final = "https://www.twilio.com/docs/errors/{}"


class AlertJson(TypedDict):
    """A failure or warning, about one request of ours."""

    account_sid: AccountSid
    alert_text: str
    api_version: str
    date_created: Iso8601
    date_generated: Iso8601
    date_updated: Iso8601
    error_code: str
    log_level: str
    more_info: Url
    request_method: str
    request_url: str
    resource_sid: str
    service_sid: None
    sid: AlertSid
    url: Url


class WholeAlertJson(AlertJson):
    """An alert with the request and its answer."""

    request_variables: str
    request_headers: None
    response_body: str | None
    response_headers: str | None


class NotificationJson(TypedDict):
    """An alert, as the 2010 API shows it."""

    account_sid: AccountSid
    api_version: str
    call_sid: None
    date_created: Rfc2822
    date_updated: Rfc2822
    error_code: str
    log: str
    message_date: Rfc2822
    message_text: str
    more_info: Url
    request_method: str
    request_url: str
    sid: AlertSid
    uri: str


class WholeNotificationJson(NotificationJson):
    """A notification with the request and its answer."""

    request_variables: str
    response_body: str | None
    response_headers: str | None


async def list_alerts(request: Request) -> PageV1[Literal["alerts"], AlertJson]:
    """Return a page of alerts, newest first; `StartDate` and `EndDate` are both included."""
    house, account, query = services(request), await admit(request), query_of(request)
    level = query.get("LogLevel") or None
    since = span("StartDate", query["StartDate"])[0] if query.get("StartDate") else None
    before = span("EndDate", query["EndDate"])[1] if query.get("EndDate") else None
    async with reading(house.database) as db:
        window = await alert_queries.page(
            db,
            account.sid,
            place_of(page_request(request)),
            log_level=level,
            since=since,
            before=before,
        )
    return list_v1(
        request,
        "alerts",
        window,
        lambda alert: _alert(request, alert),
        ("LogLevel", "StartDate", "EndDate"),
    )


async def fetch_alert(request: Request) -> Json[WholeAlertJson]:
    """Return an alert with the request and its answer."""
    alert = await _of_path(request)
    variables, body = await alerts.request_of(services(request).database.sealer, alert)
    return json(
        {
            **_alert(request, alert),
            "request_variables": variables,
            "request_headers": None,
            "response_body": body,
            "response_headers": alert.response_headers,
        }
    )


async def list_notifications(
    request: Request,
) -> Page2010[Literal["notifications"], NotificationJson]:
    """Return a page of notifications, newest first."""
    house, account, query = services(request), await admit(request), query_of(request)
    since, before = _message_dates(query)
    async with reading(house.database) as db:
        window = await alert_queries.page(
            db,
            account.sid,
            place_of(page_request(request)),
            log_level=_log_level(query.get("Log")),
            since=since,
            before=before,
        )
    filters = ("Log", "MessageDate", "MessageDate<", "MessageDate>")
    return list_2010(request, "notifications", window, _notification, filters)


async def fetch_notification(request: Request) -> Json[WholeNotificationJson]:
    """Return a notification with the request and its answer."""
    alert = await _of_path(request)
    variables, body = await alerts.request_of(services(request).database.sealer, alert)
    return json(
        {
            **_notification(alert),
            "request_variables": variables,
            "response_body": body,
            "response_headers": alert.response_headers,
        }
    )


async def _of_path(request: Request) -> Alert:
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        return found_at(request, await alert_queries.get(db, account.sid, sid_of(request)))


def _log_level(log: str | None) -> str | None:
    """Read `Log`: 0 is an error, 1 a warning."""
    if not log:
        return None
    if log not in {"0", "1"}:
        raise BadParameter("Log must be 0 (errors) or 1 (warnings).")
    return _LEVELS[int(log)]


def _message_dates(query: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Read `MessageDate` and its two bounds; days, all of them included."""
    starts, ends = [], []
    for name in ("MessageDate", "MessageDate<", "MessageDate>"):
        if query.get(name):
            start, end = span(name, query[name][: len("2026-01-31")])
            starts += [start] if name != "MessageDate<" else []
            ends += [end] if name != "MessageDate>" else []
    return max(starts, default=None), min(ends, default=None)


def _alert(request: Request, alert: Alert) -> AlertJson:
    return {
        "account_sid": alert.account_sid,
        "alert_text": alert.alert_text,
        "api_version": API_VERSION,
        "date_created": iso8601(alert.created_at),
        "date_generated": iso8601(alert.created_at),
        "date_updated": iso8601(alert.created_at),
        "error_code": str(alert.error_code),
        "log_level": alert.log_level,
        "more_info": _MORE.format(alert.error_code),
        "request_method": alert.request_method,
        "request_url": alert.request_url,
        "resource_sid": alert.resource_sid,
        "service_sid": None,
        "sid": alert.sid,
        "url": f"{base_url(request)}/v1/Alerts/{alert.sid}",
    }


def _notification(alert: Alert) -> NotificationJson:
    path = f"/{API_VERSION}/Accounts/{alert.account_sid}/Notifications/{alert.sid}"
    return {
        "account_sid": alert.account_sid,
        "api_version": API_VERSION,
        "call_sid": None,
        "date_created": rfc2822(alert.created_at),
        "date_updated": rfc2822(alert.created_at),
        "error_code": str(alert.error_code),
        "log": str(_LEVELS.index(alert.log_level)),
        "message_date": rfc2822(alert.created_at),
        "message_text": alert.alert_text,
        "more_info": _MORE.format(alert.error_code),
        "request_method": alert.request_method,
        "request_url": alert.request_url,
        "sid": alert.sid,
        "uri": f"{path}.json",
    }


_NOTIFICATIONS: Final = "/2010-04-01/Accounts/{account_sid}/Notifications"
ROUTES: Final = [
    *routes("/v1/Alerts", GET=list_alerts),
    *routes("/v1/Alerts/{sid}", GET=fetch_alert),
    *routes_2010(_NOTIFICATIONS, GET=list_notifications),
    *routes_2010(_NOTIFICATIONS + "/{sid}", GET=fetch_notification),
]
