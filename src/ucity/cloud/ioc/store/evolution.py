"""How entities evolved, read from the typed columns of the history, within what the asker may see.

An *instance* is a value that an attribute had; of its versions the newest counts, the first tells when it was created.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
from ucity.cloud.ioc.store.query.ordering import collation_of, ordering
from ucity.cloud.ioc.store.query.terms import Selection
from ucity.cloud.ioc.store.search import Page
from ucity.errors import Forbidden

TimeProperty = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
MOST_INSTANCES = 10_000
"""Instances in one answer."""
_SHORT = 1_000
"""Instances that are read in some milliseconds: others must not wait for more."""
ID = "urn:ngsi-ld:Instance:"
_OWN_ID = re.compile(rf"{ID}([0-9]{{1,19}})-([0-9]{{1,10}})-(-?[0-9]{{1,20}})-([0-9a-f]{{1,16}})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TooManyAtOnce(Forbidden):
    """More instances are of one time than one answer has."""


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
_RECORDED = frozenset({"createdAt", "modifiedAt"})
_OF_SERIES = "o.entity = s.entity AND o.attr = s.attr"


async def subject(pool: Pool, predicate: Predicate, id_: str) -> Subject | None:
    """The entity with this id that is or was, if the asker may see it; its history may have no instance (left)."""
    compiler = Compiler(predicate)
    where = compiler.where(Selection(), deleted=True)
    sql = f"SELECT {_SUBJECT} FROM entity WHERE {where} AND id = {compiler.given(id_, 'text')}"  # noqa: S608 - see search
    rows = await fetch(pool, sql, *compiler.arguments)
    return Subject(**rows[0]) if rows else None


async def subjects(pool: Pool, predicate: Predicate, selection: Selection, wanted: Wanted, page: Page) -> list[Subject]:
    """Selected entities with an instance that is wanted, by id if that is asked for, or else in the order in which they
    came into being. Conditions on values and places are left to be decided, but for values that tell enough.

    Raises BadCollation, NoCollations."""
    collation = await collation_of(pool, selection.collation) if selection.order or selection.collation else None
    compiler = Compiler(predicate)
    where = _where(compiler, predicate, selection, wanted)
    sorts = [each for order in selection.order for each in ordering(compiler, order, 0, collation)[1]]
    sql = (
        f"SELECT {_SUBJECT} FROM entity WHERE {where} ORDER BY {', '.join([*sorts, 'entity.key'])}"  # noqa: S608 - see search
        f" LIMIT {compiler.given(page.limit, 'bigint')} OFFSET {compiler.given(page.offset, 'bigint')}"
    )
    return [Subject(**row) for row in await fetch(pool, sql, *compiler.arguments)]


async def count(pool: Pool, predicate: Predicate, selection: Selection, wanted: Wanted) -> int:
    """How many entities ``subjects`` finds on all pages."""
    compiler = Compiler(predicate)
    sql = f"SELECT count(*) FROM entity WHERE {_where(compiler, predicate, selection, wanted)}"  # noqa: S608 - see search
    return int((await fetch(pool, sql, *compiler.arguments))[0]["count"])


def _where(compiler: Compiler, predicate: Predicate, selection: Selection, wanted: Wanted) -> str:
    meant = Selection(selectors=selection.selectors)
    numbers = [may_meet(compiler, each, _in_time(compiler, wanted.interval)) for each in needed(selection.query)]
    return " AND ".join([compiler.where(meant, deleted=True), _evolved(compiler, predicate, wanted), *numbers])


def _evolved(compiler: Compiler, predicate: Predicate, wanted: Wanted) -> str:
    """The condition on rows of ``entity`` that one has an instance that is wanted, of an attribute that the asker may
    read of it."""
    if predicate.types is None:
        return _has(compiler, wanted)
    kinds: dict[frozenset[str] | None, list[str]] = {}
    for kind, may in predicate.types.items():
        kinds.setdefault(_both(may, wanted.attributes), []).append(kind)
    parts = [
        f"(entity.types && {compiler.given(each, 'text[]')} AND {_has(compiler, replace(wanted, attributes=names))})"
        for names, each in kinds.items()
    ]
    return f"({' OR '.join(parts) or 'false'})"


def _has(compiler: Compiler, wanted: Wanted) -> str:
    parts = ["o.entity = entity.key", _WORTH, _meant(compiler, wanted), _NEWEST]
    if wanted.attributes is not None:
        names = compiler.given(sorted(wanted.attributes), "text[]")
        parts.append(f"o.attr = ANY(ARRAY(SELECT id FROM attribute WHERE name = ANY({names})))")  # noqa: S608 - constants
    return f"EXISTS (SELECT FROM observation AS o WHERE {' AND '.join(parts)})"


def _both(some: frozenset[str] | None, others: frozenset[str] | None) -> frozenset[str] | None:
    """What is in both; None stands for all there are."""
    if some is None or others is None:
        return others if some is None else some
    return some & others


def _meant(compiler: Compiler, wanted: Wanted) -> str:
    """The condition that a row of the history belongs to what is wanted, its attribute and its versions aside."""
    interval = wanted.interval
    parts = [_in_time(compiler, interval)]
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
    there are more than the ``most`` that are given, which then end with a whole instant. Raises TooManyAtOnce."""
    if not of:
        return [], False
    compiler = Compiler(predicate)
    direction = "ASC" if wanted.last is None else "DESC"
    limit = compiler.given(most + 1 if wanted.last is None else min(wanted.last, most + 1), "bigint")
    found = _versions(compiler, wanted, direction)
    sql = (
        f"SELECT v.*, a.name FROM ({series(compiler, predicate, of, wanted)}) AS s CROSS JOIN LATERAL"  # noqa: S608 - see search
        f" ({found} ORDER BY time {direction}, observed_at {direction}, instance LIMIT {limit}) AS v"
        f" JOIN attribute AS a ON a.id = v.attr"
        f" ORDER BY time {direction}, entity, attr, observed_at {direction}, instance"
        f" LIMIT {compiler.given(most + 1, 'bigint')}"
    )
    rows = await fetch(pool, sql, *compiler.arguments)
    has_more = len(rows) > most
    kept = _whole_instants(rows, most) if has_more else rows
    if len(kept) <= _SHORT:
        return [_instance(row) for row in kept], has_more
    return await asyncio.to_thread(lambda: [_instance(row) for row in kept]), has_more


def series(compiler: Compiler, predicate: Predicate, of: Sequence[Subject], wanted: Wanted) -> str:
    """Rows (entity, attr) for each of the wanted attributes that the asker may read of these entities."""
    names = {each.key: _both(predicate.attributes(each.types), wanted.attributes) for each in of}
    pairs = [(key, name) for key, some in names.items() if some is not None for name in sorted(some)]
    entities = compiler.given([key for key, _ in pairs], "bigint[]")
    attributes = compiler.given([name for _, name in pairs], "text[]")
    known = (
        f"SELECT pair.entity, a.id AS attr FROM unnest({entities}, {attributes}) AS pair(entity, name)"  # noqa: S608 - see search
        " JOIN attribute AS a ON a.name = pair.name"
    )
    every = [key for key, some in names.items() if some is None]
    return f"{known} UNION ALL {_all_of(compiler, every, wanted.interval)}" if every else known


def _all_of(compiler: Compiler, keys: list[int], interval: Interval) -> str:
    """All attributes in the histories of these entities, each looked up as the one that follows the one before: the
    index tells that without all instances being read."""
    in_months = _in_time(compiler, interval) if interval.property == "observedAt" else "true"
    next_of = f"SELECT min(o.attr) FROM observation AS o WHERE {in_months} AND o.entity ="  # noqa: S608 - see search
    return (
        f"(WITH RECURSIVE found AS (SELECT entity, ({next_of} e.entity) AS attr"  # noqa: S608 - see search
        f" FROM unnest({compiler.given(keys, 'bigint[]')}) AS e(entity)"
        f" UNION ALL SELECT entity, ({next_of} found.entity AND o.attr > found.attr) FROM found WHERE attr IS NOT NULL)"
        " SELECT entity, attr FROM found WHERE attr IS NOT NULL)"
    )


def newest(compiler: Compiler, predicate: Predicate, of: Sequence[Subject], wanted: Wanted) -> str:
    """The newest version of each wanted instance of these entities, with the time that the interval is about. Marks of
    deletion are none."""
    if wanted.interval.property in _RECORDED:
        found = _versions(compiler, wanted, "DESC")
    else:
        every_instance = (
            f"SELECT DISTINCT ON (o.observed_at, o.instance) o.* FROM observation AS o"  # noqa: S608 - see search
            f" WHERE {_OF_SERIES} AND {_meant(compiler, wanted)}"
            " ORDER BY o.observed_at DESC, o.instance DESC, o.recorded_at DESC"
        )
        found = f"SELECT o.*, {_TIMES[wanted.interval.property]} AS time FROM ({every_instance}) AS o WHERE {_WORTH}"  # noqa: S608
    found += " AND (o.json IS NULL OR NOT o.json ? 'deletedAt')"
    if wanted.last is not None:
        found += f" ORDER BY time DESC, observed_at DESC, instance LIMIT {compiler.given(wanted.last, 'bigint')}"
    return f"SELECT v.* FROM ({series(compiler, predicate, of, wanted)}) AS s CROSS JOIN LATERAL ({found}) AS v"  # noqa: S608 - see search


def _versions(compiler: Compiler, wanted: Wanted, direction: str) -> str:
    """The newest version of each wanted instance of one of the ``series``, with when the first was recorded. The index
    is read in this direction, so that whoever wants few need not wait for all."""
    window = (
        "OVER (PARTITION BY o.observed_at, o.instance ORDER BY"
        f" o.observed_at {direction}, o.instance {direction})"  # all of a partition are peers
    )
    recorded = wanted.interval.property in _RECORDED
    # When it was recorded is only known of all versions, so that these are looked at first.
    inner = Wanted(interval=Interval(), datasets=wanted.datasets) if recorded else wanted
    time = "created" if wanted.interval.property == "createdAt" else _TIMES[wanted.interval.property]
    every_version = (
        f"SELECT o.*, coalesce((o.json ->> 'createdAt')::timestamptz, min(o.recorded_at) {window}) AS created,"  # noqa: S608
        f" max(o.recorded_at) {window} AS latest FROM observation AS o"
        f" WHERE {_OF_SERIES} AND {_meant(compiler, inner)}"
    )
    limits = ["recorded_at = latest", _WORTH]
    if recorded and wanted.interval.since is not None:
        limits.append(f"{time} >= {compiler.given(wanted.interval.since, 'timestamptz')}")
    if recorded and wanted.interval.until is not None:
        limits.append(f"{time} < {compiler.given(wanted.interval.until, 'timestamptz')}")
    return f"SELECT o.*, {time} AS time FROM ({every_version}) AS o WHERE {' AND '.join(limits)}"  # noqa: S608 - see search


def _whole_instants(rows: list[asyncpg.Record], most: int) -> list[asyncpg.Record]:
    """At most so many rows, without a part of those of one time: whoever goes on from there would miss the rest."""
    cut = most
    while cut and rows[cut - 1]["time"] == rows[most]["time"]:
        cut -= 1
    if not cut:
        raise TooManyAtOnce(
            f"More than {most} instances are of {rfc3339(rows[most]['time'])}, and no answer has so many. Ask for fewer"
            " entities or attributes, or by another timeproperty."
        )
    return rows[:cut]


def _instance(row: asyncpg.Record) -> Instance:
    attribute = _attribute(row)
    attribute["createdAt"] = rfc3339(row["created"])
    attribute["modifiedAt"] = rfc3339(row["recorded_at"])
    attribute.setdefault("instanceId", instance_id(dict(row)))
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


def instance_id(row: Mapping[str, Any]) -> str:
    """The id of an instance, from its key in the history."""
    micros = (row["observed_at"] - _EPOCH) // timedelta(microseconds=1)
    return f"{ID}{row['entity']}-{row['attr']}-{micros}-{row['instance'] & (2**64 - 1):x}"


def key_of(id_: str) -> dict[str, Any] | None:
    """The key in the history that an instance's id is made of: what ``instance_id`` takes. None where it makes no such
    id of any."""
    found = _OWN_ID.fullmatch(id_)
    if found is None:
        return None
    entity, attr, micros, instance = found.groups()
    try:
        observed_at = _EPOCH + timedelta(microseconds=int(micros))
    except OverflowError:
        return None
    signed = int.from_bytes(int(instance, 16).to_bytes(8, "big"), "big", signed=True)
    key = {"entity": int(entity), "attr": int(attr), "observed_at": observed_at, "instance": signed}
    return key if instance_id(key) == id_ else None
