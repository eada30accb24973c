"""The land of a city and around it, for the map to draw on the sea: a GeoJSON file beside the city's profile."""

from pathlib import Path
from typing import Any

import msgspec

from ucity.cloud.ioc.manage.districts import MOST_BYTES
from ucity.errors import StartupError

COAST_FILE = "coast.geojson"
_AREAS = {"Polygon", "MultiPolygon"}


def load_coast(folder: Path) -> dict[str, Any]:
    """The land as a GeoJSON FeatureCollection of areas (WGS 84); one without features where the city has told none.

    Raises StartupError when the file is something else.
    """
    file = folder / COAST_FILE
    if not file.exists():
        return {"type": "FeatureCollection", "features": []}
    if file.stat().st_size > MOST_BYTES:
        raise StartupError(f"{file} is larger than {MOST_BYTES >> 20} MiB. Simplify its outlines first.")
    try:
        document = msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StartupError(f"{file} is not JSON: {error}") from error
    if not _is_land(document):
        raise StartupError(f"{file} is not a GeoJSON FeatureCollection of Polygons and MultiPolygons.")
    land: dict[str, Any] = document
    return land


def _is_land(document: Any) -> bool:
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        return False
    features = document.get("features")
    return isinstance(features, list) and all(_is_area(each) for each in features)


def _is_area(feature: Any) -> bool:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return isinstance(geometry, dict) and geometry.get("type") in _AREAS
