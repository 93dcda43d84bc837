"""Providers that somebody sets: they have to answer as such before they are kept."""

from api.deps import Services
from smsc.errors import BadParameter
from smsc.provisioning.identity_providers import ProviderDraft
from smsc.provisioning.openid.relying import ProviderAway


async def require_answering(house: Services, draft: ProviderDraft) -> None:
    """Make sure that a provider that is to be used can be.

    Raises:
        BadParameter: it can't be reached, or is none.
    """
    if not draft.enabled:
        return
    try:
        await house.relying.probe(draft.issuer)
    except ProviderAway as away:
        raise BadParameter(f"issuer: it doesn't answer as a provider: {away.message}") from None
