"""Which addresses a customer may make us connect to."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final

from smsc.networks import Networks

# Our own tables and not `is_global`: its answer changed between patch releases of Python, and it
# calls NAT64, 6to4, site-local, v4-compatible and multicast addresses global.
# Source: IANA special-purpose address registries (RFC 6890), read 2026-01.
_SPECIAL_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST_V6: Final = IPv6Network("2000::/3")
_SPECIAL_V6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20")
)
# Never a web server, not even in a private network: link-local (where clouds keep their
# machines' credentials), multicast, reserved and broadcast.
_NEVER_V4: Final = tuple(
    IPv4Network(text) for text in ("169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
)
_NEVER_V6: Final = tuple(IPv6Network(text) for text in ("fe80::/10", "fec0::/10", "ff00::/8"))
_NAT64: Final = IPv6Network("64:ff9b::/96")


def _inner_v4(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address to which a translator or tunnel would carry `address`."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def may_connect(address: str, *, allow_private: bool, allowed: Networks = ()) -> bool:
    """Say whether `address`, a literal without brackets, is one that a webhook may reach.

    Without `allow_private` only addresses of the public Internet are, and those of `allowed`
    networks; link-local, multicast and reserved ones never.

    Raises:
        ValueError: it is no IP address.
    """
    literal = ip_address(address)
    if isinstance(literal, IPv6Address):
        if literal.scope_id is not None:
            return False
        inner = _inner_v4(literal)
        if inner is None:
            if allow_private or any(literal in network for network in allowed):
                return not any(literal in network for network in _NEVER_V6)
            return literal in _UNICAST_V6 and not any(literal in net for net in _SPECIAL_V6)
        literal = inner
    if any(literal in network for network in allowed):
        allow_private = True
    return not any(literal in network for network in (_NEVER_V4 if allow_private else _SPECIAL_V4))
