"""Rows of ``entity`` and ``observation``, read and written in whole batches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import polars as pl

from ucity.blueprint import Readings, Stream
from ucity.blueprint.frames import TIME
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri
from ucity.cloud.ioc.store import columns, documents
from ucity.cloud.ioc.store.alterations import Alteration, alteration
from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.database import Connection, Pool, session
from ucity.cloud.ioc.store.query.spatial import Box, extent

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class EntityRows:
    """Entities locked by a commit, by id, with their documents as they stand within it.

    ``changed``: keys of those that have to be written. ``edited``: keys of those that were ever changed otherwise than
    by readings.
    """

    def __init__(self, tenant: str, records: Iterable[asyncpg.Record]) -> None:
        self._tenant = tenant
        self._by_id: dict[str, asyncpg.Record] = {}
        self._by_key: dict[int, asyncpg.Record] = {}
        self._attrs: dict[int, dict[str, Any]] = {}
        self._places: dict[int, tuple[float | None, float | None, str | None]] = {}
        self._extents: dict[int, Box | None] = {}
        self._types: dict[int, list[str]] = {}
        self.changed: set[int] = set()
        self.edited: set[int] = set()
        self.add(records)

    def add(self, records: Iterable[asyncpg.Record]) -> None:
        """Take in more entities."""
        for record in records:
            self._by_id[record["id"]] = record
            self._by_key[record["key"]] = record
            self._attrs[record["key"]] = _decode(record["attrs"])
            self._places[record["key"]] = (record["lon"], record["lat"], record["district"])
            if record["edited"]:
                self.edited.add(record["key"])

    def key(self, id_: str) -> int:
        """The entity's key."""
        return int(self._by_id[id_]["key"])

    def attrs(self, key: int) -> dict[str, Any]:
        """The entity's attributes as they stand within this commit."""
        return self._attrs[key]

    def put(self, key: int, attrs: dict[str, Any]) -> None:
        """Replace the entity's attributes."""
        self._attrs[key] = attrs
        self.changed.add(key)

    def document(self, id_: str) -> Document | None:
        """The entity as a document; None when there is none, or when it was deleted."""
        record = self._by_id.get(id_)
        if record is None or record["deleted_at"] is not None:
            return None
        return document_of(record, self._tenant, self._attrs[record["key"]])

    def types_changed(self) -> list[list[str]]:
        """The types of each of the entities that changed."""
        return [self._types.get(key, self._by_key[key]["types"]) for key in self.changed]

    def alterations(self, now: datetime) -> list[Alteration | None]:
        """What readings made of the entities that changed."""
        return [self._alteration(self._by_key[key], now) for key in sorted(self.changed)]

    def _alteration(self, record: asyncpg.Record, now: datetime) -> Alteration | None:
        after = document_of(record, self._tenant, self._attrs[record["key"]])
        was_there = not record["made"] and record["deleted_at"] is None
        before = document_of(record, self._tenant) if was_there else None
        return alteration(before, replace(after, types=self._types.get(record["key"], after.types)), now)

    def latest(self, numbers: Mapping[str, int], names: Sequence[str]) -> pl.DataFrame:
        """Columns entity, attr, latest: when each of the named attributes was last observed; unknown ones left out."""
        found = [
            (key, numbers[name], observed)
            for key, attrs in self._attrs.items()
            for name in names
            if name in attrs and (observed := documents.observed_at(attrs[name]))
        ]
        return pl.DataFrame(found, schema={"entity": pl.Int64, "attr": pl.Int32, "latest": TIME}, orient="row")

    async def add_types(self, connection: Connection, types: Mapping[str, list[str]]) -> None:
        """Give these entities (id to types) the types that they lack: somebody may have made them with others."""
        lacking = {id_: each for id_, each in types.items() if not set(each) <= set(self._by_id[id_]["types"])}
        if not lacking:
            return
        self._types |= {self.key(id_): _united(self._by_id[id_]["types"], each) for id_, each in lacking.items()}
        await connection.executemany(
            "UPDATE entity SET types = $2::text[] WHERE key = $1",
            [(self.key(id_), self._types[self.key(id_)]) for id_ in lacking],
        )

    def placed(self, readings: Readings) -> pl.DataFrame:
        """The readings' frame, with the place of a thing that stays filled in where a reading does not give it."""
        stream, frame = readings.stream, readings.frame
        if stream.moves or not frame.select(pl.col("lon").is_null().any()).item():
            return frame
        keys = {subject: self.key(stream.entity_id(subject)) for subject in frame["subject"].unique().to_list()}
        return frame.with_columns(
            pl.coalesce(
                axis,
                pl.col("subject").replace_strict(
                    {subject: self._places[key][n] for subject, key in keys.items()}, return_dtype=pl.Float64
                ),
            )
            for n, axis in enumerate(("lon", "lat"))
        )

    def descriptions(self, readings: Readings, latest: pl.DataFrame) -> dict[int, dict[str, dict[str, Any]]]:
        """Labels, and the place of a thing that stays, where the newest reading of each differs from the document.

        ``latest``: see ``latest``; what a late reading says of the thing is out of date.
        """
        stream = readings.stream
        places = () if stream.moves else ("lon", "lat")
        if not stream.labels and not places:
            return {}
        known = dict(latest.group_by("entity").agg(pl.col("latest").max()).iter_rows())
        keys = {subject: self.key(stream.entity_id(subject)) for subject in readings.frame["subject"].unique()}
        since = pl.col("subject").replace_strict(
            {each: known.get(key) for each, key in keys.items()}, return_dtype=TIME
        )
        timely = readings.frame.filter(since.is_null() | (pl.col("observed_at") >= since))
        newest = timely.sort("observed_at", maintain_order=True).group_by("subject", maintain_order=True)
        said = newest.agg(pl.col(*stream.labels, *places).drop_nulls().last())
        return {
            keys[row["subject"]]: differing
            for row in said.iter_rows(named=True)
            if (differing := _differing(self._attrs[keys[row["subject"]]], stream, row))
        }

    def settle(self, keys: Sequence[int], locate: Callable[..., list[str | None]]) -> None:
        """Take place and district of these entities anew from their documents."""
        points = [documents.point_of(self._attrs[key]) for key in keys]
        districts = locate([lon for lon, _ in points], [lat for _, lat in points]) if points else []
        for key, (lon, lat), district in zip(keys, points, districts, strict=True):
            self._places[key] = (lon, lat, district)
            self._extents[key] = _extent(self._attrs[key].get(LOCATION))

    def written(self, keys: Iterable[int]) -> list[tuple[Any, ...]]:
        """(key, attrs, lon, lat, district, settled, west, south, east, north) of these entities, for storing."""
        return [
            (
                key,
                _encode(self._attrs[key]).decode(),
                *self._places[key],
                key in self._extents,
                *(self._extents.get(key) or _NOWHERE),
            )
            for key in sorted(keys)
        ]

    async def replace(
        self,
        connection: Connection,
        after: Mapping[str, Document | None],
        locate: Callable[..., list[str | None]],
        now: datetime,
    ) -> None:
        """Store edited documents: make, change or delete their entities."""
        gone = [self.key(id_) for id_, doc in after.items() if doc is None]
        if gone:
            await connection.execute(_DELETE, gone, now)
        kept = {self.key(id_): doc for id_, doc in after.items() if doc is not None}
        for key, doc in kept.items():
            self.put(key, doc.attrs)
        self.settle(list(kept), locate)
        if kept:
            await connection.execute(_REPLACE, *self._replaced(kept), now)
        await self._drop_reservations(connection, set(kept))

    def _replaced(self, kept: Mapping[int, Document]) -> list[tuple[Any, ...]]:
        """Columns for ``_REPLACE``: those of ``written``, and with them types and expiry."""
        rows = self.written(kept)
        # Types travel as JSON, since PostgreSQL has no arrays of arrays of unequal length.
        types = [_encode(kept[row[0]].types).decode() for row in rows]
        # Few hold the word at all, and a text is sooner looked through than a document.
        expiries = [documents.expiry_of(kept[row[0]].attrs) if "expiresAt" in row[1] else None for row in rows]
        return [*zip(*rows, strict=True), tuple(types), tuple(expiries)]

    async def _drop_reservations(self, connection: Connection, kept: set[int]) -> None:
        unused = [key for key, record in self._by_key.items() if record["made"] and key not in kept]
        if unused:
            await connection.execute("DELETE FROM entity WHERE key = ANY($1)", unused)


def _united(types: Sequence[str], more: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*types, *more]))


_NOWHERE = (None, None, None, None)


def _extent(location: Any) -> Box | None:
    """The box around a location; for the usual single point without the detour by a shape."""
    value = location.get("value") if isinstance(location, dict) else None
    if isinstance(value, dict) and value.get("type") == "Point":
        lon, lat = value["coordinates"][:2]
        return lon, lat, lon, lat
    return extent(location)


def _differing(attrs: Mapping[str, Any], stream: Stream, said: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a reading says of the thing itself, as attributes, as far as the document says otherwise."""
    new = {attribute_iri(name): {"type": "Property", "value": said[name]} for name in stream.labels if said[name]}
    if not stream.moves and said["lon"] is not None:
        new[LOCATION] = documents.place(said["lon"], said["lat"])
    return {name: value for name, value in new.items() if _value_of(attrs.get(name)) != value["value"]}


def _value_of(attribute: Any) -> Any:
    return attribute.get("value") if isinstance(attribute, dict) else None


def document_of(record: asyncpg.Record, tenant: str, attrs: dict[str, Any] | None = None) -> Document:
    """A row of ``entity`` as a document."""
    return Document(
        id=record["id"],
        types=list(record["types"]),
        attrs=_decode(record["attrs"]) if attrs is None else attrs,
        tenant=tenant,
        created_at=record["created_at"],
        modified_at=record["modified_at"],
    )


_INSERT = """
INSERT INTO entity (tenant, id, types, attrs, created_at, modified_at, deleted_at)
SELECT $1, id, ARRAY(SELECT jsonb_array_elements_text(types)), '{}', $4, $4, $5
FROM unnest($2::text[], $3::jsonb[]) AS new(id, types) ORDER BY id
ON CONFLICT (tenant, id) DO UPDATE SET tenant = EXCLUDED.tenant
RETURNING key, id, types, attrs, lon, lat, district, created_at, modified_at, deleted_at, edited,
    xmax = 0 AS made
"""
_LOCK = """
SELECT key, id, types, attrs, lon, lat, district, created_at, modified_at, deleted_at, edited,
    false AS made
FROM entity WHERE tenant = $1 AND id = ANY($2) ORDER BY id FOR UPDATE
"""


_DELETE = """
UPDATE entity SET deleted_at = $2, modified_at = $2, expires_at = NULL, edited = true WHERE key = ANY($1)
"""
_REPLACE = """
UPDATE entity SET attrs = new.attrs, lon = new.lon, lat = new.lat, district = new.district,
    extent = box(point(west, south), point(east, north)), expires_at = new.expires_at,
    types = ARRAY(SELECT jsonb_array_elements_text(new.types)), modified_at = $13,
    created_at = CASE WHEN deleted_at IS NULL THEN created_at ELSE $13 END, deleted_at = NULL, edited = true
FROM unnest($1::bigint[], $2::jsonb[], $3::float8[], $4::float8[], $5::text[], $6::boolean[], $7::float8[],
    $8::float8[], $9::float8[], $10::float8[], $11::jsonb[], $12::timestamptz[])
    AS new(key, attrs, lon, lat, district, settled, west, south, east, north, types, expires_at)
WHERE entity.key = new.key
"""


async def lock_entities(
    connection: Connection, tenant: str, entities: Mapping[str, list[str]], now: datetime, *, reserve: bool = False
) -> EntityRows:
    """Lock these entities (id to types) in order of id until the transaction ends, making the missing ones.

    ``reserve``: those that are made are not there yet, as if deleted; ``replace`` makes them real or takes them away.
    Without a row of its own, an id that two transactions find free would be given out twice.
    """
    records = await connection.fetch(_LOCK, tenant, list(entities))
    rows = EntityRows(tenant, records)
    found = {record["id"] for record in records}
    if missing := {id_: types for id_, types in entities.items() if id_ not in found}:
        # Types travel as JSON, since PostgreSQL has no arrays of arrays of unequal length.
        types = [_encode(each).decode() for each in missing.values()]
        rows.add(await connection.fetch(_INSERT, tenant, list(missing), types, now, now if reserve else None))
    return rows


async def write_entities(connection: Connection, rows: EntityRows, keys: set[int], now: datetime) -> None:
    """Store the documents of these entities. One that was deleted is there again once a reading of it arrives."""
    if not keys:
        return
    written = list(zip(*rows.written(keys), strict=True))
    await connection.execute(
        "UPDATE entity SET attrs = new.attrs, lon = new.lon, lat = new.lat, district = new.district,"
        " extent = CASE WHEN settled THEN box(point(west, south), point(east, north)) ELSE extent END,"
        " modified_at = $11, deleted_at = NULL"
        " FROM unnest($1::bigint[], $2::jsonb[], $3::float8[], $4::float8[], $5::text[], $6::boolean[], $7::float8[],"
        " $8::float8[], $9::float8[], $10::float8[])"
        " AS new(key, attrs, lon, lat, district, settled, west, south, east, north) WHERE entity.key = new.key",
        *written,
        now,
    )


async def attribute_numbers(pool: Pool, names: set[str]) -> dict[str, int]:
    """Numbers of these expanded attribute names, given out where they are new."""
    async with session(pool) as connection:
        ordered = sorted(names)
        await connection.execute(
            "INSERT INTO attribute (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", ordered
        )
        rows = await connection.fetch("SELECT name, id FROM attribute WHERE name = ANY($1)", ordered)
    return {row["name"]: row["id"] for row in rows}


async def stored_versions(connection: Connection, values: pl.DataFrame) -> pl.DataFrame:
    """Newest stored version of each of these values, with the columns KEY, WORTH and recorded_at; those not stored are
    left out."""
    keys = values.select(columns.KEY).unique()
    rows = await connection.fetch(
        "SELECT asked.*, found.* FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::bigint[])"
        " AS asked(entity, attr, observed_at, instance) CROSS JOIN LATERAL (SELECT number, text, lon, lat, recorded_at"
        " FROM observation AS o WHERE o.entity = asked.entity AND o.attr = asked.attr"
        " AND o.observed_at = asked.observed_at AND o.instance = asked.instance"
        " ORDER BY recorded_at DESC LIMIT 1) AS found",
        *(keys[name].to_list() for name in columns.KEY),
    )
    schema = {name: kind for name, kind in columns.LONG.items() if name != "row"} | {"recorded_at": TIME}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
