"""What is asked of a customer's server, and what came of it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from smsc.errors import GatewayError
from smsc.webhooks.payload import Form

# Twilio reads no longer answer; an alert that keeps the answer needs no more either.
BODY_LIMIT_OCTETS: Final = 64 * 1024
NO_COOKIES: Final[Mapping[str, str]] = MappingProxyType({})


class Method(StrEnum):
    """How the parameters travel: in the query, or as a form."""

    GET = "GET"
    POST = "POST"


METHODS: Final = {method.value: method for method in Method}


class Failure(StrEnum):
    """Why a request failed, as finely as a policy or an operator needs it."""

    INVALID_URL = "invalid url"
    UNRESOLVED = "unresolved"
    ADDRESS_REFUSED = "address refused"
    UNCONNECTED = "unconnected"
    CONNECT_TIMED_OUT = "connect timed out"
    TLS = "tls"
    CERTIFICATE = "certificate"
    BUSY = "busy"
    CONNECTION_LOST = "connection lost"
    READ_TIMED_OUT = "read timed out"
    TOTAL_TIMED_OUT = "total timed out"
    PROTOCOL = "protocol"
    REDIRECTS = "redirects"
    TOO_LARGE = "too large"
    STATUS = "status"

    @property
    def code(self) -> int:
        """Return Twilio's code for it.

        Source: https://www.twilio.com/docs/api/errors, 11100 to 11237 and 11750.
        """
        return _CODES[self]


_CODES: Final = {
    Failure.INVALID_URL: 11100,
    Failure.UNRESOLVED: 11210,
    Failure.ADDRESS_REFUSED: 11205,  # Twilio names private addresses among this code's causes
    Failure.UNCONNECTED: 11205,
    Failure.CONNECT_TIMED_OUT: 11205,
    Failure.TLS: 11220,
    Failure.CERTIFICATE: 11237,
    Failure.BUSY: 11205,
    Failure.CONNECTION_LOST: 11206,  # a broken exchange is that code's second cause
    Failure.READ_TIMED_OUT: 11200,
    Failure.TOTAL_TIMED_OUT: 11200,
    Failure.PROTOCOL: 11206,
    Failure.REDIRECTS: 11215,
    Failure.TOO_LARGE: 11750,
    Failure.STATUS: 11200,
}


class WebhookFault(GatewayError):
    """A request to the outside world failed; becomes an outcome before it leaves the client."""

    def __init__(self, failure: Failure, text: str) -> None:
        super().__init__(text)
        self.failure = failure


class WebhookRequest(NamedTuple):
    """One request that a customer's server is to get."""

    url: str  # with its fragment: the overrides are in it
    form: Form  # with the message in it
    auth_token: str | None  # signs the request; of the account that owns the resource. None: not
    idempotency_token: str  # the same for every try of one event
    method: Method = Method.POST
    cookies: Mapping[str, str] = NO_COOKIES
    # A body in place of the form, with its headers; what isn't of Twilio's shape is sent so
    raw: tuple[bytes, tuple[tuple[str, str], ...]] | None = None
    reads_body: bool = True  # False: a status callback's answer, of which only the status counts
    follows_redirects: bool = True  # False: what is sent is for this server alone

    def __repr__(self) -> str:
        """Tell neither token nor message."""
        return f"WebhookRequest({self.method} {self.url}, {self.idempotency_token})"


class WebhookOutcome(NamedTuple):
    """What came of a request. `failure` is None exactly if the server took it."""

    url: str  # that gave the answer, after redirects
    status: int | None = None  # None: no whole answer came
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case
    body: bytes = b""  # at most BODY_LIMIT_OCTETS
    failure: Failure | None = None
    error: str | None = None  # a sentence for the customer's alert
    warning: tuple[int, str] | None = None  # a code and its text: overrides that were not usable
    cookies: Mapping[str, str] = NO_COOKIES  # to send with the pair's next request
    duration: timedelta = timedelta(0)  # of this try, without the wait for a free connection
    earlier: tuple["WebhookOutcome", ...] = ()  # the failed tries before this one, oldest first
    # What relative URLs in the body are resolved against: `url` with user and password, and without
    # the parameters that a GET added.
    base_url: str = ""

    def __repr__(self) -> str:
        """Tell nothing of the answer."""
        return f"WebhookOutcome({self.url}, {self.status}, {self.failure})"

    @property
    def error_code(self) -> int | None:
        """Return Twilio's code of the failure."""
        return None if self.failure is None else self.failure.code

    @property
    def tries(self) -> int:
        """Return how many tries were made, this one included."""
        return len(self.earlier) + 1

    @property
    def content_type(self) -> str | None:
        """Return the answer's Content-Type as written."""
        return next((value for name, value in self.headers if name == "content-type"), None)
