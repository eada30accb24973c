"""The live map's push: what is in view, and afterwards only what changed there, to everybody who may see it.

One reader of the change feed serves all watchers. A watcher that is slow does not hold up the others: what waits for it
is the newest state of each thing in its view, never a growing queue.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import polars as pl
import structlog

from ucity.blueprint import Readings
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, short, type_iri
from ucity.cloud.ioc.store import Change, Feed, Pool, session
from ucity.cloud.ioc.store.documents import rfc3339
from ucity.errors import UcityError

log = structlog.get_logger()
MOST_THINGS = 20_000
"""Things that one view shows at most; a wider view of a large city has to be narrowed."""
PAUSE = 0.2
"""Seconds between two messages to the same watcher: faster changes are merged."""
HEARTBEAT = 15.0
_GATHER = 0.05
"""Seconds between two looks at the feed: what comes meanwhile is read and passed on together."""


@dataclass(frozen=True)
class Box:
    """What a map shows: west, south, east, north in degrees (WGS 84)."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float | None, lat: float | None) -> bool:
        """Whether a point lies inside, edges included."""
        return lon is not None and lat is not None and self.west <= lon <= self.east and self.south <= lat <= self.north


@dataclass(frozen=True)
class Thing:
    """A thing on the map, or what is new of it. ``values``: attribute to [value, RFC 3339 time or None]."""

    id: str
    type: str
    lon: float | None
    lat: float | None
    values: Mapping[str, Any]

    def without(self, allowed: frozenset[str] | None) -> "Thing":
        """The same, with the attributes that may be read."""
        if allowed is None:
            return self
        kept = {name: value for name, value in self.values.items() if attribute_iri(name) in allowed}
        return Thing(self.id, self.type, self.lon, self.lat, kept)


@dataclass(eq=False)
class Watcher:
    """One open map. ``waiting``: newest news of each thing that it has not been sent yet, with its place in the feed;
    None of one that is no more. ``since``: what it was sent at first holds all changes up to this one; ``begun`` once
    it is known what that was."""

    box: Box
    types: frozenset[str]
    predicate: Predicate
    in_view: set[str] = field(default_factory=set)
    begun: bool = False
    waiting: dict[str, tuple[int, Thing | None]] = field(default_factory=dict)
    since: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, seq: int, thing: Thing) -> None:
        """Take news of a thing, if it concerns this view: it is in it, or has just left it."""
        if seq <= self.since:  # the feed may be behind what the view began with
            return
        inside = self.box.holds(thing.lon, thing.lat)
        known = thing.id in self.in_view
        has_room = len(self.in_view) < MOST_THINGS and len(self.waiting) < MOST_THINGS
        # Until it has begun, whatever moves may be among what it is sent at first, and then be gone from there.
        if thing.type not in self.types or not (known or (has_room and (inside or not self.begun))):
            return
        if inside:
            self.in_view.add(thing.id)
        elif self.begun:
            self.in_view.discard(thing.id)
        seen = thing.without(self.predicate.attributes([type_iri(thing.type)]))
        _, before = self.waiting.get(thing.id, (0, None))
        merged = {**before.values, **seen.values} if before else seen.values
        self.waiting[thing.id] = seq, Thing(thing.id, thing.type, thing.lon, thing.lat, merged)
        self.news.set()

    def end(self, seq: int, id_: str) -> None:
        """Take news of a thing that is no more, or nowhere any more."""
        if seq <= self.since or not (id_ in self.in_view or (not self.begun and len(self.waiting) < MOST_THINGS)):
            return
        if self.begun:
            self.in_view.discard(id_)
        self.waiting[id_] = seq, None
        self.news.set()

    def begin(self, things: list[Thing]) -> None:
        """These were in view at first. Of what has happened meanwhile, only what concerns them or the view is news."""
        self.in_view |= {thing.id for thing in things}
        waiting, self.waiting, self.begun = self.waiting, {}, True
        self.news.clear()
        for id_, (seq, thing) in waiting.items():
            if thing is None:
                self.end(seq, id_)
            else:
                self.tell(seq, thing)

    def take(self) -> tuple[list[Thing], list[str]]:
        """What waits, and what is gone; neither waits any longer."""
        things = [thing for _, thing in self.waiting.values() if thing]
        gone = [id_ for id_, (_, thing) in self.waiting.items() if thing is None]
        self.waiting.clear()
        self.news.clear()
        return things, gone


class Live:
    """Watchers of the map, fed by one reader of the change feed; ``run`` must be running."""

    def __init__(self, pool: Pool, feed: Feed) -> None:
        self._pool = pool
        self._feed = feed
        self._watchers: set[Watcher] = set()

    async def run(self) -> None:
        """Pass on what is committed until cancelled."""
        seq: int | None = None
        while True:
            try:
                # After an outage it goes on where it was, so that open maps miss nothing.
                seq = await self._feed.last() if seq is None else seq
                async for changes in self._feed.follow(seq):
                    await self._spread(changes)
                    seq = changes[-1].seq
                    await asyncio.sleep(_GATHER)
            except UcityError as error:
                log.warning("live map waits", why=error.detail)
                await asyncio.sleep(0.5)

    async def _spread(self, changes: list[Change]) -> None:
        if not self._watchers:
            return
        edited: dict[str, int] = {}
        for change in changes:
            if change.readings is None or change.current is None:
                edited |= dict.fromkeys(change.entities, change.seq)
                continue
            for thing in things_of(change.readings, change.current):
                for watcher in self._watchers:
                    watcher.tell(change.seq, thing)
        # How these are now is newer than whatever readings said of them.
        await self._spread_edited(edited)

    async def _spread_edited(self, edited: Mapping[str, int]) -> None:
        """Of documents that were edited, how they are now. ``edited``: by id, where they last were in the feed."""
        ids = list(edited)
        for start in range(0, len(ids), _TOGETHER):
            some, tenants = ids[start : start + _TOGETHER], {each.predicate.tenant for each in self._watchers}
            async with session(self._pool) as connection:
                rows = await connection.fetch(_EDITED, some, list(tenants))
            for row in rows:
                for watcher in self._watchers:
                    if row["tenant"] == watcher.predicate.tenant:
                        _tell_edited(watcher, edited[row["id"]], row)

    def watch(self, box: Box, types: frozenset[str], predicate: Predicate) -> AsyncGenerator[bytes]:
        """Server-sent events: ``snapshot`` with what is in view, then ``change`` with what is new there, and gone.

        ``types``: short entity types to show. They end when the asker's credential does.
        """
        readable = frozenset(kind for kind in types if _may_be_placed(predicate, kind))
        watcher = Watcher(box, readable, predicate)
        return self._events(watcher)

    async def _events(self, watcher: Watcher) -> AsyncGenerator[bytes]:
        self._watchers.add(watcher)
        try:
            things = await self._in_view(watcher)
            watcher.begin(things)
            yield event("snapshot", {"things": things, "complete": len(things) < MOST_THINGS})
            while not watcher.predicate.has_ended(datetime.now(UTC)):
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await watcher.news.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                things, gone = watcher.take()
                if things or gone:
                    yield event("change", {"things": things} | ({"gone": gone} if gone else {}))
                    await asyncio.sleep(PAUSE)
        finally:
            self._watchers.discard(watcher)

    async def _in_view(self, watcher: Watcher) -> list[Thing]:
        box = watcher.box
        async with session(self._pool) as connection, connection.transaction(isolation="repeatable_read"):
            watcher.since = await connection.fetchval("SELECT coalesce(max(seq), 0) FROM change")
            rows = await connection.fetch(
                _IN_VIEW,
                watcher.predicate.tenant,
                [type_iri(kind) for kind in sorted(watcher.types)],
                *(box.west, box.east, box.south, box.north),
                MOST_THINGS,
            )
        return [_thing(row, watcher) for row in rows]


def _may_be_placed(predicate: Predicate, kind: str) -> bool:
    allowed = predicate.attributes([type_iri(kind)])
    return allowed is None or LOCATION in allowed


_IN_VIEW = """
SELECT id, types, lon, lat, attrs FROM entity
WHERE tenant = $1 AND types && $2 AND deleted_at IS NULL
AND lon BETWEEN $3 AND $4 AND lat BETWEEN $5 AND $6 ORDER BY id LIMIT $7
"""
_EDITED = "SELECT id, tenant, types, lon, lat, attrs, deleted_at FROM entity WHERE id = ANY($1) AND tenant = ANY($2)"
_TOGETHER = 1_000
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def _tell_edited(watcher: Watcher, seq: int, row: asyncpg.Record) -> None:
    is_shown = not watcher.types.isdisjoint(short(each) for each in row["types"])
    if row["deleted_at"] or row["lon"] is None or not is_shown:
        watcher.end(seq, row["id"])
    else:
        watcher.tell(seq, _thing(row, watcher))


def _thing(row: asyncpg.Record, watcher: Watcher) -> Thing:
    kind = next(short(each) for each in row["types"] if short(each) in watcher.types)
    values = {
        short(name): [attribute["value"], attribute.get("observedAt")]
        for name, attribute in _decode(row["attrs"]).items()
        if isinstance(attribute, dict) and attribute.get("type") == "Property" and "value" in attribute
    }
    return Thing(row["id"], kind, row["lon"], row["lat"], values).without(watcher.predicate.attributes(row["types"]))


def things_of(readings: Readings, current: pl.Series) -> list[Thing]:
    """What readings that changed current state say of each thing, with the newest value of each measure."""
    stream = readings.stream
    names = [*stream.by_key, *stream.labels]
    rows = readings.frame.filter(current).sort("observed_at", maintain_order=True).iter_rows(named=True)
    found: dict[str, Thing] = {}
    for row in rows:
        id_ = stream.entity_id(row["subject"])
        before = found[id_].values if id_ in found else {}
        found[id_] = Thing(id_, stream.entity_type, row["lon"], row["lat"], {**before, **_values(row, names)})
    return list(found.values())


def _values(row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    time: datetime = row["observed_at"]
    stamp = rfc3339(time)
    return {name: [row[name], stamp] for name in names if row[name] is not None}


def event(name: str, data: Any) -> bytes:
    """One server-sent event with a JSON body."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
