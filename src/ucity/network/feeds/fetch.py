"""Fetches a feed to a file, if it has changed, without being turned against the city's own network or its disk.

An address is checked after its name is resolved and pinned for the connection, at each redirect anew; an answer may
take so long and have so many bytes, unpacked. What the feed's operator gave for its own server (keys in headers) is
sent to that server only.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from ucity import __version__
from ucity.errors import Unavailable
from ucity.network.feeds.refusal import FeedRefused, Reason
from ucity.network.public_address import NotPublicError, resolve

_SILENCE = 20.0
"""Seconds without a byte after which a server counts as hung."""
_LONGEST_ETAG = 1024
_NAMES_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a feed is, and what is known of it already. ``headers``: for its own server, e.g. a key."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A feed that has been written to a file. ``etag`` and ``modified`` are for the next time."""

    bytes: int
    sha256: str
    etag: str | None
    modified: str | None


class Fetcher:
    """``private``: addresses inside the city's network may be asked too, for trials and the demo."""

    def __init__(self, *, private: bool = False, redirects: int = 5) -> None:
        self._private, self._redirects = private, redirects
        self._tls = ssl.create_default_context()
        # Threads of their own: a name whose servers do not answer must not keep others from theirs.
        self._resolver = ThreadPoolExecutor(_NAMES_AT_ONCE, thread_name_prefix="feed names")

    async def fetch(self, source: Source, into: Path, *, most: int, seconds: float) -> Fetched | None:
        """Write the feed into the file, which may exist; None when it has not changed since ``etag``/``modified``.

        ``most``: bytes, unpacked. ``seconds``: for all of it. Raises FeedRefused with the reason.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(source, into, most)
        except TimeoutError:
            raise _not_reached(f"It was not there within {seconds:g} s.") from None
        except httpx.TimeoutException as error:
            raise _not_reached("Its server does not answer.") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise _not_reached(f"Its server cannot be reached ({type(error).__name__}).") from error

    async def _follow(self, source: Source, into: Path, most: int) -> Fetched | None:
        at = source.url
        for _ in range(self._redirects + 1):
            async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=_SILENCE) as client:
                response = await client.send(await self._request(client, source, at), stream=True)
                try:
                    if not response.has_redirect_location:
                        return await _received(response, into, most)
                    at = urljoin(at, response.headers["location"])
                finally:
                    await response.aclose()
        raise _not_reached(f"Its address leads elsewhere more than {self._redirects} times.")

    async def _request(self, client: httpx.AsyncClient, source: Source, url: str) -> httpx.Request:
        parts = checked_url(url)
        host = str(parts.hostname)
        address = await self._address(host, parts.port or (443 if parts.scheme == "https" else 80))
        headers = {"User-Agent": f"ucity/{__version__}", "Accept-Encoding": "gzip, identity"}
        if _origin(url) == _origin(source.url):
            headers |= source.headers
        if source.etag:
            headers["If-None-Match"] = source.etag
        if source.modified:
            headers["If-Modified-Since"] = source.modified
        return client.build_request(
            "GET",
            httpx.URL(url).copy_with(host=address),
            headers=headers | {"Host": parts.netloc},
            extensions={"sni_hostname": host},
        )

    async def _address(self, host: str, port: int) -> str:
        try:
            return await resolve(host, port, private=self._private, executor=self._resolver)
        except NotPublicError:
            raise FeedRefused(Reason.ADDRESS_REFUSED, "Its address is not one of the public internet.") from None


def checked_url(url: str) -> SplitResult:
    """The parts of a URL that feeds may be fetched from. Raises FeedRefused for any other."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise FeedRefused(Reason.ADDRESS_REFUSED, "Its address is not a URL.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits:
        raise FeedRefused(Reason.ADDRESS_REFUSED, "A feed's address begins with https:// or http://.")
    if parts.username is not None:
        raise FeedRefused(Reason.ADDRESS_REFUSED, "A feed's address holds no password; give a header in its place.")
    return parts


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


async def _received(response: httpx.Response, into: Path, most: int) -> Fetched | None:
    if response.status_code == httpx.codes.NOT_MODIFIED:
        return None
    if response.status_code != httpx.codes.OK:
        raise _not_reached(f"Its server answers {response.status_code}.")
    size, digest = 0, hashlib.sha256()
    with into.open("wb") as file:
        async for chunk in response.aiter_bytes(256 * 1024):
            size += len(chunk)
            if size > most:
                raise FeedRefused(Reason.TOO_LARGE, f"It has more than {most} bytes.")
            digest.update(chunk)
            _write(file, chunk)
    return Fetched(
        bytes=size,
        sha256=digest.hexdigest(),
        etag=_header(response, "etag"),
        modified=_header(response, "last-modified"),
    )


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:  # not the server's fault, so not to be taken for it
        raise Unavailable("There is no room for a feed's file on the city's disk.", retry_after=60) from error


def _header(response: httpx.Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= _LONGEST_ETAG and value.isascii() and value.isprintable() else None


def _not_reached(detail: str) -> FeedRefused:
    return FeedRefused(Reason.NOT_REACHED, detail)
