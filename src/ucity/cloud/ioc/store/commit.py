"""The one write path: everything that the city learns is stored here, each time in one PostgreSQL transaction.

One commit holds the current state, the history, the change feed, the rule's events, the quarantine, and how far the log
or the rule has come. After a crash either all of it is there or none, so nothing acknowledged is lost or counted twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl

from ucity.blueprint import Readings
from ucity.cloud.ioc.policy.names import LOCATION, short, type_iri
from ucity.cloud.ioc.store import columns, documents, identities
from ucity.cloud.ioc.store.batch import Batch, Committed, Document, Edit, Position
from ucity.cloud.ioc.store.copy import copy_history
from ucity.cloud.ioc.store.database import Connection, Pool, session, transaction
from ucity.cloud.ioc.store.feed import News, publish
from ucity.cloud.ioc.store.partitions import Partitions, month_of
from ucity.cloud.ioc.store.rows import EntityRows, attribute_numbers, lock_entities, stored_versions, write_entities
from ucity.errors import Conflict

_LONGEST_REMARK = 500
Locate = Callable[[Sequence[float | None], Sequence[float | None]], list[str | None]]
"""Longitudes and latitudes to the name of the district that holds each point, or None."""


class StalePosition(Conflict):
    """Another process has taken in this part of the log already; read on from where the log stands now."""


class Committer:
    """Commits batches. ``locate`` finds districts; ``attributes`` are cached since they only grow."""

    def __init__(self, pool: Pool, locate: Locate, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._pool = pool
        self._locate = locate
        self._clock = clock
        self._partitions = Partitions(pool)
        self._attributes: dict[str, int] = {}
        # A commit takes a second connection when it meets a new attribute or month; half of the pool leaves one free.
        self._slots = asyncio.Semaphore(max(1, pool.get_max_size() // 2))

    async def commit(self, batch: Batch) -> Committed:
        """Store all of it, or raise and store nothing. Raises StalePosition, or Unavailable without a database."""
        async with self._slots:
            return await self._commit(batch)

    async def position(self, name: str, incarnation: str = "") -> int:
        """How far a log or a rule was taken in; 0 for one that is new or was made anew."""
        async with session(self._pool) as connection:
            row = await connection.fetchrow("SELECT incarnation, seq FROM log_position WHERE name = $1", name)
        return int(row["seq"]) if row and row["incarnation"] == incarnation else 0

    async def _commit(self, batch: Batch) -> Committed:
        await self._prepare(batch)
        async with transaction(self._pool) as connection:
            now = self._clock()
            done = Committed()
            if batch.position:
                await _move(connection, batch.position, now)
            changed = [await self._store_readings(connection, each, now, done) for each in batch.readings if len(each)]
            edited = await self._store_edits(connection, batch.edits, now, done)
            await _store_rejected(connection, batch)
            await _store_events(connection, batch, now)
            await publish(connection, changed, edited, now)
        return done

    async def _prepare(self, batch: Batch) -> None:
        """What must exist before: attribute numbers and partitions. Harmless when the commit then fails."""
        names = {name for readings in batch.readings for name in columns.attributes_of(readings)}
        await self._number(names)
        months = {month_of(self._clock())} if batch.edits else set()
        for readings in batch.readings:
            times = readings.frame["observed_at"].dt.truncate("1mo").unique().to_list()
            months |= {month_of(time) for time in times}
        await self._partitions.ensure(months)

    async def _number(self, names: set[str]) -> None:
        if missing := names - self._attributes.keys():
            self._attributes |= await attribute_numbers(self._pool, missing)

    async def _store_readings(self, connection: Connection, readings: Readings, now: datetime, done: Committed) -> News:
        """Store what is new; returns those readings of which any value was new."""
        if readings.stream.identity:
            readings = await identities.first_seen(connection, readings)
        stream = readings.stream
        subjects = readings.frame["subject"].unique().sort().to_list()
        rows = await lock_entities(
            connection, "", {stream.entity_id(subject): [type_iri(stream.entity_type)] for subject in subjects}, now
        )
        entities = {subject: rows.key(stream.entity_id(subject)) for subject in subjects}
        given = columns.long_form(readings, entities, self._attributes)
        values = columns.versions(given)
        fresh, doubtful = columns.split_fresh(values, rows.latest(self._attributes, columns.attributes_of(readings)))
        if doubtful.height:
            stored = await stored_versions(connection, doubtful)
            fresh = pl.concat([fresh, columns.without_repeats(doubtful, stored)])
        done.values += fresh.height
        done.repeats += given.height - fresh.height
        await copy_history(connection, _recorded(fresh, now))
        newest = columns.newest(fresh)
        touched = self._update(rows, readings, newest, now)
        await write_entities(connection, rows, touched, now)
        return News(readings.service, stream, columns.news(rows.placed(readings), fresh, newest))

    def _update(self, rows: EntityRows, readings: Readings, newest: pl.DataFrame, now: datetime) -> set[int]:
        """Put the newest values into the documents; returns the keys of the entities that changed."""
        stamp = documents.rfc3339(now)
        names = {number: name for name, number in self._attributes.items()}
        changes: dict[int, dict[str, dict[str, Any]]] = {}
        for row in newest.iter_rows(named=True):
            name = names[row["attr"]]
            changes.setdefault(row["entity"], {})[name] = _attribute(readings, name, row)
        for key, described in rows.descriptions(readings).items():
            changes.setdefault(key, {}).update(described)
        for key, attributes in changes.items():
            rows.put(key, documents.merged(rows.attrs(key), attributes, stamp))
        moved = [key for key, attributes in changes.items() if LOCATION in attributes]
        rows.settle(moved, self._locate)
        return set(changes)

    async def _store_edits(
        self, connection: Connection, edits: tuple[Edit, ...], now: datetime, done: Committed
    ) -> list[str]:
        """Apply the edits in order, each on what the one before left; returns the ids that changed."""
        changed: list[str] = []
        for tenant in sorted({edit.tenant for edit in edits}):
            mine = [edit for edit in edits if edit.tenant == tenant]
            rows = await lock_entities(connection, tenant, {edit.id: [] for edit in mine}, now, reserve=True)
            before = {edit.id: rows.document(edit.id) for edit in mine}
            after = dict(before)
            for edit in mine:
                after[edit.id] = edit.apply(after[edit.id])
                done.documents.append(after[edit.id])
            different = {id_: after[id_] for id_ in after if after[id_] is not before[id_]}
            await rows.replace(connection, different, self._locate, now)
            await self._store_history(connection, rows, before, different, now)
            changed += sorted(different)
        return changed

    async def _store_history(
        self,
        connection: Connection,
        rows: EntityRows,
        before: dict[str, Document | None],
        after: dict[str, Document | None],
        now: datetime,
    ) -> None:
        found = [(id_, row) for id_, doc in after.items() for row in documents.history_of(before[id_], doc, now)]
        if not found:
            return
        await self._number({name for _, (name, _, _) in found})
        await self._partitions.ensure({month_of(observed) for _, (_, observed, _) in found})
        empty = dict.fromkeys(("number", "text", "lon", "lat", "json"))
        records = [
            {
                **empty,
                **worth,
                "entity": rows.key(id_),
                "attr": self._attributes[name],
                "observed_at": observed,
                "instance": 0,
                "version": number,
            }
            for number, (id_, (name, observed, worth)) in enumerate(found)
        ]
        schema = {**columns.LONG, "json": pl.String, "version": pl.UInt32}
        schema.pop("row")
        await copy_history(connection, _recorded(pl.DataFrame(records, schema=schema), now))


def _attribute(readings: Readings, name: str, row: dict[str, Any]) -> dict[str, Any]:
    if name == LOCATION:
        return documents.place(row["lon"], row["lat"], row["observed_at"])
    value = row["number"] if row["number"] is not None else row["text"]
    return documents.property_of(readings.stream.by_key[short(name)], value, row["observed_at"])


def _recorded(rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Each version of the same value gets a recorded time of its own, a microsecond after the one before."""
    json = pl.col("json") if "json" in rows.columns else pl.lit(None, pl.String).alias("json")
    return rows.with_columns(json, recorded_at=pl.lit(now) + pl.duration(microseconds=pl.col("version")))


async def _move(connection: Connection, position: Position, now: datetime) -> None:
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
        await connection.copy_records_to_table(
            "quarantine",
            records=[tuple(_storable(getattr(each, name)) for name in names) for each in batch.rejected],
            columns=names,
        )


def _storable(value: Any) -> Any:
    """Texts come from outside, and what is wrong with them must not keep them out of the quarantine too."""
    if not isinstance(value, str):
        return value
    return value.encode(errors="replace").decode().replace("\0", "\ufffd")[:_LONGEST_REMARK]


async def _store_events(connection: Connection, batch: Batch, now: datetime) -> None:
    await connection.executemany(
        "INSERT INTO event (rule, key, kind, at, subject, data, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT DO NOTHING",
        [
            (batch.rule, event.key, event.kind, event.at, event.subject, msgspec.json.encode(event.data).decode(), now)
            for event in batch.events
        ],
    )
