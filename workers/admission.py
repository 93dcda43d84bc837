"""Who may bind to the listener, from where, how, and how often; and whose sessions have to go."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic
from typing import Final

import structlog

from smsc import sids, vault
from smsc.db import UNAVAILABLE, Database
from smsc.messaging.esmes import esme_credentials
from smsc.messaging.esmes.esme_credentials import BoundSession, EsmeCredential
from smsc.messaging.esmes.owed import Dialect
from smsc.secret_checks import SecretChecks
from smsc.smpp.lockout import Lockout
from smsc.smpp.pdu import Bind, CommandStatus, Outbind
from smsc.smpp.server import Accepted, HandedOver, Refused
from smsc.smpp.token_bucket import TokenBucket
from workers.dial_in import DialIns
from workers.guessed_names import GuessedNames

log = structlog.get_logger()

MOST_HASHES_AT_ONCE: Final = 4  # each takes tens of milliseconds and megabytes
RECOUNT_SECONDS: Final = 5.0  # what leaving could not say is mended so soon
TLVS_SINCE: Final = 0x34


class BindRefusal(StrEnum):
    """Why a bind was refused; the value is a metric's label."""

    LOCKED_OUT = "locked_out"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 a label
    NETWORK = "network"
    BIND_TYPE = "bind_type"
    TOO_MANY = "too_many_binds"


_STATUSES: Final = {
    BindRefusal.LOCKED_OUT: CommandStatus.ESME_RBINDFAIL,
    BindRefusal.WRONG_PASSWORD: CommandStatus.ESME_RINVPASWD,
    BindRefusal.NETWORK: CommandStatus.ESME_RBINDFAIL,
    BindRefusal.BIND_TYPE: CommandStatus.ESME_RBINDFAIL,
    BindRefusal.TOO_MANY: CommandStatus.ESME_RALYBND,
}


@dataclass(slots=True, eq=False)
class Esme:
    """Whose session it is, and what it may do; follows its credential's changes."""

    session_sid: str
    credential: EsmeCredential
    bucket: TokenBucket  # shared by the credential's sessions
    dialect: Dialect
    bound: BoundSession
    turn: int = 0  # when it was last delivered to, in deliveries: equals take turns


class Admission:
    """The doorkeeper of one process. The count of binds is that of all processes."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        lockout: Lockout | None = None,
        dial_ins: DialIns | None = None,
        clock: Callable[[], float] = monotonic,
        names: GuessedNames | None = None,
    ) -> None:
        self.refusals: Counter[BindRefusal] = Counter()
        self._sid = process_sid
        self._database = database
        self._lockout = Lockout() if lockout is None else lockout
        self._names = GuessedNames() if names is None else names
        self._dial_ins = dial_ins
        self._clock = clock
        self._hashing = asyncio.Semaphore(MOST_HASHES_AT_ONCE)
        self._checks = SecretChecks(MOST_HASHES_AT_ONCE)
        # By credential, and kept: who binds anew gets no new second's worth.
        self._buckets: dict[str, TokenBucket] = {}
        # Leaving before recounting, or the table would keep what has just left.
        self._counting = asyncio.Lock()
        self._recount_at = clock() + RECOUNT_SECONDS

    async def admit(self, bind: Bind, peer: str) -> Accepted[Esme] | Refused | HandedOver:
        """Examine a bind: its address before its password, its password before all else.

        An address that is shut out costs no hash, and one outside a credential's networks learns
        nothing about passwords. A system_id that nobody has takes as long as a wrong password.
        """
        host = peer.rpartition(":")[0]
        if self._lockout.is_locked(host, self._clock()):
            return self._refuse(bind, peer, BindRefusal.LOCKED_OUT, "five wrong passwords")
        if self._dial_ins is not None:
            device = await self._dial_ins.admit(bind, peer)
            if device is not None:
                return device
        if self._names.is_shut(host, bind.system_id, self._clock()):
            why = "many addresses guess its password"
            return self._refuse(bind, peer, BindRefusal.LOCKED_OUT, why)
        found = await esme_credentials.find(self._database, bind.system_id)
        if found is not None and not found[0].welcomes(host):
            why = "the address is in none of its allowed_networks"
            return self._refuse(bind, peer, BindRefusal.NETWORK, why)
        async with self._hashing:
            if self._lockout.is_locked(host, self._clock()):  # by binds that ran beside this one
                return self._refuse(bind, peer, BindRefusal.LOCKED_OUT, "five wrong passwords")
            hashed = await asyncio.to_thread(vault.nobodys_hash) if found is None else found[1]
            matches = await self._checks.matches(bind.password, hashed.encode())
        if found is None or not matches:
            self._note_wrong(host)
            if self._names.failed(bind.system_id, self._clock()):
                log.warning("esme.name_guessed", system_id=bind.system_id)
            return self._refuse(bind, peer, BindRefusal.WRONG_PASSWORD, "wrong name or password")
        self._names.bound(host, bind.system_id)
        return await self._enter(bind, peer, found[0])

    async def outbind(self, asked: Outbind, peer: str) -> HandedOver | None:
        """Examine an SMSC's wish to be bound to, behind the same lockout; None: not by us."""
        host = peer.rpartition(":")[0]
        if self._lockout.is_locked(host, self._clock()):
            self._refuse(asked, peer, BindRefusal.LOCKED_OUT, "five wrong passwords")
            return None
        remote = None if self._dial_ins is None else await self._dial_ins.outbind(asked, peer)
        if remote is None:
            self._note_wrong(host)
            self._refuse(asked, peer, BindRefusal.WRONG_PASSWORD, "no such name and password")
        return remote if isinstance(remote, HandedOver) else None

    async def leave(self, esme: Esme) -> None:
        """Count a session out; what fails here, `follow` mends."""
        try:
            async with self._counting:
                await esme_credentials.leave(self._database, esme.session_sid)
        except UNAVAILABLE as error:
            log.warning("esme.still_counted", error=str(error))

    async def follow(self, held: Callable[[], Sequence[Esme]]) -> set[Esme]:
        """Give the sessions their credentials as they are now; return those that have to leave.

        Raises:
            UNAVAILABLE: nothing changed.
        """
        async with self._counting:
            esmes = held()
            if self._clock() >= self._recount_at:
                bound = [esme.bound for esme in esmes]
                await esme_credentials.recount(self._database, self._sid, bound)
                self._recount_at = self._clock() + RECOUNT_SECONDS
        if not esmes:
            return set()
        current = await esme_credentials.find_all(
            self._database, {esme.credential.sid for esme in esmes}
        )
        unwelcome: set[Esme] = set()
        for esme in esmes:
            credential = current.get(esme.credential.sid)
            if credential is None or not _is_welcome(esme, credential):
                unwelcome.add(esme)
                continue
            esme.credential = credential
            esme.bucket.set_rate(credential.throughput)
            esme.dialect = replace(esme.dialect, template=credential.template)
        return unwelcome

    async def _enter(
        self, bind: Bind, peer: str, credential: EsmeCredential
    ) -> Accepted[Esme] | Refused:
        if not credential.allows(bind.bind_type):
            why = f"it may not bind as {bind.bind_type}"
            return self._refuse(bind, peer, BindRefusal.BIND_TYPE, why)
        session_sid = sids.make(sids.Prefix.ESME_SESSION)
        session = BoundSession(session_sid, credential, bind.bind_type, peer)
        async with self._counting:
            entered = await esme_credentials.enter(self._database, self._sid, session)
        if not entered:
            why = f"{credential.max_binds} sessions of it are bound, as many as max_binds allows"
            return self._refuse(bind, peer, BindRefusal.TOO_MANY, why)
        bucket = self._buckets.setdefault(credential.sid, TokenBucket(credential.throughput))
        bucket.set_rate(credential.throughput)
        has_tlvs = bind.interface_version >= TLVS_SINCE
        dialect = Dialect(credential.window, credential.template, has_tlvs)
        esme = Esme(session_sid, credential, bucket, dialect, session)
        return Accepted(esme, credential.window, credential.window)

    def _note_wrong(self, host: str) -> None:
        if self._lockout.failed(host, self._clock()):
            log.warning("esme.locked_out", address=host)

    def _refuse(self, bind: Bind | Outbind, peer: str, refusal: BindRefusal, why: str) -> Refused:
        self.refusals[refusal] += 1
        log.warning("esme.refused", system_id=bind.system_id, peer=peer, why=why)
        return Refused(_STATUSES[refusal])


def _is_welcome(esme: Esme, credential: EsmeCredential) -> bool:
    host = esme.bound.peer.rpartition(":")[0]
    return credential.welcomes(host) and credential.allows(esme.bound.bind_type)
