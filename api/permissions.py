"""What a request asks to do, in the words in which restricted API keys allow it."""

from typing import Final

from smsc import sids

# By the part of the path that names the resource. Source for the form of a permission:
# https://www.twilio.com/docs/iam/api-keys/restricted-api-keys
_AREAS_2010: Final = {
    "Messages": "messaging/messages",
    "IncomingPhoneNumbers": "phone-numbers/incoming",
    "AvailablePhoneNumbers": "phone-numbers/available",
    "Applications": "accounts/applications",
    "SMS": "messaging/short-codes",
    "Notifications": "monitor/alerts",
    "Usage": "billing/usage",
    "Balance": "billing/balance",
    "Keys": "iam/api-keys",
    "SigningKeys": "iam/api-keys",
}
_AREAS: Final = {
    ("v1", "Messages", "Bulk"): "messaging/bulk",
    ("v1", "Services"): "messaging/services",
    ("v1", "PhoneNumbers"): "phone-numbers/incoming",
    ("v1", "Alerts"): "monitor/alerts",
    ("v1", "Keys"): "iam/api-keys",
    ("v1", "AuthTokens"): "accounts/auth-tokens",
    ("v1", "Messaging", "Countries"): "pricing/messaging",
    ("v1", "Messaging", "GeoPermissions"): "accounts/geo-permissions",
    ("v2", "PhoneNumbers"): "lookups/phone-numbers",
    ("v2", "Services"): "verify/services",
    ("v2", "Templates"): "verify/templates",
}
_ACCOUNTS: Final = "accounts/accounts"
_VERBS: Final = ("create", "read", "update", "delete", "list")
# What a standard key may not touch: with it a leaked key could make itself others.
_RESERVED: Final = tuple(
    f"/twilio/{area}/" for area in (_ACCOUNTS, "iam/api-keys", "accounts/auth-tokens")
)
KNOWN: Final = frozenset(
    f"/twilio/{area}/{verb}"
    for area in (*_AREAS_2010.values(), *_AREAS.values(), _ACCOUNTS)
    for verb in _VERBS
)


def permission_of(method: str, path: str) -> str:
    """Return what a request needs, such as `/twilio/messaging/messages/create`."""
    parts = path.removesuffix(".json").strip("/").split("/")
    if parts[0] == "2010-04-01":
        parts = parts[1:]
        is_account = len(parts) < 3
        area = _ACCOUNTS if is_account else _AREAS_2010.get(parts[2].removesuffix(".json"), "other")
    else:
        area = next((_AREAS[key] for n in (2, 3) if (key := tuple(parts[:n])) in _AREAS), "other")
    names_one = sids.SHAPE.fullmatch(parts[-1]) is not None or area.startswith("lookups/")
    match method:
        case "GET" | "HEAD":
            verb = "read" if names_one else "list"
        case "DELETE":
            verb = "delete"
        case _:
            verb = "update" if names_one or method == "PATCH" else "create"
    return f"/twilio/{area}/{verb}"


def is_reserved(permission: str) -> bool:
    """Say whether a standard key is kept from it."""
    return permission.startswith(_RESERVED)


def is_allowed(permission: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a restricted key's list names it, or all of its resource by `/*`."""
    return permission in allowed or f"{permission.rpartition('/')[0]}/*" in allowed


def is_known(allowed: str) -> bool:
    """Say whether a restricted key's list may have this in it."""
    stem, _, verb = allowed.rpartition("/")
    return allowed in KNOWN or (verb == "*" and f"{stem}/read" in KNOWN)


def is_pretended(method: str, path: str) -> bool:
    """Say whether test credentials may do it: to send a message or to buy a number."""
    last = path.removesuffix(".json").rpartition("/")[2]
    return method == "POST" and last in {
        *("Messages", "IncomingPhoneNumbers"),
        *("Local", "Mobile", "TollFree"),
    }
