"""A carrier's own hosts: claimed, and proved by a TXT record of the DNS."""

from urllib.parse import urlsplit

from api.deps import Services
from api.dns_txt import DnsUnavailable, txt_records
from smsc.errors import BadParameter, ServiceUnavailable
from smsc.models import CarrierDomain
from smsc.provisioning import branding
from smsc.provisioning.branding import TXT_PREFIX, DomainDraft
from smsc.provisioning.transaction import changing, reading


async def claim(house: Services, carrier_sid: str, draft: DomainDraft) -> CarrierDomain:
    """Claim a host.

    Raises:
        BadParameter: it is this installation's own.
        Conflict: the carrier has claimed it already.
    """
    if draft.host.lower() == urlsplit(house.settings.api_url).hostname:
        raise BadParameter(f"host: {draft.host} is this installation's own.")
    async with changing(house.database, house.bells.announce_change) as db:
        return await branding.claim_domain(db, carrier_sid, draft)


async def prove(house: Services, carrier_sid: str, host: str) -> CarrierDomain:
    """Look for the claim's token in the DNS, and give the host to the carrier.

    Raises:
        NotFound: the carrier hasn't claimed it.
        BadParameter: no record has the token.
        Conflict: the host is another carrier's.
        ServiceUnavailable: the DNS does not answer.
    """
    async with reading(house.database) as db:
        domain = await branding.domain(db, carrier_sid, host)
    name = TXT_PREFIX + domain.host
    try:
        records = await txt_records(name, house.settings.dns_address)
    except DnsUnavailable as fault:
        raise ServiceUnavailable(f"{fault}; try again.") from None
    if domain.token not in records:
        raise BadParameter(
            f"The name {name} has no TXT record with the text {domain.token}. Add it where the "
            "domain's DNS is kept; it may take some minutes until it is seen here."
        )
    async with changing(house.database, house.bells.announce_change) as db:
        await branding.verify_domain(db, carrier_sid, domain.host)
        return await branding.domain(db, carrier_sid, domain.host)
