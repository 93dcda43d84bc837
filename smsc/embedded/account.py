"""Under which account the embedded servers run: PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from typing import Final

from smsc.embedded.errors import EmbeddedServerError

UNPRIVILEGED: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """An existing account of the machine."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account to change to, or None when we are unprivileged already.

    It must have an entry in passwd: initdb refuses a bare number.

    Raises:
        EmbeddedServerError: we are root and the machine has no such account.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedServerError(
            f"PostgreSQL can't run as root and this machine has no account {UNPRIVILEGED!r}. "
            "Start smsc as an ordinary user, or set SMSC_DATABASE_URL and SMSC_REDIS_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
