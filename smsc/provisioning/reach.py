"""How far a person sees: one carrier, and there all accounts or some."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from smsc.models import Membership, MembershipState, Role

WRITERS = frozenset({Role.OWNER, Role.ADMIN, Role.DEVELOPER})  # who may send
KEEPERS = frozenset({Role.OWNER, Role.ADMIN})  # who may change how the platform runs
DEVELOPERS = WRITERS  # who may make keys, rotate tokens and replay webhooks


@dataclass(frozen=True, slots=True)
class Reach:
    """What a person may see and do. Made of active memberships only."""

    carrier_sid: str
    carrier_role: Role | None = None  # None: no membership of the carrier itself
    account_roles: Mapping[str, Role] = field(default_factory=dict)
    runs_platform: bool = False  # and so sees how all carriers' servers do

    @classmethod
    def of(cls, carrier_sid: str, memberships: Iterable[Membership]) -> Self:
        """Add memberships up; one that is not active, or of another carrier, counts for nothing."""
        counted = [
            one
            for one in memberships
            if one.state == MembershipState.ACTIVE and one.carrier_sid == carrier_sid
        ]
        return cls(
            carrier_sid,
            next((Role(one.role) for one in counted if one.account_sid is None), None),
            {one.account_sid: Role(one.role) for one in counted if one.account_sid is not None},
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.carrier_role is None and not self.account_roles

    def narrowed(self, account_sid: str) -> "Reach":
        """Return no more of it than one of the accounts that they are a member of."""
        return Reach(self.carrier_sid, None, {account_sid: self.account_roles[account_sid]})

    @property
    def account_sids(self) -> list[str] | None:
        """The accounts that are seen; None: all of the carrier."""
        return None if self.carrier_role is not None else sorted(self.account_roles)

    @property
    def sees_carrier(self) -> bool:
        """Whether connectors are seen, and what else belongs to no account."""
        return self.carrier_role is not None

    @property
    def runs_carrier(self) -> bool:
        """Whether what the carrier has may be changed, and connectors paused."""
        return self.carrier_role in KEEPERS

    @property
    def owns_carrier(self) -> bool:
        """Whether nothing of the carrier is kept from them."""
        return self.carrier_role is Role.OWNER

    @property
    def sends_for_carrier(self) -> bool:
        """Whether messages of any account of the carrier may be sent."""
        return self.carrier_role in WRITERS

    @property
    def sends(self) -> bool:
        """Whether messages of some account may be sent."""
        return self.sends_for_carrier or not WRITERS.isdisjoint(self.account_roles.values())

    @property
    def keeps(self) -> bool:
        """Whether what some account has may be changed."""
        return self.runs_carrier or not KEEPERS.isdisjoint(self.account_roles.values())

    @property
    def kept_account_sids(self) -> list[str] | None:
        """The accounts of which what they have may be changed; None: all of the carrier."""
        if self.runs_carrier:
            return None
        return sorted(sid for sid, role in self.account_roles.items() if role in KEEPERS)

    @property
    def develops(self) -> bool:
        """Whether keys, tokens and webhooks of some account may be changed."""
        return self.carrier_role in DEVELOPERS or not DEVELOPERS.isdisjoint(
            self.account_roles.values()
        )

    @property
    def develops_for_carrier(self) -> bool:
        """Whether what the carrier's own programs are told may be changed."""
        return self.carrier_role in DEVELOPERS

    def develops_for(self, account_sid: str) -> bool:
        """Say whether keys, tokens and webhooks of this account of the carrier may be changed."""
        return self.carrier_role in DEVELOPERS or self.account_roles.get(account_sid) in DEVELOPERS

    def keeps_account(self, account_sid: str) -> bool:
        """Say whether what this account of the carrier has may be changed."""
        return self.runs_carrier or self.account_roles.get(account_sid) in KEEPERS

    def sees_account(self, account_sid: str) -> bool:
        """Say whether what belongs to this account of the carrier is seen."""
        return self.carrier_role is not None or account_sid in self.account_roles

    def may_send_for(self, account_sid: str) -> bool:
        """Say whether messages of this account of the carrier may be sent."""
        return self.carrier_role in WRITERS or self.account_roles.get(account_sid) in WRITERS
