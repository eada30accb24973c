"""Asks a server whether it is well, over HTTP or by connecting, with nothing but the standard library: the parent stays
small."""

import asyncio
import ssl


async def answers(host: str, port: int, path: str, *, tls: bool = False, anything: bool = False) -> bool:
    """Whether an HTTP server at ``host``:``port`` answers ``GET path`` with 200, or with ``anything`` at all."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port, ssl=_unchecked() if tls else None)
            try:
                writer.write(request.encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.startswith(b"HTTP/") and (anything or status.split()[1:2] == [b"200"])


async def greet(host: str, port: int, *, tls: bool = False) -> None:
    """Connect and close again. Raises OSError or TimeoutError, also when ``tls`` is not spoken there."""
    async with asyncio.timeout(5):
        _, writer = await asyncio.open_connection(host, port, ssl=_unchecked() if tls else None)
        writer.close()


def _unchecked() -> ssl.SSLContext:
    """Takes any certificate: the question is whether the city's own server lives, not who it is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
