"""Fetches a system of shared bicycles: the documents that its ``gbfs.json`` names, each asked for conditionally.

A document that has not changed is the one that was received before. What was received is kept for as long as the
process runs: one that starts anew asks for everything once.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from ucity.cloud.ioc.store.feeds import KnownFeed
from ucity.network.feeds import gbfs
from ucity.network.feeds.fetch import Fetched, Fetcher, Source
from ucity.network.feeds.refusal import FeedRefused, Reason

_SECONDS = 30.0
"""For one document."""


@dataclass(frozen=True, slots=True)
class _Document:
    body: bytes
    etag: str | None
    modified: str | None


class Bicycles:
    """``system`` may be asked for several feeds at once, and for each of them one at a time."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._known: dict[str, dict[str, _Document]] = {}

    def keep(self, feeds: set[str]) -> None:
        """Forget what was received of all others."""
        self._known = {name: of for name, of in self._known.items() if name in feeds}

    async def system(self, feed: KnownFeed, folder: Path) -> tuple[gbfs.System, Fetched]:
        """The system as it is now, written into ``folder`` meanwhile. Raises FeedRefused."""
        url = str(feed.url)
        discovery = await self._document(feed, url, folder)
        bodies = {}
        for name, address in gbfs.listed(discovery, url).items():
            bodies[name] = await self._named(feed, name, address, folder)
        system = await asyncio.to_thread(gbfs.read, bodies)
        return system, _whole(gbfs.encode(system))

    async def _named(self, feed: KnownFeed, name: str, url: str, folder: Path) -> bytes:
        try:
            return await self._document(feed, url, folder)
        except FeedRefused as refused:
            raise FeedRefused(refused.reason, refused.detail, file=f"{name}.json") from refused

    async def _document(self, feed: KnownFeed, url: str, folder: Path) -> bytes:
        documents = self._known.setdefault(feed.name, {})
        known = documents.get(url)
        headers = feed.headers if _server(url) == _server(str(feed.url)) else {}
        file = folder / "document"
        got = await self._fetcher.fetch(_source(url, headers, known), file, most=gbfs.MOST_BYTES, seconds=_SECONDS)
        if got is None and known is not None:
            return known.body
        if got is None:
            raise FeedRefused(Reason.NOT_REACHED, "Its server says that nothing has changed, without being asked so.")
        documents[url] = _Document(file.read_bytes(), got.etag, got.modified)
        return documents[url].body


def _source(url: str, headers: Mapping[str, str], known: _Document | None) -> Source:
    if known is None:
        return Source(url=url, headers=headers)
    return Source(url=url, headers=headers, etag=known.etag, modified=known.modified)


def _server(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _whole(data: bytes) -> Fetched:
    return Fetched(bytes=len(data), sha256=sha256(data).hexdigest(), etag=None, modified=None)
