"""A city of a million things for a benchmark: made as SQL from one entity of each type that the API has written.

Through the API it would take a quarter of an hour or more, for work that is measured by itself. What is made are the
documents, places and indexes that the API would have written, as many rows of history, and statistics for the planner.
"""

import random
from typing import Any

import httpx

from ucity.cloud.ioc.store import Pool

TYPES = tuple(f"{place}{thing}" for place in ("Park", "Street") for thing in ("Lamp", "Bin", "Bench", "Tree", "Sensor"))
WEST, SOUTH, EAST, NORTH = 128.8, 35.0, 129.3, 35.4
PROGRAMS = 1000
"""Values of ``program``: a thing in a thousand has each."""
STATES = ("working", "waiting", "broken")
SERIALS = 1_000_000_000
_MINUTES = 600

_ENTITIES = """
INSERT INTO entity (tenant, id, types, attrs, lon, lat, extent, district, created_at, modified_at, edited)
SELECT e.tenant, left(e.id, -1) || n, e.types,
    e.attrs
    || jsonb_build_object(p || 'serial', jsonb_set(e.attrs -> (p || 'serial'), '{value}', to_jsonb('SN-' || n)))
    || jsonb_build_object(p || 'level', jsonb_set(e.attrs -> (p || 'level'), '{value}', to_jsonb(r.level)))
    || jsonb_build_object(p || 'on', jsonb_set(e.attrs -> (p || 'on'), '{value}', to_jsonb(n % 2 = 0)))
    || jsonb_build_object(p || 'state', jsonb_set(e.attrs -> (p || 'state'), '{value}',
        to_jsonb(($6::text[])[1 + n % array_length($6::text[], 1)])))
    || jsonb_build_object(p || 'program', jsonb_set(e.attrs -> (p || 'program'), '{object}',
        to_jsonb('urn:ngsi-ld:Program:' || n / 10 % $7)))
    || jsonb_build_object(l, jsonb_set(e.attrs -> l, '{value,coordinates}', jsonb_build_array(r.lon, r.lat))),
    r.lon, r.lat, box(point(r.lon, r.lat), point(r.lon, r.lat)), e.district, now(), now(), true
FROM generate_series(1, $1::int) AS n
JOIN entity AS e ON e.id = 'urn:ngsi-ld:' || ($2::text[])[1 + n % array_length($2::text[], 1)] || ':0'
CROSS JOIN LATERAL (SELECT $3::float8 + random() * ($4::float8[])[1] + 0 * n AS lon,
    ($4::float8[])[2] + random() * ($4::float8[])[3] AS lat, round((random() * 100)::numeric, 3) AS level) AS r
CROSS JOIN (SELECT $5::text AS p, 'https://uri.etsi.org/ngsi-ld/location' AS l) AS names
ORDER BY n
"""
_HISTORY = """
INSERT INTO observation (entity, attr, observed_at, recorded_at, instance, number, text, lon, lat, json)
SELECT e.key, o.attr, o.observed_at, o.recorded_at, o.instance, o.number, o.text, o.lon, o.lat, o.json
FROM entity AS e JOIN entity AS of ON of.id = substring(e.id FROM '^.*:') || '0' AND of.tenant = e.tenant
JOIN observation AS o ON o.entity = of.key WHERE e.key <> of.key
"""


_TALLY = "INSERT INTO tally SELECT tenant, key >> 12, types, count(*) FROM entity WHERE key > $1 GROUP BY 1, 2, 3"


def entity_id(number: int) -> str:
    """The id of the thing with this number, from 1 on."""
    return f"urn:ngsi-ld:{TYPES[number % len(TYPES)]}:{number}"


def thing(kind: str, name: str, chance: random.Random) -> dict[str, Any]:
    """An entity as a client would send it."""
    return {
        "id": f"urn:ngsi-ld:{kind}:{name}",
        "type": kind,
        "serial": f"SN-{name}",
        "level": {"type": "Property", "value": round(chance.uniform(0, 100), 3), "unitCode": "P1"},
        "on": True,
        "state": chance.choice(STATES),
        "program": {"type": "Relationship", "object": f"urn:ngsi-ld:Program:{chance.randrange(PROGRAMS)}"},
        "location": {
            "type": "Point",
            "coordinates": [round(chance.uniform(WEST, EAST), 6), round(chance.uniform(SOUTH, NORTH), 6)],
        },
    }


async def fill(client: httpx.AsyncClient, pool: Pool, count: int) -> None:
    """Make so many entities, of all types alike."""
    chance = random.Random(0)  # noqa: S311 - no secret
    answer = await client.post("/entityOperations/create", json=[thing(kind, "0", chance) for kind in TYPES])
    answer.raise_for_status()
    names = "https://uri.etsi.org/ngsi-ld/default-context/"
    spread = [EAST - WEST, SOUTH, NORTH - SOUTH]
    last = await pool.fetchval("SELECT max(key) FROM entity")
    # Counted at once in the place of one by one, of which the space would stay.
    await pool.execute("ALTER TABLE entity DISABLE TRIGGER tally_came")
    await pool.execute(
        _ENTITIES, count - len(TYPES), list(TYPES), WEST, spread, names, list(STATES), PROGRAMS, timeout=_MINUTES
    )
    await pool.execute(_TALLY, last, timeout=_MINUTES)
    await pool.execute("ALTER TABLE entity ENABLE TRIGGER tally_came")
    await pool.execute(_HISTORY, timeout=_MINUTES)
    for table in ("entity", "observation"):
        # As autovacuum does it a minute later.
        await pool.execute(f"VACUUM ANALYZE {table}", timeout=_MINUTES)
