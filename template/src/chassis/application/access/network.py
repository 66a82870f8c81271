"""The network that an address belongs to."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

# In IPv6, a customer has at least a /64: https://www.rfc-editor.org/rfc/rfc6177#section-2.
PREFIX = 64


@lru_cache(4096)
def network_of(address: str) -> str:
    """Return an IPv4 address as it is, and an IPv6 address as its network.

    An IPv4 address that a dual-stack server reports as IPv6 becomes IPv4 again. Any other text is
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
