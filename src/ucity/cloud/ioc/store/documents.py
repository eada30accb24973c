"""Entity documents: how values become NGSI-LD attributes, and attributes history. Pure calculations."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from ucity.blueprint import UNITS, Measure
from ucity.cloud.ioc.policy.names import EXPIRES_AT, LOCATION
from ucity.cloud.ioc.store.batch import Document

SYSTEM = ("createdAt", "modifiedAt")
NULL = "urn:ngsi-ld:null"
"""The value of what is deleted."""
HOLDERS = ("value", "object", "languageMap", "vocab", "json", "valueList", "objectList")
"""Members of attributes that hold their value."""
_NULLS: Mapping[str, Any] = {"languageMap": {"@none": NULL}, "valueList": [NULL], "objectList": [NULL]}
"""How NGSI-LD writes null where a text has no place (ETSI GS CIM 009 V1.9.1, clause 4.5.0)."""


@lru_cache(maxsize=8192)  # the readings of a batch share few times
def rfc3339(time: datetime) -> str:
    """UTC with a Z, seconds or microseconds."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=8192)
def parse_time(text: str) -> datetime:
    """The instant that an RFC 3339 text names. Raises ValueError when it is none."""
    return datetime.fromisoformat(text).astimezone(UTC)


def property_of(measure: Measure, value: float | str, observed_at: datetime) -> dict[str, Any]:
    """An NGSI-LD Property; the unit as UN/CEFACT code where one exists."""
    attribute: dict[str, Any] = {"type": "Property", "value": value, "observedAt": rfc3339(observed_at)}
    code = UNITS[measure.unit].cefact if measure.unit else None
    if code and code != "C62":
        attribute["unitCode"] = code
    return attribute


def place(lon: float, lat: float, observed_at: datetime | None = None) -> dict[str, Any]:
    """An NGSI-LD GeoProperty of a point, WGS 84."""
    attribute: dict[str, Any] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}
    if observed_at:
        attribute["observedAt"] = rfc3339(observed_at)
    return attribute


def merged(attrs: Mapping[str, Any], changes: Mapping[str, dict[str, Any]], now: str) -> dict[str, Any]:
    """Attributes with the changed ones replaced, stamped with createdAt and modifiedAt."""
    result = dict(attrs)
    for name, attribute in changes.items():
        before = attrs.get(name)
        created = before.get("createdAt", now) if isinstance(before, dict) else now
        result[name] = {**attribute, "createdAt": created, "modifiedAt": now}
    return result


def point_of(attrs: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """(lon, lat) of a document's location: the point itself, or the first position of any other geometry."""
    location = attrs.get(LOCATION)
    value = location.get("value") if isinstance(location, dict) else None
    position = value.get("coordinates") if isinstance(value, dict) else None
    while isinstance(position, list) and position and isinstance(position[0], list):
        position = position[0]
    if isinstance(position, list) and len(position) >= 2:
        return float(position[0]), float(position[1])
    return None, None


def is_attribute(member: str) -> bool:
    """Whether a member of a kept attribute is itself an attribute: these alone are named by IRIs."""
    return ":" in member


def expiry_of(attrs: Mapping[str, Any]) -> datetime | None:
    """When the entity, or the first of its attributes or of those in them, expires; None when nothing of it does."""
    times = [attrs[EXPIRES_AT]["value"]] if EXPIRES_AT in attrs else []
    rest = list(attrs.values())
    while rest:
        attribute = rest.pop()
        for instance in attribute if isinstance(attribute, list) else [attribute]:
            if "expiresAt" in instance:
                times.append(instance["expiresAt"])
            rest += [value for name, value in instance.items() if is_attribute(name)]
    return min(map(parse_time, times), default=None)


@dataclass(frozen=True)
class Observed:
    """One instance of an attribute in a document, for the history. ``worth`` maps column to value."""

    name: str
    observed_at: datetime
    instance: int
    worth: Mapping[str, Any]


def instance_of(name: str) -> int:
    """A signed 64-bit number, never 0, that stands for a reading's own identity or an attribute's datasetId."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True) or 1


def history_of(before: Document | None, after: Document | None, now: datetime) -> list[Observed]:
    """Every attribute instance that a document's edit changed, and a mark for each that it took away; one without
    observedAt is taken as observed now."""
    old = {key: instance for key, instance in _instances(before)}
    new = dict(_instances(after))
    changed = [
        observed(name, instance, now)
        for (name, dataset), instance in new.items()
        if old.get((name, dataset)) != instance
    ]
    gone = [_gone(name, instance, now) for (name, dataset), instance in old.items() if (name, dataset) not in new]
    return changed + gone


def observed(name: str, instance: Mapping[str, Any], now: datetime) -> Observed:
    """An attribute's instance as a row of the history; one that has ``deletedAt`` is the mark of a deletion."""
    dataset = instance.get("datasetId")
    number = instance_of(dataset) if dataset else 0
    if "deletedAt" in instance:
        json = msgspec.json.encode({key: value for key, value in instance.items() if key not in SYSTEM}).decode()
        return Observed(name, parse_time(instance["deletedAt"]), number, {"json": json})
    time = parse_time(instance["observedAt"]) if "observedAt" in instance else now
    return Observed(name, time, number, _worth(instance))


def _gone(name: str, instance: Mapping[str, Any], now: datetime) -> Observed:
    """The mark of a deleted instance: it has no worth, so that whoever reads values finds none."""
    dataset = instance.get("datasetId")
    holder = next(each for each in HOLDERS if each in instance)
    mark = {"type": instance["type"], holder: _NULLS.get(holder, NULL), "deletedAt": rfc3339(now)}
    json = msgspec.json.encode({**mark, "datasetId": dataset} if dataset else mark).decode()
    return Observed(name, now, instance_of(dataset) if dataset else 0, {"json": json})


def _instances(doc: Document | None) -> Iterator[tuple[tuple[str, str | None], Mapping[str, Any]]]:
    for name, value in (doc.attrs if doc else {}).items():
        for instance in value if isinstance(value, list) else [value]:
            yield (name, instance.get("datasetId")), instance


def observed_at(attribute: Any) -> datetime | None:
    """When a document's attribute was observed, or else changed; the newest of its instances; None when unknown."""
    times = [
        each.get("observedAt") or each.get("modifiedAt")
        for each in (attribute if isinstance(attribute, list) else [attribute])
    ]
    return max((parse_time(time) for time in times if time), default=None)


def _worth(attribute: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in attribute.items() if key not in SYSTEM}
    value = attribute.get("value")
    json = msgspec.json.encode(plain).decode()
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        is_plain = set(plain) == {"type", "value", "observedAt"}
        return {"number": float(value), **({} if is_plain else {"json": json})}
    lon, lat = point_of({LOCATION: attribute}) if attribute.get("type") == "GeoProperty" else (None, None)
    return {"text": value if isinstance(value, str) else None, "lon": lon, "lat": lat, "json": json}
