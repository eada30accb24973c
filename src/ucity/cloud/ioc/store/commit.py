"""The one write path: everything that the city learns is stored here, each time in one PostgreSQL transaction.

One commit holds the current state, the history, the change feed, the rule's events and records, the quarantine, and how
far the log or the rule has come. After a crash either all of it is there or none, so nothing acknowledged is lost or
counted twice.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl

from ucity.blueprint import Readings
from ucity.cloud.ioc.policy.names import LOCATION, short, type_iri
from ucity.cloud.ioc.store import columns, documents, identities
from ucity.cloud.ioc.store.alterations import Alteration, alteration, wanted, watched
from ucity.cloud.ioc.store.batch import Batch, Committed, Document, Edit, Position
from ucity.cloud.ioc.store.copy import copy_history
from ucity.cloud.ioc.store.database import Connection, Pool, transaction
from ucity.cloud.ioc.store.feed import News, publish
from ucity.cloud.ioc.store.history import append_observed
from ucity.cloud.ioc.store.partitions import Partitions, month_of
from ucity.cloud.ioc.store.positions import position_of
from ucity.cloud.ioc.store.records import store_rows
from ucity.cloud.ioc.store.rows import EntityRows, attribute_numbers, lock_entities, stored_versions, write_entities
from ucity.cloud.ioc.store.rush import Rush
from ucity.errors import Conflict

_REJECT = """
INSERT INTO quarantine AS q
(received_at, last_received_at, times, door, sender, stream, payload, reason, field, detail)
SELECT min(received_at), max(received_at), count(*), min(door), sender, stream, payload, reason, field, min(detail)
FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[])
WITH ORDINALITY AS new (received_at, door, sender, stream, payload, reason, field, detail, place)
GROUP BY sender, stream, payload, reason, field ORDER BY min(place)
ON CONFLICT (sha256(payload), sender, stream, reason, coalesce(field, '')) WHERE state = 'waiting'
DO UPDATE SET times = q.times + excluded.times, last_received_at = excluded.last_received_at
"""
"""A sender that got no answer sends again: what waits already is counted, not kept twice."""
_WORTH = ("entity", "attr", "observed_at", "number", "text", "lon", "lat")
_LONGEST_REMARK = 500
_MOST_NAMES = 50_000
Locate = Callable[[Sequence[float | None], Sequence[float | None]], list[str | None]]
"""Longitudes and latitudes to the name of the district that holds each point, or None."""


class StalePosition(Conflict):
    """Another process has taken in this part of the log already; read on from where the log stands now."""


@dataclass(frozen=True)
class _Work:
    """One commit under way. ``numbers``: those of the attributes that its readings carry. ``altered``: what became of
    documents that somebody subscribes to."""

    connection: Connection
    now: datetime
    numbers: dict[str, int]
    done: Committed
    altered: list[Alteration] = field(default_factory=list)


class Committer:
    """Commits batches. ``locate`` finds districts; numbers of attributes are remembered, since they never change.
    ``rush``: see there; of all who commit through this one."""

    def __init__(self, pool: Pool, locate: Locate, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._pool = pool
        self._locate = locate
        self._clock = clock
        self._partitions = Partitions(pool)
        self.rush = Rush()
        self._attributes: dict[str, int] = {}
        # A commit takes a second connection when it meets a new attribute or month; half of the pool leaves one free.
        self._slots = asyncio.Semaphore(max(1, pool.get_max_size() // 2))

    async def commit(self, batch: Batch) -> Committed:
        """Store all of it, or raise and store nothing. Raises StalePosition, or Unavailable without a database."""
        async with self._slots:
            return await self._commit(batch)

    async def position(self, name: str, incarnation: str = "") -> int:
        """How far a log or a rule was taken in; 0 for one that is new or was made anew."""
        return await position_of(self._pool, name, incarnation)

    @asynccontextmanager
    async def amending(
        self, names: set[str], times: Iterable[datetime]
    ) -> AsyncIterator[tuple[Connection, dict[str, int], datetime]]:
        """A transaction for rows of the history alone, with the numbers of these attributes and the time it is; there
        is room for values of these times, and of now."""
        async with self._slots:
            now = self._clock()
            await self._partitions.ensure({month_of(now), *map(month_of, times)})
            numbers = await self._number(names)
            async with transaction(self._pool) as connection:
                yield connection, numbers, now

    async def _commit(self, batch: Batch) -> Committed:
        numbers = await self._prepare(batch)
        async with transaction(self._pool) as connection:
            work = _Work(connection, batch.at or self._clock(), numbers, Committed())
            if batch.position:
                await move(connection, batch.position, work.now)
            changed = await self._store_readings(work, batch.readings)
            edited = await self._store_edits(work, batch.edits)
            await _store_rejected(connection, batch)
            await _store_events(connection, batch, work.now)
            await store_rows(connection, batch.records, work.now)
            await publish(connection, changed, edited, work.altered, work.now)
        return work.done

    async def _prepare(self, batch: Batch) -> dict[str, int]:
        """What must exist before: attribute numbers, which are returned, and partitions. Harmless when the commit then
        fails."""
        months = {month_of(batch.at or self._clock())} if batch.edits else set()
        for readings in batch.readings:
            times = readings.frame["observed_at"].dt.truncate("1mo").unique().to_list()
            months |= {month_of(time) for time in times}
        await self._partitions.ensure(months)
        return await self._number({name for readings in batch.readings for name in columns.attributes_of(readings)})

    async def _number(self, names: set[str]) -> dict[str, int]:
        """Numbers of these attributes. Not all there are can be remembered: clients make up names of their own."""
        found = {name: self._attributes[name] for name in names & self._attributes.keys()}
        if missing := names - found.keys():
            found |= await attribute_numbers(self._pool, missing)
            self._attributes = found if len(self._attributes) > _MOST_NAMES else self._attributes | found
        return found

    async def _store_readings(self, work: _Work, batch: tuple[Readings, ...]) -> list[News]:
        """Store what is new. Streams and entities are locked in one order, so that commits do not wait in a circle."""
        some = sorted((each for each in batch if len(each)), key=lambda each: (each.service, each.stream.name))
        placed = [await identities.placed(work.connection, each) for each in some]
        types: dict[str, list[str]] = {}
        for readings, _ in placed:
            kind = type_iri(readings.stream.entity_type)
            types |= {readings.stream.entity_id(subject): [kind] for subject in readings.frame["subject"].unique()}
        if not types:
            return []
        rows = await lock_entities(work.connection, "", types, work.now)
        await rows.add_types(work.connection, types)
        news = [await self._store_stream(work, rows, *each) for each in placed]
        await write_entities(work.connection, rows, rows.changed, work.now)
        if names := await watched(work.connection, "", {each for some in rows.types_changed() for each in some}):
            work.altered.extend(wanted(rows.alterations(work.now), names))
        return news

    async def _store_stream(self, work: _Work, rows: EntityRows, readings: Readings, withdrawn: int) -> News:
        """Append to the history what is new, and put into the documents what is newest."""
        stream = readings.stream
        entities = {subject: rows.key(stream.entity_id(subject)) for subject in readings.frame["subject"].unique()}
        latest = rows.latest(work.numbers, columns.attributes_of(readings))
        given = columns.long_form(readings, entities, work.numbers, withdrawn)
        fresh, doubtful = columns.split_fresh(columns.versions(given), latest, rows.edited)
        if doubtful.height:
            stored = await stored_versions(work.connection, doubtful)
            fresh = pl.concat([fresh, columns.without_repeats(doubtful, stored)])
        work.done.values += fresh.height
        work.done.repeats += given.height - fresh.height
        await copy_history(work.connection, columns.recorded(fresh, work.now))
        newest = columns.newest(fresh)
        self._update(work, rows, readings, newest, latest)
        return News(readings.service, stream, columns.news(rows.placed(readings), fresh, newest))

    def _update(
        self, work: _Work, rows: EntityRows, readings: Readings, newest: pl.DataFrame, latest: pl.DataFrame
    ) -> None:
        """Put the newest values, and what describes the things, into the documents."""
        measures = readings.stream.by_key
        names = {work.numbers[name]: (name, measures.get(short(name))) for name in columns.attributes_of(readings)}
        changes: dict[int, dict[str, dict[str, Any]]] = {}
        for key, attr, at, number, text, lon, lat in newest.select(_WORTH).iter_rows():
            name, measure = names[attr]
            value = text if number is None else number
            said = documents.property_of(measure, value, at) if measure else documents.place(lon, lat, at)
            changes.setdefault(key, {})[name] = said
        for key, described in rows.descriptions(readings, latest).items():
            changes.setdefault(key, {}).update(described)
        stamp = documents.rfc3339(work.now)
        for key, attributes in changes.items():
            rows.put(key, documents.merged(rows.attrs(key), attributes, stamp))
        rows.settle([key for key, attributes in changes.items() if LOCATION in attributes], self._locate)

    async def _store_edits(self, work: _Work, edits: tuple[Edit, ...]) -> list[str]:
        """Apply the edits in order, each on what the one before left; returns the ids that changed."""
        changed: list[str] = []
        for tenant in sorted({edit.tenant for edit in edits}):
            mine = [edit for edit in edits if edit.tenant == tenant]
            rows = await lock_entities(work.connection, tenant, {edit.id: [] for edit in mine}, work.now, reserve=True)
            before = {edit.id: rows.document(edit.id) for edit in mine}
            after = dict(before)
            for edit in mine:
                after[edit.id] = edit.apply(after[edit.id])
            different = {id_: after[id_] for id_ in after if after[id_] is not before[id_]}
            await rows.replace(work.connection, different, self._locate, work.now)
            await self._store_history(work, rows, before, different)
            await _note(work, tenant, before, different)
            changed += sorted(different)
        return changed

    async def _store_history(
        self, work: _Work, rows: EntityRows, before: dict[str, Document | None], after: dict[str, Document | None]
    ) -> None:
        found = [(id_, row) for id_, doc in after.items() for row in documents.history_of(before[id_], doc, work.now)]
        if not found:
            return
        numbers = await self._number({row.name for _, row in found})
        await self._partitions.ensure({month_of(row.observed_at) for _, row in found})
        await append_observed(
            work.connection, [(rows.key(id_), numbers[row.name], row) for id_, row in found], work.now
        )


async def _note(
    work: _Work, tenant: str, before: dict[str, Document | None], after: dict[str, Document | None]
) -> None:
    """Write down what became of documents that somebody subscribes to."""
    types = {each for id_ in after for doc in (before[id_], after[id_]) if doc for each in doc.types}
    if names := await watched(work.connection, tenant, types):
        found = (alteration(before[id_], _of(doc, tenant), work.now) for id_, doc in sorted(after.items()))
        work.altered.extend(wanted(found, names))


def _of(doc: Document | None, tenant: str) -> Document | None:
    return doc and replace(doc, tenant=tenant)


async def move(connection: Connection, position: Position, now: datetime) -> None:
    """Move a log's place, and hold its row so that no other process works on the same log."""
    await connection.execute(
        "INSERT INTO log_position (name, incarnation, seq, updated_at) VALUES ($1, $2, 0, $3) ON CONFLICT DO NOTHING",
        position.name,
        position.incarnation,
        now,
    )
    stored = await connection.fetchrow(
        "SELECT incarnation, seq FROM log_position WHERE name = $1 FOR UPDATE", position.name
    )
    stands_at = stored["seq"] if stored and stored["incarnation"] == position.incarnation else 0
    if stands_at != position.after:
        raise StalePosition(f"{position.name} stands at {stands_at}, not at {position.after}")
    await connection.execute(
        "UPDATE log_position SET incarnation = $2, seq = $3, updated_at = $4 WHERE name = $1",
        position.name,
        position.incarnation,
        position.seq,
        now,
    )


async def _store_rejected(connection: Connection, batch: Batch) -> None:
    names = ("received_at", "door", "sender", "stream", "payload", "reason", "field", "detail")
    if batch.rejected:
        columns = [[_storable(getattr(each, name)) for each in batch.rejected] for name in names]
        await connection.execute(_REJECT, *columns)


def _storable(value: Any) -> Any:
    """Texts come from outside, and what is wrong with them must not keep them out of the quarantine too."""
    if not isinstance(value, str):
        return value
    return value.encode(errors="replace").decode().replace("\0", "\ufffd")[:_LONGEST_REMARK]


async def _store_events(connection: Connection, batch: Batch, now: datetime) -> None:
    if not batch.events:
        return
    await connection.executemany(
        "INSERT INTO event (rule, key, kind, at, subject, data, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT DO NOTHING",
        [
            (batch.rule, event.key, event.kind, event.at, event.subject, msgspec.json.encode(event.data).decode(), now)
            for event in batch.events
        ],
    )
