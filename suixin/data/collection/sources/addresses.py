"""Where we may connect to: names resolved once, every address judged, the connection made to the address judged.

Public addresses are allowed. Others (private, loopback, link-local, multicast, translations of IPv4 into IPv6) only
when the installation names them in SUIXIN_SOURCE_NETWORKS. Who connects uses the address that is returned, never the
name again, so that a name that changes its mind (DNS rebinding) leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Sequence

from django.conf import settings

from suixin.data.collection.errors import AddressRefused, SourceFault

_TRANSLATED = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def pinned(host: str, port: int) -> str:
    """The address to connect to for that host. Raises AddressRefused, SourceFault when the name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceFault(f"找不到主机“{host}”({error});请核对地址,或请网络管理员检查域名解析。") from error
    texts = [str(entry[4][0]) for entry in found]
    refused = next((text for text in texts if not is_allowed(text)), None)
    if refused is not None or not texts:
        raise AddressRefused(
            f"主机“{host}”的地址 {refused} 是内网或本机地址,平台默认不连接;"
            "确需连接的,请平台运维在设置 SUIXIN_SOURCE_NETWORKS 中列入这个地址或网段。"
        )
    return texts[0]


def is_allowed(text: str) -> bool:
    """Whether we may connect to that address."""
    address: Address = ipaddress.ip_address(text.split("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    allowed = [ipaddress.ip_network(one, strict=False) for one in settings.SUIXIN.source_networks]
    if any(network.version == address.version and address in network for network in allowed):
        return True
    if any(network.version == address.version and address in network for network in _TRANSLATED):
        return False
    return address.is_global and not address.is_multicast


def is_named(host: str, home: str, others: Sequence[str]) -> bool:
    """Whether an answer of the source at `home` may lead to `host`: the same, or one that the source declares."""
    return host.lower() in {home.lower(), *(one.lower() for one in others)}
