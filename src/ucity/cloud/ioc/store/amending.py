"""Changes of an entity's history itself, which leave its current state alone.

What is removed is gone for good: the operations exist so that wrong or unlawful data can be taken away. A correction
is a new version of the same instance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ucity.cloud.ioc.store import documents
from ucity.cloud.ioc.store.commit import Committer
from ucity.cloud.ioc.store.database import Connection
from ucity.cloud.ioc.store.documents import Observed, instance_of, rfc3339
from ucity.cloud.ioc.store.evolution import key_of
from ucity.cloud.ioc.store.history import append_observed
from ucity.cloud.ioc.store.rows import lock_entities
from ucity.errors import NotFound


class NothingThere(NotFound):
    """The entity has no history, or no such attribute or instance in it."""


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What of a history is removed: all of it, one ``attribute`` (IRI), and of that the instances of one ``dataset``
    (None: the default ones) unless ``every``, or the one with this ``instance`` id."""

    attribute: str | None = None
    dataset: str | None = None
    every: bool = False
    instance: str | None = None


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """A change of one history. ``types``: added to those that it has. ``makes``: it is made where there is none.
    ``instances``: (name, attribute) to be added. ``removal``: before that."""

    tenant: str
    id: str
    types: tuple[str, ...] = ()
    makes: bool = False
    instances: Sequence[tuple[str, dict[str, Any]]] = field(default=())
    removal: Removal | None = None


async def amend(committer: Committer, amendment: Amendment) -> bool:
    """Make the change in one transaction; tells whether the history was made anew. Raises NothingThere."""
    names = {name for name, _ in amendment.instances}
    times = [each.get("deletedAt") or each.get("observedAt") for _, each in amendment.instances]
    observed_at = [documents.parse_time(each) for each in times if each]
    async with committer.amending(names, observed_at) as (connection, numbers, now):
        key, made = await _entity(connection, amendment, now)
        added: list[tuple[str, dict[str, Any]]] = list(amendment.instances)
        if amendment.removal is not None:
            first = await _remove(connection, key, amendment.removal)
            if first is not None:
                # A correction keeps the instance's name and when it came into being.
                kept = {"instanceId": amendment.removal.instance, "createdAt": rfc3339(first)}
                added = [(name, {**each, **kept}) for name, each in added]
        if added:
            await _add(connection, key, numbers, added, now)
    return made


async def _entity(connection: Connection, amendment: Amendment, now: datetime) -> tuple[int, bool]:
    """The key of the entity, locked, and whether it was made just now."""
    records = await connection.fetch(_LOCK, amendment.tenant, amendment.id)
    if records:
        key = int(records[0]["key"])
        missing = [each for each in amendment.types if each not in records[0]["types"]]
        if missing:
            await connection.execute("UPDATE entity SET types = types || $2::text[] WHERE key = $1", key, missing)
        return key, False
    if not amendment.makes:
        raise NothingThere(f"There is no history of an entity {amendment.id}.")
    rows = await lock_entities(connection, amendment.tenant, {amendment.id: list(amendment.types)}, now, reserve=True)
    key = rows.key(amendment.id)
    await connection.execute(_ANEW, key, list(amendment.types), now)
    return key, True


_LOCK = "SELECT key, types FROM entity WHERE tenant = $1 AND id = $2 FOR UPDATE"
_ANEW = """
UPDATE entity SET types = $2, attrs = '{}', created_at = $3, modified_at = $3, deleted_at = $3, edited = true
WHERE key = $1
"""


async def _add(
    connection: Connection,
    key: int,
    numbers: dict[str, int],
    added: Sequence[tuple[str, dict[str, Any]]],
    now: datetime,
) -> None:
    rows = []
    for place, (name, attribute) in enumerate(added):
        # Without observedAt, each of them is of a time of its own.
        row = _observed(name, attribute, now + timedelta(microseconds=place))
        rows.append((key, numbers[name], row))
    await append_observed(connection, rows, now)
    await connection.execute("UPDATE entity SET edited = true WHERE key = $1 AND NOT edited", key)


def _observed(name: str, attribute: dict[str, Any], now: datetime) -> Observed:
    row = documents.observed(name, attribute, now)
    if "createdAt" not in attribute:
        return row
    json = msgspec.json.encode({key: value for key, value in attribute.items() if key != "modifiedAt"}).decode()
    return replace(row, worth={**row.worth, "json": json})


async def _remove(connection: Connection, key: int, removal: Removal) -> datetime | None:
    """Remove, and tell when a single instance was created. Raises NothingThere."""
    if removal.attribute is None:
        await connection.execute("DELETE FROM observation WHERE entity = $1", key)
        await connection.execute("DELETE FROM entity WHERE key = $1 AND deleted_at IS NOT NULL", key)
        return None
    number = await connection.fetchval("SELECT id FROM attribute WHERE name = $1", removal.attribute)
    has_any = number and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM observation WHERE entity = $1 AND attr = $2)", key, number
    )
    if not has_any:
        raise NothingThere(f"The history has no attribute {removal.attribute}.")
    if removal.instance is not None:
        return await _remove_instance(connection, key, number, removal.instance)
    await _remove_dataset(connection, key, number, removal)
    return None


async def _remove_dataset(connection: Connection, key: int, number: int, removal: Removal) -> None:
    condition, arguments = "true", []
    if not removal.every and removal.dataset is not None:
        condition, arguments = "instance = $3", [instance_of(removal.dataset)]
    elif not removal.every:
        condition = "(json IS NULL OR NOT json ? 'datasetId')"
    sql = f"DELETE FROM observation WHERE entity = $1 AND attr = $2 AND {condition} RETURNING true"  # noqa: S608 - constants
    if not await connection.fetch(sql, key, number, *arguments):
        raise NothingThere(f"The history of {removal.attribute} has no such dataset.")


async def _remove_instance(connection: Connection, key: int, number: int, id_: str) -> datetime:
    """Remove every version of an instance; returns when it was created."""
    found = await _key_of(connection, key, number, id_)
    created = found and await connection.fetchval(_REMOVE, key, number, *found)
    if not created:
        raise NothingThere(f"The history has no instance {id_} of that attribute.")
    return datetime.fromisoformat(str(created)).astimezone(UTC)


async def _key_of(connection: Connection, key: int, number: int, id_: str) -> tuple[datetime, int] | None:
    """(observed_at, instance) of an instance, by its name or by one that it was given before."""
    row = await connection.fetchrow(_RENAMED, key, number, id_)
    if row is not None:
        return row["observed_at"], row["instance"]
    own = key_of(id_)
    if own is None or (own["entity"], own["attr"]) != (key, number):
        return None
    named = await connection.fetchval(_NAME, key, number, own["observed_at"], own["instance"])
    return (own["observed_at"], own["instance"]) if named is None else None


_RENAMED = """
SELECT observed_at, instance FROM observation WHERE entity = $1 AND attr = $2 AND json ->> 'instanceId' = $3 LIMIT 1
"""
_NAME = """
SELECT json ->> 'instanceId' FROM observation WHERE entity = $1 AND attr = $2 AND observed_at = $3 AND instance = $4
ORDER BY recorded_at DESC LIMIT 1
"""
_REMOVE = """
WITH gone AS (DELETE FROM observation WHERE entity = $1 AND attr = $2 AND observed_at = $3 AND instance = $4
RETURNING recorded_at, json) SELECT min(coalesce((json ->> 'createdAt')::timestamptz, recorded_at)) FROM gone
"""
