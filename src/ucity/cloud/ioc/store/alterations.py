"""What a commit made of the documents that somebody subscribes to: written beside the change, read by the matcher.

Only documents are written down of whose types there is a subscription when they are committed, so that a city without
any pays one look-up a commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE
from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.database import Connection, Pool, session
from ucity.cloud.ioc.store.documents import is_attribute

ANY_TYPE = ""
"""Stands in ``subscription_type`` for a subscription that takes entities of every type."""
TOGETHER = 100
"""Documents in one row of the feed at most."""
_OWN = frozenset({SCOPE, EXPIRES_AT})
_STAMPS = frozenset({"createdAt", "modifiedAt"})
_WATCHED = """
SELECT name FROM unnest($2::text[]) AS name
WHERE EXISTS (SELECT FROM subscription_type AS s WHERE s.tenant = $1 AND s.type = name)
"""
_BEYOND = 2**63
_AFTER = "SELECT seq, altered FROM change WHERE seq > $1 AND altered IS NOT NULL ORDER BY seq LIMIT $2"
_SOME = "SELECT seq, altered FROM change WHERE seq = ANY($1) AND altered IS NOT NULL"


@dataclass(frozen=True, kw_only=True)
class Alteration:
    """One document that changed. ``document``: as it stood afterwards, or at last when it is gone since ``deleted_at``.
    ``before``: of each attribute that changed its instances as they had been, None where it is new."""

    document: Document
    before: Mapping[str, Any]
    created: bool = False
    deleted_at: datetime | None = None


@dataclass(frozen=True)
class Altered:
    """What one row of the feed tells. ``seq`` is its place there."""

    seq: int
    alterations: tuple[Alteration, ...]

    def of(self, id_: str) -> Sequence[Alteration]:
        """Those of the entity with this id."""
        return self._by_id.get(id_, ())

    @cached_property
    def _by_id(self) -> dict[str, list[Alteration]]:
        found: dict[str, list[Alteration]] = {}
        for each in self.alterations:
            found.setdefault(each.document.id, []).append(each)
        return found


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Alteration, ...]).decode


def alteration(before: Document | None, after: Document | None, now: datetime) -> Alteration | None:
    """What became of one document; None when nothing did that anybody could tell."""
    if after is None:
        return None if before is None else Alteration(document=before, before={}, deleted_at=now)
    old = before.attrs if before else {}
    names = [
        name for name in {**old, **after.attrs} if name not in _OWN and _differ(old.get(name), after.attrs.get(name))
    ]
    if before is not None and not names:
        return None
    stands = replace(after, created_at=(before and before.created_at) or now, modified_at=now)
    return Alteration(document=stands, before={name: old.get(name) for name in names}, created=before is None)


def _differ(old: Any, new: Any) -> bool:
    return old is not new and _plain(old) != _plain(new)


def _plain(kept: Any) -> Any:
    """Instances without the times of creation and change, their own and those of the attributes in them, in an order
    of their own."""
    if kept is None:
        return None
    instances = kept if isinstance(kept, list) else [kept]
    plain = [
        {name: _plain(value) if is_attribute(name) else value for name, value in each.items() if name not in _STAMPS}
        for each in instances
    ]
    return sorted(plain, key=lambda each: each.get("datasetId", ""))


async def watched(connection: Connection, tenant: str, types: Iterable[str]) -> frozenset[str]:
    """Those of the types of which somebody wants to hear, ANY_TYPE among them if somebody does of all."""
    rows = await connection.fetch(_WATCHED, tenant, [ANY_TYPE, *types])
    return frozenset(row["name"] for row in rows)


def wanted(found: Iterable[Alteration | None], names: frozenset[str]) -> list[Alteration]:
    """Those alterations of which somebody wants to hear, by what ``watched`` said."""
    return [each for each in found if each and (ANY_TYPE in names or not names.isdisjoint(each.document.types))]


def encoded(alterations: list[Alteration]) -> list[bytes]:
    """Alterations for the rows of the feed."""
    return [_row(alterations[at : at + TOGETHER]) for at in range(0, len(alterations), TOGETHER)]


def _row(some: list[Alteration]) -> bytes:
    try:
        return _encode(some)
    except OverflowError:
        # JSON has integers of any size; MessagePack ends at 64 bits, beyond which doubles go on.
        return _encode(_in_doubles(msgspec.to_builtins(some, builtin_types=(datetime,))))


def _in_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_doubles(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_doubles(each) for each in value]
    return float(value) if isinstance(value, int) and abs(value) >= _BEYOND else value


async def altered_after(pool: Pool, seq: int, most: int = 100) -> list[Altered]:
    """What follows this place in the feed, in order."""
    async with session(pool) as connection:
        return [Altered(row["seq"], _decode(row["altered"])) for row in await connection.fetch(_AFTER, seq, most)]


async def altered_at(pool: Pool, seqs: Iterable[int]) -> dict[int, Altered]:
    """What stands at these places in the feed, as far as it is still there."""
    async with session(pool) as connection:
        rows = await connection.fetch(_SOME, list(seqs))
    return {row["seq"]: Altered(row["seq"], _decode(row["altered"])) for row in rows}
