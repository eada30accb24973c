"""Gets JSON-LD contexts from elsewhere, without being turned against the city's own network.

Whoever may read may name a context, so its address is not to be trusted: only http and https, only addresses of the
public internet, checked after the name is resolved and pinned for the connection (so that a name which answers
differently a moment later gains nothing), at each redirect anew, with limits on time, size and redirects.
"""

import asyncio
import ssl
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, LdContextNotAvailable
from ucity.network.public_address import NotPublicError, resolve

SHORTEST, USUAL, LONGEST = timedelta(minutes=5), timedelta(hours=1), timedelta(days=30)
"""How long copies are used: at least, where their server says nothing, and at most."""
_ACCEPT = "application/ld+json, application/json;q=0.9"


@dataclass(frozen=True)
class Copy:
    """A document, and how long it may be used."""

    document: Any
    lifetime: timedelta


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """``private``: addresses inside the city's network may be asked too, for trials. ``seconds``: for all of it,
    waiting for its turn and redirects included. ``size``: largest document in bytes. ``at_once``: how many are under
    way at a time."""

    private: bool = False
    seconds: float = 5.0
    size: int = 1_048_576
    redirects: int = 3
    at_once: int = 8
    _turns: asyncio.Semaphore = field(init=False, repr=False, compare=False)
    _tls: ssl.SSLContext = field(init=False, repr=False, compare=False)
    _resolver: Executor = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turns", asyncio.Semaphore(self.at_once))
        object.__setattr__(self, "_tls", ssl.create_default_context())
        # Threads of their own: a name whose servers do not answer must keep nobody else from a thread.
        object.__setattr__(self, "_resolver", ThreadPoolExecutor(self.at_once, thread_name_prefix="context names"))

    async def get(self, url: str) -> Copy:
        """The JSON at this URL. Raises LdContextNotAvailable, or BadRequestData when it is no JSON."""
        try:
            async with asyncio.timeout(self.seconds), self._turns:
                body, headers = await self._follow(url)
        except TimeoutError:
            raise _unavailable(url, f"no answer within {self.seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # ValueError: an address, or one that a redirect leads to, which cannot be one.
            raise _unavailable(url, "its server cannot be reached") from error
        try:
            return Copy(msgspec.json.decode(body), lifetime(headers, datetime.now(UTC)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRequestData(f"The @context {url} is no JSON document.") from None

    async def _follow(self, url: str) -> tuple[bytes, httpx.Headers]:
        at = url
        for _ in range(self.redirects + 1):
            async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=self.seconds) as client:
                request = await self._request(client, at)
                response = await client.send(request, stream=True)
                try:
                    if not response.has_redirect_location:
                        return await self._body(response, url), response.headers
                    at = urljoin(at, response.headers["location"])
                finally:
                    await response.aclose()
        raise _unavailable(url, f"more than {self.redirects} redirects")

    async def _request(self, client: httpx.AsyncClient, url: str) -> httpx.Request:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise _unavailable(url, "only http and https addresses are fetched")
        address = await self._address(url, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        return client.build_request(
            "GET",
            httpx.URL(url).copy_with(host=address),
            headers={"Host": parts.netloc, "Accept": _ACCEPT, "Accept-Encoding": "identity"},
            extensions={"sni_hostname": parts.hostname},
        )

    async def _address(self, url: str, host: str, port: int) -> str:
        try:
            return await resolve(host, port, private=self.private, executor=self._resolver)
        except NotPublicError:
            raise _unavailable(url, "it is not an address of the public internet") from None

    async def _body(self, response: httpx.Response, url: str) -> bytes:
        if response.status_code != httpx.codes.OK:
            raise _unavailable(url, f"its server answers {response.status_code}")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            # Its size would be known only once it was unpacked.
            raise _unavailable(url, "its server sends it packed, unasked")
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self.size:
                raise _unavailable(url, f"it is larger than {self.size} bytes")
        return bytes(body)


def lifetime(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long a copy may be used, by what its server says (RFC 9111, 4.2.1): within bounds, so that no server makes
    the city ask it at each request, or never again."""
    return min(LONGEST, max(SHORTEST, _said(headers, now)))


def _said(headers: Mapping[str, str], now: datetime) -> timedelta:
    directives = [each.strip().lower().partition("=") for each in headers.get("cache-control", "").split(",")]
    said = {name: value.strip('"') for name, _, value in directives}
    if {"no-store", "no-cache"} & said.keys():
        return SHORTEST
    for name in ("s-maxage", "max-age"):
        if (value := said.get(name, "")).isascii() and value.isdigit():
            return timedelta(seconds=min(int(value[:12]), LONGEST.total_seconds()))
    if "expires" not in headers:
        return USUAL
    try:
        return parsedate_to_datetime(headers["expires"]).astimezone(UTC) - now
    except (ValueError, OverflowError):
        return SHORTEST


def _unavailable(url: str, why: str) -> LdContextNotAvailable:
    return LdContextNotAvailable(f"The @context {url[:500]} is not available: {why}.")
