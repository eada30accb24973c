"""An index of the ids of entities that patterns are looked for with: made on demand, like the index of values.

It is one of PostgreSQL's own, of the trigrams in the ids. These never change, so that it costs the making of entities
something, and their changes little. Patterns that many ids match need none: their page is full soon.
"""

import re

import msgspec

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.database import Connection, Pool
from ucity.cloud.ioc.store.fetching import fetch
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import Selection

IDS = "id"
"""How ``sought`` names it; attributes have longer names."""
# Said in another way than in queries, which would use it where it does not help: their plans are made for any pattern.
_INDEXED = """((id || '') COLLATE "C")"""
_MAKE = f"CREATE INDEX CONCURRENTLY entity_id_like ON entity USING gin ({_INDEXED} gin_trgm_ops)"
_DROP = "DROP INDEX CONCURRENTLY IF EXISTS entity_id_like"
_MINUTES = 600
_OPTIONAL = re.compile(r"\[\^?\]?[^\]]*\]|\\.|\w(?:[?*]|\{[^}]*\})")
_LITERAL = re.compile(r"[A-Za-z0-9]{3}")
_LIKE = (
    "SELECT key FROM (SELECT key, tenant, types, deleted_at FROM entity WHERE {} OFFSET 0) AS alike WHERE {} LIMIT {}"
)


async def keys_like(pool: Pool, predicate: Predicate, selection: Selection, most: int) -> frozenset[int] | None:
    """Keys of the entities of the selected types of which the id matches; None when that narrows nothing down, or when
    they are more than ``most``, or PostgreSQL expects so. The index has to be there."""
    compiler = Compiler(predicate)
    patterns = [compiler.given(each.id_pattern, "text") for each in selection.selectors]
    like = " OR ".join(f'id COLLATE "C" ~ {each}' for each in patterns)
    plan = await fetch(pool, f"EXPLAIN (FORMAT JSON) SELECT FROM entity WHERE {like}", *compiler.arguments)
    if msgspec.json.decode(plan[0][0])[0]["Plan"]["Plan Rows"] > most:
        return None
    visible, of_types = compiler.where(Selection(), "alike"), compiler.types(selection, "alike")
    like = " OR ".join(f"{_INDEXED} ~ {each}" for each in patterns)
    sql = _LIKE.format(like, f"{visible} AND {of_types}", compiler.given(most + 1, "bigint"))
    rows = await fetch(pool, sql, *compiler.arguments)
    return frozenset(row["key"] for row in rows) if len(rows) <= most else None


def looks_for_ids(selection: Selection) -> bool:
    """Whether everything that is selected matches a pattern that has three letters or digits in a row for certain."""
    return bool(selection.selectors) and all(
        each.id_pattern is not None and not each.ids and _has_trigram(each.id_pattern) for each in selection.selectors
    )


def _has_trigram(pattern: str) -> bool:
    return "|" not in pattern and "(" not in pattern and _LITERAL.search(_OPTIONAL.sub(" ", pattern)) is not None


async def make(connection: Connection) -> None:
    """Make the index, while others write."""
    # One of which the making was interrupted is there, too, and of no use.
    await connection.execute(_DROP, timeout=_MINUTES)
    await connection.execute(_MAKE, timeout=_MINUTES)


async def drop(connection: Connection) -> None:
    """Take it away."""
    await connection.execute(_DROP, timeout=_MINUTES)
