"""Request bodies: unpacked as they arrive, and never larger than the limit, packed or unpacked."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from ucity.errors import BadInput, TooLarge, UnsupportedMedia
from ucity.network.http.asgi import ASGIApp, Message, Receive, Scope, Send, headers_of, without_headers

_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Uploads:
    """Addresses (``method path``, matched as a whole) whose bodies may be larger, because they are not held in
    memory."""

    addresses: re.Pattern[str]
    limit: int


class Bodies:
    """``limit``: bytes of a body, counted after unpacking. The application reads plain bodies only."""

    def __init__(self, app: ASGIApp, *, limit: int, uploads: Uploads | None = None) -> None:
        self._app, self._limit, self._uploads = app, limit, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            headers = headers_of(scope)
            limit = self._limit_of(scope)
            _check_length(headers.get("content-length", "0"), limit)
            receive = _Body(receive, limit, _unpacker(headers)).receive
            if "content-encoding" in headers:
                without_headers(scope, b"content-encoding", b"content-length")
        await self._app(scope, receive, send)

    def _limit_of(self, scope: Scope) -> int:
        uploads = self._uploads
        large = uploads and uploads.addresses.fullmatch(f"{scope['method']} {scope['path']}")
        return uploads.limit if uploads and large else self._limit


def _check_length(length: str, limit: int) -> None:
    if length.isdecimal() and int(length[:20]) > limit:
        raise too_large(limit)


def too_large(limit: int) -> TooLarge:
    """The error for a body of more than ``limit`` bytes."""
    return TooLarge(f"A request body has at most {limit} bytes, also once it is unpacked. Send it in several parts.")


def _unpacker(headers: Mapping[str, str]) -> "Gunzip | None":
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return None
    if encoding in {"gzip", "x-gzip"}:
        return Gunzip()
    raise UnsupportedMedia("A request body may be packed with gzip and nothing else.")


class _Body:
    """One body on its way to the application."""

    def __init__(self, receive: Receive, limit: int, gunzip: "Gunzip | None") -> None:
        self._receive, self._limit, self._gunzip = receive, limit, gunzip
        self._bytes = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._gunzip:
            body = self._gunzip.feed(body, self._limit - self._bytes + 1)
            if not more and self._bytes + len(body) <= self._limit:
                self._gunzip.finish()
        self._bytes += len(body)
        if self._bytes > self._limit:
            raise too_large(self._limit)
        return {"type": "http.request", "body": body, "more_body": more}


class Gunzip:
    """Unpacks gzip (RFC 1952), also of several members, never making more than it was allowed at once."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def feed(self, packed: bytes, most: int) -> bytes:
        """The next unpacked bytes. Once ``most`` of them are there the rest is not unpacked. Raises BadInput."""
        parts: list[bytes] = []
        made = 0
        try:
            while packed and made < most:
                if self._member.eof:
                    self._member = zlib.decompressobj(_GZIP)
                part = self._member.decompress(packed, most - made)
                parts.append(part)
                made += len(part)
                packed = self._member.unconsumed_tail or self._member.unused_data
                self._begun = True
        except zlib.error as error:
            raise BadInput("The body is not valid gzip.") from error
        return b"".join(parts)

    def finish(self) -> None:
        """Raise BadInput unless the last member has ended."""
        if self._begun and not self._member.eof:
            raise BadInput("The body's gzip data ends too early.")
