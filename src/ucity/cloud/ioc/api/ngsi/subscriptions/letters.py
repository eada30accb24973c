"""Notifications: what a subscription's endpoint is told of alterations, or of how everything stands.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.3.1, 5.8.6, 6.3.6 (GeoJSON) and 7.2.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec
from cachetools import LRUCache

from ucity.cloud.ioc.api.ngsi.conformance import NATIVE, older, older_attributes
from ucity.cloud.ioc.api.ngsi.contexts import Contexts
from ucity.cloud.ioc.api.ngsi.exchange import whole_context
from ucity.cloud.ioc.api.ngsi.joining import joined, rendered
from ucity.cloud.ioc.api.ngsi.media import GEO_JSON, JSON, LD_JSON, context_link
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.render import feature
from ucity.cloud.ioc.api.ngsi.subscriptions import changed
from ucity.cloud.ioc.api.ngsi.subscriptions.content import Parsed, parsed
from ucity.cloud.ioc.api.ngsi.subscriptions.sections import kept_names
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION
from ucity.cloud.ioc.share.notify import Letter, Wanted, seen
from ucity.cloud.ioc.share.notify.batch import MOST_TOLD
from ucity.cloud.ioc.share.notify.matcher import concerns
from ucity.cloud.ioc.store import Document, Pool
from ucity.cloud.ioc.store.alterations import Alteration
from ucity.cloud.ioc.store.documents import rfc3339
from ucity.cloud.ioc.store.entities import Finder
from ucity.cloud.ioc.store.search import Page, search
from ucity.cloud.ioc.store.subscriptions import Subscription
from ucity.network.notify import Message

_REMEMBERED = 20_000


def _now() -> datetime:
    return datetime.now(UTC)


class Letters:
    """Reads subscriptions and writes their letters. ``private``: endpoints may lie in the city's own network."""

    def __init__(self, pool: Pool, contexts: Contexts, *, private: bool, clock: Callable[[], datetime] = _now) -> None:
        self._pool, self._contexts, self._private, self._clock = pool, contexts, private, clock
        self._finder = Finder(pool)
        self._parsed: LRUCache[tuple[int, int], Parsed] = LRUCache(_REMEMBERED)

    def parsed(self, subscription: Subscription) -> Parsed:
        """What the subscription says."""
        key = subscription.key, subscription.revision
        if key not in self._parsed:
            terms = kept_names(subscription.terms)
            self._parsed[key] = parsed(subscription.document, terms, private=self._private, strict=False)
        return self._parsed[key]

    def wanted(self, subscription: Subscription) -> Wanted | None:
        """What it wants to hear of; None when no change is."""
        found = self.parsed(subscription)
        if not found.is_active or found.every is not None:
            return None
        return Wanted(
            key=subscription.key,
            tenant=subscription.tenant,
            owner=subscription.owner,
            endpoint=subscription.endpoint,
            since=subscription.since,
            selection=found.selection,
            watched=found.watched,
            triggers=found.triggers,
            merges=found.throttling is not None,
            until=found.expires_at,
        )

    async def write(
        self, subscription: Subscription, alterations: list[Alteration] | None, predicate: Predicate, mark: str
    ) -> AsyncGenerator[Letter, None]:
        """The letters, by what the subscription says and its owner may see now; none when there is nothing to say."""
        said = self.parsed(subscription)
        if not said.is_live(self._clock()):
            return
        names = await self._contexts.names(said.context or subscription.context)
        desk = _Writer(subscription, said, names, predicate, self._finder)
        if alterations is not None:
            if meant := await self._meant(subscription, alterations, predicate):
                yield self._letter(desk, await desk.altered(changed.together(meant)), f"{mark}.0")
            return
        number = 0
        async for docs in self._pages(said, predicate):
            yield self._letter(desk, await desk.current(docs), f"{mark}.{number}")
            number += 1

    def _letter(self, desk: "_Writer", data: Any, mark: str) -> Letter:
        return Letter(message=desk.message(data, mark, self._clock()), cooldown=desk.said.way.cooldown)

    async def _meant(
        self, subscription: Subscription, alterations: list[Alteration], predicate: Predicate
    ) -> list[Alteration]:
        wanted = self.wanted(subscription)
        known = [seen(each, predicate) for each in alterations]
        if wanted is None:
            return []
        return [each for each in known if each and await concerns(wanted, each, predicate, self._finder)]

    async def _pages(self, said: Parsed, predicate: Predicate) -> AsyncIterator[list[Document]]:
        """All entities that it means, one page in memory at a time."""
        offset = 0
        while True:
            page = Page(MOST_TOLD, offset, counted=False)
            documents = list((await search(self._pool, predicate, said.selection, page)).documents)
            if documents:
                yield documents
            if len(documents) < MOST_TOLD:
                return
            offset += MOST_TOLD


@dataclass(frozen=True)
class _Writer:
    """Writes notifications of one subscription."""

    subscription: Subscription
    said: Parsed
    names: Names
    predicate: Predicate
    finder: Finder = field(repr=False)

    async def current(self, docs: list[Document]) -> Any:
        """Entities as they stand."""
        return self._packed(await self._entities([older(each, self.said.version, self.names) for each in docs]))

    async def altered(self, alterations: list[Alteration]) -> Any:
        """Entities that changed."""
        view, changes = self.said.view, self.said.shows_changes
        alterations = [self._older(each) for each in alterations]
        there = [each for each in alterations if each.deleted_at is None]
        docs = [changed.with_changes(each, self.names) if changes else each.document for each in there]
        shown = await self._entities(docs)
        for entity, each in zip(shown, there, strict=False):
            gone = changed.deleted_attributes(each, self.names, view, changes=changes)
            _add(entity["properties"] if self._is_geo else entity, gone)
        lost = [
            changed.deleted_entity(each, self.names, view, changes=changes)
            for each in alterations
            if each.deleted_at is not None
        ]
        return self._packed([*shown, *([_feature(each) for each in lost] if self._is_geo else lost)])

    def _older(self, alteration: Alteration) -> Alteration:
        """The alteration in the version of NGSI-LD that the subscription asks for."""
        version, names = self.said.version, self.names
        if version >= NATIVE:
            return alteration
        before = older_attributes(alteration.before, version, names)
        return replace(alteration, document=older(alteration.document, version, names), before=before)

    @property
    def _is_geo(self) -> bool:
        return self.said.way.media == GEO_JSON

    async def _entities(self, docs: list[Document]) -> list[dict[str, Any]]:
        """These, in their order, and after them those that are joined to them, if they are to be beside them."""
        view, join = self.said.view, self.said.join
        linked = await joined(self.finder, self.predicate, docs, view, join) if join.level else {}
        linked = {id_: older(each, self.said.version, self.names) for id_, each in linked.items()}
        shown = rendered(docs, linked, self.names, view, join)
        return [feature(*each, LOCATION) if self._is_geo else each[0] for each in shown]

    def _packed(self, entities: list[dict[str, Any]]) -> Any:
        return {"type": "FeatureCollection", "features": entities} if self._is_geo else entities

    def message(self, data: Any, mark: str, now: datetime) -> Message:
        """The notification about this data. The same mark gives the same id, so that a repeat can be told."""
        way, context = self.said.way, self.said.context or self.subscription.context
        notification = {
            "id": f"urn:ngsi-ld:Notification:{_digest(f'{self.subscription.id} {mark}')}",
            "type": "Notification",
            "subscriptionId": self.subscription.id,
            "notifiedAt": rfc3339(now),
            "data": data,
        }
        headers = {"Content-Type": way.media}
        if self.subscription.tenant:
            headers["NGSILD-Tenant"] = self.subscription.tenant
        if way.media == LD_JSON or (self._is_geo and not _asks_for_json(way.receiver)):
            notification["@context"] = whole_context(context)
        elif way.media in (JSON, GEO_JSON):
            headers["Link"] = context_link(context if isinstance(context, str) else None)
        return Message(
            uri=way.uri,
            body=msgspec.json.encode(notification),
            headers={**headers, **way.receiver},
            seconds=way.seconds,
            options=way.notifier,
        )


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _asks_for_json(receiver: Any) -> bool:
    return any(name.lower() == "prefer" and "body=json" in value for name, value in receiver.items())


def _add(entity: dict[str, Any], gone: dict[str, Any]) -> None:
    """Put what is gone beside what is there, with the other instances where an attribute has some left."""
    for name, value in gone.items():
        there = entity.get(name)
        if there is None:
            entity[name] = value
        elif isinstance(there, dict | list) and not isinstance(value, str):
            some = there if isinstance(there, list) else [there]
            entity[name] = [*some, *(value if isinstance(value, list) else [value])]


def _feature(entity: dict[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in entity.items() if name != "id"}
    return {"id": entity.get("id"), "type": "Feature", "geometry": None, "properties": properties}
