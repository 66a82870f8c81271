"""Whom an address stands for."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

# Of IPv6, a customer has no fewer addresses: https://www.rfc-editor.org/rfc/rfc6177#section-2.
PREFIX = 64


@lru_cache(4096)
def network_of(address: str) -> str:
    """Return the address, or of IPv6 the network that it is in.

    One of IPv4 may come in the form that it has to a server of both. What is no address is
    returned as it is.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), PREFIX), strict=False))
