"""Reading entities by their ids, always within what the asker may see.

Every question takes a predicate: attributes that the asker may not read are taken out before a document leaves this
module. ``search`` finds entities by what is so of them.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace

import asyncpg

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.rows import document_of

COLUMNS = "id, types, attrs, created_at, modified_at"
_ONE = f"SELECT {COLUMNS}, now() FROM entity WHERE tenant = $1 AND id = $2 AND deleted_at IS NULL"  # noqa: S608 - constant
_SOME = f"SELECT {COLUMNS}, now() FROM entity WHERE tenant = $1 AND id = ANY($2) AND deleted_at IS NULL"  # noqa: S608
_TOGETHER = 200


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
        return visible(row, predicate) if row is not None and _may_see(row, predicate) else None

    async def find_all(self, predicate: Predicate, ids: Collection[str]) -> dict[str, Document]:
        """Those of the entities with these ids that there are and that the asker may see, by their ids."""
        if not ids:
            return {}
        async with session(self._pool) as connection:
            rows = await connection.fetch(_SOME, predicate.tenant, list(ids))
        return {row["id"]: visible(row, predicate) for row in rows if _may_see(row, predicate)}

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


def visible(row: asyncpg.Record, predicate: Predicate) -> Document:
    """The document in a row, with the attributes that the asker may read."""
    doc = document_of(row, predicate.tenant)
    allowed = predicate.attributes(doc.types)
    if allowed is None:
        return doc
    return replace(doc, attrs={name: value for name, value in doc.attrs.items() if name in allowed})
