"""GeoJSON geometries: which ones NGSI-LD takes. Source: RFC 7946, section 3.1; ETSI GS CIM 009 V1.9.1, clause 4.7."""

import sys
from collections.abc import Callable
from typing import Any

import msgspec

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import shown


def geometry(value: Any, what: str) -> dict[str, Any]:
    """A geometry as an object. It may be given as a text that holds one (clause 4.7.2)."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise BadRequestData(f"{what} has to be a GeoJSON geometry, not {shown(value)}.") from None
    check = _check_of(value)
    if check is None:
        raise BadRequestData(f"{what} has to be a GeoJSON geometry: {', '.join(_CHECKS)}.")
    if not check(value.get("coordinates")):
        raise BadRequestData(
            f"{what}: these are no coordinates of a {value['type']} in degrees of longitude and latitude."
        )
    return dict(value)


def looks_like(value: Any) -> bool:
    """Whether a value presents itself as a geometry, so that GeoProperty is meant."""
    return _check_of(value) is not None and "coordinates" in value


def _check_of(value: Any) -> Callable[[Any], bool] | None:
    kind = value.get("type") if isinstance(value, dict) else None
    return _CHECKS.get(kind) if isinstance(kind, str) else None


def _position(value: Any) -> bool:
    """Longitude and latitude in degrees, and perhaps a height in metres."""
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 3
        and all(isinstance(each, int | float) and not isinstance(each, bool) for each in value)
        and abs(value[0]) <= 180
        and abs(value[1]) <= 90
        and abs(value[-1]) <= sys.float_info.max
    )


def _many(check: Callable[[Any], bool], least: int = 1) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) >= least and all(check(each) for each in value)


_line = _many(_position, least=2)


def _ring(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 4 and _line(value) and value[0] == value[-1]


_polygon = _many(_ring)
_CHECKS: dict[str, Callable[[Any], bool]] = {
    "Point": _position,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _many(_position),
    "MultiLineString": _many(_line),
    "MultiPolygon": _many(_polygon),
}
