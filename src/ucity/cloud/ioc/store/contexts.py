"""JSON-LD contexts as they are kept: those that clients have hosted here, and copies of those from elsewhere."""

from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from ucity.cloud.ioc.store.database import Connection, Pool, session, transaction
from ucity.errors import Forbidden

HOSTED, CACHED, IMPLICIT = "Hosted", "Cached", "ImplicitlyCreated"
KINDS = (CACHED, HOSTED, IMPLICIT)
PREFIX = "urn:ngsi-ld:JsonLdContext:"
PASSING_BYTES = 64 * 1024
"""The largest context that is kept for a time alone, as JSON."""
_LOCK = 0x7563_6917


@dataclass(frozen=True)
class StoredContext:
    """``id``: a URI of our own; ``url``: where a copy was fetched from; ``body``: the document with its @context, None
    in a list. Copies are of the tenant without a name: the city's own."""

    id: str
    tenant: str
    kind: str
    url: str | None
    created_at: datetime
    expires_at: datetime | None
    body: Any = None


class NoRoomForContext(Forbidden):
    """A tenant has as many contexts as the city keeps for one, or this one is too large to be kept for a time."""

    title = "No room for the context"


class StoredContexts:
    """The table of contexts. ``most``: so many are kept for good for one tenant; ``most_passing``: so many besides that
    are kept for a time, which whoever asks has made. ``copies``: how many copies are kept, and how many bytes of
    them, which whoever may read has made."""

    def __init__(
        self,
        pool: Pool,
        *,
        most: int = 10_000,
        most_passing: int = 1000,
        copies: tuple[int, int] = (1000, 64 * 1024 * 1024),
    ) -> None:
        self._pool, self._most, self._most_passing, self._copies = pool, most, most_passing, copies

    async def host(self, tenant: str, body: Any, now: datetime) -> str:
        """Keep a context that a client gives; returns its id. Raises NoRoomForContext."""
        id_ = _new_id()
        async with transaction(self._pool) as connection:
            await _serialize(connection, tenant)
            await connection.execute(_INSERT, id_, tenant, HOSTED, None, _encoded(body), now, None)
            await self._check_room(connection, tenant, now)
        return id_

    async def keep(self, tenant: str, body: Any, now: datetime, *, until: datetime | None = None) -> str:
        """Keep a context that has to have an address, once however often it comes; returns its id. ``until``: how long
        it needs one, None for as long as nobody deletes it. Raises NoRoomForContext."""
        encoded = _encoded(body)
        digest = sha256(encoded.encode()).digest()
        async with transaction(self._pool) as connection:
            has_room = await connection.fetchval(_HAS_ROOM, tenant, digest, until)
            if not has_room:
                _check_size(encoded, until)
                await _serialize(connection, tenant)
            id_: str = await connection.fetchval(_KEEP, _new_id(), tenant, IMPLICIT, encoded, now, until, digest)
            if not has_room:
                await self._check_room(connection, tenant, now, until)
        return id_

    async def keep_for_good(self, tenant: str, id_: str, now: datetime) -> None:
        """Keep what is kept for a time, and is this tenant's, for as long as nobody deletes it. Raises
        NoRoomForContext."""
        async with transaction(self._pool) as connection:
            await _serialize(connection, tenant)
            if await connection.fetchval(_KEEP_FOR_GOOD, tenant, id_):
                await self._check_room(connection, tenant, now)

    async def _check_room(
        self, connection: Connection, tenant: str, now: datetime, until: datetime | None = None
    ) -> None:
        """Raise, and so undo what this transaction has kept, when it is more than a tenant has room for once those that
        are needed no more are gone."""
        await connection.execute(_CLEAR, tenant, now)
        most, what = (self._most, "contexts") if until is None else (self._most_passing, "contexts of answers")
        if await connection.fetchval(_COUNT, tenant, until is not None) > most:
            raise NoRoomForContext(f"The city keeps at most {most} {what} for a tenant.")

    async def cache(self, url: str, body: Any, now: datetime, until: datetime) -> None:
        """Keep a copy of what is at a URL, in the place of an older one, and let go of the oldest copies beyond what
        there is room for."""
        async with transaction(self._pool) as connection:
            await _serialize(connection, CACHED)
            await connection.execute(_INSERT, _new_id(), "", CACHED, url, _encoded(body), now, until)
            await connection.execute(_BEYOND, *self._copies)

    async def get(self, name: str) -> StoredContext | None:
        """The context with this id, or the copy from this URL."""
        async with session(self._pool) as connection:
            row = await connection.fetchrow(_GET, name)
        return _context(row) if row else None

    async def all(self, tenant: str, kinds: list[str]) -> list[StoredContext]:
        """Contexts of these kinds, of this tenant, the oldest first."""
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


async def sweep_contexts(pool: Pool, before: datetime) -> None:
    """Delete copies, and what was kept for answers, that were good until before this."""
    async with session(pool) as connection:
        await connection.execute("DELETE FROM jsonld_context WHERE expires_at < $1", before)


def _check_size(encoded: str, until: datetime | None) -> None:
    if until is not None and len(encoded.encode()) > PASSING_BYTES:
        raise NoRoomForContext(f"A context of more than {PASSING_BYTES} bytes gets no address for an answer.")


async def _serialize(connection: Connection, tenant: str) -> None:
    """Wait until nobody else is filling this tenant's room, so that each counts what those before it have kept."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _LOCK, tenant)


_COLUMNS = ", ".join(each.name for each in fields(StoredContext) if each.name != "body")
_GET = f"SELECT {_COLUMNS}, body FROM jsonld_context WHERE id = $1 OR url = $1"  # noqa: S608 - constant
_CLEAR = "DELETE FROM jsonld_context WHERE tenant = $1 AND kind = 'ImplicitlyCreated' AND expires_at < $2"
_COUNT = """
SELECT count(*) FROM jsonld_context WHERE tenant = $1 AND kind <> 'Cached' AND (expires_at IS NOT NULL) = $2
"""
_HAS_ROOM = """
SELECT true FROM jsonld_context
WHERE tenant = $1 AND digest = $2 AND (expires_at IS NULL OR $3::timestamptz IS NOT NULL)
"""
_KEEP = """
INSERT INTO jsonld_context AS kept (id, tenant, kind, body, created_at, expires_at, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, digest)
DO UPDATE SET expires_at = CASE WHEN kept.expires_at IS NULL THEN NULL ELSE EXCLUDED.expires_at END
RETURNING id
"""
_KEEP_FOR_GOOD = """
UPDATE jsonld_context SET expires_at = NULL
WHERE tenant = $1 AND id = $2 AND kind = 'ImplicitlyCreated' AND expires_at IS NOT NULL RETURNING true
"""
_INSERT = """
INSERT INTO jsonld_context (id, tenant, kind, url, body, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (url) DO UPDATE SET body = EXCLUDED.body, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
"""
_BEYOND = """
DELETE FROM jsonld_context WHERE id IN (
    SELECT id FROM (
        SELECT id, count(*) OVER newest AS number, sum(octet_length(body)) OVER newest AS bytes
        FROM jsonld_context WHERE kind = 'Cached'
        WINDOW newest AS (ORDER BY created_at DESC, id ROWS UNBOUNDED PRECEDING)
    ) AS copy WHERE number > $1 OR bytes > $2
)
"""
_ALL = f"""
SELECT {_COLUMNS} FROM jsonld_context WHERE tenant = $1 AND kind = ANY($2) ORDER BY created_at, id
"""  # noqa: S608 - constant


def _new_id() -> str:
    return f"{PREFIX}{uuid4()}"


def _encoded(body: Any) -> str:
    return msgspec.json.encode(body).decode()


def _context(row: asyncpg.Record) -> StoredContext:
    values = dict(row)
    if "body" in values:
        values["body"] = msgspec.json.decode(values["body"])
    return StoredContext(**values)
