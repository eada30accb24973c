"""Finding entities by what is so of them, within what the asker may see.

Boxes in the database narrow a geoquery down; how the geometries themselves lie is decided here, and so is the order by
distance. Every search takes a predicate: rows are filtered in SQL, attributes before a document leaves this module.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import msgspec
import numpy as np
import shapely

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION
from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.database import Pool
from ucity.cloud.ioc.store.entities import COLUMNS, visible
from ucity.cloud.ioc.store.fetching import TooSlow, fetch
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.ordering import collation_of, ordering
from ucity.cloud.ioc.store.query.spatial import distances, lie_so, reach, shape_of, shapes_in, shapes_of
from ucity.cloud.ioc.store.query.terms import Order, Path, Place, Selection
from ucity.cloud.ioc.store.sought import SLOW, narrow, narrow_ids, note
from ucity.cloud.ioc.store.tally import counted, page_from, tells

MOST_CANDIDATES = 200_000
"""Geometries that are looked at for one search."""
FAR = 1_000
"""Entities before a page from which on it is looked up where the page begins."""
MOST_IN_REACH = 5_000
"""Entities near a place that are looked at by their keys."""
_SHORT = 20_000
"""Characters of geometries that are looked at in a millisecond: a thread takes about as long to begin."""
# Boxes and types are in one index. PostgreSQL cannot tell how many are in a box: left to itself, it would look up all
# entities of the types besides.
_IN_BOX = """
SELECT key FROM (
    SELECT key, types FROM entity WHERE {} UNION ALL SELECT key, types FROM entity WHERE {} OFFSET 0
) AS here WHERE {} LIMIT {}
"""


@dataclass(frozen=True)
class Page:
    """At most ``limit`` entities, from the one at ``offset`` (0 is the first). ``counted``: tell how many there are."""

    limit: int
    offset: int = 0
    counted: bool = False


@dataclass(frozen=True)
class Found:
    """One page of a search. ``total``: how many there are on all pages, None when nobody asked."""

    documents: list[Document]
    total: int | None = None


@dataclass(frozen=True)
class _Among:
    """Where to look for what is selected: among the entities with these ``keys``, or among all (None)."""

    pool: Pool
    predicate: Predicate
    selection: Selection
    keys: frozenset[int] | None

    def where(self, compiler: Compiler) -> str:
        """The condition on rows of ``entity``."""
        found = compiler.where(self.selection)
        return (
            found
            if self.keys is None
            else f"{found} AND entity.key = ANY({compiler.given(list(self.keys), 'bigint[]')})"
        )


@asynccontextmanager
async def _narrowed(pool: Pool, predicate: Predicate, selection: Selection) -> AsyncIterator[_Among]:
    """Ask the index of values; if it does not know an attribute, and it takes long without, have it taken in.

    Not for those who may read only what is open: what is in the index makes writing dearer, and strangers must not."""
    known, named = await narrow(pool, selection.query), await narrow_ids(pool, predicate, selection)
    keys = _both(known.keys, named.keys)
    if keys is None:
        keys = await _in_reach(pool, predicate, selection)
    missing = known.missing | named.missing
    began = time.perf_counter()
    try:
        yield _Among(pool, predicate, selection, keys)
    finally:
        if missing and predicate.everything and time.perf_counter() - began > SLOW:
            await note(pool, missing)


def _both(some: frozenset[int] | None, others: frozenset[int] | None) -> frozenset[int] | None:
    """What is in both; None stands for all there are."""
    if some is None or others is None:
        return others if some is None else some
    return some & others


async def _in_reach(pool: Pool, predicate: Predicate, selection: Selection) -> frozenset[int] | None:
    """Keys of the entities of the selected types of which the box touches that of the geoquery; None when it has none,
    or they are many."""
    place = selection.place
    box = reach(place) if place is not None and place.attribute == LOCATION else None
    if box is None:
        return None
    compiler = Compiler(predicate)
    of_types = compiler.types(selection, "here")
    sql = _IN_BOX.format(*compiler.touching(box), of_types, compiler.given(MOST_IN_REACH + 1, "bigint"))
    rows = await fetch(pool, sql, *compiler.arguments)
    return frozenset(row["key"] for row in rows) if len(rows) <= MOST_IN_REACH else None


async def search(pool: Pool, predicate: Predicate, selection: Selection, page: Page) -> Found:
    """One page of the selected entities, in the order asked for, or else in which they came into being.

    Raises TooSlow, BadPattern, BadCollation.
    """
    collation = await collation_of(pool, selection.collation) if selection.order or selection.collation else None
    async with _narrowed(pool, predicate, selection) as among:
        if selection.place is not None or any(each.origin is not None for each in selection.order):
            return await _exact(among, collation, page)
        total = await _count(among) if page.counted else None
        return Found(await _page(among, collation, page) if page.limit else [], total)


async def _page(among: _Among, collation: str | None, page: Page) -> list[Document]:
    compiler, selection = Compiler(among.predicate), among.selection
    if page.offset >= FAR and not selection.order and tells(selection):
        sql = page_from(compiler, selection, COLUMNS, page.limit, page.offset)
    else:
        sql = _from_the_first(among, compiler, collation, page)
    return [visible(row, among.predicate) for row in await fetch(among.pool, sql, *compiler.arguments)]


def _from_the_first(among: _Among, compiler: Compiler, collation: str | None, page: Page) -> str:
    joins, sorts = _ordered(compiler, among.selection.order, collation)
    return (
        f"SELECT {COLUMNS} FROM entity{joins} WHERE {among.where(compiler)}"  # noqa: S608 - made of constants and placeholders
        f" ORDER BY {', '.join([*sorts, 'entity.key'])}"
        f" LIMIT {compiler.given(page.limit, 'bigint')} OFFSET {compiler.given(page.offset, 'bigint')}"
    )


async def count(pool: Pool, predicate: Predicate, selection: Selection) -> int:
    """How many entities are selected, of a selection without a geoquery."""
    async with _narrowed(pool, predicate, selection) as among:
        return await _count(among)


async def _count(among: _Among) -> int:
    compiler = Compiler(among.predicate)
    if tells(among.selection):
        sql = counted(compiler, among.selection)
    else:
        sql = f"SELECT count(*) FROM entity WHERE {among.where(compiler)}"  # noqa: S608 - see search
    rows = await fetch(among.pool, sql, *compiler.arguments)
    return int(rows[0]["count"])


async def ids(pool: Pool, predicate: Predicate, selection: Selection) -> list[str]:
    """Ids of all selected entities. Raises TooSlow when they are too many."""
    async with _narrowed(pool, predicate, selection) as among:
        candidates = await _candidates(among, None)
    return [row["id"] for row in await _arranged(candidates, selection)]


def _ordered(compiler: Compiler, orders: tuple[Order, ...], collation: str | None) -> tuple[str, list[str]]:
    parts = [ordering(compiler, each, number, collation) for number, each in enumerate(orders) if each.origin is None]
    return "".join(joined for joined, _ in parts), [sort for _, sorts in parts for sort in sorts]


async def _exact(among: _Among, collation: str | None, page: Page) -> Found:
    """Look at the geometries of all candidates, and then fetch one page of those that are meant."""
    candidates = await _candidates(among, collation)
    found = await _arranged(candidates, among.selection)
    wanted = [row["key"] for row in found[page.offset : page.offset + page.limit]]
    compiler = Compiler(among.predicate)
    # What is there now may not be what was looked at: it is asked again whether the asker may see it.
    where = replace(among, selection=Selection(), keys=frozenset(wanted)).where(compiler)
    sql = f"SELECT {COLUMNS}, key FROM entity WHERE {where}"  # noqa: S608 - see search
    rows = {row["key"]: row for row in await fetch(among.pool, sql, *compiler.arguments)} if wanted else {}
    return Found([visible(rows[key], among.predicate) for key in wanted if key in rows], len(found))


async def _candidates(among: _Among, collation: str | None) -> list[asyncpg.Record]:
    """Rows with key, id, the columns of ``_whereabouts``, and for each thing to order by its rank as ``r0`` ...; for
    distances, the geometries as ``d0`` ..."""
    compiler, selection = Compiler(among.predicate), among.selection
    columns, joins = ["entity.key", "entity.id"], ""
    if selection.place is not None:
        columns += _whereabouts(compiler, selection.place)
    for number, order in enumerate(selection.order):
        if order.origin is not None and isinstance(order.path, Path):
            columns.append(_geometry(compiler, order.path.attribute, f"d{number}"))
        joined, sorts = ordering(compiler, order, number, collation)
        joins += joined
        columns.append(f"dense_rank() OVER (ORDER BY {', '.join(sorts)}) AS r{number}")
    sql = (
        f"SELECT {', '.join(columns)} FROM entity{joins} WHERE {among.where(compiler)}"  # noqa: S608 - see search
        f" ORDER BY entity.key LIMIT {MOST_CANDIDATES + 1}"
    )
    rows = await fetch(among.pool, sql, *compiler.arguments)
    if len(rows) > MOST_CANDIDATES:
        raise TooSlow(f"This query has to look at more than {MOST_CANDIDATES} entities. Select less.")
    return rows


def _whereabouts(compiler: Compiler, place: Place) -> list[str]:
    """The geometries of the geoquery as ``place``, or ``x`` and ``y`` in degrees where it is told by the box around
    them that they are one point, as most are: a point need not be read from a document to be near something."""
    given = f"entity.attrs->{compiler.given(place.attribute, 'text')}"
    if place.attribute != LOCATION or place.relation != "near":
        return [f"{given} AS place", "NULL::float8 AS x", "NULL::float8 AS y"]
    x, y = "(entity.extent[0])[0]", "(entity.extent[0])[1]"
    is_point = f"({x} = (entity.extent[1])[0] AND {y} = (entity.extent[1])[1])"  # PostgreSQL's own ~= rounds
    told = ((f"{is_point} IS NOT TRUE", given, "place"), (is_point, x, "x"), (is_point, y, "y"))
    return [f"CASE WHEN {condition} THEN {value} END AS {name}" for condition, value, name in told]


def _geometry(compiler: Compiler, attribute: str, name: str) -> str:
    own = f"entity.attrs->{compiler.given(attribute, 'text')}"
    return f"CASE WHEN {compiler.readable('entity', attribute, 'true')} THEN {own} END AS {name}"


async def _arranged(rows: list[asyncpg.Record], selection: Selection) -> list[asyncpg.Record]:
    """The rows whose geometries lie as they should, in the order asked for. Of many, others must not wait for it."""
    if selection.place is not None and not selection.order and _length(rows, selection.place) <= _SHORT:
        return _chosen(rows, selection)
    return await asyncio.to_thread(_chosen, rows, selection)


def _length(rows: list[asyncpg.Record], place: Place) -> int:
    """Characters of the geometries, the one that they are held against included."""
    return len(msgspec.json.encode(place.geometry)) + sum(len(row["place"] or "") for row in rows)


def _chosen(rows: list[asyncpg.Record], selection: Selection) -> list[asyncpg.Record]:
    if selection.place is not None:
        rows = _within(rows, selection.place)
    if not selection.order or not rows:
        return rows
    sorts = [each for number, order in enumerate(selection.order) for each in _sorts(rows, number, order)]
    return [rows[at] for at in np.lexsort(sorts[::-1]).tolist()]


def _within(rows: list[asyncpg.Record], place: Place) -> list[asyncpg.Record]:
    points = [at for at, row in enumerate(rows) if row["x"] is not None]
    others, shapes = shapes_in(_decoded(row["place"]) for row in rows)
    if points:
        shapes = np.concatenate([shapely.points([(rows[at]["x"], rows[at]["y"]) for at in points]), shapes])
    owners = np.array([*points, *others], dtype=int)
    meant = np.unique(owners[lie_so(place, shapes)]) if owners.size else owners
    return [rows[at] for at in meant.tolist()]


def _decoded(attribute: str | None) -> Any:
    return msgspec.json.decode(attribute) if attribute else None


def _sorts(rows: list[asyncpg.Record], number: int, order: Order) -> "list[np.ndarray[Any, np.dtype[np.float64]]]":
    """What to sort by, first the most important. What is no GeoProperty comes after all that are, by its value (clause
    4.23.2)."""
    ranks = np.array([row[f"r{number}"] for row in rows], dtype=float)
    if order.origin is None:
        return [ranks]
    away = np.full(len(rows), np.inf)
    placed = [(at, shape) for at, row in enumerate(rows) if (shape := _default(row[f"d{number}"])) is not None]
    if placed:
        reference = shape_of(order.origin)
        metres = distances(reference, np.array([shape for _, shape in placed], dtype=object))
        at = [at for at, _ in placed]
        away[at], ranks[at] = -metres if order.descending else metres, 0
    return [away, ranks]


def _default(attribute: str | None) -> Any:
    """The shape of the default instance of a GeoProperty, or of its first; None when it is none."""
    if attribute is None:
        return None
    given = msgspec.json.decode(attribute)
    instances = sorted(given if isinstance(given, list) else [given], key=lambda each: "datasetId" in each)
    shapes = shapes_of(instances[0])
    return shapes[0] if shapes else None
