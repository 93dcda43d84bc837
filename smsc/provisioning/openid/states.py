"""What ties a browser's return from a provider to its leaving: made without a row, spent by one."""

import base64
import binascii
from datetime import UTC, datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.errors import BadParameter
from smsc.models import SpentState
from smsc.provisioning.openid.relying import SignIn
from smsc.provisioning.passkeys import CHALLENGE_LASTS, challenge_of, require_challenge
from smsc.vault import Vault, digest_key


def begin(vault: Vault, carrier_sid: str, redirect_uri: str, now: datetime) -> SignIn:
    """Begin a sign-in by a carrier's provider."""
    state = _text(challenge_of(vault, _purpose(carrier_sid), now))
    return resume(vault, state, redirect_uri)


def resume(vault: Vault, state: str, redirect_uri: str) -> SignIn:
    """Return the sign-in that a state belongs to: nonce and verifier follow from it and our key."""
    return SignIn(
        redirect_uri,
        state,
        nonce=_text(vault.digest(b"nonce\0" + state.encode())),
        verifier=_text(vault.digest(b"verifier\0" + state.encode())),
    )


async def spend(db: AsyncSession, vault: Vault, carrier_sid: str, state: str) -> None:
    """Use a state up.

    Raises:
        BadParameter: we didn't make it for this carrier, it is too old, or it was used before.
    """
    try:
        octets = base64.b64decode(state + "=" * (-len(state) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    now = datetime.now(UTC)
    require_challenge(vault, octets, _purpose(carrier_sid), now)
    await db.exec(delete(SpentState).where(col(SpentState.expires_at) <= func.now()))
    spent = (
        insert(SpentState)
        .values(digest=digest_key(state), carrier_sid=carrier_sid, expires_at=now + CHALLENGE_LASTS)
        .on_conflict_do_nothing()
        .returning(col(SpentState.digest))
    )
    if (await db.exec(spent)).first() is None:
        raise BadParameter("This sign-in was used before.")


def _purpose(carrier_sid: str) -> bytes:
    return b"provider\0" + carrier_sid.encode()


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
