"""The secrets that we issued: of accounts' and carriers' keys, and of logins at Kannel's door."""

from collections.abc import Callable
from time import monotonic
from typing import Final, Literal, TypeAlias

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.secret_checks import SecretChecks
from smsc.vault import is_plain_digest, key_matches

log = structlog.get_logger()

Table: TypeAlias = Literal["api_keys", "carrier_keys", "kannel_users"]
# Processes of the release before, which run beside ours while we are rolled out, know no other
# hash than the old one.
SPARES_OLD_SECONDS: Final = 3600.0


class IssuedSecrets:
    """Compares what comes with what is kept; a hash as older releases made it is replaced by use.

    `SPARES_OLD_SECONDS` after its start, not before.
    """

    def __init__(
        self,
        database: Database,
        checks: SecretChecks | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._checks = SecretChecks() if checks is None else checks
        self._clock = clock
        self._replaces_from = clock() + SPARES_OLD_SECONDS
        self._replaced: set[str] = set()  # SIDs; caches show the old hash for a moment still

    async def matches(self, table: Table, sid: str, secret: str, kept: bytes) -> bool:
        """Say whether this is the secret of the row.

        Raises:
            ServiceUnavailable: too many wait to be compared already.
        """
        if not is_plain_digest(kept):
            return await self._checks.matches(secret, kept)
        if not key_matches(secret, kept):
            return False
        if self._clock() >= self._replaces_from and sid not in self._replaced:
            self._replaced.add(sid)
            await self._replace(table, sid, kept, await self._checks.hash(secret))
        return True

    async def _replace(self, table: Table, sid: str, kept: bytes, hashed: bytes) -> None:
        try:
            async with self._database.single() as connection:
                await connection.execute(
                    f"UPDATE {table} SET digest = $3 WHERE sid = $1 AND digest = $2",  # noqa: S608 ours
                    sid,
                    kept,
                    hashed,
                )
        except UNAVAILABLE as error:
            self._replaced.discard(sid)
            log.warning("secret.kept_as_it_was", sid=sid, error=str(error))
