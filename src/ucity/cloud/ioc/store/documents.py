"""Entity documents: how values become NGSI-LD attributes, and attributes history. Pure calculations."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ucity.blueprint import UNITS, Measure
from ucity.cloud.ioc.policy.names import LOCATION
from ucity.cloud.ioc.store.batch import Document

SYSTEM = ("createdAt", "modifiedAt")


def rfc3339(time: datetime) -> str:
    """UTC with a Z, seconds or microseconds."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


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


def history_of(before: Document | None, after: Document | None, now: datetime) -> list[tuple[str, datetime, Any]]:
    """(attribute, observed, row) of every attribute that a document's edit changed; row maps column to value.

    An attribute without observedAt is taken as observed when it was recorded.
    """
    old = before.attrs if before else {}
    rows = []
    for name, value in (after.attrs if after else {}).items():
        if old.get(name) == value:
            continue
        for attribute in value if isinstance(value, list) else [value]:
            observed = parse_time(attribute["observedAt"]) if "observedAt" in attribute else now
            rows.append((name, observed, _worth(attribute)))
    return rows


def _worth(attribute: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in attribute.items() if key not in SYSTEM}
    value = attribute.get("value")
    json = msgspec.json.encode(plain).decode()
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        extra = set(plain) - {"type", "value", "observedAt"}
        return {"number": float(value), **({"json": json} if extra else {})}
    lon, lat = point_of({LOCATION: attribute}) if attribute.get("type") == "GeoProperty" else (None, None)
    return {"text": value if isinstance(value, str) else None, "lon": lon, "lat": lat, "json": json}
