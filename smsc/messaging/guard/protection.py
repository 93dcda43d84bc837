"""What the accept knows of an account's protection, read with the account."""

from dataclasses import dataclass
from decimal import Decimal

from smsc.models import PumpingGuard


@dataclass(frozen=True, slots=True)
class Cap:
    """What an account and its subaccounts may hand in together; None: as much as they like."""

    account_sid: str
    messages_per_day: int | None
    spend_per_day: Decimal | None
    spend_per_month: Decimal | None


@dataclass(frozen=True, slots=True)
class Protection:
    """How an account is protected from those who have its credentials or its forms."""

    caps: tuple[Cap, ...] = ()  # its own and its parent's
    pumping_guard: str = PumpingGuard.CODES.value
    blocked: tuple[str, ...] = ()  # digits that numbers begin with which it may not write to now
    safe_prefixes: tuple[str, ...] = ()  # digits, of numbers that are never suspected
    quarantine: str | None = None  # why it may send nothing
    only_recipients: frozenset[str] | None = None  # of a trial; None: it may write to all
    text_prefix: str | None = None  # of a trial: before each text

    @property
    def is_trial(self) -> bool:
        """Whether what it sends is limited by more than its caps."""
        return self.only_recipients is not None or self.text_prefix is not None


UNPROTECTED = Protection()
