"""JSON-LD contexts as they are kept: those that clients have hosted here, and copies of those from elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import asyncpg
import msgspec

from ucity.cloud.ioc.store.database import Connection, Pool, session
from ucity.errors import Forbidden

HOSTED, CACHED, IMPLICIT = "Hosted", "Cached", "ImplicitlyCreated"
KINDS = (CACHED, HOSTED, IMPLICIT)
PREFIX = "urn:ngsi-ld:JsonLdContext:"
_MOST = 10_000


@dataclass(frozen=True)
class StoredContext:
    """``id``: a URI of our own; ``url``: where a copy was fetched from; ``body``: the document with its @context."""

    id: str
    tenant: str
    kind: str
    url: str | None
    body: Any
    created_at: datetime
    expires_at: datetime | None


class TooManyContexts(Forbidden):
    """A tenant has as many contexts as the city keeps for one."""


class StoredContexts:
    """The table of contexts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def host(self, tenant: str, body: Any, now: datetime) -> str:
        """Keep a context that a client gives; returns its id. Raises TooManyContexts."""
        id_ = f"{PREFIX}{uuid4()}"
        async with session(self._pool) as connection:
            await _check_room(connection, tenant, now)
            await connection.execute(_INSERT, id_, tenant, HOSTED, None, _encoded(body), now, None)
        return id_

    async def keep(self, tenant: str, body: Any, now: datetime, *, until: datetime | None = None) -> str:
        """Keep a context that has to have an address, once however often it comes; returns its id. ``until``: how long
        it needs one, None for as long as nobody deletes it. Raises TooManyContexts."""
        encoded = _encoded(body)
        id_ = f"{PREFIX}{uuid5(NAMESPACE_URL, f'{PREFIX}{tenant} {encoded}')}"
        async with session(self._pool) as connection:
            if not await connection.fetchval(_PROLONG, id_, until):
                await _check_room(connection, tenant, now)
                await connection.execute(_KEEP, id_, tenant, IMPLICIT, encoded, now, until)
        return id_

    async def cache(self, url: str, body: Any, now: datetime, until: datetime) -> None:
        """Keep a copy of what is at a URL, in the place of an older one."""
        async with session(self._pool) as connection:
            await connection.execute(_INSERT, f"{PREFIX}{uuid4()}", "", CACHED, url, _encoded(body), now, until)

    async def get(self, name: str) -> StoredContext | None:
        """The context with this id, or the copy from this URL."""
        async with session(self._pool) as connection:
            row = await connection.fetchrow("SELECT * FROM jsonld_context WHERE id = $1 OR url = $1", name)
        return _context(row) if row else None

    async def all(self, tenant: str, kinds: list[str]) -> list[StoredContext]:
        """Contexts of these kinds, of this tenant or copies for all, the oldest first."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(_ALL, tenant, kinds)
        return [_context(row) for row in rows]

    async def delete(self, id_: str) -> bool:
        """Forget a context; tells whether it was there."""
        async with session(self._pool) as connection:
            return bool(await connection.fetchval("DELETE FROM jsonld_context WHERE id = $1 RETURNING true", id_))

    async def source(self) -> UUID:
        """The identity of this city among context sources."""
        async with session(self._pool) as connection:
            found: UUID = await connection.fetchval("SELECT id FROM context_source")
        return UUID(str(found))


async def _check_room(connection: Connection, tenant: str, now: datetime) -> None:
    """Raise when a tenant has as many contexts as are kept, once those that are needed no more are gone."""
    await connection.execute(_CLEAR, tenant, now)
    if await connection.fetchval(_COUNT, tenant) >= _MOST:
        raise TooManyContexts(f"The city keeps at most {_MOST} contexts for a tenant.")


_CLEAR = "DELETE FROM jsonld_context WHERE tenant = $1 AND kind = 'ImplicitlyCreated' AND expires_at < $2"
_COUNT = "SELECT count(*) FROM jsonld_context WHERE tenant = $1 AND kind <> 'Cached'"
_PROLONG = """
UPDATE jsonld_context SET expires_at = CASE WHEN expires_at IS NULL THEN NULL ELSE $2::timestamptz END
WHERE id = $1 RETURNING true
"""
_KEEP = """
INSERT INTO jsonld_context (id, tenant, kind, body, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING
"""
_INSERT = """
INSERT INTO jsonld_context (id, tenant, kind, url, body, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (url) DO UPDATE SET body = EXCLUDED.body, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
"""
_ALL = """
SELECT * FROM jsonld_context WHERE (tenant = $1 OR kind = 'Cached') AND kind = ANY($2) ORDER BY created_at, id
"""


def _encoded(body: Any) -> str:
    return msgspec.json.encode(body).decode()


def _context(row: asyncpg.Record) -> StoredContext:
    values = {**row, "body": msgspec.json.decode(row["body"])}
    return StoredContext(**values)
