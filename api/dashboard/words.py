"""Words that the system has in English and pages say in the reader's language."""

from typing import Final

from api.dashboard.languages import translated


def N_(word: str) -> str:  # noqa: N802 the extraction's name for it
    """Mark a word for the catalogues; it is translated where it is shown."""
    return word


_KNOWN: Final = frozenset(
    {
        # of messages
        N_("accepted"),
        N_("scheduled"),
        N_("queued"),
        N_("sending"),
        N_("sent"),
        N_("delivered"),
        N_("undelivered"),
        N_("failed"),
        N_("received"),
        N_("receiving"),
        N_("canceled"),
        # of what else happens to them
        N_("receipt"),
        N_("retried"),
        N_("in doubt"),
        N_("resubmitted"),
        N_("replaced"),
        # of who is bound to sign in by a carrier's own service
        N_("nobody"),
        N_("staff"),
        N_("everybody"),
        # of connectors and binds
        N_("connecting"),
        N_("bound"),
        N_("backing off"),
        N_("unbinding"),
        N_("closed"),
        N_("unowned"),
        N_("paused"),
        N_("draining"),
        N_("lent"),
        # of probes and what they find
        N_("waiting"),
        N_("running"),
        N_("done"),
        N_("ok"),
        # of what else has a state
        N_("active"),
        N_("waiting"),
        N_("disabled"),
        N_("waiting"),
        N_("suspended"),
        # directions
        N_("inbound"),
        N_("outbound"),
        N_("outbound-api"),
        N_("outbound-reply"),
        # lanes
        N_("alert"),
        N_("otp"),
        N_("normal"),
        N_("bulk"),
        # levels of alerts
        N_("error"),
        N_("warning"),
        N_("notice"),
        N_("debug"),
        # roles
        N_("owner"),
        N_("admin"),
        N_("developer"),
        N_("member"),
        # who acts, what they did, and to what
        N_("person"),
        N_("carrier key"),
        N_("account"),
        N_("command"),
        N_("system"),
        N_("created"),
        N_("changed"),
        N_("removed"),
        N_("redacted"),
        N_("resent"),
        N_("erased"),
        N_("imported"),
        N_("resumed"),
        N_("replayed"),
        N_("asked for"),
        N_("signed in"),
        N_("ended"),
        N_("shown"),
        N_("auth token"),
        N_("event subscription"),
        N_("alert rule"),
        N_("country"),
        N_("events"),
        N_("API key"),
        N_("application"),
        N_("balance"),
        N_("carrier"),
        N_("channel"),
        N_("connector"),
        N_("credit"),
        N_("export"),
        N_("handset"),
        N_("Kannel login"),
        N_("membership"),
        N_("message"),
        N_("messaging service"),
        N_("number"),
        N_("opt-out"),
        N_("price"),
        N_("probe"),
        N_("domain"),
        N_("route"),
        N_("sender ID"),
        N_("sender ID rule"),
        N_("session"),
        N_("invitation"),
        N_("password link"),
        N_("recovery code"),
        N_("passkey"),
        N_("used"),
        N_("SMPP credential"),
        N_("Verify service"),
        N_("webhook endpoint"),
        N_("webhooks"),
        # kinds of API keys
        N_("standard"),
        N_("main"),
        N_("restricted"),
        # types of numbers
        N_("local"),
        N_("mobile"),
        N_("tollfree"),
        N_("shortcode"),
        N_("alphanumeric"),
        # where an opt-out comes from
        N_("keyword"),
        N_("api"),
        N_("import"),
        # what the guard against traffic pumping may do
        N_("off"),
        N_("watch"),
        N_("codes"),
        N_("all"),
        # titles of pages that say what went wrong
        N_("Bad Request"),
        N_("Unauthorized"),
        N_("Forbidden"),
        N_("Not Found"),
        N_("Method Not Allowed"),
        N_("Conflict"),
        N_("Request Entity Too Large"),
        N_("Too Many Requests"),
        N_("Internal Server Error"),
        N_("Service Unavailable"),
    }
)


def word(said: str) -> str:
    """Return a state, a direction, a role as its reader says it; unknown ones as they are."""
    spaced = said.replace("_", " ")
    return translated(spaced) if spaced in _KNOWN else spaced
