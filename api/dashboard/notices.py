"""What a page says of what was just done: a word in its URL, as a sentence."""

from collections.abc import Mapping
from typing import Final

from api.dashboard.languages import gettext as _
from api.dashboard.languages import ngettext
from api.dashboard.words import N_

_SENTENCES: Final = {
    "added": N_("Added."),
    "bought": N_("Bought: the number is yours."),
    "canceled": N_("Cancelled: it will not be sent."),
    "changed": N_("Saved."),
    "quarantined": N_("In quarantine: it sends nothing, and what waits is held."),
    "let_go": N_("Out of quarantine: what was held goes on."),
    "promoted": N_("Promoted: it is the only token now."),
    "invited": N_("Invited: the mail is in the outbox, or on its way."),
    "joined": N_("Welcome. Sign in with your password."),
    "waiting": N_("Welcome. The carrier looks at your account first: a mail tells you."),
    "mailed": N_("The mail is in the outbox, or on its way."),
    "password": N_("Your password is changed. Sign in with it."),
    "closed": N_("Closed for ever."),
    "redacted": N_("Redacted: the text is gone. Exports that have it are gone within a day."),
    "sent": N_("On its way."),
    "released": N_("Released: the number is for sale again."),
    "removed": N_("Removed."),
}
_LONGEST_NUMBER: Final = 7  # digits


def notice_of(query: Mapping[str, str]) -> str | None:
    """Return the sentence that a query asks for; nothing for what is no word of ours."""
    done, number = query.get("done"), query.get("number", "")
    if done in _SENTENCES:
        return _(_SENTENCES[done])
    if done == "imported" and number.isascii() and number.isdecimal():
        return ngettext(
            "%(num)s was new and has been added.",
            "%(num)s were new and have been added.",
            int(number[:_LONGEST_NUMBER]),
        )
    if done == "replayed" and number.isascii() and number.isdecimal():
        return ngettext(
            "%(num)s webhook is sent again.",
            "%(num)s webhooks are sent again.",
            int(number[:_LONGEST_NUMBER]),
        )
    return None
