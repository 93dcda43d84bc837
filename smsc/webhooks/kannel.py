"""Callbacks as Kannel makes them: a GET of a URL whose `%` marks are filled in.

Such a URL travels through the outbox as `kannel+31+https://…`, the number being the reports that
are wanted (`dlr-mask`); for a received message it is 0.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

_PREFIX: Final = "kannel+"
_FORM: Final = re.compile(r"kannel\+([0-9]{1,3})\+(https?://.*)", re.DOTALL)
_MARK: Final = re.compile(r"%([A-Za-z%])")
# Source: Kannel user guide, "Delivery reports": the bits of a mask and the types that are told.
DELIVERED: Final = 1
NOT_DELIVERED: Final = 2
HANDED_OVER: Final = 8
REJECTED: Final = 16
_TYPES: Final = {
    "sent": HANDED_OVER,
    "delivered": DELIVERED,
    "undelivered": NOT_DELIVERED,
    "failed": REJECTED,
}
_ANSWERS: Final = {
    "sent": "ACK/",
    "delivered": "stat:DELIVRD",
    "undelivered": "stat:UNDELIV",
    "failed": "NACK/",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the marks of a URL are filled with."""

    event: str  # a message status
    message_sid: str
    account_sid: str
    to: str
    from_: str
    body: str
    error_code: int | None
    at: datetime


def wrap(url: str, mask: int) -> str:
    """Return a URL as it travels through the outbox."""
    return f"kannel+{mask}+{url}"


def unwrap(url: str) -> str:
    """Return the http(s) URL that a wrapped one is about; any other as it is."""
    found = _FORM.fullmatch(url)
    return url if found is None else found[2]


def is_wanted(url: str, event: str) -> bool:
    """Say whether an event is to be told: always, but where a mask leaves it out."""
    found = _FORM.fullmatch(url)
    if found is None or event == "received":
        return True
    return bool(int(found[1]) & _TYPES.get(event, 0))


def is_wrapped(url: str) -> bool:
    """Say whether a URL of the outbox is to be called as Kannel does."""
    return url.startswith(_PREFIX)


def filled(url: str, told: Told) -> str:
    """Return the URL to call, its marks filled in."""
    return _MARK.sub(lambda mark: _value(mark[1], told), unwrap(url))


def _value(mark: str, told: Told) -> str:
    """Return what a mark stands for, escaped for a query; an unknown one stays as it is.

    Source: Kannel user guide, "Parameters in URLs". Text is UTF-8, and `%C` says so.
    """
    words = told.body.split(" ")
    answer = _ANSWERS.get(told.event, "")
    if told.error_code is not None:
        answer += f" err:{told.error_code}"
    values = {
        "d": str(_TYPES.get(told.event, 0)),
        "A": answer,
        "p": told.from_,
        "P": told.to,
        "q": told.from_.replace("+", "00", 1),
        "Q": told.to.replace("+", "00", 1),
        "t": f"{told.at.astimezone(UTC):%Y-%m-%d %H:%M}",
        "T": str(int(told.at.timestamp())),
        "i": "smsc",
        "I": told.message_sid,
        "F": told.message_sid,
        "n": told.account_sid,
        "a": told.body,
        "b": told.body,
        "r": " ".join(words[1:]),
        "k": words[0],
        "s": words[1] if len(words) > 1 else "",
        "c": "0" if told.body.isascii() else "2",
        "C": "UTF-8",
        "u": "",
        "%": "%",
    }
    known = values.get(mark)
    if known is None:
        return f"%{mark}"
    return "%" if mark == "%" else quote(known, safe="")


def posted(told: Told) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """Return a received message as `post-url` gets it: the text as the body, the rest in headers.

    Source: Kannel user guide, "post-url".
    """
    headers = (
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("X-Kannel-From", told.from_),
        ("X-Kannel-To", told.to),
        ("X-Kannel-Time", f"{told.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"),
        ("X-Kannel-Unique", told.message_sid),
        ("X-Kannel-Coding", "0" if told.body.isascii() else "2"),
        ("X-Kannel-Charset", "UTF-8"),
    )
    return told.body.encode(), tuple((name, _printable(value)) for name, value in headers)


def _printable(value: str) -> str:
    """Return what can stand in a header: handsets' names come from far away."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in value)
