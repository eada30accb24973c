"""How entities evolved, read from the typed columns of the history, within what the asker may see.

An *instance* is a value that an attribute had; of its versions the newest counts, the first tells when it was created.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg
import msgspec

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION
from ucity.cloud.ioc.store.database import Pool
from ucity.cloud.ioc.store.documents import instance_of, rfc3339
from ucity.cloud.ioc.store.fetching import fetch
from ucity.cloud.ioc.store.narrowing import may_meet, needed
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import Selection
from ucity.cloud.ioc.store.search import Page

TimeProperty = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
MOST_INSTANCES = 10_000
"""Instances in one answer."""
ID = "urn:ngsi-ld:Instance:"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """since <= time < until, by one of an instance's times; None is without end. ``stated``: instances without that
    time do not count."""

    property: TimeProperty = "observedAt"
    since: datetime | None = None
    until: datetime | None = None
    stated: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which instances: of these attributes (None: all), of these datasetIds (None: all; in it, None is the default
    instance), at most the ``last`` of each attribute."""

    interval: Interval
    attributes: frozenset[str] | None = None
    datasets: frozenset[str | None] | None = None
    last: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An entity that is or was. ``deleted_at``: None while it is there."""

    key: int
    id: str
    types: list[str]
    created_at: datetime
    modified_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True)
class Instance:
    """One instance. ``time``: the one that the interval is about; ``attribute``: in the form of documents, with
    createdAt, modifiedAt and instanceId."""

    entity: int
    name: str
    time: datetime
    attribute: dict[str, Any]


_SUBJECT = "entity.key, entity.id, entity.types, entity.created_at, entity.modified_at, entity.deleted_at"
_WORTH = "(o.number IS NOT NULL OR o.text IS NOT NULL OR o.lon IS NOT NULL OR o.json IS NOT NULL)"
_SAME = "n.entity = o.entity AND n.attr = o.attr AND n.observed_at = o.observed_at AND n.instance = o.instance"
_NEWEST = f"NOT EXISTS (SELECT FROM observation AS n WHERE {_SAME} AND n.recorded_at > o.recorded_at)"
_FIRST = f"(SELECT min(n.recorded_at) FROM observation AS n WHERE {_SAME})"  # noqa: S608 - constants
_TIMES = {
    "observedAt": "o.observed_at",
    "createdAt": f"coalesce((o.json ->> 'createdAt')::timestamptz, {_FIRST})",
    "modifiedAt": "o.recorded_at",
    "deletedAt": "(o.json ->> 'deletedAt')::timestamptz",
}


async def subject(pool: Pool, predicate: Predicate, id_: str) -> Subject | None:
    """The entity with this id that is or was, if the asker may see it; its history may have no instance (left)."""
    compiler = Compiler(predicate)
    where = compiler.where(Selection(), deleted=True)
    sql = f"SELECT {_SUBJECT} FROM entity WHERE {where} AND id = {compiler.given(id_, 'text')}"  # noqa: S608 - see search
    rows = await fetch(pool, sql, *compiler.arguments)
    return Subject(**rows[0]) if rows else None


async def subjects(pool: Pool, predicate: Predicate, selection: Selection, wanted: Wanted, page: Page) -> list[Subject]:
    """Selected entities with an instance that is wanted, by id if that is asked for, or else in the order in which they
    came into being. Conditions on values and places are left to be decided, but for numbers that tell enough."""
    compiler = Compiler(predicate)
    where = _where(compiler, selection, wanted)
    order = "entity.id DESC" if selection.order and selection.order[0].descending else "entity.id"
    sql = (
        f"SELECT {_SUBJECT} FROM entity WHERE {where} ORDER BY {order if selection.order else 'entity.key'}"  # noqa: S608 - see search
        f" LIMIT {compiler.given(page.limit, 'bigint')} OFFSET {compiler.given(page.offset, 'bigint')}"
    )
    return [Subject(**row) for row in await fetch(pool, sql, *compiler.arguments)]


async def count(pool: Pool, predicate: Predicate, selection: Selection, wanted: Wanted) -> int:
    """How many entities ``subjects`` finds on all pages."""
    compiler = Compiler(predicate)
    sql = f"SELECT count(*) FROM entity WHERE {_where(compiler, selection, wanted)}"  # noqa: S608 - see search
    return int((await fetch(pool, sql, *compiler.arguments))[0]["count"])


def _where(compiler: Compiler, selection: Selection, wanted: Wanted) -> str:
    meant = Selection(selectors=selection.selectors)
    found = (
        f"SELECT FROM observation AS o WHERE o.entity = entity.key AND {_WORTH}"
        f" AND {_meant(compiler, wanted)} AND {_NEWEST}"
    )
    numbers = [may_meet(compiler, each, _in_time(compiler, wanted.interval)) for each in needed(selection.query)]
    return " AND ".join([compiler.where(meant, deleted=True), f"EXISTS ({found})", *numbers])


def _meant(compiler: Compiler, wanted: Wanted) -> str:
    """The condition that a row of the history belongs to what is wanted, its versions aside."""
    parts = ["true"]
    if wanted.attributes is not None:
        names = compiler.given(sorted(wanted.attributes), "text[]")
        parts.append(f"o.attr = ANY(ARRAY(SELECT id FROM attribute WHERE name = ANY({names})))")  # noqa: S608 - constants
    interval = wanted.interval
    parts.append(_in_time(compiler, interval))
    if interval.stated and interval.property == "observedAt":
        parts.append("(o.json IS NULL OR o.json ? 'observedAt')")
    if interval.stated and interval.property == "deletedAt":
        parts.append("o.json ? 'deletedAt'")
    if wanted.datasets is not None:
        parts.append(_of_datasets(compiler, wanted.datasets))
    return " AND ".join(parts)


def _in_time(compiler: Compiler, interval: Interval) -> str:
    """The condition that the time of a row of the history lies in an interval."""
    parts, time = ["true"], _TIMES[interval.property]
    if interval.since is not None:
        parts.append(f"{time} >= {compiler.given(interval.since, 'timestamptz')}")
    if interval.until is not None:
        parts.append(f"{time} < {compiler.given(interval.until, 'timestamptz')}")
    return " AND ".join(parts)


def _of_datasets(compiler: Compiler, datasets: Collection[str | None]) -> str:
    named = [instance_of(each) for each in datasets if each is not None]
    default = "(o.json IS NULL OR NOT o.json ? 'datasetId')"
    return f"(o.instance = ANY({compiler.given(named, 'bigint[]')}){f' OR {default}' if None in datasets else ''})"


async def instances(
    pool: Pool, predicate: Predicate, of: Sequence[Subject], wanted: Wanted, *, most: int = MOST_INSTANCES
) -> tuple[list[Instance], bool]:
    """The wanted instances of these entities in order of time, the latest first when the last are wanted; and whether
    there are more than the ``most`` that are given, which then end with a whole instant."""
    if not of:
        return [], False
    compiler = Compiler(predicate)
    keys = compiler.given([each.key for each in of], "bigint[]")
    direction = "DESC" if wanted.last is not None else "ASC"
    ranked = (
        f"SELECT *, row_number() OVER (PARTITION BY entity, attr ORDER BY time DESC, instance) AS place"  # noqa: S608
        f" FROM ({versions(compiler, keys, wanted)}) AS v"
    )
    last = f" WHERE place <= {compiler.given(wanted.last, 'bigint')}" if wanted.last is not None else ""
    sql = (
        f"SELECT r.*, a.name FROM ({ranked}) AS r JOIN attribute AS a ON a.id = r.attr{last}"  # noqa: S608 - see search
        f" ORDER BY time {direction}, entity, attr, instance LIMIT {compiler.given(most + 1, 'bigint')}"
    )
    rows = await fetch(pool, sql, *compiler.arguments)
    has_more = len(rows) > most
    kept = _whole_instants(rows, most) if has_more else rows
    types = {each.key: each.types for each in of}
    return [_instance(row) for row in kept if may_see(row, types, predicate)], has_more


def newest(compiler: Compiler, keys: str, wanted: Wanted) -> str:
    """The newest version of each wanted instance, with the time that the interval is about."""
    if wanted.interval.property in ("createdAt", "modifiedAt"):
        return versions(compiler, keys, wanted)
    instance = "o.entity, o.attr, o.observed_at, o.instance"
    every_instance = (
        f"SELECT DISTINCT ON ({instance}) o.* FROM observation AS o"  # noqa: S608 - see search
        f" WHERE o.entity = ANY({keys}) AND {_meant(compiler, wanted)} ORDER BY {instance}, o.recorded_at DESC"
    )
    return f"SELECT o.*, {_TIMES[wanted.interval.property]} AS time FROM ({every_instance}) AS o WHERE {_WORTH}"  # noqa: S608


def versions(compiler: Compiler, keys: str, wanted: Wanted) -> str:
    """The newest version of each wanted instance, with when the first was recorded."""
    window = "OVER (PARTITION BY o.entity, o.attr, o.observed_at, o.instance ORDER BY o.recorded_at)"
    recorded = wanted.interval.property in ("createdAt", "modifiedAt")
    # When it was recorded is only known of all versions, so that these are looked at first.
    inner = Wanted(interval=Interval(), attributes=wanted.attributes, datasets=wanted.datasets) if recorded else wanted
    time = {"createdAt": "created", "modifiedAt": "o.recorded_at"}.get(
        wanted.interval.property, _TIMES[wanted.interval.property]
    )
    every_version = (
        f"SELECT o.*, coalesce((o.json ->> 'createdAt')::timestamptz, first_value(o.recorded_at) {window}) AS created,"  # noqa: S608
        f" lead(o.recorded_at) {window} AS later FROM observation AS o"
        f" WHERE o.entity = ANY({keys}) AND {_meant(compiler, inner)}"
    )
    limits = ["later IS NULL", _WORTH]
    if recorded and wanted.interval.since is not None:
        limits.append(f"{time} >= {compiler.given(wanted.interval.since, 'timestamptz')}")
    if recorded and wanted.interval.until is not None:
        limits.append(f"{time} < {compiler.given(wanted.interval.until, 'timestamptz')}")
    return f"SELECT o.*, {time} AS time FROM ({every_version}) AS o WHERE {' AND '.join(limits)}"  # noqa: S608 - see search


def _whole_instants(rows: list[asyncpg.Record], most: int) -> list[asyncpg.Record]:
    """At most so many rows, without a part of those of one time; all of that time when there is no other."""
    cut = most
    while cut and rows[cut - 1]["time"] == rows[most]["time"]:
        cut -= 1
    return rows[: cut or most]


def may_see(row: asyncpg.Record, types: Mapping[int, list[str]], predicate: Predicate) -> bool:
    """Whether the asker may read the attribute ``name`` of the ``entity`` in a row; ``types``: of each entity."""
    allowed = predicate.attributes(types[row["entity"]])
    return allowed is None or row["name"] in allowed


def _instance(row: asyncpg.Record) -> Instance:
    attribute = _attribute(row)
    attribute["createdAt"] = rfc3339(row["created"])
    attribute["modifiedAt"] = rfc3339(row["recorded_at"])
    attribute.setdefault("instanceId", instance_id(row))
    return Instance(row["entity"], row["name"], row["time"], attribute)


def _attribute(row: asyncpg.Record) -> dict[str, Any]:
    """The attribute as a document has it; what readings stored is in the columns alone."""
    if row["json"] is not None:
        found: dict[str, Any] = msgspec.json.decode(row["json"])
        return found
    observed_at = rfc3339(row["observed_at"])
    if row["lon"] is not None and row["name"] == LOCATION:
        point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
        return {"type": "GeoProperty", "value": point, "observedAt": observed_at}
    number = row["number"]
    value = row["text"] if number is None else int(number) if number.is_integer() and abs(number) < 2**53 else number
    return {"type": "Property", "value": value, "observedAt": observed_at}


def instance_id(row: asyncpg.Record) -> str:
    """The id of an instance, from its key in the history."""
    micros = round(row["observed_at"].timestamp() * 1_000_000)
    return f"{ID}{row['entity']}-{row['attr']}-{micros}-{row['instance'] & (2**64 - 1):x}"
