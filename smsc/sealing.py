"""Encrypts texts and octets on their way into rows: one key an owner and day, cached here.

A row that holds a sealed value names its key in `key_id`; without one its value lies plain, as rows
of older releases do. The keys are rows of `day_keys`, wrapped by `SMSC_SECRET_KEY`, so that what
was sealed by one is lost for good when its row is deleted.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from time import monotonic
from typing import Final, NamedTuple, TypeAlias

import asyncpg
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smsc.errors import SettingError
from smsc.vault import Vault

log = structlog.get_logger()

Apart: TypeAlias = (
    "Callable[[], AbstractAsyncContextManager[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]]"
)
Asked: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Owner: TypeAlias = tuple[str, str]  # the SID of an account or a carrier, and of its carrier

NONCE_OCTETS: Final = 12  # random: 2^32 values a key stay far from a repeated one
KEY_OCTETS: Final = 32
MOST_CACHED: Final = 8_000  # keys; 2.4 kB each
# So long a cached key seals texts without a look whether a purge has put another in its place.
UNASKED_SECONDS: Final = 20.0
_DAY_SECONDS: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)


class SealedText(NamedTuple):
    """A message's text as its row holds it: sealed, or plain where nothing is sealed."""

    key_id: int | None
    body: str
    sealed_body: bytes | None
    user_data: bytes | None


@dataclass(frozen=True, slots=True)
class DayKey:
    """A key that seals what an owner's rows get on one day (UTC)."""

    id: int
    day: date
    cipher: AESGCM


class Keys:
    """Keys at hand: what seals and opens the values of one batch."""

    def __init__(self, by_owner: Mapping[str, DayKey], by_id: Mapping[int, AESGCM]) -> None:
        self._by_owner = by_owner
        self._by_id = by_id

    def joined_by(self, by_owner: Mapping[str, DayKey], by_id: Mapping[int, AESGCM]) -> "Keys":
        """Return these and those: what a full cache dropped meanwhile is still at hand."""
        return Keys({**self._by_owner, **by_owner}, {**self._by_id, **by_id})

    def today(self, owner_sid: str) -> int | None:
        """Return the id of the owner's key of today; None: nothing is sealed here."""
        key = self._by_owner.get(owner_sid)
        return None if key is None else key.id

    def seal_text(
        self, account_sid: str, sid: str, body: str, user_data: bytes | None
    ) -> SealedText:
        """Seal a message's text by its account's key of today."""
        key = self._by_owner.get(account_sid)
        if key is None:
            return SealedText(None, body, None, user_data)
        return _seal_text(key.id, key.cipher, sid, body, user_data)

    def seal_again(
        self, key_id: int | None, sid: str, body: str, user_data: bytes | None
    ) -> SealedText:
        """Seal a text by the key that its message has, or keep it plain if that has none."""
        cipher = None if key_id is None else self._by_id.get(key_id)
        if cipher is None or key_id is None:
            return SealedText(None, body, None, user_data)
        return _seal_text(key_id, cipher, sid, body, user_data)

    def open_text(
        self,
        sid: str,
        key_id: int | None,
        body: str,
        sealed_body: bytes | None,
        user_data: bytes | None = None,
    ) -> tuple[str | None, bytes | None]:
        """Return a row's text and octets; a text of None can't be read any more."""
        if key_id is None or sealed_body is None:
            return body, user_data
        opened = self.open(key_id, f"{sid}:body", sealed_body)
        if opened is None:
            return None, None
        if user_data is not None:
            user_data = self.open(key_id, f"{sid}:data", user_data)
        return opened.decode(), user_data

    def seal(self, key_id: int | None, name: str, octets: bytes) -> bytes | None:
        """Seal octets by a key; plain without one; None if the key is gone.

        `name` says whose and which they are: under another name they can't be opened.
        """
        if key_id is None:
            return octets
        cipher = self._by_id.get(key_id)
        return None if cipher is None else _encrypt(cipher, name, octets)

    def open(self, key_id: int | None, name: str, octets: bytes) -> bytes | None:
        """Return what `seal` had; None if its key is gone, or these are not its octets."""
        if key_id is None:
            return octets
        cipher = self._by_id.get(key_id)
        if cipher is None:
            return None
        try:
            return cipher.decrypt(octets[:NONCE_OCTETS], octets[NONCE_OCTETS:], name.encode())
        except InvalidTag:
            log.error("value.unreadable", name=name, key_id=key_id)  # noqa: TRY400 no traceback helps
            return None


class Sealer:
    """The keys of one process. Made when a day's first value needs them, then cached.

    A key is committed by a statement of its own (`apart`) before anything is sealed by it, whatever
    becomes of the caller's transaction.
    """

    def __init__(self, vault: Vault | None, apart: Apart, *, seals: bool = True) -> None:
        self._vault = vault
        self._apart = apart
        self._seals = seals and vault is not None
        self._by_owner: dict[str, DayKey] = {}
        self._by_id: dict[int, AESGCM] = {}
        self._gone: set[int] = set()
        self._asked_at = 0.0

    async def today(self, owners: Collection[Owner], on: "Asked | None" = None) -> Keys:
        """Return the keys of today of these owners, made if need be.

        Who seals texts says on which connection they are written: there it is asked, now and then,
        whether these are still the keys of today.
        """
        if not self._seals:
            return Keys({}, {})
        if on is not None and monotonic() >= self._asked_at + UNASKED_SECONDS:
            await self._drop_retired(on)
        today = _EPOCH + timedelta(days=int(time.time() // _DAY_SECONDS))
        missing = {
            owner
            for owner in owners
            if (key := self._by_owner.get(owner[0])) is None
            or key.day != today
            or key.id not in self._by_id
        }
        if not missing:
            return Keys(self._by_owner, self._by_id)
        before = Keys(self._by_owner, self._by_id)
        await self._make(missing, today)
        return before.joined_by(self._by_owner, self._by_id)

    async def known(self, key_ids: Iterable[int | None]) -> Keys:
        """Return the keys of these ids, but for those that are gone.

        Raises:
            SettingError: they were wrapped with another `SMSC_SECRET_KEY`, or there is none here.
        """
        missing = [
            key_id
            for key_id in set(key_ids)
            if key_id is not None and key_id not in self._by_id and key_id not in self._gone
        ]
        if not missing:
            return Keys(self._by_owner, self._by_id)
        before = Keys(self._by_owner, self._by_id)
        await self._read(missing)
        return before.joined_by(self._by_owner, self._by_id)

    async def successor(self, key_id: int) -> int | None:
        """Retire a key, and return the id of the one that its owner has for that day instead.

        None: the key is gone. Of a day that is not over, processes may seal by the old one for
        `UNASKED_SECONDS` more.

        Raises:
            SettingError: there is no `SMSC_SECRET_KEY` here to wrap one with.
        """
        fresh = self._opener().seal_octets(os.urandom(KEY_OCTETS))
        async with self._apart() as connection, connection.transaction():
            await connection.execute(_RETIRE, key_id)
            await connection.execute(_SUCCEED, key_id, fresh)
            successor: int | None = await connection.fetchval(_SUCCESSOR, key_id)
        return successor

    def digest(self, octets: bytes) -> bytes:
        """Digest octets, by a secret where there is one: a short text could be guessed."""
        return sha256(octets).digest() if self._vault is None else self._vault.digest(octets)

    def forget(self) -> None:
        """Drop every cached key; they are read again when needed."""
        self._by_owner, self._by_id = {}, {}
        self._gone.clear()

    async def _drop_retired(self, on: "Asked") -> None:
        """Forget that a key is today's if it has been retired, or is gone."""
        at = monotonic()
        ids = [key.id for key in self._by_owner.values()]
        current = {row[0] for row in await on.fetch(CURRENT, ids)} if ids else set()
        known = set(ids)
        self._by_owner = {
            owner: key
            for owner, key in self._by_owner.items()
            if key.id in current or key.id not in known  # made while we asked
        }
        self._asked_at = at

    async def _make(self, owners: Collection[Owner], day: date) -> None:
        ordered = sorted(owners)  # in one order: of two processes one waits, never both
        async with self._apart() as connection:
            rows = await connection.fetch(_OF_DAY, [sid for sid, _ in ordered], day)
            absent = {sid for sid, _ in ordered}.difference(row["owner_sid"] for row in rows)
            if absent:
                fresh = [(sid, carrier) for sid, carrier in ordered if sid in absent]
                await connection.execute(
                    _ADD,
                    [sid for sid, _ in fresh],
                    [carrier for _, carrier in fresh],
                    day,
                    [self._opener().seal_octets(os.urandom(KEY_OCTETS)) for _ in fresh],
                )
                rows = await connection.fetch(_OF_DAY, [sid for sid, _ in ordered], day)
        ciphers = {row["id"]: self._unwrap(row["wrapped"]) for row in rows}
        self._keep(ciphers)
        self._by_owner = self._by_owner | {
            row["owner_sid"]: DayKey(row["id"], day, ciphers[row["id"]]) for row in rows
        }

    async def _read(self, key_ids: list[int]) -> None:
        async with self._apart() as connection:
            rows = await connection.fetch(
                "SELECT id, wrapped FROM day_keys WHERE id = ANY($1::bigint[])", key_ids
            )
        self._keep({row["id"]: self._unwrap(row["wrapped"]) for row in rows})
        gone = set(key_ids).difference(row["id"] for row in rows)
        if gone:
            self._gone |= gone
            log.warning("day_key.gone", key_ids=sorted(gone))

    def _keep(self, ciphers: Mapping[int, AESGCM]) -> None:
        """Cache keys; `Keys` that are at work keep the mapping that they have."""
        if len(self._by_id) + len(ciphers) > MOST_CACHED:
            self._by_id = {}
        if len(self._by_owner) > MOST_CACHED:
            self._by_owner = {}
        self._by_id = {**self._by_id, **ciphers}

    def _unwrap(self, wrapped: str) -> AESGCM:
        return AESGCM(self._opener().open_octets(wrapped))

    def _opener(self) -> Vault:
        if self._vault is None:
            raise SettingError(
                "SMSC_SECRET_KEY is not set, and texts in this database are encrypted with it."
            )
        return self._vault


def _seal_text(
    key_id: int, cipher: AESGCM, sid: str, body: str, user_data: bytes | None
) -> SealedText:
    return SealedText(
        key_id,
        "",
        _encrypt(cipher, f"{sid}:body", body.encode()),
        None if user_data is None else _encrypt(cipher, f"{sid}:data", user_data),
    )


def _encrypt(cipher: AESGCM, name: str, octets: bytes) -> bytes:
    nonce = _nonce()
    return nonce + cipher.encrypt(nonce, octets, name.encode())


_NONCES_DRAWN: Final = 128  # by one system call, which costs as much as to encrypt a text
_nonces: Iterator[bytes] = iter(())


def _nonce() -> bytes:
    """Return a random nonce. An iterator gives each to one thread alone."""
    global _nonces
    nonce = next(_nonces, None)
    if nonce is None:
        drawn = os.urandom(NONCE_OCTETS * _NONCES_DRAWN)
        places = range(0, len(drawn), NONCE_OCTETS)
        nonces = iter([drawn[place : place + NONCE_OCTETS] for place in places])
        nonce, _nonces = next(nonces), nonces
    return nonce


def _forget_nonces() -> None:
    """Draw anew in a process that was forked: a nonce that its parent uses, too, is no nonce."""
    global _nonces  # noqa: PLW0603 as above
    _nonces = iter(())


os.register_at_fork(after_in_child=_forget_nonces)

_OF_DAY: Final = """
SELECT id, owner_sid, wrapped FROM day_keys WHERE owner_sid = ANY($1::text[]) AND day = $2
  AND retired_at IS NULL
"""
CURRENT: Final = """
SELECT id FROM day_keys WHERE id = ANY($1::bigint[]) AND retired_at IS NULL
"""
_ADD: Final = """
INSERT INTO day_keys (owner_sid, carrier_sid, day, wrapped)
SELECT owner_sid, carrier_sid, $3::date, wrapped
FROM unnest($1::text[], $2::text[], $4::text[]) AS fresh (owner_sid, carrier_sid, wrapped)
ON CONFLICT (owner_sid, day) WHERE retired_at IS NULL DO NOTHING
"""
_RETIRE: Final = """
UPDATE day_keys SET retired_at = now() WHERE id = $1 AND retired_at IS NULL
"""
# Of two that retire a key at once, one adds.
_SUCCEED: Final = """
INSERT INTO day_keys (owner_sid, carrier_sid, day, wrapped)
SELECT owner_sid, carrier_sid, day, $2 FROM day_keys WHERE id = $1
ON CONFLICT (owner_sid, day) WHERE retired_at IS NULL DO NOTHING
"""
_SUCCESSOR: Final = """
SELECT s.id FROM day_keys k JOIN day_keys s ON s.owner_sid = k.owner_sid AND s.day = k.day
WHERE k.id = $1 AND s.retired_at IS NULL
"""
