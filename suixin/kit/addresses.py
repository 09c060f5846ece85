"""What counts as one place on the network."""

import ipaddress

_IPV6_PREFIX = 64


def neighbourhood(address: str) -> str:
    """An IPv4 address as it is, the /64 network of an IPv6 address (a home has a whole one); "" for anything else."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False).network_address)
    return str(parsed)
