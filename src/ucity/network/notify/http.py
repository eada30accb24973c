"""Notifications by HTTP: POST, on one connection that is kept for as long as there is something to send.

A name is looked up and checked whenever a connection is made, and the connection goes to the address that was checked;
redirects are not followed. HTTP/1.1 itself is h11's. A client with a pool, of which one connection to one address needs
nothing, would take most of the time that a notification costs.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import cast

import h11
import httpx

from ucity import __version__
from ucity.network.notify.message import Message, NotDeliveredError, RefusedError
from ucity.network.public_address import NotPublicError, resolve

_MOST_ANSWER = 65_536
_OK = 200
_BUSY = frozenset({408, 425, 429})
_IDLE = 30.0
"""Seconds after which a connection is not used again: what is between may have forgotten it."""
_BROKEN = (ConnectionError, h11.RemoteProtocolError)


class HttpSender:
    """Sends to one address. ``private``: it may lie inside the city's own network."""

    def __init__(self, tls: ssl.SSLContext, *, private: bool) -> None:
        self._tls, self._private = tls, private
        self._line: _Line | None = None

    async def send(self, message: Message) -> bool:
        """See ``Sender``. What broke off on a connection that had been idle is tried once more on a new one."""
        try:
            async with asyncio.timeout(message.seconds):
                status = await self._post(message)
        except TimeoutError:
            raise NotDeliveredError(f"no answer within {message.seconds:g} s") from None
        except NotPublicError:
            raise NotDeliveredError("its address is not one of the public internet") from None
        except (OSError, h11.ProtocolError, UnicodeError) as error:
            raise NotDeliveredError(f"it cannot be reached ({type(error).__name__})") from error
        if 200 <= status < 300:
            return status == _OK
        if 400 <= status < 500 and status not in _BUSY:
            raise RefusedError(f"it answers {status}")
        raise NotDeliveredError(f"it answers {status}")

    async def _post(self, message: Message) -> int:
        head = _head(message.uri, tuple(message.headers.items()), len(message.body))
        said = [head, h11.Data(data=message.body), h11.EndOfMessage()]
        if self._line is not None and self._line.is_free():
            with suppress(*_BROKEN):
                return await self._line.ask(said)
        await self.close()
        self._line = await self._connected(_url(message.uri))
        return await self._line.ask(said)

    async def _connected(self, url: httpx.URL) -> "_Line":
        is_tls = url.scheme == "https"
        host, port = url.raw_host.decode("ascii"), url.port or (443 if is_tls else 80)
        address = await resolve(host, port, private=self._private)
        tls, name = (self._tls, host) if is_tls else (None, None)
        _, line = await asyncio.get_running_loop().create_connection(
            _Line, address, port, ssl=tls, server_hostname=name
        )
        return line

    async def close(self) -> None:
        """See ``Sender``."""
        if self._line is not None:
            self._line.close()
        self._line = None


class _Line(asyncio.Protocol):
    """One connection, for one request after the other."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._answer: asyncio.Future[int] | None = None
        self._status = self._size = 0
        self._used = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast(asyncio.Transport, transport)

    def is_free(self) -> bool:
        """Whether another request may follow."""
        return not self._transport.is_closing() and time.monotonic() - self._used < _IDLE

    def close(self) -> None:
        """Let go of it."""
        self._transport.close()

    async def ask(self, events: Sequence[h11.Event]) -> int:
        """Send a request; the status of its answer. Raises what breaks off. Whatever goes wrong, nothing can follow."""
        self._answer = asyncio.get_running_loop().create_future()
        self._status = self._size = 0
        try:
            self._transport.write(b"".join(self._http.send(each) or b"" for each in events))
            return await self._answer
        except BaseException:
            self._transport.abort()
            raise
        finally:
            self._answer, self._used = None, time.monotonic()

    def data_received(self, data: bytes) -> None:
        """Part of an answer. What nobody asked for is none, and what would follow could not be told from one."""
        if self._answer is None:
            self.close()
        else:
            self._read(data)

    def connection_lost(self, error: Exception | None) -> None:
        """It has ended, which may end an answer, too."""
        if self._answer is not None and not self._answer.done():
            if error is None:
                self._read(b"")
            else:
                self._answer.set_exception(error)

    def _read(self, data: bytes) -> None:
        answer = self._answer
        if answer is None or answer.done():
            return
        try:
            self._http.receive_data(data)
            while not answer.done() and (event := self._http.next_event()) is not h11.NEED_DATA:
                self._take(event, answer)
        except h11.RemoteProtocolError as error:
            answer.set_exception(error)

    def _take(self, event: object, answer: "asyncio.Future[int]") -> None:
        if isinstance(event, h11.Response):
            self._status = event.status_code
        elif isinstance(event, h11.Data):
            self._size += len(event.data)
            if self._size > _MOST_ANSWER:
                self.close()
                answer.set_result(self._status)
        elif isinstance(event, h11.EndOfMessage):
            if self._http.their_state is h11.DONE and not self._http.trailing_data[0]:
                self._http.start_next_cycle()
            else:
                self.close()
            answer.set_result(self._status)


@lru_cache(maxsize=1024)
def _head(uri: str, given: tuple[tuple[str, str], ...], size: int) -> h11.Request:
    """The head of a request: all but the body is mostly the same for an address, and to check it costs most."""
    headers = {"User-Agent": f"ucity/{__version__}", "Content-Length": str(size), **dict(given)}
    pairs = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
    if not any(name.lower() == b"host" for name, _ in pairs):
        pairs.insert(0, (b"Host", _url(uri).netloc))
    return h11.Request(method="POST", target=_url(uri).raw_path, headers=pairs)


@lru_cache(maxsize=4096)
def _url(uri: str) -> httpx.URL:
    return httpx.URL(uri)
