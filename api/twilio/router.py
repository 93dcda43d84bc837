"""The routes of Twilio's resources."""

from typing import Final

from starlette.routing import Route

from api.twilio import (
    accounts,
    alerts,
    api_keys,
    applications,
    auth_tokens,
    available_phone_numbers,
    bulk_messages,
    geo_permissions,
    incoming_phone_numbers,
    lookups,
    messages,
    messaging_services,
    opt_outs,
    pricing,
    service_senders,
    short_codes,
    usage,
    verifications,
    verify_services,
)

# In the order of their traffic: the first that matches is taken.
_MODULES: Final = (
    *(messages, incoming_phone_numbers, available_phone_numbers, applications, short_codes),
    *(messaging_services, service_senders, opt_outs, bulk_messages),
    *(verifications, verify_services, lookups),
    *(alerts, usage, pricing, geo_permissions, accounts, api_keys, auth_tokens),
)
ROUTES: Final[list[Route]] = [route for module in _MODULES for route in module.ROUTES]
