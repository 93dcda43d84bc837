"""Second factors by app (RFC 6238) with recovery codes: set up, checked once each, taken away."""

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import audit
from smsc.audit import Deed
from smsc.errors import Conflict
from smsc.models import Carrier, Passkey, RecoveryCode, SignInProof, User, UserSession
from smsc.vault import Vault, digest_key

STEP_SECONDS: Final = 30
_STEPS_ASIDE: Final = 1  # how far a telephone's clock may be off, and how slowly one may type
RECOVERY_CODES: Final = 10
_CODE_CHARACTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_CODE_LENGTH: Final = 16  # about 79 bits: a fast hash of it is safe


async def begin(db: AsyncSession, vault: Vault, user: User) -> None:
    """Make a secret, which counts for nothing until a code of it was typed.

    Raises:
        Conflict: a second factor is on already.
    """
    statement = (
        update(User)
        .where(col(User.sid) == user.sid, col(User.totp_at).is_(None))
        .values(totp_sealed=vault.seal(pyotp.random_base32()))
        .returning(col(User.sid))
    )
    if (await db.exec(statement)).first() is None:
        raise Conflict("A second factor is on already.")


def secret_of(vault: Vault, user: User) -> str | None:
    """Return the secret that is being set up; None: there is none, or it is in use."""
    if user.totp_sealed is None or user.totp_at is not None:
        return None
    return vault.open(user.totp_sealed)


def uri_of(secret: str, user: User, issuer: str) -> str:
    """Return what an app reads out of the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


async def confirm(
    db: AsyncSession, vault: Vault, user: User, code: str, now: datetime
) -> list[str] | None:
    """Switch the second factor on if the code is right; return the recovery codes, shown once."""
    secret = secret_of(vault, user)
    step = None if secret is None else _step_of(secret, code, now)
    if step is None:
        return None
    await db.exec(
        update(User).where(col(User.sid) == user.sid).values(totp_at=func.now(), totp_step=step)
    )
    return await renew_recovery_codes(db, user)


async def check(db: AsyncSession, vault: Vault, user: User, code: str, now: datetime) -> bool:
    """Say whether a code of the app, or a recovery code, is right; each is right once."""
    if user.totp_sealed is None or user.totp_at is None:
        return False
    bare = code.replace(" ", "").replace("-", "").lower()
    step = _step_of(vault.open(user.totp_sealed), bare, now)
    if step is not None:
        used = (
            update(User)
            .where(col(User.sid) == user.sid, col(User.totp_step) < step)
            .values(totp_step=step)
            .returning(col(User.sid))
        )
        return (await db.exec(used)).first() is not None
    spent = (
        delete(RecoveryCode)
        .where(col(RecoveryCode.user_sid) == user.sid, col(RecoveryCode.digest) == digest_key(bare))
        .returning(col(RecoveryCode.user_sid))
    )
    if (await db.exec(spent)).first() is None:
        return False
    await audit.note(db, Deed("used", "recovery code", user.sid, carrier_sid=user.carrier_sid))
    return True


async def renew_recovery_codes(db: AsyncSession, user: User) -> list[str]:
    """Make new recovery codes; the old ones end."""
    await db.exec(delete(RecoveryCode).where(col(RecoveryCode.user_sid) == user.sid))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    db.add_all(
        RecoveryCode(user_sid=user.sid, carrier_sid=user.carrier_sid, digest=digest_key(code))
        for code in codes
    )
    await db.flush()
    await audit.note(db, Deed("created", "recovery code", user.sid, carrier_sid=user.carrier_sid))
    return ["-".join(code[at : at + 4] for at in range(0, _CODE_LENGTH, 4)) for code in codes]


async def recovery_codes_left(db: AsyncSession, user: User) -> int:
    """Return how many recovery codes a person has left."""
    statement = select(func.count()).where(col(RecoveryCode.user_sid) == user.sid)
    return (await db.exec(statement)).one()


async def remove(db: AsyncSession, user: User) -> None:
    """Switch a person's second factor off; their recovery codes end."""
    await db.exec(delete(RecoveryCode).where(col(RecoveryCode.user_sid) == user.sid))
    await db.exec(
        update(User)
        .where(col(User.sid) == user.sid)
        .values(totp_sealed=None, totp_at=None, totp_step=0)
    )


async def is_required(db: AsyncSession, carrier_sid: str) -> bool:
    """Say whether a carrier lets nobody in without one."""
    statement = select(Carrier.second_factor_required).where(col(Carrier.sid) == carrier_sid)
    return (await db.exec(statement)).one()


async def is_due(db: AsyncSession, user: User) -> bool:
    """Say whether a right password doesn't let a person in yet: they have a factor to show.

    An app's code always counts. A passkey, which lets in by itself, is asked for beside a password
    where the carrier requires a second factor: else the password alone would do.
    """
    if user.totp_at is not None:
        return True
    return await is_required(db, user.carrier_sid) and await has_any(db, user)


async def has_any(db: AsyncSession, user: User) -> bool:
    """Say whether a person has a factor beside their password: an app, or a passkey."""
    statement = select(Passkey.sid).where(col(Passkey.user_sid) == user.sid).limit(1)
    return user.totp_at is not None or (await db.exec(statement)).first() is not None


async def note_proof(db: AsyncSession, session_sid: str, proof: SignInProof) -> None:
    """Remember that who is signed in has just proved more than by what they came in."""
    await db.exec(
        update(UserSession).where(col(UserSession.sid) == session_sid).values(proof=proof.value)
    )


async def require(db: AsyncSession, carrier_sid: str, *, required: bool) -> None:
    """Say whether everybody of a carrier has to have one, before they see anything."""
    await db.exec(
        update(Carrier)
        .where(col(Carrier.sid) == carrier_sid)
        .values(second_factor_required=required)
    )


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step of time of which this is the code."""
    if not (len(code) == 6 and code.isascii() and code.isdecimal()):
        return None
    totp, middle = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for step in range(middle - _STEPS_ASIDE, middle + _STEPS_ASIDE + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def _recovery_code() -> str:
    return "".join(secrets.choice(_CODE_CHARACTERS) for _ in range(_CODE_LENGTH))
