"""An index of values that queries look for, kept aside from the documents.

An attribute gets into it when a query by its values took long, so that a city of which nobody asks such things pays
nothing for it. A worker fills it in (``keep_sought``); from then on triggers keep it right within each commit. It may
hold more than there is, so that whoever looks there decides by the document itself.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.database import Connection, Pool, session
from ucity.cloud.ioc.store.query.narrowing import Found, Probe, narrowed, probes
from ucity.cloud.ioc.store.query.terms import Condition, Selection
from ucity.cloud.ioc.store.sought_ids import IDS, drop, keys_like, looks_for_ids, make
from ucity.errors import UcityError

log = structlog.get_logger()
MOST_KEYS = 5_000
"""Entities that are looked at by their keys; of more, the first ones are found soon without."""
MOST_PROBES = 8
MOST_ATTRIBUTES = 32
SLOW = 0.1
"""Seconds from which on a query has its attributes taken in."""
KEPT = timedelta(days=7)
"""How long an attribute stays in the index after it was asked for."""
_EVERY = 1.0
_NOTED_EVERY = timedelta(hours=1)
_FOUND = """
SELECT p.place, s.id IS NOT NULL AS is_known, s.asked_at, k.n, k.keys
FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[]) WITH ORDINALITY AS p(name, text, low, high, place)
LEFT JOIN sought AS s ON s.name = p.name AND s.ready
LEFT JOIN LATERAL (
    SELECT count(*) AS n, CASE WHEN count(*) <= $5::int THEN array_agg(entity) END AS keys FROM (
    (SELECT entity FROM sought_value WHERE p.text IS NOT NULL AND attr = s.id AND text = p.text
        LIMIT $5 + 1)
    UNION ALL
    (SELECT entity FROM sought_value WHERE p.text IS NULL AND attr = s.id AND number BETWEEN p.low AND p.high
        LIMIT $5 + 1)
) AS few) AS k ON true
"""
_NOTE = """
INSERT INTO sought (name, asked_at) SELECT name, $2 FROM (SELECT name FROM attribute UNION ALL SELECT $3) AS known
WHERE name = ANY($1) ON CONFLICT (name) DO UPDATE SET asked_at = excluded.asked_at
"""
_ROWS = """
INSERT INTO sought_value SELECT r.* FROM entity AS e
CROSS JOIN LATERAL sought_rows($1, e.key, sought_scalars(e.attrs -> $2)) AS r WHERE e.attrs ? $2
"""
_WATCH = (
    "CREATE OR REPLACE TRIGGER sought_changed AFTER UPDATE ON entity REFERENCING OLD TABLE AS stale NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION sought_changed()",
    "CREATE OR REPLACE TRIGGER sought_added AFTER INSERT ON entity REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION sought_added()",
)
_UNWATCH = ("DROP TRIGGER IF EXISTS sought_changed ON entity", "DROP TRIGGER IF EXISTS sought_added ON entity")
_LOCK = 0x7563_6974_7908
_MINUTES = 600


class Narrowing:
    """What the index knows of one query. ``keys``: of the entities that are left to be looked at, None for all;
    ``missing``: attributes that it would take to know more."""

    def __init__(self, keys: frozenset[int] | None, missing: frozenset[str]) -> None:
        self.keys, self.missing = keys, missing


async def narrow_ids(pool: Pool, predicate: Predicate, selection: Selection) -> Narrowing:
    """Look the patterns up that the ids of what is selected match."""
    if not looks_for_ids(selection):
        return Narrowing(None, frozenset())
    async with session(pool) as connection:
        asked_at = await connection.fetchval("SELECT asked_at FROM sought WHERE name = $1 AND ready", IDS)
    if asked_at is None:
        return Narrowing(None, frozenset({IDS}))
    if asked_at < datetime.now(UTC) - _NOTED_EVERY:
        await note(pool, [IDS])
    return Narrowing(await keys_like(pool, predicate, selection, MOST_KEYS), frozenset())


async def narrow(pool: Pool, condition: Condition | None) -> Narrowing:
    """Look a query's condition up."""
    asked = list(dict.fromkeys(probes(condition))) if condition else []
    if condition is None or not asked or len(asked) > MOST_PROBES:
        return Narrowing(None, frozenset())
    names, texts, lows, highs, of = [], [], [], [], []
    for probe in asked:
        for text, low, high in [*((each, 0.0, 0.0) for each in probe.texts), *((None, *each) for each in probe.ranges)]:
            names.append(probe.attribute)
            texts.append(text)
            lows.append(low)
            highs.append(high)
            of.append(probe)
    async with session(pool) as connection:
        rows = await connection.fetch(_FOUND, names, texts, lows, highs, MOST_KEYS)
    known = {of[row["place"] - 1].attribute for row in rows if row["is_known"]}
    old = [row for row in rows if row["is_known"] and row["asked_at"] < datetime.now(UTC) - _NOTED_EVERY]
    if old:
        await note(pool, known)
    missing = frozenset(probe.attribute for probe in asked if probe.attribute not in known)
    return Narrowing(narrowed(condition, _together(of, rows)), missing)


def _together(of: list[Probe], rows: list[asyncpg.Record]) -> Found:
    """What was found for each probe, of all its values together."""
    found: dict[Probe, frozenset[int] | None] = {}
    for row in rows:
        probe = of[row["place"] - 1]
        keys = row["keys"] if row["n"] else ()
        before = found.get(probe, frozenset())
        is_told = row["is_known"] and keys is not None
        found[probe] = before | frozenset(keys) if is_told and before is not None else None
    return found


async def note(pool: Pool, names: Iterable[str]) -> None:
    """Have these attributes taken in, and remember that they were asked for. Names that nothing has are ignored."""
    async with session(pool) as connection:
        await connection.execute(_NOTE, sorted(names), datetime.now(UTC), IDS)


async def keep_sought(pool: Pool) -> None:
    """Take in what was asked for, and let go what no longer is, until cancelled."""
    while True:
        try:
            await fill(pool, datetime.now(UTC))
        except UcityError as error:
            log.warning("the index of values waits", why=error.detail)
        except asyncpg.PostgresError as error:
            # The lock was not to be had, or the fill took too long: it begins anew.
            log.warning("the index of values waits", why=type(error).__name__)
            await asyncio.sleep(10)
        await asyncio.sleep(_EVERY)


async def fill(pool: Pool, now: datetime) -> None:
    """Take in the attributes that are not yet, at most MOST_ATTRIBUTES of them, those asked for last."""
    async with session(pool) as connection:
        rows = await connection.fetch("SELECT id, name, ready, asked_at FROM sought ORDER BY asked_at DESC")
        wanted = [row for row in rows if row["asked_at"] > now - KEPT][:MOST_ATTRIBUTES]
        if len(wanted) == len(rows) and all(row["ready"] for row in rows):
            return
        # Of several workers, one works.
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            return
        try:
            await _let_go(connection, {row["id"]: row["name"] for row in rows if row not in wanted})
            for row in wanted:
                if not row["ready"]:
                    await _take_in(connection, row["id"], row["name"])
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _take_in(connection: Connection, number: int, name: str) -> None:
    if name == IDS:
        await make(connection)
        await connection.execute("UPDATE sought SET ready = true WHERE id = $1", number)
        return
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '2s'")
        # To make a trigger is to wait for all who write: those who begin afterwards know of the attribute.
        for statement in _WATCH:
            await connection.execute(statement)
    async with connection.transaction():
        await connection.execute("DELETE FROM sought_value WHERE attr = $1", number, timeout=_MINUTES)
        await connection.execute(_ROWS, number, name, timeout=_MINUTES)
        await connection.execute("UPDATE sought SET ready = true WHERE id = $1", number)
    await connection.execute("ANALYZE sought_value", timeout=_MINUTES)


async def _let_go(connection: Connection, names: Mapping[int, str]) -> None:
    if not names:
        return
    async with connection.transaction():
        await connection.execute("DELETE FROM sought_value WHERE attr = ANY($1)", list(names), timeout=_MINUTES)
        await connection.execute("DELETE FROM sought WHERE id = ANY($1)", list(names))
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM sought WHERE name <> $1)", IDS):
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            for statement in _UNWATCH:
                await connection.execute(statement)
    # Only now does nobody look there any more.
    if IDS in names.values():
        await drop(connection)
