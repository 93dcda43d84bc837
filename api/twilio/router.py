"""The routes of Twilio's resources."""

from typing import Final

from starlette.routing import Route

from api.twilio import accounts, api_keys, auth_tokens, messages

# In the order of their traffic: the first that matches is taken.
ROUTES: Final[list[Route]] = [
    route for module in (messages, accounts, api_keys, auth_tokens) for route in module.ROUTES
]
