"""A carrier's OpenID Connect provider: set, read, removed; and who is bound to sign in by it."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import STRONG_PROOFS, Bound, IdentityProvider, SignInProof
from smsc.provisioning.fields import AsciiText, Input, Name, is_web_url
from smsc.provisioning.listing import found
from smsc.provisioning.openid.relying import Client
from smsc.provisioning.reach import Reach
from smsc.vault import Vault

DEFAULT_SCOPES: Final = ("openid", "email", "profile")


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if not is_web_url(value) or parts.query or "#" in value or parts.username is not None:
        raise ValueError("must be the issuer's URL, like https://login.example.org")
    if parts.scheme == "http" and not _is_inside(parts.hostname or ""):
        raise ValueError("must begin with https: an ID token is worth what its keys' way is worth")
    return value


def _is_inside(host: str) -> bool:
    """Say whether a host is named by an address of a private network: there TLS may be missing."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def _scopes(value: Sequence[str]) -> Sequence[str]:
    if "openid" not in value:
        raise ValueError('must have "openid" among them')
    return value


def _domain(value: str) -> str:
    if "." not in value or "@" in value or " " in value:
        raise ValueError("must be a domain, like example.org")
    return value.lower().lstrip(".")


Issuer = Annotated[str, Field(max_length=1024), AfterValidator(_issuer)]
Scope = Annotated[AsciiText, Field(min_length=1, max_length=128, pattern=r"^[^ \"\\]+$")]
Domain = Annotated[str, Field(max_length=253), AfterValidator(_domain)]


class ProviderDraft(Input):
    """A provider as a carrier wants it; a secret that isn't sent stays as it is."""

    name: Name
    issuer: Issuer
    client_id: Annotated[AsciiText, Field(min_length=1, max_length=512)]
    client_secret: Annotated[AsciiText, Field(min_length=1, max_length=1024)] | None = None
    scopes: Annotated[list[Scope], Field(max_length=20), AfterValidator(_scopes)] = Field(
        default_factory=lambda: list(DEFAULT_SCOPES)
    )
    allowed_domains: Annotated[list[Domain], Field(max_length=20)] = Field(default_factory=list)
    bound: Bound = Bound.NOBODY
    asks_factor: bool = False
    enabled: bool = True


async def find(db: AsyncSession, carrier_sid: str) -> IdentityProvider | None:
    """Return a carrier's provider, switched on or not."""
    statement = select(IdentityProvider).where(col(IdentityProvider.carrier_sid) == carrier_sid)
    return (await db.exec(statement.execution_options(populate_existing=True))).first()


async def get(db: AsyncSession, carrier_sid: str) -> IdentityProvider:
    """Return a carrier's provider.

    Raises:
        NotFound: it has none.
    """
    return found(await find(db, carrier_sid), "identity provider")


async def put(
    db: AsyncSession, vault: Vault, carrier_sid: str, draft: ProviderDraft
) -> IdentityProvider:
    """Set a carrier's provider."""
    fields = draft.model_dump(exclude={"client_secret"}) | {"bound": draft.bound.value}
    if "client_secret" in draft.model_fields_set:
        secret = draft.client_secret
        fields["client_secret_sealed"] = None if secret is None else vault.seal(secret)
    if await find(db, carrier_sid) is None:
        sid = sids.make(sids.Prefix.IDENTITY_PROVIDER)
        db.add(IdentityProvider(sid=sid, carrier_sid=carrier_sid, **fields))
        await db.flush()
    else:
        await db.exec(
            update(IdentityProvider)
            .where(col(IdentityProvider.carrier_sid) == carrier_sid)
            .values(**fields, updated_at=func.now())
        )
    return await get(db, carrier_sid)


async def remove(db: AsyncSession, carrier_sid: str) -> None:
    """Have no provider.

    Raises:
        NotFound: the carrier has none.
    """
    statement = (
        delete(IdentityProvider)
        .where(col(IdentityProvider.carrier_sid) == carrier_sid)
        .returning(col(IdentityProvider.sid))
    )
    found((await db.exec(statement)).first(), "identity provider")


def client_of(vault: Vault, provider: IdentityProvider) -> Client:
    """Return what we are to a provider."""
    sealed = provider.client_secret_sealed
    return Client(
        provider.issuer,
        provider.client_id,
        None if sealed is None else vault.open(sealed),
        tuple(provider.scopes),
    )


def binds(provider: IdentityProvider | None, reach: Reach) -> bool:
    """Say whether somebody has to sign in by their carrier's provider."""
    if provider is None or not provider.enabled or provider.bound == Bound.NOBODY:
        return False
    return provider.bound == Bound.EVERYBODY or reach.sees_carrier


def lets(provider: IdentityProvider | None, reach: Reach, proof: SignInProof) -> bool:
    """Say whether a session that began so counts for its person.

    The carrier's owners may always come by two factors of ours: somebody has to be able to mend a
    provider that doesn't work.
    """
    if proof in {SignInProof.PROVIDER, SignInProof.PROVIDER_AND_FACTOR}:
        return provider is not None and provider.enabled
    if not binds(provider, reach):
        return True
    return reach.owns_carrier and proof in STRONG_PROOFS
