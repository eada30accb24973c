"""Where places come from: the city's districts, its own file of places, and the stops of its timetables. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl
import shapely

from ucity.blueprint import Text
from ucity.blueprint.journeys import Position
from ucity.cloud.routing.places.hangul import has_hangul, romanised
from ucity.cloud.routing.places.kept import Named
from ucity.errors import BadInput

KINDS = frozenset({"station", "stop", "district", "neighbourhood", "place"})
MOST = 500_000
LONGEST_NAME = 200
_STATION = 1
_STOP = 0


def bilingual(names: Text) -> Text:
    """Names in Korean and English: what is only known in Hangul is written as it is spoken, what is only known in
    another script stays as it is."""
    known = {language: name for language, name in names.items() if name}
    any_name = known.get("ko") or known.get("en") or next(iter(known.values()), "")
    spoken = romanised(any_name) if has_hangul(any_name) else any_name
    return {"ko": any_name, "en": spoken} | known


def of_districts(names: Mapping[str, Text], areas: Iterable[shapely.Geometry]) -> list[Named]:
    """Every district, at a point inside it. ``names`` by identifier; ``areas`` in the same order, in degrees."""
    points = (shapely.point_on_surface(area) for area in areas)
    return [
        Named(id=id_, kind="district", names=bilingual(name), position=Position(point.x, point.y))
        for (id_, name), point in zip(names.items(), points, strict=True)
    ]


def of_geojson(document: Any) -> list[Named]:
    """Places from a GeoJSON FeatureCollection of points (RFC 7946), decoded. Raises BadInput that names the feature.

    A feature has an ``id``, a property ``name`` (a text, or one a language), and may have ``kind`` (see ``KINDS``; a
    place unless it says otherwise), ``also`` (a list of other names) and ``code``.
    """
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or len(features) > MOST:
        raise BadInput(f"Places are a GeoJSON FeatureCollection of at most {MOST} features.")
    return [_of_feature(number, feature) for number, feature in enumerate(features)]


def _of_feature(number: int, feature: Any) -> Named:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        raise BadInput(f"Item {number} of the features is not a GeoJSON Feature with properties.")
    told = feature["properties"]
    kind, also, code = told.get("kind", "place"), told.get("also", []), told.get("code", "")
    if kind not in KINDS:
        raise BadInput(f"Feature {number}: kind {kind!r} is not one of {', '.join(sorted(KINDS))}.")
    if not isinstance(code, str) or not isinstance(also, list) or not all(isinstance(each, str) for each in also):
        raise BadInput(f"Feature {number}: also is a list of texts, and code a text.")
    return Named(
        id=str(feature.get("id", number)),
        kind=kind,
        names=bilingual(_names(number, told.get("name"))),
        position=_position(number, feature.get("geometry")),
        also=tuple(also),
        code=code,
    )


def _names(number: int, told: Any) -> Text:
    names = told if isinstance(told, dict) else {"ko": told}
    if not names or not all(isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME for name in names.values()):
        raise BadInput(f"Feature {number} needs a name of 1 to {LONGEST_NAME} characters: a text, or one a language.")
    return names


def _position(number: int, geometry: Any) -> Position:
    match geometry:
        case {"type": "Point", "coordinates": [int() | float() as lon, int() | float() as lat, *_]} if (
            math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
        ):
            return Position(float(lon), float(lat))
    raise BadInput(f"Feature {number} is not a Point with longitude and latitude in degrees.")


def of_stops(feed: str, stops: pl.DataFrame, translations: pl.DataFrame) -> list[Named]:
    """Stations and stops of a timetable, the platforms of a station left out, since one goes to the station.

    ``stops``, ``translations``: the tables of a GTFS feed. Identifiers become ``<feed>:<id>``.
    """
    wanted = stops.filter(
        pl.col("stop_lat").is_not_null()
        & pl.col("stop_name").is_not_null()
        & (
            (pl.col("location_type").fill_null(_STOP) == _STATION)
            | ((pl.col("location_type").fill_null(_STOP) == _STOP) & pl.col("parent_station").is_null())
        )
    )
    told = dict(_translated(translations))
    return [
        Named(
            id=f"{feed}:{row['stop_id']}",
            kind="station" if row["location_type"] == _STATION else "stop",
            names=bilingual(_in_languages(row, told)),
            position=Position(row["stop_lon"], row["stop_lat"]),
            code=row["stop_code"] or "",
        )
        for row in wanted.select(
            "stop_id", "stop_name", "stop_code", "stop_lon", "stop_lat", "location_type"
        ).iter_rows(named=True)
    ]


def _in_languages(row: dict[str, Any], told: dict[tuple[str, str], dict[str, str]]) -> Text:
    name = row["stop_name"]
    own = {"ko": name} if has_hangul(name) else {"en": name}
    return own | told.get(("value", name), {}) | told.get(("id", row["stop_id"]), {})


def _translated(translations: pl.DataFrame) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    """Names of stops by language, for each identifier or name that is translated."""
    names = translations.filter((pl.col("table_name") == "stops") & (pl.col("field_name") == "stop_name"))
    for by, column in (("id", "record_id"), ("value", "field_value")):
        for (key,), rows in names.filter(pl.col(column).is_not_null()).group_by(column):
            pairs = rows.select("language", "translation").iter_rows()
            yield (by, str(key)), {language[:2].lower(): text for language, text in pairs if language and text}
