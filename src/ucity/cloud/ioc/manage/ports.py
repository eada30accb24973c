"""Which TCP ports are free, and which hosts are this machine alone."""

import errno
import ipaddress
import secrets
import socket

from ucity.errors import StartupError

LOOPBACK = "127.0.0.1"
# Under those that systems give to outgoing connections, so that none of these takes the port before a server does.
_LOWEST, _HIGHEST = 15_000, 32_000


def free_port(host: str = LOOPBACK) -> int:
    """A port on ``host`` that nothing listens on now."""
    for _ in range(1000):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if is_free(host, port):
            return port
    raise StartupError(f"No free port was found on {host} between {_LOWEST} and {_HIGHEST}.")


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
