"""The connection settings in a URL's fragment, and the tries that they allow."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from smsc.webhooks.outcome import Failure, WebhookOutcome


class RetryOn(StrEnum):
    """A class of failures that `rp` names."""

    CONNECT = "ct"
    READ = "rt"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"


_CLASS_OF: Final = {
    Failure.UNRESOLVED: RetryOn.CONNECT,
    Failure.UNCONNECTED: RetryOn.CONNECT,
    Failure.CONNECT_TIMED_OUT: RetryOn.CONNECT,
    Failure.TLS: RetryOn.CONNECT,
    Failure.CONNECTION_LOST: RetryOn.READ,
    Failure.READ_TIMED_OUT: RetryOn.READ,
}  # of the others, a second try at once would only see the same again


@dataclass(frozen=True, slots=True)
class Overrides:
    """How long to wait for a server, and after what to try again at once.

    `total_seconds` spans all tries of one request.

    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """

    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 15.0
    retry_count: int = 1
    retry_on: frozenset[RetryOn] = frozenset({RetryOn.CONNECT})
    warning: tuple[int, str] | None = None  # a code and its text; the value's default is in force


class Verdict(StrEnum):
    """What to do after a try."""

    DELIVERED = "delivered"
    RETRY_NOW = "retry now"
    FAILED = "failed"  # for now: the fallback URL and the durable schedule come next


_RANGES: Final = {  # both ends are allowed; times in milliseconds
    "ct": (100, 10_000),
    "rt": (100, 15_000),
    "tt": (100, 15_000),
    "rc": (0, 5),
}
_BAD_VALUE: Final = 11241
_BAD_POLICY: Final = 11243


@lru_cache(maxsize=512)
def parse(fragment: str, defaults: Overrides) -> Overrides:
    """Read a fragment (without its `#`) over `defaults`.

    A value that can't be used leaves its default in force and is told in `warning`: a callback
    that arrives by other timings than wished is better than none. Other keys are an anchor's
    business. `sni` is only checked: the name is always sent. `e` is Twilio's: we have no edges.
    """
    overrides = defaults
    for pair in fragment.split("&"):
        key, equals, value = pair.partition("=")
        if not equals:
            continue
        if key in _RANGES:
            overrides = _with_number(overrides, key, value)
        elif key == "rp":
            overrides = _with_policy(overrides, value)
        elif key == "sni" and value not in {"y", "n"}:
            overrides = replace(overrides, warning=(_BAD_VALUE, f"sni={value!r} is not y or n."))
    return overrides


def _with_number(overrides: Overrides, key: str, value: str) -> Overrides:
    least, most = _RANGES[key]
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else -1
    if not least <= number <= most:
        text = f"{key}={value!r} is not a number from {least} to {most}."
        return replace(overrides, warning=(_BAD_VALUE, text))
    match key:
        case "ct":
            return replace(overrides, connect_seconds=number / 1000)
        case "rt":
            return replace(overrides, read_seconds=number / 1000)
        case "tt":
            return replace(overrides, total_seconds=number / 1000)
        case _:
            return replace(overrides, retry_count=number)


def _with_policy(overrides: Overrides, value: str) -> Overrides:
    names = value.split(",")
    if "all" in names:
        names = [name for name in names if name != "all"] + list(RetryOn)
    try:
        return replace(overrides, retry_on=frozenset(RetryOn(name) for name in names))
    except ValueError:
        text = f"rp={value!r} is not a list of 4xx, 5xx, ct, rt, all."
        return replace(overrides, warning=(_BAD_POLICY, text))


def judge(
    outcome: WebhookOutcome, overrides: Overrides, *, tries: int, seconds_left: float
) -> Verdict:
    """Decide what follows the try that gave `outcome`, the `tries`th, from 1."""
    if outcome.failure is None:
        return Verdict.DELIVERED
    if tries > overrides.retry_count or seconds_left <= 0:
        return Verdict.FAILED
    kind = _CLASS_OF.get(outcome.failure)
    if outcome.failure is Failure.STATUS and outcome.status is not None and outcome.status >= 400:
        kind = RetryOn.SERVER_ERROR if outcome.status >= 500 else RetryOn.CLIENT_ERROR
    return Verdict.RETRY_NOW if kind in overrides.retry_on else Verdict.FAILED
