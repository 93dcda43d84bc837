"""Whose request this is: what its reads and changes may touch, for the wall between tenants."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

ROLE: Final = "smsc_tenant"  # which the transactions of a request take: it owns nothing
CARRIER: Final = "smsc.carrier"  # settings of a transaction, which the policies read
ACCOUNTS: Final = "smsc.accounts"
ALL: Final = "*"

# One round trip, in the transaction: all of it ends with that, also behind a pooler.
CONFINE: Final = (
    f"SELECT set_config('role', '{ROLE}', true), set_config('{CARRIER}', $1, true), "
    f"set_config('{ACCOUNTS}', $2, true)"
)

# The same for a connection that never has another role: until it is another tenant's turn.
TAKE_TURNS: Final = (
    f"SELECT set_config('{CARRIER}', $1, false), set_config('{ACCOUNTS}', $2, false)"
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A carrier, with all of its accounts or some."""

    carrier_sid: str
    account_sids: tuple[str, ...] | None = None  # None: all

    @property
    def settings(self) -> tuple[str, str]:
        """What `CONFINE` takes."""
        return self.carrier_sid, ALL if self.account_sids is None else ",".join(self.account_sids)


_tenant: ContextVar[Tenant | None] = ContextVar("tenant", default=None)


def confine_to(tenant: Tenant) -> None:
    """Say whose the rest of the request is: the doors do, once they know who asks."""
    _tenant.set(tenant)


@contextmanager
def confined_to(tenant: Tenant) -> Iterator[None]:
    """Be another tenant for the block: what is done there for somebody is that one's own."""
    before = _tenant.set(tenant)
    try:
        yield
    finally:
        _tenant.reset(before)


def tenant() -> Tenant | None:
    """Return whose request this is; None: nobody's, such as a worker's or a sign-in."""
    return _tenant.get()
