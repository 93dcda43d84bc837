"""The dashboard's routes: each page and each form with the right that it asks for."""

from typing import Final

from starlette.routing import Route

from api.dashboard import (
    compose,
    connectors,
    conversations,
    files,
    handset,
    home,
    message,
    messages,
    profile,
    sign_in,
)
from api.dashboard.rights import Right
from api.dashboard.visitors import Action, Page, by_form, for_signed_in

_GET: Final = ["GET"]
_POST: Final = ["POST"]

# For whoever comes by: nobody is signed in yet.
OPEN: Final = (
    Route("/assets/{name}", files.show, methods=_GET),
    Route("/sign-in", sign_in.show, methods=_GET),
    Route("/sign-in", sign_in.enter, methods=_POST),
)
PAGES: Final[tuple[tuple[str, Page, Right], ...]] = (
    ("/", home.show, Right.READ),
    ("/profile", profile.show, Right.READ),
    ("/messages", messages.show, Right.READ),
    ("/messages/{sid}", message.show, Right.READ),
    ("/conversations", conversations.show, Right.READ),
    ("/conversation", conversations.show_one, Right.READ),
    ("/compose", compose.show, Right.SEND),
    ("/connectors", connectors.show, Right.READ_CARRIER),
    ("/handset", handset.show, Right.SEND_CARRIER),
)
FORMS: Final[tuple[tuple[str, Action, Right], ...]] = (
    ("/sign-out", sign_in.leave, Right.READ),
    ("/profile", profile.change, Right.READ),
    ("/sessions/{sid}/end", profile.end_session, Right.READ),
    ("/compose", compose.enter, Right.SEND),
    ("/compose/count", compose.count, Right.SEND),
    ("/conversation", conversations.answer, Right.SEND),
    ("/handset", handset.write, Right.SEND_CARRIER),
    ("/connectors/{sid}/pause", connectors.pause, Right.RUN_CARRIER),
    ("/connectors/{sid}/resume", connectors.resume, Right.RUN_CARRIER),
)
ROUTES: Final = (
    *OPEN,
    *(Route(path, for_signed_in(page, right), methods=_GET) for path, page, right in PAGES),
    *(Route(path, by_form(action, right), methods=_POST) for path, action, right in FORMS),
)
