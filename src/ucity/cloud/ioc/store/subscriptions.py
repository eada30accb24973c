"""Subscriptions as records: who made them, what they say, how sending to them went.

A subscription that ends leaves its row for a while, without its content, so that whoever follows the revisions hears of
it. Writes are serialized, so that revisions become visible in their order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

import asyncpg
import msgspec

from ucity.cloud.ioc.store.database import Connection, Pool, session, transaction
from ucity.errors import Conflict, Forbidden, NotFound

CHANNEL = "ucity_subscription"
SHARES = 16
"""Parts into which endpoints fall, each of which is sent to by one worker at a time."""
_LOCK = 0x7563_6974_7906
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode


class TooManySubscriptions(Forbidden):
    """One owner has as many as one may have."""

    title = "Too many subscriptions"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a subscription says. ``document``: as its maker wrote it. ``terms``: part of it to names to IRIs.
    ``context``: JSON-LD context in which it was made. ``types``: those that it may mean, with "" for any; none when
    changes do not matter to it. ``every``: seconds between periodic notices, None when changes matter."""

    document: Mapping[str, Any]
    terms: Mapping[str, Mapping[str, str]]
    context: Any
    endpoint: str
    types: frozenset[str]
    every: float | None = None


@dataclass(frozen=True, kw_only=True)
class Sending:
    """How sending went: counts of attempts, and when the last of each kind was."""

    sent: int = 0
    failed: int = 0
    last: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One record. ``owner``: kind:name of who made it. ``endpoint``: the queue of what it is told, which is that of its
    owner and of where it leads. ``since``: changes after this one concern it."""

    key: int
    tenant: str
    id: str
    owner: str
    document: Mapping[str, Any]
    terms: Mapping[str, Mapping[str, str]]
    context: Any
    endpoint: str
    since: int
    revision: int
    created_at: datetime
    modified_at: datetime
    deleted: bool = False
    sending: Sending = field(default_factory=Sending)


class Subscriptions:
    """The records. ``owner`` None sees those of all of its tenant. ``most``: so many has one owner at most."""

    def __init__(self, pool: Pool, *, most: int = 10_000) -> None:
        self._pool, self._most = pool, most

    async def create(self, tenant: str, id_: str, owner: str, content: Content, now: datetime) -> Subscription:
        """Keep a new one. Raises Conflict when there is one with this id, and TooManySubscriptions."""
        async with transaction(self._pool) as connection:
            await _serialize(connection)
            await self._check_new(connection, tenant, id_, owner)
            row = await connection.fetchrow(
                _INSERT, tenant, id_, owner, *_written(content, tenant, owner), now, _due(content, now)
            )
            found = record(row)
            await _settle(connection, found, content)
        return found

    async def check_new(self, tenant: str, id_: str, owner: str) -> None:
        """Raise what ``create`` would, as it is now."""
        async with session(self._pool) as connection:
            await self._check_new(connection, tenant, id_, owner)

    async def _check_new(self, connection: Connection, tenant: str, id_: str, owner: str) -> None:
        if await connection.fetchval(f"SELECT 1 FROM subscription WHERE {_THIS}", tenant, id_):  # noqa: S608 - constant
            raise Conflict(f"There is a subscription {id_} already.")
        if await connection.fetchval(_COUNT, tenant, owner) >= self._most:
            raise TooManySubscriptions(
                f"This key has {self._most} subscriptions, and may have no more. Delete some of them."
            )

    async def get(self, tenant: str, id_: str, owner: str | None) -> Subscription:
        """The one with this id. Raises NotFound, also for one of another owner."""
        async with session(self._pool) as connection:
            row = await connection.fetchrow(f"SELECT * FROM subscription WHERE {_THIS}", tenant, id_)  # noqa: S608 - constant
        return _own(row, id_, owner)

    async def page(self, tenant: str, owner: str | None, limit: int, offset: int) -> tuple[list[Subscription], int]:
        """Some of them in the order in which they were made, and how many there are in all."""
        where = "tenant = $1 AND deleted_at IS NULL AND ($2::text IS NULL OR owner = $2)"
        async with session(self._pool) as connection:
            rows = await connection.fetch(
                f"SELECT * FROM subscription WHERE {where} ORDER BY key LIMIT $3 OFFSET $4",  # noqa: S608 - constant
                tenant, owner, limit, offset,
            )  # fmt: skip
            total = await connection.fetchval(f"SELECT count(*) FROM subscription WHERE {where}", tenant, owner)  # noqa: S608
        return [record(row) for row in rows], int(total)

    async def change(
        self, tenant: str, id_: str, owner: str | None, apply: Callable[[Subscription], Content], now: datetime
    ) -> Subscription:
        """Give it the content that ``apply`` makes of it. Raises NotFound, and what ``apply`` raises."""
        async with transaction(self._pool) as connection:
            await _serialize(connection)
            row = await connection.fetchrow(f"SELECT * FROM subscription WHERE {_THIS}", tenant, id_)  # noqa: S608 - constant
            before = _own(row, id_, owner)
            content = apply(before)
            written = _written(content, tenant, before.owner)
            row = await connection.fetchrow(_UPDATE, before.key, *written, now, _due(content, now))
            found = record(row)
            await _settle(connection, found, content)
        return found

    async def delete(self, tenant: str, id_: str, owner: str | None, now: datetime) -> None:
        """End it: what waits for being sent is gone with it. Raises NotFound."""
        async with transaction(self._pool) as connection:
            await _serialize(connection)
            row = await connection.fetchrow(f"SELECT * FROM subscription WHERE {_THIS}", tenant, id_)  # noqa: S608 - constant
            key = _own(row, id_, owner).key
            await connection.execute(_END, key, now)
            await connection.execute("DELETE FROM subscription_type WHERE subscription = $1", key)
            await connection.execute("DELETE FROM notice WHERE subscription = $1", key)
            await connection.execute("SELECT pg_notify($1, '')", CHANNEL)

    async def changed_after(self, revision: int, most: int = 2000) -> list[Subscription]:
        """Those that were made, changed or ended after this revision, in the order of their revisions."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(
                "SELECT * FROM subscription WHERE revision > $1 ORDER BY revision LIMIT $2", revision, most
            )
        return [record(row) for row in rows]


async def sweep(pool: Pool, before: datetime) -> None:
    """Delete what is left of subscriptions that ended before this and of endpoints that no subscription names, and
    notices that were set aside before."""
    async with transaction(pool) as connection:
        await _serialize(connection)
        await connection.execute("DELETE FROM subscription WHERE deleted_at < $1", before)
        await connection.execute("DELETE FROM notice_aside WHERE set_aside_at < $1", before)
        # One that was matched while its subscription was moved to another queue.
        await connection.execute(
            "UPDATE notice AS n SET endpoint = s.endpoint FROM subscription AS s"
            " WHERE s.key = n.subscription AND n.endpoint <> s.endpoint"
        )
        await connection.execute(
            "DELETE FROM notice_endpoint AS e"
            " WHERE NOT EXISTS (SELECT FROM subscription AS s WHERE s.endpoint = e.endpoint)"
        )


_COUNT = "SELECT count(*) FROM subscription WHERE tenant = $1 AND owner = $2 AND deleted_at IS NULL"
_THIS = "tenant = $1 AND id = $2 AND deleted_at IS NULL"
_INSERT = """
INSERT INTO subscription (tenant, id, owner, document, terms, context, endpoint, created_at, modified_at, due_at, since,
    revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, (SELECT coalesce(max(seq), 0) FROM change),
    nextval('subscription_revision')) RETURNING *
"""
_UPDATE = """
UPDATE subscription SET document = $2, terms = $3, context = $4, endpoint = $5, modified_at = $6, due_at = $7,
    revision = nextval('subscription_revision') WHERE key = $1 RETURNING *
"""
_END = """
UPDATE subscription SET deleted_at = $2, due_at = NULL, document = '{}', terms = '{}', context = 'null',
    revision = nextval('subscription_revision') WHERE key = $1
"""


async def _serialize(connection: Connection) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def _settle(connection: Connection, found: Subscription, content: Content) -> None:
    """Put down which types it means and where it leads, and tell whoever follows."""
    await connection.execute("DELETE FROM subscription_type WHERE subscription = $1", found.key)
    await connection.executemany(
        "INSERT INTO subscription_type (tenant, type, subscription) VALUES ($1, $2, $3)",
        [(found.tenant, each, found.key) for each in sorted(content.types)],
    )
    await connection.execute("UPDATE notice SET endpoint = $2 WHERE subscription = $1", found.key, found.endpoint)
    await connection.execute(
        "INSERT INTO notice_endpoint (endpoint, share) VALUES ($1, abs(hashtext($1)::bigint) % $2)"
        " ON CONFLICT DO NOTHING",
        found.endpoint,
        SHARES,
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


def _written(content: Content, tenant: str, owner: str) -> Sequence[str]:
    parts = (content.document, content.terms, content.context)
    return *(_encode(each).decode() for each in parts), _queue(content.endpoint, tenant, owner)


def _queue(endpoint: str, tenant: str, owner: str) -> str:
    """The queue of an owner's notices to an endpoint: nobody can hold up what others have sent there."""
    return f"{endpoint} {blake2b(_encode((tenant, owner)), digest_size=16).hexdigest()}"


def _due(content: Content, now: datetime) -> datetime | None:
    return None if content.every is None else datetime.fromtimestamp(now.timestamp() + content.every, now.tzinfo)


def _own(row: asyncpg.Record | None, id_: str, owner: str | None) -> Subscription:
    if row is None or owner not in (None, row["owner"]):
        raise NotFound(f"There is no subscription {id_}, or none that you may see.")
    return record(row)


def record(row: asyncpg.Record | None) -> Subscription:
    """The subscription in a row of the table."""
    if row is None:
        raise LookupError("RETURNING gave no row")
    return Subscription(
        key=row["key"],
        tenant=row["tenant"],
        id=row["id"],
        owner=row["owner"],
        document=_decode(row["document"]),
        terms=_decode(row["terms"]),
        context=_decode(row["context"]),
        endpoint=row["endpoint"],
        since=row["since"],
        revision=row["revision"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        deleted=row["deleted_at"] is not None,
        sending=Sending(
            sent=row["times_sent"],
            failed=row["times_failed"],
            last=row["last_notification"],
            last_success=row["last_success"],
            last_failure=row["last_failure"],
        ),
    )
