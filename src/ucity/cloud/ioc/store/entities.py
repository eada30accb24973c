"""Reading entities: one by its id, or those that a selection means, always within what the asker may see.

Every query takes a predicate: rows are filtered in SQL, attributes before a document leaves this module, and a
selection by attributes looks at none that the asker may not read.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.rows import document_of
from ucity.errors import BadInput, Forbidden

_SECONDS = 10.0
_COLUMNS = "id, types, attrs, created_at, modified_at"
_ONE = f"SELECT {_COLUMNS}, now() FROM entity WHERE tenant = $1 AND id = $2 AND deleted_at IS NULL"  # noqa: S608 - constant
_SOME = f"SELECT {_COLUMNS}, now() FROM entity WHERE tenant = $1 AND id = ANY($2) AND deleted_at IS NULL"  # noqa: S608
_TOGETHER = 200


class TooSlow(Forbidden):
    """The query takes longer than the city gives it."""


class BadPattern(BadInput):
    """A regular expression that PostgreSQL does not understand."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Entities for which all of this is so. ``types``: of any of these groups, and of all types in it. ``ids``: one of
    these; ``id_pattern``: a POSIX regular expression that the id matches somewhere. ``attributes``: it has any of
    these. Empty means that it does not matter."""

    types: tuple[tuple[str, ...], ...] = ()
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    attributes: frozenset[str] = frozenset()


class Finder:
    """Finds single entities by their ids: one indexed read.

    Whoever asks while a query is under way is served by the next one, together with all others who asked meanwhile:
    under load that is one query for many, and what was stored before the question is always in the answer.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._busy = False
        self._asked: dict[tuple[str, str], asyncio.Future[asyncpg.Record | None]] = {}
        self._working: asyncio.Task[None] | None = None

    async def find(self, predicate: Predicate, id_: str) -> Document | None:
        """The entity with this id, None when there is none that the asker may see."""
        row = await (self._later(predicate.tenant, id_) if self._busy else self._now(predicate.tenant, id_))
        return _visible(row, predicate) if row is not None and _may_see(row, predicate) else None

    async def _now(self, tenant: str, id_: str) -> asyncpg.Record | None:
        self._busy = True
        try:
            async with session(self._pool) as connection:
                return await connection.fetchrow(_ONE, tenant, id_)
        finally:
            self._working = asyncio.create_task(self._work()) if self._asked else None
            self._busy = bool(self._asked)

    async def _later(self, tenant: str, id_: str) -> asyncpg.Record | None:
        answer = self._asked.get((tenant, id_))
        if answer is None:
            answer = self._asked[tenant, id_] = asyncio.get_running_loop().create_future()
        # Others may wait for the same answer, so it must not be cancelled with this one.
        return await asyncio.shield(answer)

    async def _work(self) -> None:
        try:
            while self._asked:
                tenant = next(iter(self._asked))[0]
                ids = [id_ for of, id_ in self._asked if of == tenant][:_TOGETHER]
                await self._answer(tenant, {id_: self._asked.pop((tenant, id_)) for id_ in ids})
        finally:
            self._busy = False

    async def _answer(self, tenant: str, asked: "dict[str, asyncio.Future[asyncpg.Record | None]]") -> None:
        try:
            async with session(self._pool) as connection:
                rows = await connection.fetch(_SOME, tenant, list(asked))
        except Exception as error:  # noqa: BLE001 - whatever it was, all who asked have to hear of it
            for answer in asked.values():
                answer.set_exception(error)
            return
        found = {row["id"]: row for row in rows}
        for id_, answer in asked.items():
            answer.set_result(found.get(id_))


def _may_see(row: asyncpg.Record, predicate: Predicate) -> bool:
    if predicate.until is not None and row["now"] >= predicate.until:
        return False
    return predicate.types is None or any(each in predicate.types for each in row["types"])


async def select(
    pool: Pool, predicate: Predicate, selection: Selection, *, limit: int, offset: int = 0
) -> list[Document]:
    """Selected entities in the order in which they came into being."""
    condition, arguments = _condition(predicate, selection)
    sql = (
        f"SELECT {_COLUMNS} FROM entity WHERE {condition}"  # noqa: S608 - made of constants and placeholders
        f" ORDER BY key LIMIT ${len(arguments) + 1} OFFSET ${len(arguments) + 2}"
    )
    rows = await _fetch(pool, sql, *arguments, limit, offset)
    return [_visible(row, predicate) for row in rows]


async def count(pool: Pool, predicate: Predicate, selection: Selection) -> int:
    """How many entities are selected."""
    condition, arguments = _condition(predicate, selection)
    rows = await _fetch(pool, f"SELECT count(*) FROM entity WHERE {condition}", *arguments)  # noqa: S608 - see select
    return int(rows[0]["count"])


def _visible(row: asyncpg.Record, predicate: Predicate) -> Document:
    doc = document_of(row, predicate.tenant)
    allowed = predicate.attributes(doc.types)
    if allowed is None:
        return doc
    return replace(doc, attrs={name: value for name, value in doc.attrs.items() if name in allowed})


def _condition(predicate: Predicate, selection: Selection) -> tuple[str, list[Any]]:
    """The WHERE clause and its arguments."""
    arguments: list[Any] = []

    def given(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    parts = [f"tenant = {given(predicate.tenant)}", "deleted_at IS NULL"]
    if not predicate.everything:
        parts.append(f"types && {given(predicate.row_types())}")
    if predicate.until is not None:
        parts.append(f"now() < {given(predicate.until)}")
    if selection.ids:
        parts.append(f"id = ANY({given(list(selection.ids))})")
    if selection.id_pattern is not None:
        parts.append(f"id ~ {given(selection.id_pattern)}")
    if selection.types:
        parts.append(_any(f"types @> {given(list(group))}" for group in selection.types))
    if selection.attributes:
        groups = _readable(predicate, selection.attributes)
        parts.append(_any(_has(given(names), given([of]) if of else None) for of, names in groups))
    return " AND ".join(parts), arguments


def _any(conditions: Any) -> str:
    return f"({' OR '.join(conditions) or 'false'})"


def _has(names: str, of: str | None) -> str:
    return f"(types && {of} AND attrs ?| {names})" if of else f"attrs ?| {names}"


def _readable(predicate: Predicate, attributes: frozenset[str]) -> list[tuple[str | None, list[str]]]:
    """(type or None for any, those of the attributes that the asker may read of it)."""
    if predicate.types is None:
        return [(None, sorted(attributes))]
    readable = [(of, attributes if may is None else attributes & may) for of, may in predicate.types.items()]
    return [(of, sorted(names)) for of, names in readable if names]


async def _fetch(pool: Pool, sql: str, *arguments: Any) -> list[asyncpg.Record]:
    try:
        async with session(pool) as connection:
            try:
                return await connection.fetch(sql, *arguments, timeout=_SECONDS)
            except TimeoutError:
                raise TooSlow(f"This query takes longer than {_SECONDS:g} s. Select less.") from None
    except asyncpg.InvalidRegularExpressionError as error:
        raise BadPattern(f"idPattern is no regular expression: {error}.") from error
