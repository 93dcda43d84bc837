"""The dashboard's routes: each page and each form with the right that it asks for."""

from typing import Final

from starlette.routing import Route

from api.bodies import MOST_BODY_OCTETS
from api.dashboard import (
    alerts,
    api_requests,
    audit_log,
    channels,
    compose,
    connector,
    connector_forms,
    connectors,
    conversations,
    developers,
    doctor,
    events,
    exports,
    files,
    handset,
    home,
    keys,
    message,
    messages,
    messaging_services,
    numbers,
    opt_outs,
    profile,
    routes,
    sign_in,
    signature,
    tokens,
    traffic,
    webhooks,
)
from api.dashboard.forms import MOST_CSV_OCTETS
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
    ("/traffic", traffic.show, Right.READ),
    ("/profile", profile.show, Right.READ),
    ("/messages", messages.show, Right.READ),
    ("/messages/{sid}", message.show, Right.READ),
    ("/exports", exports.show, Right.READ),
    ("/exports/{sid}/csv", exports.download, Right.READ),
    ("/conversations", conversations.show, Right.READ),
    ("/conversation", conversations.show_one, Right.READ),
    ("/compose", compose.show, Right.SEND),
    ("/numbers", numbers.show, Right.READ),
    ("/numbers/for-sale", numbers.show_shop, Right.KEEP),
    ("/numbers/import", numbers.show_import, Right.RUN_CARRIER),
    ("/numbers/{sid}", numbers.show_one, Right.READ),
    ("/services", messaging_services.show, Right.READ),
    ("/services/{sid}", messaging_services.show_one, Right.READ),
    ("/opt-outs", opt_outs.show, Right.READ),
    ("/opt-outs/csv", opt_outs.give_csv, Right.READ),
    ("/developers", developers.show, Right.READ),
    ("/keys", keys.show, Right.DEVELOP),
    ("/tokens", tokens.show, Right.DEVELOP),
    ("/webhooks", webhooks.show, Right.READ),
    ("/webhooks/{sid}/{seq}", webhooks.show_one, Right.READ),
    ("/signature", signature.show, Right.DEVELOP),
    ("/requests", api_requests.show, Right.DEVELOP),
    ("/requests/{seq}", api_requests.show_one, Right.DEVELOP),
    ("/alerts", alerts.show, Right.READ),
    ("/alerts/{sid}", alerts.show_one, Right.READ),
    ("/events", events.show, Right.READ),
    ("/connectors", connectors.show, Right.READ_CARRIER),
    ("/connectors/new", connector_forms.show_new, Right.RUN_CARRIER),
    ("/connectors/{sid}", connector.show, Right.READ_CARRIER),
    ("/connectors/{sid}/edit", connector_forms.show_edit, Right.RUN_CARRIER),
    ("/probes/{sid}", doctor.show, Right.READ_CARRIER),
    ("/channels", channels.show, Right.READ_CARRIER),
    ("/channels/{sid}", channels.show_one, Right.READ_CARRIER),
    ("/routes", routes.show, Right.READ_CARRIER),
    ("/handset", handset.show, Right.SEND_CARRIER),
    ("/audit-log", audit_log.show, Right.KEEP),
    ("/audit-log/csv", audit_log.give_csv, Right.KEEP),
)
FORMS: Final[tuple[tuple[str, Action, Right], ...]] = (
    ("/sign-out", sign_in.leave, Right.READ),
    ("/profile", profile.change, Right.READ),
    ("/sessions/{sid}/end", profile.end_session, Right.READ),
    ("/messages/{sid}/resend", message.resend, Right.SEND),
    ("/messages/{sid}/cancel", message.cancel, Right.SEND),
    ("/messages/{sid}/redact", message.redact, Right.KEEP),
    ("/exports", exports.ask, Right.READ),
    ("/compose", compose.enter, Right.SEND),
    ("/compose/count", compose.count, Right.SEND),
    ("/conversation", conversations.answer, Right.SEND),
    ("/handset", handset.write, Right.SEND_CARRIER),
    ("/numbers/buy", numbers.buy, Right.KEEP),
    ("/numbers/import", numbers.take_import, Right.RUN_CARRIER),
    ("/numbers/{sid}", numbers.configure, Right.SEND),
    ("/numbers/{sid}/release", numbers.release, Right.KEEP),
    ("/numbers/{sid}/assign", numbers.assign, Right.RUN_CARRIER),
    ("/numbers/{sid}/remove", numbers.remove, Right.RUN_CARRIER),
    ("/services", messaging_services.create, Right.KEEP),
    ("/services/{sid}", messaging_services.change, Right.KEEP),
    ("/services/{sid}/remove", messaging_services.remove, Right.KEEP),
    ("/services/{sid}/senders", messaging_services.add_sender, Right.KEEP),
    ("/services/{sid}/senders/remove", messaging_services.remove_sender, Right.KEEP),
    ("/opt-outs", opt_outs.add, Right.KEEP),
    ("/opt-outs/csv", opt_outs.take_csv, Right.KEEP),
    ("/opt-outs/{sid}/remove", opt_outs.remove, Right.KEEP),
    ("/keys", keys.create, Right.DEVELOP),
    ("/keys/{sid}/revoke", keys.revoke, Right.DEVELOP),
    ("/tokens/show", tokens.reveal, Right.DEVELOP),
    ("/tokens/secondary", tokens.make_secondary, Right.DEVELOP),
    ("/tokens/secondary/remove", tokens.drop_secondary, Right.DEVELOP),
    ("/tokens/promote", tokens.promote, Right.DEVELOP),
    ("/webhooks/replay", webhooks.replay, Right.DEVELOP),
    ("/webhooks/resume", webhooks.resume, Right.DEVELOP),
    ("/signature", signature.try_out, Right.DEVELOP),
    ("/routes", routes.create, Right.RUN_CARRIER),
    ("/routes/{sid}/remove", routes.remove, Right.RUN_CARRIER),
    ("/connectors", connector_forms.create, Right.RUN_CARRIER),
    ("/connectors/{sid}", connector_forms.change, Right.RUN_CARRIER),
    ("/connectors/{sid}/pause", connector.pause, Right.RUN_CARRIER),
    ("/connectors/{sid}/resume", connector.resume, Right.RUN_CARRIER),
    ("/connectors/{sid}/drain", connector.drain, Right.RUN_CARRIER),
    ("/connectors/{sid}/remove", connector.remove, Right.RUN_CARRIER),
    ("/connectors/{sid}/probe", doctor.ask, Right.RUN_CARRIER),
    ("/probes/{sid}/apply", doctor.apply, Right.RUN_CARRIER),
    ("/channels", channels.create, Right.RUN_CARRIER),
    ("/channels/{sid}", channels.change, Right.RUN_CARRIER),
    ("/channels/{sid}/remove", channels.remove, Right.RUN_CARRIER),
)
# Forms that carry a file: larger than others.
_WITH_FILE: Final = frozenset({"/numbers/import", "/opt-outs/csv"})


def _form(path: str, action: Action, right: Right) -> Route:
    most = MOST_CSV_OCTETS if path in _WITH_FILE else MOST_BODY_OCTETS
    return Route(path, by_form(action, right, most_octets=most), methods=_POST)


ROUTES: Final = (
    *OPEN,
    *(Route(path, for_signed_in(page, right), methods=_GET) for path, page, right in PAGES),
    *(_form(*form) for form in FORMS),
)
