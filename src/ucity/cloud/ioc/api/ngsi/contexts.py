"""JSON-LD contexts of requests, turned into names once and then remembered.

The core context is always applied after a user's contexts, as clause 4.4 of ETSI GS CIM 009 V1.9.1 has it: whatever
they say of a core term does not count.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from cachetools import TTLCache
from pyld import jsonld  # type: ignore[import-untyped]  # pyld has no types
from pyld.context_resolver import ContextResolver  # type: ignore[import-untyped]  # as above

from ucity.cloud.ioc.api.ngsi.core_context import core_context, is_core_url, without_core
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, LdContextNotAvailable
from ucity.cloud.ioc.api.ngsi.fetch import Copy, Fetcher
from ucity.cloud.ioc.api.ngsi.lexical import is_web_address, shown
from ucity.cloud.ioc.api.ngsi.names import Names, processed
from ucity.cloud.ioc.store.contexts import CACHED, PREFIX, StoredContext, StoredContexts
from ucity.errors import Unavailable

_KEYWORDS = frozenset({"@id", "@type", "@value", "@graph", "@list", "@set", "@language", "@index", "@none", "@json"})
_MOST_DOCUMENTS = 16
_SECONDS = 300.0
_OWN = re.compile(rf"https?://[^?#]+/jsonldContexts/({re.escape(PREFIX)}[0-9a-f-]{{36}})")
_TERMS = 1_000_000
_BYTES = 16 * 1024 * 1024
_PYLD = (jsonld.JsonLdError, KeyError, TypeError, ValueError, AttributeError, RecursionError, IndexError)
"""What pyld raises on contexts that are wrong, its own slips on odd ones included."""


def _now() -> datetime:
    return datetime.now(UTC)


class Contexts:
    """Finds the names of a context.

    Documents from elsewhere are kept in the store as long as their server says, for all processes; in memory these,
    those that the city hosts and what was made of them for some minutes, within bounds.
    """

    def __init__(
        self, fetcher: Fetcher, stored: StoredContexts | None = None, clock: Callable[[], datetime] = _now
    ) -> None:
        self._fetcher = fetcher
        self._stored = stored
        self._clock = clock
        self._documents: TTLCache[str, Any] = TTLCache(_BYTES, _SECONDS, getsizeof=_size)
        self._names: TTLCache[bytes, Names] = TTLCache(_TERMS, _SECONDS, getsizeof=_weight)
        self._under_way: dict[str | bytes, asyncio.Task[Any]] = {}
        self.core = build([])

    async def names(self, local: Any) -> Names:
        """Names of a request's ``@context``: a URL, an object, a list of these, or None for the core alone.

        Raises BadRequestData for what is no context, LdContextNotAvailable for one that cannot be had.
        """
        local = without_core(local)
        if local is None:
            return self.core
        key = msgspec.json.encode(local, order="deterministic")
        found = self._names.get(key)
        return found if found is not None else await self._once(key, lambda: self._build(key, local))

    async def _build(self, key: bytes, local: Any) -> Names:
        definitions: list[Mapping[str, Any]] = []
        await self._gather(local, definitions, [])
        names = await asyncio.to_thread(build, definitions)
        _keep(self._names, key, names)
        return names

    async def _gather(self, local: Any, definitions: list[Mapping[str, Any]], above: list[str]) -> None:
        """Append the definitions of a local context and of all that it names, in order."""
        for each in local if isinstance(local, list) else [local]:
            if isinstance(each, str):
                await self._gather_remote(each, definitions, above)
            elif isinstance(each, dict):
                definitions.append(_definitions(await self._whole(each, definitions, above)))
            else:
                raise BadRequestData(f"An @context is a URL or an object, not {shown(each)}.")

    async def _gather_remote(self, url: str, definitions: list[Mapping[str, Any]], above: list[str]) -> None:
        if not is_core_url(url):
            context = await self._at(url, definitions, above)
            await self._gather(context, definitions, [*above, url])

    async def _whole(
        self, context: Mapping[str, Any], definitions: list[Mapping[str, Any]], above: list[str]
    ) -> Mapping[str, Any]:
        """A context with what it imports, over which its own terms have precedence (JSON-LD 1.1, 4.1.10)."""
        if "@import" not in context:
            return context
        url = context["@import"]
        imported = {} if isinstance(url, str) and is_core_url(url) else await self._at(url, definitions, above)
        if not isinstance(imported, dict) or "@import" in imported:
            raise BadRequestData(f"What @import names is one object without an @import, which {shown(url)} is not.")
        return {**imported, **{term: each for term, each in context.items() if term != "@import"}}

    async def _at(self, url: Any, definitions: list[Mapping[str, Any]], above: list[str]) -> Any:
        """The context in the document at a URL, which is one of so many."""
        if not isinstance(url, str) or not is_web_address(url):
            raise BadRequestData(f"An @context is a URL with http or https, not {shown(url)}.")
        if url in above:
            raise BadRequestData(f"The @context {url} includes itself.")
        if len(definitions) + len(above) >= _MOST_DOCUMENTS:
            raise BadRequestData(f"An @context of more than {_MOST_DOCUMENTS} documents is not processed.")
        document = self._documents.get(url)
        if document is None:
            document = await self._once(url, lambda: self._fetch(url))
        if not isinstance(document, dict) or "@context" not in document:
            raise BadRequestData(f"The document {url} has no @context.")
        return document["@context"]

    async def _fetch(self, url: str) -> Any:
        found = await self._stored.get(own_id(url) or url) if self._stored is not None else None
        if found is not None and (found.expires_at is None or found.expires_at > self._clock()):
            document = found.body
        else:
            document = await self._from_elsewhere(url, found)
        _keep(self._documents, url, document)
        return document

    async def _from_elsewhere(self, url: str, old: StoredContext | None) -> Any:
        """The document as its server has it, or the copy that there is while that is away (RFC 9111, 4.2.4)."""
        try:
            copy = await self._fetcher.get(url)
        except LdContextNotAvailable:
            if old is None or old.kind != CACHED:
                raise
            return old.body
        document = copy.document
        if isinstance(document, dict) and "@context" in document:
            # A database that only reads takes no copy, and keeps nobody from using the document.
            with suppress(Unavailable):
                await self._cache(url, copy)
        return document

    async def _cache(self, url: str, copy: Copy) -> None:
        if self._stored is not None:
            now = self._clock()
            await self._stored.cache(url, {"@context": copy.document["@context"]}, now, now + copy.lifetime)

    async def reload(self, url: str) -> None:
        """Fetch a document anew and keep it in the place of the copy. Raises what is wrong with it, and keeps that."""
        copy = await self._fetcher.get(url)
        document = copy.document
        if not isinstance(document, dict) or "@context" not in document:
            raise BadRequestData(f"The document {url} has no @context.")
        definitions: list[Mapping[str, Any]] = []
        await self._gather(document["@context"], definitions, [url])
        await asyncio.to_thread(build, definitions)
        await self._cache(url, copy)
        self.forget()

    def forget(self) -> None:
        """Forget what is remembered in memory."""
        self._documents.clear()
        self._names.clear()

    async def _once(self, key: str | bytes, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """The result of ``work``, done once for all who wait for the same."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(work())
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await asyncio.shield(task)


def own_id(url: str) -> str | None:
    """The id of the context that is kept here at this address, if it is one of those."""
    own = _OWN.fullmatch(unquote(url))
    return own[1] if own else None


def _keep(cache: TTLCache[Any, Any], key: Any, value: Any) -> None:
    if cache.getsizeof(value) <= cache.maxsize:
        cache[key] = value


def _size(document: Any) -> int:
    return len(msgspec.json.encode(document))


def _weight(names: Names) -> int:
    return len(names)


def _definitions(context: Mapping[str, Any]) -> dict[str, Any]:
    """What a context says of names. Its keywords other than ``@vocab`` are about values."""
    kept: dict[str, Any] = {}
    for term, definition in context.items():
        if term.startswith("@"):
            if term == "@vocab" and isinstance(definition, str):
                kept[term] = definition
        elif isinstance(definition, dict):
            if "@context" in definition:
                raise BadRequestData(f"The @context defines {shown(term)} with a scoped context, which is not allowed.")
            if not _is_reserved(definition.get("@id")) and not _is_reserved(definition.get("@reverse")):
                kept[term] = {key: value for key, value in definition.items() if key != "@protected"}
        elif not _is_reserved(definition):
            kept[term] = definition
    return kept


def _is_reserved(iri: Any) -> bool:
    """Whether JSON-LD ignores a definition that maps to this: it looks like a keyword and is none."""
    return isinstance(iri, str) and iri.startswith("@") and iri not in _KEYWORDS


def build(definitions: list[Mapping[str, Any]]) -> Names:
    """Names of contexts in order, between the core and the core again. Takes a while for thousands of terms."""
    processor = jsonld.JsonLdProcessor()
    # A resolver of our own, because pyld's keeps every context that it ever saw among its last hundred.
    options = {"contextResolver": ContextResolver({}, _no_loader), "processingMode": "json-ld-1.1", "base": ""}
    active = processor.process_context({}, None, options)
    try:
        for each in (core_context(), *definitions, core_context()):
            active = processor.process_context(active, dict(each), options)
    except _PYLD as error:
        raise BadRequestData(f"The @context cannot be processed: {str(error)[:300]}") from error
    return processed(active)


def _no_loader(url: str, _options: Any) -> Any:
    raise ValueError(f"{url} was not fetched beforehand")
