"""What a page shows or does, a program can have: each route of the dashboard has one of an API."""

from collections.abc import Mapping

from fastapi import FastAPI

from api.carrier.router import build_router
from api.dashboard.routing import FORMS, PAGES
from api.openapi import operations
from api.platform.router import router as platform

_MESSAGES = "/2010-04-01/Accounts/{account_sid}/Messages"
_OWN_NUMBERS = "/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers"
_FOR_SALE = "/2010-04-01/Accounts/{account_sid}/AvailablePhoneNumbers/{country}/Local"
_ACCOUNT = "/2010-04-01/Accounts/{account_sid}"

# Of each page, by its path in the dashboard: what says the same.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "/": ("/traffic", "/connectors", "/incidents", "/capacity", "GET /v1/Alerts"),
    "/traffic": ("/traffic",),
    "/messages": ("/messages",),
    "/messages/{sid}": ("/messages/{sid}", "/messages/{sid}/pdus", "/webhooks/attempts"),
    "/exports": ("/message_exports/{sid}",),
    "/exports/{sid}/csv": ("/message_exports/{sid}/csv",),
    "/conversations": ("/conversations",),
    "/conversation": ("/conversations/lines",),
    "/compose": ("POST /messages/count",),
    "/numbers": ("/phone_numbers",),
    "/numbers/for-sale": (f"GET {_FOR_SALE}",),
    "/numbers/import": ("POST /phone_numbers/batch",),
    "/numbers/{sid}": ("/phone_numbers/{sid}",),
    "/services": ("GET /v1/Services",),
    "/services/{sid}": ("GET /v1/Services/{sid}", "GET /v1/Services/{service_sid}/PhoneNumbers"),
    "/opt-outs": ("/opt_outs",),
    "/opt-outs/csv": ("/opt_outs/csv",),
    "/developers": ("/api_keys", "/webhooks/attempts", "/api_requests"),
    "/keys": ("/api_keys",),
    "/tokens": (f"GET {_ACCOUNT}",),
    "/webhooks": ("/webhooks/attempts", "/webhooks/endpoints"),
    "/webhooks/{sid}/{seq}": ("/webhooks/attempts/{message_sid}/{seq}",),
    "/signature": ("POST /webhooks/signature",),
    "/requests": ("/api_requests",),
    "/requests/{seq}": ("/api_requests/{seq}",),
    "/alerts": ("GET /v1/Alerts",),
    "/alerts/{sid}": ("GET /v1/Alerts/{sid}",),
    "/events": ("/message_events",),
    "/alert-rules": ("/alert_rules", "/incidents"),
    "/alert-rules/{sid}": ("/alert_rules/{sid}",),
    "/subscriptions": ("/event_subscriptions",),
    "/subscriptions/{sid}": (
        "/event_subscriptions/{sid}",
        "/event_subscriptions/{sid}/deliveries",
    ),
    "/connectors": ("/connectors",),
    "/connectors/new": ("/connector_profiles",),
    "/connectors/{sid}": ("/connectors/{sid}", "/connectors/{sid}/hours"),
    "/connectors/{sid}/edit": ("/connectors/{sid}",),
    "/probes/{sid}": ("/connectors/{connector_sid}/probes/{sid}",),
    "/channels": ("/channels",),
    "/channels/{sid}": ("/channels/{sid}",),
    "/routes": ("/routes", "/routes/explanation"),
    "/setup": ("/setup",),
    "/accounts": ("/accounts",),
    "/accounts/{sid}": ("/accounts/{sid}", "/balances/{account_sid}"),
    "/own-numbers": ("/accounts/{sid}",),
    "/settings": ("/settings", "/sign_up_policy", "/identity_provider", "/security_policy"),
    "/branding": ("/brand", "/brand/domains"),
    "/capacity": ("/capacity",),
    "/platform": (
        "GET /platform/v1/carriers",
        "GET /platform/v1/workers",
        "GET /platform/v1/database",
        "GET /platform/v1/health",
        "GET /platform/v1/retention",
    ),
    "/people": ("/people", "/invitations", "/security_policy"),
    "/audit-log": ("/audit_log",),
    "/audit-log/csv": ("/audit_log",),
    "/outbox": ("/mails",),
    "/outbox/{sid}": ("/mails",),
}
# Of each form: what does the same.
DONE: Mapping[str, tuple[str, ...]] = {
    "/messages/{sid}/resend": ("POST /messages",),
    "/messages/{sid}/cancel": (f"POST {_MESSAGES}/{{sid}}",),
    "/messages/{sid}/redact": ("POST /messages/{sid}/redact",),
    "/exports": ("POST /message_exports",),
    "/compose": ("POST /messages",),
    "/compose/count": ("POST /messages/count",),
    "/conversation": ("POST /messages",),
    "/numbers/buy": (f"POST {_OWN_NUMBERS}",),
    "/numbers/import": ("POST /phone_numbers/batch",),
    "/numbers/{sid}": ("PATCH /phone_numbers/{sid}",),
    "/numbers/{sid}/release": (f"DELETE {_OWN_NUMBERS}/{{sid}}",),
    "/numbers/{sid}/assign": ("PATCH /phone_numbers/{sid}",),
    "/numbers/{sid}/remove": ("DELETE /phone_numbers/{sid}",),
    "/services": ("POST /v1/Services",),
    "/services/{sid}": ("POST /v1/Services/{sid}",),
    "/services/{sid}/remove": ("DELETE /v1/Services/{sid}",),
    "/services/{sid}/senders": (
        "POST /v1/Services/{service_sid}/PhoneNumbers",
        "POST /v1/Services/{service_sid}/ShortCodes",
        "POST /v1/Services/{service_sid}/AlphaSenders",
    ),
    "/services/{sid}/senders/remove": ("DELETE /v1/Services/{service_sid}/PhoneNumbers/{sid}",),
    "/opt-outs": ("POST /opt_outs",),
    "/opt-outs/csv": ("POST /opt_outs/csv",),
    "/opt-outs/{sid}/remove": ("DELETE /opt_outs/{sid}",),
    "/keys": ("POST /api_keys",),
    "/keys/{sid}/revoke": ("DELETE /api_keys/{account_sid}/{sid}",),
    "/tokens/show": (f"GET {_ACCOUNT}",),
    "/tokens/secondary": ("POST /v1/AuthTokens/Secondary",),
    "/tokens/secondary/remove": ("DELETE /v1/AuthTokens/Secondary",),
    "/tokens/promote": ("POST /v1/AuthTokens/Promote",),
    "/webhooks/replay": ("POST /webhooks/replay",),
    "/webhooks/resume": ("POST /webhooks/endpoints/resume",),
    "/signature": ("POST /webhooks/signature",),
    "/alert-rules": ("POST /alert_rules",),
    "/alert-rules/{sid}": ("PATCH /alert_rules/{sid}",),
    "/alert-rules/{sid}/switch": ("PATCH /alert_rules/{sid}",),
    "/alert-rules/{sid}/remove": ("DELETE /alert_rules/{sid}",),
    "/subscriptions": ("POST /event_subscriptions",),
    "/subscriptions/{sid}": ("PATCH /event_subscriptions/{sid}",),
    "/subscriptions/{sid}/remove": ("DELETE /event_subscriptions/{sid}",),
    "/subscriptions/{sid}/secret": ("POST /event_subscriptions/{sid}/rotate_secret",),
    "/subscriptions/{sid}/test": ("POST /event_subscriptions/{sid}/test",),
    "/subscriptions/{sid}/replay": ("POST /event_subscriptions/{sid}/replay",),
    "/routes": ("POST /routes",),
    "/routes/{sid}/remove": ("DELETE /routes/{sid}",),
    "/accounts": ("POST /accounts",),
    "/accounts/{sid}": ("PATCH /accounts/{sid}",),
    "/accounts/{sid}/suspend": ("PATCH /accounts/{sid}",),
    "/accounts/{sid}/reactivate": ("PATCH /accounts/{sid}",),
    "/accounts/{sid}/quarantine": ("PUT /accounts/{account_sid}/quarantine",),
    "/accounts/{sid}/let-go": ("DELETE /accounts/{account_sid}/quarantine",),
    "/accounts/{sid}/close": ("DELETE /accounts/{sid}",),
    "/accounts/{sid}/approve": ("POST /accounts/{sid}/approve",),
    "/accounts/{sid}/upgrade": ("POST /accounts/{sid}/upgrade",),
    "/own-numbers": ("POST /accounts/{sid}/own_numbers",),
    "/own-numbers/confirm": ("POST /accounts/{sid}/own_numbers",),  # a carrier needs no code
    "/own-numbers/remove": ("DELETE /accounts/{sid}/own_numbers/{number}",),
    "/settings": ("PATCH /settings",),
    "/settings/sign-up": ("PUT /sign_up_policy",),
    "/settings/provider": ("PUT /identity_provider",),
    "/settings/provider/remove": ("DELETE /identity_provider",),
    "/branding": ("PATCH /brand",),
    "/branding/logo": ("PUT /brand/logo", "DELETE /brand/logo"),
    "/branding/domains": ("POST /brand/domains",),
    "/branding/domains/verify": ("POST /brand/domains/{host}/verify",),
    "/branding/domains/remove": ("DELETE /brand/domains/{host}",),
    "/setup/lawful-use": ("POST /setup/lawful_use",),
    "/setup/account": ("POST /accounts",),
    "/setup/number": ("POST /phone_numbers",),
    "/setup/route": ("POST /routes",),
    "/connectors": ("POST /connectors",),
    "/connectors/{sid}": ("PATCH /connectors/{sid}",),
    "/connectors/{sid}/pause": ("PATCH /connectors/{sid}",),
    "/connectors/{sid}/resume": ("PATCH /connectors/{sid}",),
    "/connectors/{sid}/drain": ("PATCH /connectors/{sid}",),
    "/connectors/{sid}/remove": ("DELETE /connectors/{sid}",),
    "/connectors/{sid}/probe": ("POST /connectors/{connector_sid}/probes",),
    "/probes/{sid}/apply": ("PATCH /connectors/{sid}",),
    "/channels": ("POST /channels",),
    "/channels/{sid}": ("PATCH /channels/{sid}",),
    "/channels/{sid}/remove": ("DELETE /channels/{sid}",),
    "/people/policy": ("PUT /security_policy",),
    "/people/invitations": ("POST /invitations",),
    "/people/invitations/{sid}/send": ("POST /invitations/{sid}/send",),
    "/people/invitations/{sid}/remove": ("DELETE /invitations/{sid}",),
    "/people/{sid}": ("PATCH /memberships/{sid}",),
    "/people/{sid}/suspend": ("PATCH /memberships/{sid}",),
    "/people/{sid}/resume": ("PATCH /memberships/{sid}",),
    "/people/{sid}/password": ("POST /people/{sid}/password_link",),
    "/people/{sid}/remove": ("DELETE /memberships/{sid}",),
    "/people/{sid}/passkeys": ("DELETE /people/{sid}/passkeys/{passkey_sid}",),
    "/people/{sid}/second-factor": ("DELETE /people/{sid}/second_factor",),
}
# A person's own sign-in, which no program has; and the simulator's handset, whose API is its own.
PERSONAL = ("/profile", "/security", "/sessions", "/sign-out", "/switch", "/end-other-sessions")
SIMULATED = ("/handset",)


def known() -> set[str]:
    """Return the operations of all APIs; those of the Carrier API without their prefix."""
    app = FastAPI()
    app.include_router(build_router())
    app.include_router(platform, prefix="/platform/v1")
    described = app.openapi()["paths"]
    return {f"{method.upper()} {path}" for path in described for method in described[path]} | {
        f"{method} {path}" for method, path, _ in operations()
    }


def exempt(path: str) -> bool:
    return path.startswith((*PERSONAL, *SIMULATED))


def test_what_each_page_shows_an_api_says() -> None:
    assert {path for path, *_ in PAGES if not exempt(path)} == SHOWN.keys()
    there = known()
    asked = {way if " " in way else f"GET {way}" for ways in SHOWN.values() for way in ways}
    assert asked <= there, asked - there


def test_what_each_form_does_an_api_does() -> None:
    assert {path for path, *_ in FORMS if not exempt(path)} == DONE.keys()
    there = known()
    asked = {way for ways in DONE.values() for way in ways}
    assert asked <= there, asked - there
