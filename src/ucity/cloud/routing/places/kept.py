"""Places in the database: kept by where they come from, looked for by the forms of their names and by position."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from ucity.blueprint import Text
from ucity.blueprint.journeys import Position
from ucity.cloud.ioc.store import Pool, session, transaction
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.ioc.store.database import Connection
from ucity.cloud.routing.places.forms import Form, Kind, of_names, of_question
from ucity.cloud.routing.places.matching import Found, metres_between, ranked

AT_A_TIME = 2_000
"""Places that are written at once."""
CANDIDATES = 300
"""Rows that the database gives to be ranked."""
NEAREST = 24
LONG = 7
SHORT = 3
"""Letters from which on trigrams tell anything; with fewer, only beginnings are looked for."""
FAREST_M = 3_000.0
"""A place farther away than this is not where one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A place to be kept. ``id`` is unique within its source; ``kind`` is station, stop, district, neighbourhood or
    place; ``also``: other names that it goes by; ``code``: what stands on the sign of a stop."""

    id: str
    kind: str
    names: Text
    position: Position
    also: tuple[str, ...] = field(default=())
    code: str = ""


_FORGET = "DELETE FROM place WHERE source = $1"
_PLACE = """
INSERT INTO place (source, id, kind, names, code, lon, lat, district)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::text[], $6::float8[], $7::float8[], $8::text[])
RETURNING key, id
"""
_FORM = "INSERT INTO place_form (place, kind, form) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])"

_DISTANCE = "power((p.lon - $4) * cos(radians($5::float8)), 2) + power(p.lat - $5, 2)"
_SELECT = """
SELECT p.key, p.id, p.kind, p.names, p.code, p.lon, p.lat, p.district
FROM place_form AS f JOIN place AS p ON p.key = f.place
WHERE f.kind = $1 AND
"""
# Of short questions there may be very many answers: the shortest names, or the nearest places.
_BEGIN = f"""{_SELECT} f.form >= $2 AND f.form < $3
ORDER BY f.form <> $2, p.kind = 'stop', coalesce({_DISTANCE}, length(f.form)) LIMIT {CANDIDATES}"""
_WITHIN = f"""{_SELECT} f.form LIKE '%' || $2 || '%' AND $3::text IS NOT NULL
ORDER BY f.form <> $2, NOT starts_with(f.form, $2), p.kind = 'stop', coalesce({_DISTANCE}, length(f.form))
LIMIT {CANDIDATES}"""
_ALIKE = """
SELECT key, id, kind, names, code, lon, lat, district FROM place WHERE key IN (
  SELECT place FROM place_form WHERE kind = $1 AND form % $2 ORDER BY similarity(form, $2) DESC LIMIT $3
)"""
# One wrong letter of four is a likeness of a fifth still; of long words it takes more.
_LOOSELY = "SELECT set_config('pg_trgm.similarity_threshold', $1, true)"
_FORMS = "SELECT place, kind, form FROM place_form WHERE place = ANY($1)"
_AROUND = """
SELECT key, id, kind, names, code, lon, lat, district FROM place
WHERE kind <> 'district' AND ($3::text[] IS NULL OR kind = ANY($3))
ORDER BY point(lon, lat) <-> point($1, $2) LIMIT $4"""


async def keep(pool: Pool, source: str, places: Iterable[Named], locate: Locate) -> int:
    """Put these places in the stead of all that came from ``source`` before; how many. Readers see the old ones or the
    new ones, never a part."""
    by_id = {place.id: place for place in places}
    async with transaction(pool) as connection:
        await connection.execute(_FORGET, source)
        for some in batched(by_id.values()):
            await _insert(connection, source, some, locate)
    return len(by_id)


def batched(places: Iterable[Named]) -> Iterable[list[Named]]:
    """A few thousand at a time: the forms of all of a large city's names take a lot of memory."""
    rest = iter(places)
    while some := list(islice(rest, AT_A_TIME)):
        yield some


async def _insert(connection: Connection, source: str, kept: list[Named], locate: Locate) -> None:
    by_id = {place.id: place for place in kept}
    lons, lats = [each.position.lon for each in kept], [each.position.lat for each in kept]
    names = [msgspec.json.encode(dict(each.names)).decode() for each in kept]
    columns = ([each.id for each in kept], [each.kind for each in kept], names, [each.code for each in kept])
    rows = await connection.fetch(_PLACE, source, *columns, lons, lats, locate(lons, lats))
    # Working them out takes a while for thousands of names, during which others have their turn.
    forms = await asyncio.to_thread(
        lambda: [(row["key"], form) for row in rows for form in sorted(forms_of(by_id[row["id"]]))]
    )
    await connection.execute(
        _FORM, [key for key, _ in forms], [form.kind for _, form in forms], [form.text for _, form in forms]
    )


async def forget_others(pool: Pool, prefix: str, sources: Sequence[str]) -> None:
    """Forget what came from sources of this prefix other than these."""
    async with session(pool) as connection:
        await connection.execute(
            "DELETE FROM place WHERE starts_with(source, $1) AND source <> ALL($2::text[])", prefix, list(sources)
        )


def forms_of(place: Named) -> set[Form]:
    """By which it is found: its names in all languages, its other names, and its code."""
    return of_names([*place.names.values(), *place.also, *filter(None, [place.code])])


async def find(pool: Pool, question: str, *, near: Position | None = None, limit: int = 10) -> list[Found]:
    """The places that ``question`` may mean, the likeliest first. Raises Unavailable."""
    questions = of_question(question)
    found: dict[int, Any] = {}
    async with transaction(pool) as connection:
        for form in questions:
            found |= {row["key"]: row for row in await connection.fetch(*_search(form, near))}
        if len(found) < limit:
            # Nothing, or little, is called so: it may have been mistyped.
            found |= await _alike(connection, questions)
        forms: dict[int, list[Form]] = {key: [] for key in found}
        for row in await connection.fetch(_FORMS, list(found)):
            forms[row["place"]].append(Form(Kind(row["kind"]), row["form"]))
    return ranked(questions, (_found(row, near, tuple(forms[key])) for key, row in found.items()), limit)


async def _alike(connection: Connection, questions: Sequence[Form]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for form in questions:
        if len(form.text) > SHORT:
            await connection.execute(_LOOSELY, "0.2" if len(form.text) < LONG else "0.3")
            found |= {row["key"]: row for row in await connection.fetch(_ALIKE, form.kind, form.text, CANDIDATES)}
    return found


def _search(form: Form, near: Position | None) -> tuple[Any, ...]:
    place = (near.lon, near.lat) if near else (None, None)
    if len(form.text) < SHORT:
        return _BEGIN, form.kind, form.text, form.text + "\x7f", *place
    return _WITHIN, form.kind, form.text, "", *place


async def around(pool: Pool, at: Position, *, kinds: Sequence[str] | None = None) -> list[Found]:
    """Places around a point, the nearest first, at most some kilometres away. Raises Unavailable."""
    async with session(pool) as connection:
        rows = await connection.fetch(_AROUND, at.lon, at.lat, list(kinds) if kinds else None, NEAREST)
    places = sorted((_found(row, at) for row in rows), key=lambda place: place.metres or 0.0)
    return [place for place in places if (place.metres or 0.0) <= FAREST_M]


def _found(row: Any, near: Position | None, forms: tuple[Form, ...] = ()) -> Found:
    position = Position(row["lon"], row["lat"])
    return Found(
        id=row["id"],
        kind=row["kind"],
        names=msgspec.json.decode(row["names"], type=dict[str, str]),
        position=position,
        district=row["district"],
        code=row["code"],
        forms=forms,
        metres=None if near is None else metres_between(position, near),
    )
