"""Which TCP ports are free, and which hosts are this machine alone."""

import errno
import ipaddress
import os
import secrets
import socket
import sys

from ucity.errors import StartupError

LOOPBACK = "127.0.0.1"
# Under those that systems give to outgoing connections, so that none of these takes the port before a server does.
_LOWEST, _HIGHEST = 15_000, 32_000
_MOST_HELD = 64
_held: dict[int, int] = {}
"""Ports, and the file descriptor of the name that holds each."""


def free_port(host: str = LOOPBACK) -> int:
    """A port on ``host`` that nothing listens on now, and that no other city is about to: it is held."""
    for _ in range(1000):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if port not in _held and is_free(host, port) and hold(port):
            return port
    raise StartupError(f"No free port was found on {host} between {_LOWEST} and {_HIGHEST}.")


def hold(port: int) -> bool:
    """Take a port for this process, whose servers may be long in coming to listen: False when another process holds it.

    It is held by a name, among those that Linux forgets when a process ends; elsewhere ports are not held. A process
    holds the last 64 that it asked for.
    """
    if port in _held or sys.platform != "linux":
        return True
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mark:
            mark.bind(f"\0ucity port {port}")
            _held[port] = mark.detach()
    except OSError as error:
        return error.errno != errno.EADDRINUSE  # another one: there are no such names here
    if len(_held) > _MOST_HELD:
        os.close(_held.pop(next(iter(_held))))
    return True


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on ``host``:``port`` now; StartupError when ``host`` is not ours to listen on."""
    with socket.socket(_family(host)) as probe:
        # As servers do, so that a connection of the previous run that still lingers does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise StartupError(f"Cannot listen on {host} port {port}: {error.strerror}.") from error
        return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
