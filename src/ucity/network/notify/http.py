"""Notifications by HTTP: POST, on one connection that is kept for as long as there is something to send.

A name is looked up and checked whenever a connection is made, and the connection goes to the address that was checked;
redirects are not followed.
"""

import asyncio
import ssl
from collections.abc import Iterable
from functools import lru_cache

import httpcore
import httpx

from ucity import __version__
from ucity.network.notify.message import Message, NotDeliveredError, RefusedError
from ucity.network.public_address import NotPublicError, resolve

_MOST_ANSWER = 65_536
_OK = 200
_BUSY = frozenset({408, 425, 429})
_BROKEN = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be called, and to no other."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the address that the host's name stands for now."""
        address = await resolve(host, port, private=self._private)
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """As the interface asks."""
        await asyncio.sleep(seconds)


class HttpSender:
    """Sends to one address. ``private``: it may lie inside the city's own network."""

    def __init__(self, tls: ssl.SSLContext, *, private: bool) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            tls, max_connections=1, keepalive_expiry=30, network_backend=_Checked(private=private)
        )
        self._used = False

    async def send(self, message: Message) -> bool:
        """See ``Sender``. What broke off on a connection that had been idle is tried once more on a new one."""
        try:
            async with asyncio.timeout(message.seconds):
                try:
                    return await self._post(message)
                except _BROKEN:
                    if not self._used:
                        raise
                    return await self._post(message)
        except TimeoutError:
            raise NotDeliveredError(f"no answer within {message.seconds:g} s") from None
        except NotPublicError:
            raise NotDeliveredError("its address is not one of the public internet") from None
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            OSError,
            UnicodeError,
        ) as error:
            raise NotDeliveredError(f"it cannot be reached ({type(error).__name__})") from error

    async def _post(self, message: Message) -> bool:
        headers = {"User-Agent": f"ucity/{__version__}", "Content-Length": str(len(message.body)), **message.headers}
        pairs = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
        async with self._pool.stream("POST", _url(message.uri), headers=pairs, content=message.body) as answer:
            status = answer.status
            size = 0
            async for chunk in answer.aiter_stream():
                size += len(chunk)
                if size > _MOST_ANSWER:
                    break
        self._used = True
        if 200 <= status < 300:
            return status == _OK
        if 400 <= status < 500 and status not in _BUSY:
            raise RefusedError(f"it answers {status}")
        raise NotDeliveredError(f"it answers {status}")

    async def close(self) -> None:
        """See ``Sender``."""
        await self._pool.aclose()


@lru_cache(maxsize=4096)
def _url(uri: str) -> httpcore.URL:
    """The address in the bytes that go over the wire."""
    parsed = httpx.URL(uri)
    return httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)
