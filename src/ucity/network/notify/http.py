"""Notifications by HTTP: POST, on one connection that is kept for as long as there is something to send.

A name is looked up and checked whenever a connection is made, and the connection goes to the address that was checked;
redirects are not followed. Answers are parsed by httptools. A client with a pool, of which one connection to an address
needs nothing, would take most of the time that a notification costs; so would a parser in Python.
"""

import asyncio
import re
import ssl
import time
from concurrent.futures import Executor
from contextlib import suppress
from functools import lru_cache
from typing import cast

import httptools
import httpx

from ucity import __version__
from ucity.network.notify.message import Message, NotDeliveredError, RefusedError
from ucity.network.public_address import NotPublicError, resolve

_MOST_ANSWER = 65_536
"""Bytes of an answer, its head included, after which the connection is given up."""
_OK = 200
_BUSY = frozenset({408, 425, 429})
_IDLE = 30.0
"""Seconds after which a connection is not used again: what is between may have forgotten it."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NO_HTTP = (httptools.HttpParserError, httptools.HttpParserUpgrade)
_BROKEN = (ConnectionError, *_NO_HTTP)


class HttpSender:
    """Sends to one address. ``private``: it may lie inside the city's own network. Names are looked up by
    ``resolver``."""

    def __init__(self, tls: ssl.SSLContext, resolver: Executor, *, private: bool) -> None:
        self._tls, self._resolver, self._private = tls, resolver, private
        self._line: _Line | None = None

    async def send(self, message: Message) -> bool:
        """See ``Sender``. What broke off on a connection that had been idle is tried once more on a new one."""
        try:
            status = await self._post(message)
        except TimeoutError:
            raise NotDeliveredError(f"no answer within {message.seconds:g} s") from None
        except NotPublicError:
            raise NotDeliveredError("its address is not one of the public internet") from None
        except (OSError, *_NO_HTTP, UnicodeError) as error:
            raise NotDeliveredError(f"it cannot be reached ({type(error).__name__})") from error
        if 200 <= status < 300:
            return status == _OK
        if 400 <= status < 500 and status not in _BUSY:
            raise RefusedError(f"it answers {status}")
        raise NotDeliveredError(f"it answers {status}")

    async def _post(self, message: Message) -> int:
        head = _head(message.uri, tuple(message.headers.items()))
        said = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(message.body), message.body)
        until = asyncio.get_running_loop().time() + message.seconds
        if self._line is not None and self._line.is_free():
            with suppress(*_BROKEN):
                return await self._line.ask(said, until)
        await self.close()
        async with asyncio.timeout_at(until):
            self._line = await self._connected(_url(message.uri))
        return await self._line.ask(said, until)

    async def _connected(self, url: httpx.URL) -> "_Line":
        is_tls = url.scheme == "https"
        host, port = url.raw_host.decode("ascii"), url.port or (443 if is_tls else 80)
        address = await resolve(host, port, private=self._private, executor=self._resolver)
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
    """One connection, for one request after the other. What is called ``on_...``, the parser of the answers calls."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
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

    async def ask(self, request: bytes, until: float) -> int:
        """Send a request; the status of its answer. Raises what breaks off, or TimeoutError when there is no answer by
        then (the loop's time). Whatever goes wrong, nothing can follow."""
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._status = self._size = 0
        late = loop.call_at(until, self._fail, TimeoutError())
        try:
            self._transport.write(request)
            return await self._answer
        except BaseException:
            self._transport.abort()
            raise
        finally:
            late.cancel()
            self._answer, self._used = None, time.monotonic()

    def data_received(self, data: bytes) -> None:
        """Part of an answer. What nobody asked for is none, and what would follow could not be told from one."""
        if self._answer is None or self._answer.done():
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except _NO_HTTP as error:
            self._fail(error)
        self._size += len(data)
        if self._size > _MOST_ANSWER:
            self._end()

    def connection_lost(self, error: Exception | None) -> None:
        """It has ended, and with it an answer that says nothing of its length."""
        if error is None:
            self._end()
        else:
            self._fail(error)

    def on_message_begin(self) -> None:
        """An answer, or what nobody asked for."""
        if self._answer is None or self._answer.done():
            self.close()

    def on_headers_complete(self) -> None:
        """The head of an answer, which may be one that only says that more is to come."""
        status = self._parser.get_status_code()
        self._status = status if status >= _OK else 0

    def on_message_complete(self) -> None:
        """An answer is whole."""
        if self._status:
            self._succeed(is_over=not self._parser.should_keep_alive())

    def _end(self) -> None:
        """Nothing more is read here: the answer is its status, if that has come."""
        if self._status:
            self._succeed(is_over=True)
        else:
            self._fail(ConnectionResetError("it hung up without an answer"))

    def _succeed(self, *, is_over: bool) -> None:
        if is_over:
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._status)

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


@lru_cache(maxsize=1024)
def _head(uri: str, given: tuple[tuple[str, str], ...]) -> bytes:
    """The head of a request up to its length: mostly the same for an address."""
    headers = {"Host": _url(uri).netloc.decode("ascii"), "User-Agent": f"ucity/{__version__}", **dict(given)}
    lines = [f"POST {_url(uri).raw_path.decode('ascii')} HTTP/1.1", *map(": ".join, headers.items())]
    if any(_CONTROL.search(line) for line in lines):
        raise NotDeliveredError("a line of its head would end in the middle")
    return "".join(f"{line}\r\n" for line in lines).encode()


@lru_cache(maxsize=4096)
def _url(uri: str) -> httpx.URL:
    return httpx.URL(uri)
