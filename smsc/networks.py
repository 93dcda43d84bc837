"""From which networks somebody may come: those of SMPP credentials and of API keys."""

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Networks = tuple[IPv4Network | IPv6Network, ...]  # none: from anywhere


def read_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a peer's address, an IPv4 one that IPv6 carries as such; None if it is none."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=4096)
def read_networks(texts: tuple[str, ...]) -> Networks:
    """Read networks in CIDR notation.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(text) for text in texts)


def are_home_to(networks: Networks, host: str) -> bool:
    """Say whether a peer at this address may come in."""
    if not networks:
        return True
    address = read_address(host)
    return address is not None and any(address in network for network in networks)
