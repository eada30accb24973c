"""API keys and device credentials as the city's records: make, list, revoke, look up.

What changes is announced on the PostgreSQL channel ``CREDENTIALS`` in the same transaction, so that every process that
remembers a credential, or has a session open for a device, hears of its end at once (see ``announcements``).
"""

import re
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.policy.announcements import CREDENTIALS, Announcement
from ucity.cloud.ioc.policy.principal import Principal, Scope
from ucity.cloud.ioc.policy.tokens import digest, new_secret, new_token
from ucity.errors import BadInput, Conflict, NotFound

Connection = asyncpg.pool.PoolConnectionProxy
Sessions = Callable[[], AbstractAsyncContextManager[Connection]]
"""Gives a database connection for a few statements."""

DEVICE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key without its secret. ``expires_at`` None: never; ``revoked_at`` None: it is good."""

    id: str
    name: str
    scopes: frozenset[Scope]
    tenant: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    secret_hash: bytes = field(repr=False)

    def principal(self, now: datetime) -> Principal | None:
        """Who asks with this key; None once it is revoked or has expired."""
        if self.revoked_at or (self.expires_at and self.expires_at <= now):
            return None
        return Principal("key", self.id, self.tenant, self.scopes, until=self.expires_at)


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device without its password. ``streams``: ``service/stream`` paths that it may send. ``speaks_for``: subjects
    of a gateway, or None for a device that sends for itself alone."""

    name: str
    streams: frozenset[str]
    speaks_for: frozenset[str] | None
    created_at: datetime
    revoked_at: datetime | None
    secret_hash: bytes = field(repr=False)

    def principal(self, now: datetime) -> Principal | None:
        """Who sends with this credential; None once it is revoked."""
        return None if self.revoked_at else self.as_sender()

    def as_sender(self) -> Principal:
        """Who sends with this credential, for as long as it was good."""
        return Principal("device", self.name, streams=self.streams, speaks_for=self.speaks_for)


class Credentials:
    """The records. Every method raises Unavailable while the database is away."""

    def __init__(self, sessions: Sessions, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._sessions = sessions
        self._clock = clock

    async def make_key(
        self, name: str, *, scopes: Collection[Scope], tenant: str = "", expires_at: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """A new key and the text that its holder sends, which is known only now."""
        _check_key(name, scopes, expires_at, self._clock())
        token = new_token()
        async with self._sessions() as connection:
            row = await connection.fetchrow(
                "INSERT INTO api_key (id, name, secret_hash, scopes, tenant, created_at, expires_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *",
                token.id,
                name,
                digest(token.secret),
                sorted(scopes),
                tenant,
                self._clock(),
                expires_at,
            )
        return _key(row), str(token)

    async def keys(self) -> list[ApiKey]:
        """Every key that was ever made, oldest first."""
        async with self._sessions() as connection:
            return [_key(row) for row in await connection.fetch("SELECT * FROM api_key ORDER BY created_at, id")]

    async def key(self, id_: str) -> ApiKey | None:
        """The key with this id, whether good or not."""
        async with self._sessions() as connection:
            row = await connection.fetchrow("SELECT * FROM api_key WHERE id = $1", id_)
        return _key(row) if row else None

    async def revoke_key(self, id_: str) -> ApiKey:
        """End a key at once. Raises NotFound. Doing it again changes nothing."""
        async with self._sessions() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE api_key SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING *", id_, self._clock()
            )
            if row is None:
                raise NotFound(f"There is no API key with the id {id_!r}.")
            await _announce(connection, Announcement("key", id_))
        return _key(row)

    async def make_device(
        self, name: str, *, streams: Iterable[str], catalogue: Catalogue, speaks_for: Iterable[str] | None = None
    ) -> tuple[Device, str]:
        """A new device, or a revoked one anew, and its password, which is known only now.

        Raises BadInput for a name or stream that cannot be, Conflict when a device of that name is in use.
        """
        paths = _checked_streams(name, streams, catalogue)
        password = new_secret()
        async with self._sessions() as connection, connection.transaction():
            was_there = await connection.fetchval("SELECT 1 FROM device WHERE name = $1", name)
            row = await connection.fetchrow(
                "INSERT INTO device AS d (name, secret_hash, streams, speaks_for, created_at)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET secret_hash = EXCLUDED.secret_hash,"
                " streams = EXCLUDED.streams, speaks_for = EXCLUDED.speaks_for, created_at = EXCLUDED.created_at,"
                " revoked_at = NULL WHERE d.revoked_at IS NOT NULL RETURNING *",
                name,
                digest(password),
                paths,
                None if speaks_for is None else sorted(set(speaks_for)),
                self._clock(),
            )
            if row is None:
                raise Conflict(f"A device {name!r} is in use. Revoke it first to give it a new password.")
            if was_there:  # a new one is remembered nowhere, and its first session must not be taken for an old one
                await _announce(connection, Announcement("device", name))
        return _device(row), password

    async def devices(self) -> list[Device]:
        """Every device that was ever made, by name."""
        async with self._sessions() as connection:
            return [_device(row) for row in await connection.fetch("SELECT * FROM device ORDER BY name")]

    async def device(self, name: str) -> Device | None:
        """The device of this name, whether good or not."""
        async with self._sessions() as connection:
            row = await connection.fetchrow("SELECT * FROM device WHERE name = $1", name)
        return _device(row) if row else None

    async def senders(self, names: Collection[str]) -> dict[str, Principal]:
        """Who sends under these device names, also those whose credential has ended since: they were let in when they
        sent. Unknown names are left out."""
        async with self._sessions() as connection:
            rows = await connection.fetch("SELECT * FROM device WHERE name = ANY($1)", list(names))
        return {row["name"]: _device(row).as_sender() for row in rows}

    async def revoke_device(self, name: str) -> Device:
        """End a device's credential at once. Raises NotFound. Doing it again changes nothing."""
        async with self._sessions() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE device SET revoked_at = coalesce(revoked_at, $2) WHERE name = $1 RETURNING *",
                name,
                self._clock(),
            )
            if row is None:
                raise NotFound(f"There is no device {name!r}.")
            await _announce(connection, Announcement("device", name))
        return _device(row)


def _check_key(name: str, scopes: Collection[Scope], expires_at: datetime | None, now: datetime) -> None:
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise BadInput("A key's name has 1 to 100 printable characters.")
    if not scopes:
        raise BadInput(f"A key needs at least one scope: {', '.join(Scope)}.")
    if expires_at and expires_at <= now:
        raise BadInput("A key has to expire in the future.")


def _checked_streams(name: str, streams: Iterable[str], catalogue: Catalogue) -> list[str]:
    if not DEVICE_NAME.fullmatch(name):
        raise BadInput("A device's name has 1 to 64 letters, digits, - and _.")
    paths = sorted(set(streams))
    if not paths:
        raise BadInput("A device needs at least one stream that it may send.")
    for path in paths:
        declared = catalogue.streams.get(path)
        if declared is None or declared.stream.derived:
            known = ", ".join(sorted(p for p, each in catalogue.streams.items() if not each.stream.derived))
            raise BadInput(f"No device can send to {path!r}. Streams that devices send: {known}.")
    return paths


async def _announce(connection: Connection, what: Announcement) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", CREDENTIALS, str(what))


def _key(row: asyncpg.Record | None) -> ApiKey:
    if row is None:
        raise LookupError("INSERT ... RETURNING gave no row")
    return ApiKey(**{**row, "scopes": frozenset(map(Scope, row["scopes"]))})


def _device(row: asyncpg.Record) -> Device:
    speaks_for = row["speaks_for"]
    return Device(
        **{
            **row,
            "streams": frozenset(row["streams"]),
            "speaks_for": None if speaks_for is None else frozenset(speaks_for),
        }
    )
