"""Verifications: codes sent to phone numbers, checked, and forgotten."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import orjson

from smsc import sids
from smsc.db import Connection, Database
from smsc.errors import GatewayError, InvalidDestination, NotFound
from smsc.errors.guard import PrefixBlocked
from smsc.errors.messages import NotFinished
from smsc.errors.verify import (
    ChecksUsedUp,
    InvalidVerifyParameter,
    Landline,
    SendsUsedUp,
    VerificationBlocked,
    VerifiedConcurrently,
)
from smsc.messaging import edits
from smsc.messaging.accept.drafts import Draft
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import AccountFacts
from smsc.messaging.verification.asked import Asked, Check
from smsc.messaging.verification.verify_texts import text_of
from smsc.models import Lane, VerifyService
from smsc.sms import address
from smsc.sms.lookup import look_up
from smsc.vault import Vault, same_text

LIFE: Final = timedelta(minutes=10)
MOST_SENDS: Final = 5
MOST_CHECKS: Final = 5
REDACT_WITHIN: Final = timedelta(days=2)  # a message that isn't finished by then never will be
_MOST_AT_A_TIME: Final = 4  # of one process: half of its connections
_MOST_REDACTED: Final = 100
_REDACT_AGAIN: Final = timedelta(minutes=1)  # those that have to wait make room for others


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification, as its account sees it."""

    sid: str
    service_sid: str
    account_sid: str
    to: str
    status: str
    amount: str | None
    payee: str | None
    sends: list[dict[str, object]]
    created_at: datetime
    updated_at: datetime
    custom_code_sealed: str | None

    @property
    def valid(self) -> bool:
        """Whether the right code was given."""
        return self.status == "approved"


class Verifier:
    """Verifies phone numbers for one process."""

    def __init__(self, database: Database, vault: Vault, outbound: Outbound) -> None:
        self._database = database
        self._vault = vault
        self._outbound = outbound
        # Each holds a connection while its message is checked, which needs another.
        self._turns = asyncio.Semaphore(_MOST_AT_A_TIME)

    @property
    def _theirs(self) -> Database:
        """The database as the tenant may see it whose request this is."""
        return self._database.confined()

    async def start(self, account: AccountFacts, service: VerifyService, asked: Asked) -> Verified:
        """Send a code; within ten minutes of the first time it is the same one, five times at most.

        Raises:
            InvalidVerifyParameter, Landline, SendsUsedUp, VerifiedConcurrently: refused.
            VerificationBlocked: numbers like it are shut to the account's codes.
            GatewayError: the message is refused; this sending doesn't count then.
        """
        to = self._destination(service, asked.to)
        attempt = {"time": _now(), "channel": "SMS", "attempt_sid": sids.make(sids.Prefix.ATTEMPT)}
        async with self._turns, self._theirs.begin() as connection:
            await connection.execute(_MAKE_ROOM, service.sid, to)
            try:
                row = await connection.fetchrow(
                    _START,
                    sids.make(sids.Prefix.VERIFICATION),
                    account.carrier_sid,
                    account.sid,
                    service.sid,
                    to,
                    None if asked.custom_code is None else self._vault.seal(asked.custom_code),
                    asked.amount,
                    asked.payee,
                    orjson.dumps([attempt]).decode(),
                    LIFE,
                )
            except asyncpg.UniqueViolationError:
                raise VerifiedConcurrently from None
            if row is None:
                raise VerifiedConcurrently
            verification = _verified(row)
            if len(verification.sends) > MOST_SENDS:
                raise SendsUsedUp
            # Within the transaction: what can't be sent is not counted.
            sender = await _sender(connection, account.sid)
            code = self._codes(verification, service)[0]
            text = text_of(
                asked.locale,
                asked.friendly_name or service.friendly_name,
                code,
                warns=service.do_not_share_warning_enabled,
            )
            if text is None:
                raise InvalidVerifyParameter("Locale", f"there is no text in {asked.locale!r}.")
            draft = Draft(
                account=account,
                to=to,
                from_=sender,
                body=text,
                lane=Lane.OTP,
                is_trusted=asked.is_trusted,
            )
            try:
                message, way = await self._outbound.check(draft)
            except PrefixBlocked:
                raise VerificationBlocked(to) from None
            await connection.execute(
                "UPDATE verifications SET message_sids = message_sids || $2::text WHERE sid = $1",
                verification.sid,
                message.sid,
            )
        try:
            await self._outbound.commit(message, way)
        except GatewayError:
            await self._forget_send(verification)
            raise
        return verification

    async def fetch(self, service_sid: str, name: str) -> Verified:
        """Return a verification that is pending, by its SID or its number.

        Raises:
            NotFound: there is none: it was approved or canceled, or its time is over.
        """
        async with self._theirs.single() as connection:
            row = await connection.fetchrow(
                f"SELECT {_COLUMNS} FROM verifications "  # noqa: S608 a constant
                "WHERE service_sid = $1 AND (sid = $2 OR to_ = $2) AND status = 'pending' "
                "AND expires_at > now()",
                service_sid,
                name,
            )
        if row is None:
            raise NotFound(f"/v2/Services/{service_sid}/Verifications/{name}")
        return _verified(row)

    async def check(self, service: VerifyService, name: str, check: Check) -> Verified:
        """Compare a code, five times at most; approve the verification if it is the right one.

        Raises:
            NotFound: no verification is pending for the number or SID.
            ChecksUsedUp: it was compared too often.
        """
        verification = await self.fetch(service.sid, name)
        async with self._theirs.single() as connection:
            counted = await connection.fetchval(
                """
                UPDATE verifications SET checks = checks + 1, updated_at = now()
                WHERE sid = $1 AND status = 'pending' AND checks < $2 RETURNING true
                """,
                verification.sid,
                MOST_CHECKS,
            )
        if not counted:
            raise ChecksUsedUp
        codes = self._codes(verification, service)
        if not any(same_text(one, check.code.strip()) for one in codes):
            return verification
        if check.amount not in {None, verification.amount}:
            return verification
        if check.payee not in {None, verification.payee}:
            return verification
        return await self.finish(service.sid, verification.sid, "approved")

    async def finish(self, service_sid: str, name: str, status: str) -> Verified:
        """Approve or cancel a pending verification, and empty the texts that had its code.

        Raises:
            NotFound: no verification is pending for the number or SID.
        """
        verification = await self.fetch(service_sid, name)
        async with self._theirs.single() as connection:
            row = await connection.fetchrow(
                f"""
                UPDATE verifications
                SET status = $2, custom_code_sealed = NULL, updated_at = now()
                WHERE sid = $1 AND status = 'pending' RETURNING {_COLUMNS}
                """,  # noqa: S608 a constant
                verification.sid,
                status,
            )
        if row is None:
            raise NotFound(f"/v2/Services/{service_sid}/Verifications/{name}")
        await redact(self._theirs, verification.sid)
        return _verified(row)

    def _codes(self, verification: Verified, service: VerifyService) -> list[str]:
        """Return its code; then what it was before `SMSC_SECRET_KEY` was changed."""
        if verification.custom_code_sealed is not None:
            return [self._vault.open(verification.custom_code_sealed)]
        return self._vault.all_digits(verification.sid, service.code_length)

    def _destination(self, service: VerifyService, to: str) -> str:
        try:
            number = address.parse_destination(to).value
        except InvalidDestination:
            raise InvalidVerifyParameter("To", f"{to!r} is no phone number.") from None
        if service.skip_sms_to_landlines and look_up(number).line_type == "landline":
            raise Landline
        return number

    async def _forget_send(self, verification: Verified) -> None:
        async with self._theirs.begin() as connection:
            if len(verification.sends) == 1:
                await connection.execute(
                    "DELETE FROM verifications WHERE sid = $1", verification.sid
                )
            else:
                await connection.execute(
                    "UPDATE verifications SET sends = sends - (-1) WHERE sid = $1", verification.sid
                )


async def redact(database: Database, sid: str) -> bool:
    """Empty the texts that had a verification's code; say whether all of them are empty now."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            "SELECT account_sid, message_sids FROM verifications WHERE sid = $1", sid
        )
    if row is None:
        return True
    is_done = True
    for message_sid in row["message_sids"]:
        try:
            await edits.redact(database, row["account_sid"], message_sid)
        except NotFound:
            continue
        except NotFinished:  # it has still to be sent
            is_done = False
    if is_done:
        async with database.single() as connection:
            await connection.execute(
                "UPDATE verifications SET redacted_at = now() WHERE sid = $1", sid
            )
    return is_done


async def expire(database: Database) -> int:
    """End verifications whose time is over, and empty the texts that had their codes.

    Of one that has ended, `expires_at` is when its texts are looked at again.
    """
    async with database.single() as connection:
        rows = await connection.fetch(
            """
            UPDATE verifications
            SET status = CASE status WHEN 'pending' THEN 'expired' ELSE status END,
                custom_code_sealed = NULL, expires_at = now() + $2::interval
            WHERE sid IN (SELECT sid FROM verifications
                          WHERE redacted_at IS NULL AND expires_at < now()
                          ORDER BY expires_at LIMIT $1)
            RETURNING sid, created_at
            """,
            _MOST_REDACTED,
            _REDACT_AGAIN,
        )
    count = 0
    for sid, created_at in rows:
        if await redact(database, sid):
            count += 1
        elif created_at < datetime.now(UTC) - REDACT_WITHIN:
            async with database.single() as connection:
                await connection.execute(
                    "UPDATE verifications SET redacted_at = now() WHERE sid = $1", sid
                )
    return count


async def _sender(connection: Connection, account_sid: str) -> str:
    """Return the sender of an account's codes: a name before a short code before a number."""
    sender: str | None = await connection.fetchval(
        """
        SELECT phone_number FROM phone_numbers WHERE account_sid = $1
        ORDER BY array_position(ARRAY['alphanumeric', 'short_code', 'e164'], kind), sid LIMIT 1
        """,
        account_sid,
    )
    if sender is None:
        raise InvalidVerifyParameter("Channel", "the account has no sender to send a code from.")
    return sender


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _verified(row: asyncpg.Record) -> Verified:
    fields = dict(row)
    return Verified(**fields | {"to": fields.pop("to_"), "sends": orjson.loads(fields["sends"])})


_COLUMNS: Final = (
    "sid, service_sid, account_sid, to_, status, amount, payee, sends, created_at, updated_at, "
    "custom_code_sealed"
)
# For `workers.glances`: whether `expire` has anything to do.
ANY_DUE: Final = """
SELECT FROM verifications WHERE redacted_at IS NULL AND expires_at < now()
"""

_MAKE_ROOM: Final = """
UPDATE verifications SET status = 'expired', custom_code_sealed = NULL
WHERE service_sid = $1 AND to_ = $2 AND status = 'pending' AND expires_at <= now()
"""
# One that is pending is sent again.
_START: Final = f"""
WITH again AS (
  UPDATE verifications SET sends = sends || $9::jsonb, updated_at = now()
  WHERE service_sid = $4 AND to_ = $5 AND status = 'pending' AND expires_at > now()
  RETURNING {_COLUMNS}
), fresh AS (
  INSERT INTO verifications (sid, carrier_sid, account_sid, service_sid, to_, custom_code_sealed,
                             amount, payee, sends, expires_at, status)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, now() + $10::interval, 'pending'
  WHERE NOT EXISTS (SELECT FROM again)
  RETURNING {_COLUMNS}
)
SELECT {_COLUMNS} FROM again UNION ALL SELECT {_COLUMNS} FROM fresh
"""  # noqa: S608 a constant
