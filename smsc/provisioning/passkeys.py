"""Passkeys (WebAuthn): offered to a browser, checked, kept; each proves its holder by itself.

A challenge needs no row: it carries when it ends, and a digest that only we can have made.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import webauthn
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from smsc import sids
from smsc.errors import BadParameter, NotFound
from smsc.models import Passkey, User
from smsc.vault import Vault, same_text

CHALLENGE_LASTS: Final = timedelta(minutes=15)
MOST_PASSKEYS: Final = 20  # of a person
_NONCE_OCTETS: Final = 16
_MOMENT_OCTETS: Final = 8
_SIGN_IN: Final = b"sign in"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a passkey is for: a host, and the origins that its pages come from."""

    host: str
    origins: list[str]
    name: str


def challenge_of(vault: Vault, purpose: bytes, now: datetime) -> bytes:
    """Make a challenge for one purpose."""
    ends = int((now + CHALLENGE_LASTS).timestamp()).to_bytes(_MOMENT_OCTETS)
    head = secrets.token_bytes(_NONCE_OCTETS) + ends
    return head + vault.digest(purpose + b"\0" + head)


def require_challenge(vault: Vault, challenge: bytes, purpose: bytes, now: datetime) -> None:
    """Make sure that we made a challenge, for this, and lately.

    Raises:
        BadParameter: we didn't.
    """
    length = _NONCE_OCTETS + _MOMENT_OCTETS
    head, digest = challenge[:length], challenge[length:]
    is_ours = same_text(digest.hex(), vault.digest(purpose + b"\0" + head).hex())
    if not is_ours or int.from_bytes(head[_NONCE_OCTETS:]) < now.timestamp():
        raise BadParameter("The page is too old. Reload it, and try again.")


def options_to_sign_in(vault: Vault, site: Site) -> str:
    """Return what a browser needs to offer the passkeys that it has for this site, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge_of(vault, _SIGN_IN, datetime.now(UTC)),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


async def options_to_add(db: AsyncSession, vault: Vault, site: Site, user: User) -> str:
    """Return what a browser needs to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=user.sid.encode(),
        user_name=user.email,
        user_display_name=user.name or user.email,
        challenge=challenge_of(vault, user.sid.encode(), datetime.now(UTC)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=one.credential_id) for one in await of(db, user)
        ],
    )
    return webauthn.options_to_json(options)


async def add(
    db: AsyncSession, vault: Vault, site: Site, user: User, credential: str, name: str
) -> Passkey:
    """Keep a passkey that a browser made.

    Raises:
        BadParameter: it is none for this person and site, or they have too many.
    """
    challenge = _challenge_in(credential)
    require_challenge(vault, challenge, user.sid.encode(), datetime.now(UTC))
    if len(await of(db, user)) >= MOST_PASSKEYS:
        raise BadParameter(f"A person has at most {MOST_PASSKEYS} passkeys.")
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origins,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise BadParameter(f"That passkey can't be used: {error}") from error
    passkey = Passkey(
        sid=sids.make(sids.Prefix.PASSKEY),
        carrier_sid=user.carrier_sid,
        user_sid=user.sid,
        name=name,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
    )
    db.add(passkey)
    await db.flush()
    return passkey


async def whose(db: AsyncSession, vault: Vault, site: Site, credential: str) -> User | None:
    """Return who proves with a passkey to be there; note its use."""
    try:
        challenge = _challenge_in(credential)
        require_challenge(vault, challenge, _SIGN_IN, datetime.now(UTC))
        credential_id = webauthn.base64url_to_bytes(json.loads(credential)["id"])
    except (BadParameter, KeyError, TypeError, ValueError):
        return None
    statement = (
        select(Passkey, User)
        .join(User, col(User.sid) == col(Passkey.user_sid))
        .where(col(Passkey.credential_id) == credential_id)
    )
    row = (await db.exec(statement)).first()
    if row is None:
        return None
    passkey, user = row
    try:
        proved = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origins,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    await db.exec(
        update(Passkey)
        .where(col(Passkey.sid) == passkey.sid)
        .values(sign_count=proved.new_sign_count, last_used_at=func.now())
    )
    return user


async def of(db: AsyncSession, user: User) -> Sequence[Passkey]:
    """Return a person's passkeys, oldest first."""
    statement = select(Passkey).where(col(Passkey.user_sid) == user.sid).order_by(col(Passkey.sid))
    return (await db.exec(statement)).all()


async def counts(db: AsyncSession, carrier_sid: str) -> dict[str, int]:
    """Return how many passkeys people of a carrier have, by SID of those who have any."""
    statement = (
        select(Passkey.user_sid, func.count())
        .where(col(Passkey.carrier_sid) == carrier_sid)
        .group_by(col(Passkey.user_sid))
    )
    return dict((await db.exec(statement)).all())


async def remove_all(db: AsyncSession, user: User) -> None:
    """Forget all passkeys of a person."""
    await db.exec(delete(Passkey).where(col(Passkey.user_sid) == user.sid))


async def remove(db: AsyncSession, user: User, sid: str) -> None:
    """Forget a passkey.

    Raises:
        NotFound: the person has none of this SID.
    """
    statement = (
        delete(Passkey)
        .where(col(Passkey.sid) == sid, col(Passkey.user_sid) == user.sid)
        .returning(col(Passkey.sid))
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(sid)


def _challenge_in(credential: str) -> bytes:
    """Return the challenge that a browser's answer says it is to.

    Raises:
        BadParameter: the answer can't be read.
    """
    try:
        said = json.loads(credential)["response"]["clientDataJSON"]
        challenge = json.loads(webauthn.base64url_to_bytes(said))["challenge"]
        return webauthn.base64url_to_bytes(challenge)
    except (KeyError, TypeError, ValueError):
        raise BadParameter("That is no passkey's answer.") from None
