"""What is asked of a city with a million entities, each beside the plain SQL that does the same to its tables."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from bench.asking import Request
from bench.figures import Aim
from bench.large_city import EAST, NORTH, PROGRAMS, SOUTH, STATES, TYPES, WEST, entity_id, thing
from bench.ngsi_references import Connection, Reference

BATCH = 1_000
LIMIT = 20
METRES = 500
_DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
_DEGREE = 111_195.0
"""Metres of a degree of latitude."""
_MANY = 2_000
_COLUMNS = "id, types, attrs, created_at, modified_at"
_TYPE = f"{_DEFAULT}{TYPES[0]}"
_RETRIEVE = Aim(460)
_QUERY = Aim(232)
_CREATE, _UPDATE = Aim(150), Aim(260)


@dataclass(frozen=True, kw_only=True)
class Task:
    """``requests``: those of one round. ``entities``: that one request is about, where rates count these. ``aim``: a
    second and core."""

    name: str
    requests: Callable[[int], Sequence[Request]]
    reference: Reference
    connections: int = 16
    once: bool = False
    entities: int = 1
    aim: Aim | None = None


def reads(entities: int) -> Iterator[Task]:
    """Retrieve and queries."""
    yield Task(
        name="retrieve",
        requests=lambda turn: [Request(f"/entities/{entity_id(each)}") for each in _numbers(turn, entities)],
        reference=_by_id(entities),
        aim=_RETRIEVE,
    )
    yield Task(
        name="query by id",
        requests=lambda turn: [_query(id=entity_id(each), local="true") for each in _numbers(turn, entities)],
        reference=_by_id(entities),
        aim=_QUERY,
    )
    yield Task(name="query by type", requests=lambda _: [_query()], reference=_sql("true"), aim=_QUERY)
    yield from _of_all(entities)
    yield from _by_values(entities)
    yield Task(
        name=f"query by type, near {METRES} m",
        requests=lambda turn: [_near(*_place(turn * _MANY + each)) for each in range(_MANY)],
        reference=_near_sql,
        aim=_QUERY,
    )


def _of_all(entities: int) -> Iterator[Task]:
    """Pages far behind the first, counts, and ids by patterns."""
    far = entities // len(TYPES) // 2
    yield Task(
        name="query by type, a page far behind",
        requests=lambda turn: [_query(offset=str(far + each % far)) for each in _numbers(turn, entities)],
        reference=_sql("true", offset=far),
        aim=_QUERY,
    )
    yield Task(
        name="query by type, counted",
        requests=lambda _: [_query(count="true")],
        reference=_counted(f"types @> ARRAY['{_TYPE}']"),
        aim=_QUERY,
    )
    yield Task(
        name="all entities, counted",
        requests=lambda _: [Request(f"/entities?local=true&count=true&limit={LIMIT}")],
        reference=_counted("true"),
        aim=_QUERY,
    )
    yield Task(
        name="query by type and idPattern",
        requests=lambda turn: [_query(idPattern=f":{each - each % 10}$") for each in _numbers(turn, entities)],
        reference=_sql("id ~ $2", lambda number: f":{number * 10}$"),
        aim=_QUERY,
    )


def _by_values(entities: int) -> Iterator[Task]:
    """Queries by type and q: for one thing, for a hundredth of a hundredth, for a thousandth, for a third."""
    value = f"attrs -> '{_DEFAULT}{{}}' ->> '{{}}'"
    state = value.format("state", "value")
    yield Task(
        name="query by type, serial==",
        requests=lambda turn: [_query(q=f'serial=="SN-{each - each % 10}"') for each in _numbers(turn, entities)],
        reference=_sql(_among("serial", "text = $2"), lambda number: f"SN-{number * 10}"),
        aim=_QUERY,
    )
    yield Task(
        name="query by type, level between",
        requests=lambda turn: [_query(q=f"level=={each:.2f}..{each + 0.01:.2f}") for each in _levels(turn)],
        reference=_sql(_among("level", "number BETWEEN $2 AND $2 + 0.01"), lambda number: number % 9_990 / 100),
        aim=_QUERY,
    )
    yield Task(
        name="query by type, program==",
        requests=lambda turn: [
            _query(q=f"program==urn:ngsi-ld:Program:{each % PROGRAMS}") for each in _numbers(turn, entities)
        ],
        reference=_sql(_among("program", "text = $2"), lambda number: f"urn:ngsi-ld:Program:{number % PROGRAMS}"),
        aim=_QUERY,
    )
    yield Task(
        name="query by type, state==",
        requests=lambda _: [_query(q=f'state=="{each}"') for each in STATES],
        reference=_sql(f"{state} = $2", lambda number: STATES[number % len(STATES)]),
        aim=_QUERY,
    )


def writes() -> Iterator[Task]:
    """Creating, changing one attribute, and batches."""
    yield Task(
        name="create",
        requests=lambda turn: [_post("/entities", thing(*each)) for each in _new(f"made-{turn}", 10_000)],
        reference=_create,
        once=True,
        aim=_CREATE,
    )
    yield Task(
        name="partial update",
        requests=lambda turn: [_patch(each, turn) for each in _numbers(turn, 100_000)],
        reference=_update,
        aim=_UPDATE,
    )
    yield Task(
        name=f"batch upsert of {BATCH:,}",
        requests=_batches,
        reference=_create_many,
        connections=2,
        once=True,
        entities=BATCH,
    )


def _numbers(turn: int, entities: int) -> list[int]:
    chance = random.Random(turn)  # noqa: S311 - no secret
    return [chance.randrange(20, entities - 20) for _ in range(_MANY)]


def _levels(turn: int) -> list[float]:
    return [each % 9_990 / 100 for each in _numbers(turn, 1_000_000)]


def _query(**given: str) -> Request:
    kind = {} if "id" in given else {"type": TYPES[0]}
    return Request(f"/entities?{urlencode({**kind, **given, 'limit': LIMIT})}")


def _place(number: int) -> tuple[float, float]:
    chance = random.Random(number)  # noqa: S311 - no secret
    return chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH)


def _near(lon: float, lat: float) -> Request:
    return _query(georel=f"near;maxDistance=={METRES}", geometry="Point", coordinates=f"[{lon:.6f},{lat:.6f}]")


def _post(path: str, what: object) -> Request:
    return Request(path, "POST", msgspec.json.encode(what))


def _new(prefix: str, count: int) -> Iterator[tuple[str, str, random.Random]]:
    chance = random.Random(prefix)  # noqa: S311 - no secret
    return ((TYPES[number % len(TYPES)], f"{prefix}-{number}", chance) for number in range(count))


def _patch(number: int, turn: int) -> Request:
    value = {"type": "Property", "value": round(number * 7 % 9_973 / 100 + turn, 2)}
    return Request(f"/entities/{entity_id(number)}/attrs/level", "PATCH", msgspec.json.encode(value))


def _batches(turn: int) -> list[Request]:
    """Half of what each batch holds is new, half is there from the batch before."""
    things = [thing(*each) for each in _new(f"batch-{turn}", 40 * BATCH // 2)]
    starts = range(0, len(things) - BATCH, BATCH // 2)
    return [_post("/entityOperations/upsert", things[at : at + BATCH]) for at in starts]


def _by_id(entities: int) -> Reference:
    sql = f"SELECT {_COLUMNS} FROM entity WHERE tenant = '' AND id = $1 AND deleted_at IS NULL"  # noqa: S608 - constants

    async def ask(connection: Connection, number: int) -> object:
        return await connection.fetchrow(sql, entity_id(20 + number * 7919 % (entities - 40)))

    return ask


def _sql(condition: str, argument: Callable[[int], object] | None = None, *, offset: int = 0) -> Reference:
    sql = (
        f"SELECT {_COLUMNS} FROM entity WHERE tenant = '' AND types @> ARRAY[$1::text] AND deleted_at IS NULL"  # noqa: S608 - constants
        f" AND {condition} ORDER BY key LIMIT {LIMIT} OFFSET {offset}"
    )

    async def ask(connection: Connection, number: int) -> object:
        return await connection.fetch(sql, _TYPE, *([argument(number)] if argument else []))

    return ask


def _counted(condition: str) -> Reference:
    sql = f"SELECT count(*) FROM entity WHERE tenant = '' AND deleted_at IS NULL AND {condition}"  # noqa: S608 - constants

    async def ask(connection: Connection, _: int) -> object:
        return await connection.fetchval(sql)

    return ask


def _among(attribute: str, condition: str) -> str:
    number = f"SELECT id FROM sought WHERE name = '{_DEFAULT}{attribute}'"  # noqa: S608 - constants
    return f"key = ANY(ARRAY(SELECT entity FROM sought_value WHERE attr = ({number}) AND {condition}))"  # noqa: S608


async def _near_sql(connection: Connection, number: int) -> object:
    lon, lat = _place(number)
    up, along = METRES / _DEGREE, METRES / _DEGREE / math.cos(math.radians(lat))
    return await connection.fetch(_NEAR, _TYPE, lon, lat, along, up, METRES)


# What is in the box comes first, and from the index alone: PostgreSQL would look up all entities of the type besides.
_NEAR = f"""
WITH here AS MATERIALIZED (
    SELECT key, types FROM entity WHERE cardinality(types) <= 2
    AND extent && box(point($2::float8 - $4::float8, $3::float8 - $5::float8), point($2 + $4, $3 + $5))
)
SELECT {_COLUMNS} FROM entity WHERE key = ANY(ARRAY(SELECT key FROM here WHERE types @> ARRAY[$1::text]))
AND tenant = '' AND deleted_at IS NULL
AND {2 * 6_371_008.8} * asin(sqrt(sin(radians(lat - $3) / 2) ^ 2
    + cos(radians(lat)) * cos(radians($3)) * sin(radians(lon - $2) / 2) ^ 2)) <= $6::float8
ORDER BY key LIMIT {LIMIT}
"""  # noqa: S608 - constants
_INSERT = """
INSERT INTO entity (tenant, id, types, attrs, lon, lat, extent, created_at, modified_at)
SELECT '', 'urn:ngsi-ld:plain:' || id || ':' || $1::text, types, attrs, lon, lat, extent, now(), now()
FROM entity WHERE tenant = '' AND id = ANY($2::text[]) RETURNING key
"""


async def _create(connection: Connection, number: int) -> object:
    return await connection.fetch(_INSERT, f"{datetime.now(UTC).timestamp()}-{number}", [entity_id(number + 1)])


async def _create_many(connection: Connection, number: int) -> object:
    first = 1 + number * BATCH % 50_000
    ids = [entity_id(each) for each in range(first, first + BATCH)]
    return await connection.fetch(_INSERT, f"{datetime.now(UTC).timestamp()}-{number}", ids)


async def _update(connection: Connection, number: int) -> object:
    path, value = [f"{_DEFAULT}level", "value"], str(number % 9_973 / 100)
    return await connection.execute(
        "UPDATE entity SET attrs = jsonb_set(attrs, $2::text[], $3::jsonb), modified_at = now()"
        " WHERE tenant = '' AND id = $1",
        entity_id(20 + number * 7919 % 90_000),
        path,
        value,
    )
