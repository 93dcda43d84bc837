"""Who has just logged in: the same credentials from the same address are not read anew each time.

A login stands for as long as the facts that it was checked against are those of the directory's
caches: two seconds, or until a change is announced. What is asked of each request (guesses, limits,
permissions) is asked all the same.
"""

import hashlib
import secrets
from typing import Final, NamedTuple

from smsc.audit import Actor, ActorKind
from smsc.messaging.directory import AccountFacts, Directory, KeyFacts
from smsc.tenancy import Tenant

MOST_KEPT: Final = 10_000


class Caller(NamedTuple):
    """Whose credentials a request carries, and the account that it acts on."""

    owner: AccountFacts  # of the credentials
    account: AccountFacts  # of the path: the owner, or one of its subaccounts
    key: KeyFacts | None


class Ask(NamedTuple):
    """What a login is known by."""

    authorization: str | None  # the header
    host: str  # the client's address
    account_sid: str | None  # of the path


class Login(NamedTuple):
    """Who asks, and as whom the rest of the request is done."""

    username: str  # of the credentials
    caller: Caller
    actor: Actor
    tenant: Tenant


class Logins:
    """The logins of one process.

    They are known by a keyed digest, under a key that lives in this process alone: a secret that
    came is not kept.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        # Copied for each: half as dear as taking the key in anew.
        self._keyed = hashlib.blake2b(key=secrets.token_bytes(32), digest_size=32)
        self._kept: dict[bytes, Login] = {}

    def find(self, ask: Ask) -> Login | None:
        """Return a login that still stands."""
        login = self._kept.get(self._name_of(ask))
        if login is None:
            return None
        owner, account, key = login.caller
        directory = self._directory
        stands = (
            directory.known_account(owner.sid) is owner
            and (account is owner or directory.known_account(account.sid) is account)
            and (key is None or directory.known_key(key.sid) is key)
        )
        return login if stands else None

    def keep(self, ask: Ask, username: str, caller: Caller) -> Login:
        """Keep a login that was checked, and return it."""
        owner, account, key = caller
        login = Login(
            username,
            caller,
            Actor(ActorKind.ACCOUNT, owner.sid if key is None else key.sid, "", ask.host),
            Tenant(account.carrier_sid, (account.sid, owner.sid)),
        )
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[self._name_of(ask)] = login
        return login

    def _name_of(self, ask: Ask) -> bytes:
        naming = self._keyed.copy()
        naming.update(f"{ask.authorization}\0{ask.host}\0{ask.account_sid}".encode())
        return naming.digest()
