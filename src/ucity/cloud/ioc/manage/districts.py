"""The city's districts: which of them a point lies in, what they are called, and their outlines for the map."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from ucity.blueprint import Text
from ucity.cloud.ioc.manage.profile import DISTRICTS_FILE, FILE, CityProfile
from ucity.cloud.ioc.manage.secrets import write_private
from ucity.errors import BadInput, StartupError

MOST_BYTES = 64 << 20
MOST_DISTRICTS = 5_000
LONGEST_ID = 64
OVERLAP = 0.02
"""Share of a district that another may cover, before the file is taken to be wrong."""
MENDED = 0.01
"""Share of its area by which mending a crossed outline may change a district."""


@dataclass(frozen=True, eq=False)
class Districts:
    """Areas that cover a city. ``areas``: valid polygons, one for each of ``ids``, in degrees (WGS 84).

    ``approximate``: their borders are not the official ones, which maps and tables have to say.
    """

    ids: tuple[str, ...]
    names: Mapping[str, Text]
    areas: npt.NDArray[np.object_]
    approximate: bool = False
    _tree: shapely.STRtree = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shapely.prepare(self.areas)
        object.__setattr__(self, "_tree", shapely.STRtree(self.areas))

    @classmethod
    def from_geojson(cls, document: Any) -> "Districts":
        """Districts from a GeoJSON FeatureCollection (RFC 7946), decoded. Raises BadInput that names the feature.

        A feature's id is its ``id``, or ``id`` or ``code`` of its properties. Its name is the property ``name``: a text
        or one text a language; or ``name_ko`` and ``name_en``. The collection's own member ``approximate`` is kept.
        """
        if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
            raise BadInput("Districts are a GeoJSON FeatureCollection.")
        features = document.get("features")
        if not isinstance(features, list) or not 1 <= len(features) <= MOST_DISTRICTS:
            raise BadInput(f"Districts are a FeatureCollection of 1 to {MOST_DISTRICTS} features.")
        ids = [_id(number, feature) for number, feature in enumerate(features)]
        if repeated := {each for each in ids if ids.count(each) > 1}:
            raise BadInput(f"There is more than one district {min(repeated)!r}.")
        areas = np.array([_area(id_, feature) for id_, feature in zip(ids, features, strict=True)], dtype=object)
        _check_overlaps(ids, areas)
        names = {id_: _name(id_, feature) for id_, feature in zip(ids, features, strict=True)}
        return cls(tuple(ids), names, areas, document.get("approximate") is True)

    def locate(self, lons: Sequence[float | None], lats: Sequence[float | None]) -> list[str | None]:
        """The id of the district that holds each point, its border included; None outside, and for None.

        On a border between two it is the one that comes first. ``lons``, ``lats``: degrees (WGS 84), equally long.
        """
        x, y = np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64)
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        point, area = self._tree.query(shapely.points(x[known], y[known]))
        point = known[point]
        inside = shapely.intersects_xy(self.areas[area], x[point], y[point])
        first = np.full(x.size, len(self.ids))
        np.minimum.at(first, point[inside], area[inside])
        return [self.ids[number] if number < len(self.ids) else None for number in first.tolist()]

    def outlines(self, tolerance: float = 0.0005) -> dict[str, Any]:
        """A GeoJSON FeatureCollection for the map, with outlines simplified together, so that no gaps open between
        neighbours. ``tolerance``: in degrees, how far a line may move."""
        shapes = shapely.coverage_simplify(self.areas, tolerance) if len(self.ids) else self.areas
        features = [
            {"type": "Feature", "id": id_, "properties": {"id": id_, "name": dict(self.names[id_])}, "geometry": shape}
            for id_, shape in zip(self.ids, map(_rounded, shapes), strict=True)
        ]
        return {"type": "FeatureCollection", "approximate": self.approximate, "features": features}


def no_districts() -> Districts:
    """Of a city that has not told its districts."""
    return Districts((), {}, np.array([], dtype=object))


def load_districts(folder: Path, profile: CityProfile) -> Districts:
    """The districts of the city whose profile lies in ``folder``; none where it has none. Raises StartupError."""
    file = folder / (profile.districts or DISTRICTS_FILE)
    if not file.exists():
        if profile.districts is None:
            return no_districts()
        raise StartupError(f"{folder / FILE}: districts names {file}, which is not there.")
    try:
        return Districts.from_geojson(_read(file))
    except BadInput as error:
        raise StartupError(f"{file}: {error.detail}") from error


def install_districts(data: Path, file: Path) -> Districts:
    """Check the districts in ``file`` and keep them for the city in ``data``, from its next start. Raises BadInput."""
    document = _read(file)
    districts = Districts.from_geojson(document)
    write_private(data / DISTRICTS_FILE, msgspec.json.encode(document))
    return districts


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInput(f"{file.name} is larger than {MOST_BYTES >> 20} MiB. Simplify its outlines first.")
        return msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{file.name} is not JSON: {error}") from error


def _id(number: int, feature: Any) -> str:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise BadInput(f"Item {number} of the features is not a GeoJSON Feature.")
    given = _properties(feature)
    id_ = next((each for each in (feature.get("id"), given.get("id"), given.get("code")) if each is not None), None)
    if isinstance(id_, int):
        id_ = str(id_)
    if not isinstance(id_, str) or not 1 <= len(id_) <= LONGEST_ID or not id_.isprintable():
        raise BadInput(f"Feature {number} needs an id of 1 to {LONGEST_ID} characters: its id, or its property code.")
    return id_


def _properties(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    given = feature.get("properties")
    return given if isinstance(given, dict) else {}


def _name(id_: str, feature: Mapping[str, Any]) -> Text:
    given = _properties(feature)
    name = given.get("name")
    told = dict(name) if isinstance(name, dict) else {"ko": name, "en": name}
    told |= {language: text for language in ("ko", "en") if (text := given.get(f"name_{language}"))}
    either = told.get("ko") or told.get("en")
    told = {"ko": either, "en": either} | {language: text for language, text in told.items() if text}
    if not all(isinstance(text, str) and 1 <= len(text) <= 200 for text in told.values()):
        raise BadInput(f"District {id_} needs a name: a text, or one for each language.")
    return told


def _area(id_: str, feature: Mapping[str, Any]) -> shapely.Geometry:
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise BadInput(f"District {id_} is not a Polygon or MultiPolygon.")
    try:
        shape: shapely.Geometry = shapely.force_2d(shapely.from_geojson(msgspec.json.encode(geometry)))
    except (shapely.GEOSException, msgspec.MsgspecError) as error:
        raise BadInput(f"District {id_} has no readable outline: {error}") from error
    bounds = shapely.bounds(shape).tolist()
    if not all(map(math.isfinite, bounds)):
        raise BadInput(f"District {id_} has an empty outline.")
    if not (-180 <= bounds[0] <= bounds[2] <= 180 and -90 <= bounds[1] <= bounds[3] <= 90):
        raise BadInput(f"District {id_} reaches beyond the Earth: positions are [longitude, latitude] in degrees.")
    return _valid(id_, shape)


def _valid(id_: str, shape: shapely.Geometry) -> shapely.Geometry:
    """The outline, mended where it only touches or doubles back on itself."""
    if not shapely.is_valid(shape):
        mended = shapely.make_valid(shape, method="structure")
        before, after = shapely.area(shape), shapely.area(mended)
        if abs(after - before) > MENDED * max(after, before):
            raise BadInput(f"District {id_} has a broken outline: {shapely.is_valid_reason(shape)}.")
        shape = mended
    if shapely.area(shape) <= 0:
        raise BadInput(f"District {id_} covers no area.")
    return shape


def _check_overlaps(ids: Sequence[str], areas: npt.NDArray[np.object_]) -> None:
    one, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    shared = shapely.area(shapely.intersection(areas[one], areas[other]))
    smaller = np.minimum(shapely.area(areas[one]), shapely.area(areas[other]))
    wrong = np.flatnonzero(shared > OVERLAP * smaller)
    if wrong.size:
        a, b = ids[one[wrong[0]]], ids[other[wrong[0]]]
        raise BadInput(f"Districts {a} and {b} overlap.")


def _rounded(shape: shapely.Geometry) -> Any:
    """The geometry as GeoJSON with positions to a metre."""
    return msgspec.json.decode(shapely.to_geojson(shapely.set_precision(shape, 1e-5, mode="pointwise")))
