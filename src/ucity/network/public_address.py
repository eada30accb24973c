"""Which addresses a stranger may have the city call: those of the public internet, and none inside its own network."""

import asyncio
import ipaddress
import socket
from concurrent.futures import Executor
from functools import partial

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


class NotPublicError(Exception):
    """A name that stands for an address inside the city's own network, or for none."""


async def resolve(host: str, port: int, *, private: bool, executor: Executor | None = None) -> str:
    """One IP address of a host, to be connected to as it is: looked up again, the name might stand for another one.

    ``private``: addresses inside the city's network will do too. ``executor``: threads that may hang for as long as a
    name server does. Raises NotPublicError, or OSError when the name cannot be looked up.
    """
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(executor, ask)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not (private or all(is_public(each) for each in addresses)):
        raise NotPublicError
    return addresses[0]
