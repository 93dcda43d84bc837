"""What a verification is asked for with, and what its code is checked with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a verification is asked for with."""

    to: str
    friendly_name: str | None = None  # in place of the service's
    locale: str | None = None
    custom_code: str | None = None
    amount: str | None = None
    payee: str | None = None
    is_trusted: bool = False  # the guard against pumping lets it pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a code is checked with; amount and payee, where named, must be those it was sent for."""

    code: str
    amount: str | None = None
    payee: str | None = None
