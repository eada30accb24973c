"""Which addresses a stranger may have the city call: those of the public internet, and none inside its own network."""

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, by whichever notation it is written."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64:
            # All of these carry an IPv4 address, which may be anywhere.
            return False
        if ip.scope_id:
            return False
    return ip.is_global and not ip.is_multicast
