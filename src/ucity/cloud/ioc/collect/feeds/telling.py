"""Keeps what feeds tell of things that stand among the city's entities, as feeds come, change and go.

What is there already is not written again, so that any number of workers may do this.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec
import structlog

from ucity.blueprint import Catalogue, Declared, Stream
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.things import (
    PROVIDER,
    Attributes,
    Thing,
    alerts_of,
    routes_of,
    station_readings,
    stops_of,
)
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.policy.names import attribute_iri, type_iri
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, session
from ucity.cloud.ioc.store.documents import SYSTEM, merged, rfc3339
from ucity.cloud.ioc.store.feeds import (
    FeedNews,
    Message,
    Version,
    active_versions,
    fetch_file,
    hear_feeds,
    realtime_messages,
    shared_systems,
)
from ucity.errors import UcityError
from ucity.network.feeds import gbfs
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gtfs import FeedRefused, read_routes, read_stops
from ucity.network.feeds.gtfs_realtime import decode_alerts

log = structlog.get_logger()
KINDS: Mapping[str, str] = {
    "stops": "bus_information/stops",
    "routes": "bus_information/routes",
    "alerts": "bus_information/alerts",
    "stations": "shared_bicycles/stations",
}
"""What is told of, and the streams that declare it."""
_TOGETHER = 500
_AGAIN_S = 5.0
_THESE = """
SELECT id, attrs FROM entity WHERE tenant = '' AND types @> ARRAY[$1::text] AND deleted_at IS NULL AND id = ANY($2)
"""
_OTHERS = """
SELECT id FROM entity WHERE tenant = '' AND types @> ARRAY[$1::text] AND deleted_at IS NULL
AND attrs -> $2 ->> 'value' = $3 AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS kept(id) WHERE kept.id = entity.id)
"""
_FEEDS = """
SELECT DISTINCT attrs -> $2 ->> 'value' AS feed FROM entity
WHERE tenant = '' AND types @> ARRAY[$1::text] AND deleted_at IS NULL AND attrs ? $2
"""


class FeedThings:
    """Tells of what the streams in ``KINDS`` declare; without one of them, not of its things."""

    def __init__(self, files: Files, committer: Committer, catalogue: Catalogue) -> None:
        self._files, self._committer = files, committer
        found = {kind: catalogue.streams.get(path) for kind, path in KINDS.items()}
        self._declared: dict[str, Declared] = {kind: each for kind, each in found.items() if each}
        self._known: dict[tuple[str, str], object] = {}
        self._feeds: dict[str, set[str]] = {}
        self._told: set[str] | None = None
        self._news = asyncio.Event()

    def hear(self, announcements: Announcements) -> None:
        """Have these tell when to look."""
        hear_feeds(announcements, self._heard, missed=self._missed)

    async def follow(self) -> None:
        """Look whenever a feed has news, until cancelled."""
        if self._declared.keys() != KINDS.keys():
            return
        while True:
            await self._news.wait()
            self._news.clear()
            told, self._told = self._told, set()
            try:
                await (self.look() if told is None else self.look_at_messages(told))
            except UcityError as error:
                log.warning("things of feeds are not taken in yet", why=error.detail)
                await asyncio.sleep(_AGAIN_S)
                self._missed()

    def _heard(self, news: FeedNews) -> None:
        """Feeds say something new every few seconds, and seldom come, change or go."""
        if news.kind != "message":
            self._told = None
        elif self._told is not None:
            self._told.add(news.feed)
        self._news.set()

    def _missed(self) -> None:
        """Anything may have changed."""
        self._told = None
        self._news.set()

    async def look_at_messages(self, feeds: Iterable[str] | None = None) -> tuple[set[str], set[str]]:
        """Take in what these feeds, or all, say now; those that say something in GTFS-Realtime, and in GBFS. Raises
        Unavailable."""
        pool, some = self._files.pool, None if feeds is None else frozenset(feeds)
        messages, systems = await realtime_messages(pool, some), await shared_systems(pool, some)
        for message in messages:
            await self._once(("message", message.feed), message.received_at, partial(self._message, message))
        for system in systems:
            await self._once(("system", system.feed), system.received_at, partial(self._system, system))
        return {each.feed for each in messages}, {each.feed for each in systems}

    async def look(self) -> None:
        """Take in what is new, and let go of what is gone. Raises Unavailable."""
        versions = await active_versions(self._files.pool, FeedFormat.GTFS)
        for version in versions:
            await self._once(("timetable", version.feed), version.id, partial(self._timetable, version))
        messages, systems = await self.look_at_messages()
        timetables = {each.feed for each in versions}
        await self._forget("stops", timetables)
        await self._forget("routes", timetables)
        await self._forget("alerts", messages)
        await self._forget("stations", systems)

    async def _once(self, key: tuple[str, str], mark: object, take: Callable[[], Awaitable[None]]) -> None:
        if self._known.get(key) == mark:
            return
        try:
            await take()
        except FeedRefused as refused:
            # It was found good before it was kept, so this should not be.
            log.warning("things of a feed cannot be read", feed=key[1], why=str(refused))
        self._known[key] = mark

    async def _timetable(self, version: Version) -> None:
        stops, routes = self._declared["stops"].stream, self._declared["routes"].stream
        with self._files.scratch() as folder:
            file = folder / "timetable.zip"
            await fetch_file(self._files.objects, version, file)
            found, _ = await asyncio.to_thread(read_stops, file, scratch=folder)
            lines = await asyncio.to_thread(read_routes, file, scratch=folder)
        changed = await self.keep("stops", version.feed, stops_of(version.feed, found, stops))
        changed += await self.keep("routes", version.feed, routes_of(version.feed, lines, routes))
        log.info("stops and lines are entities", feed=version.feed, changed=changed)

    async def _message(self, message: Message) -> None:
        alerts = await asyncio.to_thread(decode_alerts, message.data)
        streams = {kind: each.stream for kind, each in self._declared.items()}
        told = alerts_of(message.feed, message.namespace, alerts, streams)
        await self.keep("alerts", message.feed, told.items())

    async def _system(self, message: Message) -> None:
        declared = self._declared["stations"]
        readings = station_readings(gbfs.decode(message.data), message.feed, declared, datetime.now(UTC))
        await self._committer.commit(Batch(readings=(readings,)))
        ids = {declared.stream.entity_id(each) for each in readings.frame["subject"].unique()}
        await self._let_go(await self._others("stations", message.feed, ids))

    async def keep(self, kind: str, feed: str, things: Iterable[Thing]) -> int:
        """Have these things of a feed, and no others of this kind; how many changed. A few are in memory at a time."""
        rest, ids, changed = iter(things), list[str](), 0
        while some := dict(islice(rest, _TOGETHER)):
            edits = await self._edits(kind, some)
            if edits:
                await self._committer.commit(Batch(edits=edits))
            ids += some
            changed += len(edits)
        gone = await self._others(kind, feed, ids)
        await self._let_go(gone)
        return changed + len(gone)

    async def _edits(self, kind: str, some: Mapping[str, Attributes]) -> tuple[Edit, ...]:
        """What has to be done for these things to be as they are told."""
        stream = self._declared[kind].stream
        async with session(self._files.pool) as connection:
            rows = await connection.fetch(_THESE, type_iri(stream.entity_type), list(some))
        there = {row["id"]: msgspec.json.decode(row["attrs"]) for row in rows}
        teller, now = _Teller(stream), rfc3339(datetime.now(UTC))
        return tuple(
            Edit(tenant="", id=id_, apply=partial(teller.told, id_, said, now))
            for id_, said in some.items()
            if id_ not in there or teller.changed(there[id_], said, now) is not there[id_]
        )

    async def _others(self, kind: str, feed: str, ids: Collection[str]) -> list[str]:
        """Ids of the things of a feed that are none of these."""
        iri = type_iri(self._declared[kind].stream.entity_type)
        async with session(self._files.pool) as connection:
            rows = await connection.fetch(_OTHERS, iri, attribute_iri(PROVIDER), feed, list(ids))
        return [row["id"] for row in rows]

    async def _forget(self, kind: str, feeds: set[str]) -> None:
        """Let go of what was told by others than these."""
        if self._feeds.get(kind) == feeds:
            return
        iri = type_iri(self._declared[kind].stream.entity_type)
        async with session(self._files.pool) as connection:
            rows = await connection.fetch(_FEEDS, iri, attribute_iri(PROVIDER))
        for feed in {row["feed"] for row in rows} - feeds:
            await self._let_go(await self._others(kind, feed, ()))
        self._feeds[kind] = feeds

    async def _let_go(self, ids: Collection[str]) -> None:
        some = sorted(ids)
        for start in range(0, len(some), _TOGETHER):
            edits = [Edit(tenant="", id=id_, apply=lambda _: None) for id_ in some[start : start + _TOGETHER]]
            await self._committer.commit(Batch(edits=tuple(edits)))


def _plain(attribute: object) -> object:
    if not isinstance(attribute, dict):
        return None
    return {name: value for name, value in attribute.items() if name not in SYSTEM}


@dataclass(frozen=True)
class _Teller:
    """Writes what is told of things of one stream. Of what else others have written there, nothing is lost."""

    stream: Stream

    def changed(self, attrs: Mapping[str, Any], said: Attributes, now: str) -> Mapping[str, Any]:
        """The attributes (by IRI) with what is told now; the same object when nothing changes."""
        new = {attribute_iri(name): attribute for name, attribute in said.items()}
        gone = {attribute_iri(name) for name in self.stream.labels} & attrs.keys() - new.keys()
        changes = {iri: attribute for iri, attribute in new.items() if _plain(attrs.get(iri)) != attribute}
        if not changes and not gone:
            return attrs
        return merged({iri: each for iri, each in attrs.items() if iri not in gone}, changes, now)

    def told(self, id_: str, said: Attributes, now: str, doc: Document | None) -> Document | None:
        """The document with what is told of the thing now."""
        kind = type_iri(self.stream.entity_type)
        before = Document(id=id_, types=[kind], attrs={}) if doc is None else doc
        attrs = self.changed(before.attrs, said, now)
        if attrs is before.attrs and kind in before.types:
            return doc
        types = before.types if kind in before.types else [*before.types, kind]
        return replace(before, types=types, attrs=dict(attrs))
