"""How geometries lie to one another, exactly: what bounding boxes in the database leave to be decided.

Relations are those of the OGC's simple features in the plane of longitude and latitude; distances are spherical, in
metres, by the haversine formula for points and in an azimuthal equidistant plane around the reference otherwise.
Source: ETSI GS CIM 009 V1.9.1, clause 4.10.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.query.terms import Place

EARTH_METRES = 6_371_008.8
"""Mean radius (IUGG)."""
_DEGREE_METRES = EARTH_METRES * np.pi / 180
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "within": shapely.within,
    "contains": shapely.contains,
    "intersects": shapely.intersects,
    "equals": shapely.equals,
    "disjoint": shapely.disjoint,
    "overlaps": shapely.overlaps,
}


def shape_of(geometry: Mapping[str, Any]) -> shapely.Geometry:
    """A GeoJSON geometry as a shape in the plane, without heights. Rings that cross themselves are mended."""
    if geometry["type"] == "Point":
        point: shapely.Geometry = shapely.points(geometry["coordinates"][:2])
        return point
    found = shape({"type": geometry["type"], "coordinates": _without_heights(geometry["coordinates"])})
    return found if shapely.is_valid(found) else shapely.make_valid(found)


def _without_heights(coordinates: Sequence[Any]) -> Sequence[Any]:
    """Coordinates of any geometry, of which some positions may have a height and others not."""
    if isinstance(coordinates[0], list | tuple):
        return [_without_heights(each) for each in coordinates]
    return coordinates[:2]


def shapes_of(attribute: Any) -> list[shapely.Geometry]:
    """Shapes of the instances of an attribute that are GeoProperties."""
    return list(shapes_in([attribute])[1])


def shapes_in(attributes: Iterable[Any]) -> "tuple[list[int], np.ndarray[Any, Any]]":
    """Shapes of the instances of these attributes that are GeoProperties, and for each the place of its attribute.
    Points, which most are, are made all at once."""
    owners, geometries = [], []
    for at, attribute in enumerate(attributes):
        for each in attribute if isinstance(attribute, list) else [attribute] if attribute else []:
            if each.get("type") == "GeoProperty":
                owners.append(at)
                geometries.append(each["value"])
    shapes = np.empty(len(geometries), dtype=object)
    points = [at for at, geometry in enumerate(geometries) if geometry["type"] == "Point"]
    if points:
        shapes[points] = shapely.points([geometries[at]["coordinates"][:2] for at in points])
    for at in set(range(len(geometries))).difference(points):
        shapes[at] = shape_of(geometries[at])
    return owners, shapes


def lies_so(place: Place, doc: Document) -> bool:
    """Whether any geometry of the document's attribute lies as the geoquery has it."""
    _, shapes = shapes_in([doc.attrs.get(place.attribute)])
    return bool(shapes.size) and bool(lie_so(place, shapes).any())


def lie_so(place: Place, shapes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which of these shapes lie as the geoquery has it."""
    reference = shape_of(place.geometry)
    if place.relation == "near":
        away = distances(reference, shapes)
        return away > place.metres if place.beyond else (away <= place.metres) & _touch(reach(place), shapes)
    shapely.prepare(reference)
    found: np.ndarray[Any, np.dtype[np.bool_]] = _RELATIONS[place.relation](shapes, reference)
    return found


def _touch(box: Box | None, shapes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which shapes' boxes touch this one: an edge that is straight in degrees leaves its box in the plane of distances,
    the more the longer it is."""
    west, south, east, north = box or (-180.0, -90.0, 180.0, 90.0)
    bounds = shapely.bounds(shapes)
    found: np.ndarray[Any, np.dtype[np.bool_]] = (
        (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    )
    return found


def distances(reference: shapely.Geometry, shapes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Metres from the reference to each of the shapes."""
    if isinstance(reference, shapely.Point) and bool((shapely.get_type_id(shapes) == 0).all()):
        return haversine(reference.x, reference.y, shapely.get_x(shapes), shapely.get_y(shapes))
    centre = shapely.centroid(reference)
    plane = _plane(float(centre.x), float(centre.y))
    found: np.ndarray[Any, np.dtype[np.float64]] = shapely.distance(
        shapely.transform(reference, plane), shapely.transform(shapes, plane)
    )
    return found


def haversine(lon: float, lat: float, lons: Any, lats: Any) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Metres on the sphere from one point to others, in degrees."""
    a, b = np.radians(lat), np.radians(lats)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lons - lon) / 2) ** 2
    found: np.ndarray[Any, np.dtype[np.float64]] = 2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def _plane(lon: float, lat: float) -> "Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]":
    """The azimuthal equidistant projection around a point (Snyder 1987, 25), in metres."""
    sin0, cos0 = np.sin(np.radians(lat)), np.cos(np.radians(lat))

    def project(points: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        away, up = np.radians(points[:, 0] - lon), np.radians(points[:, 1])
        cos_c = np.clip(sin0 * np.sin(up) + cos0 * np.cos(up) * np.cos(away), -1, 1)
        c = np.arccos(cos_c)
        k = np.where(c < 1e-9, 1.0, c / np.maximum(np.sin(c), 1e-9)) * EARTH_METRES
        x = k * np.cos(up) * np.sin(away)
        y = k * (cos0 * np.sin(up) - sin0 * np.cos(up) * np.cos(away))
        return np.column_stack([x, y])

    return project


def reach(place: Place) -> Box | None:
    """The box that has to touch a geometry's own for the geoquery to hold; None when no box can tell."""
    if place.relation == "disjoint" or (place.relation == "near" and place.beyond):
        return None
    west, south, east, north = shapely.bounds(shape_of(place.geometry)).tolist()
    if place.relation != "near":
        return west, south, east, north
    up = place.metres / _DEGREE_METRES * 1.01
    highest = max(abs(south), abs(north)) + up
    if highest >= 89:
        return -180.0, south - up, 180.0, north + up
    along = up / float(np.cos(np.radians(highest)))
    if west - along < -180 or east + along > 180:
        return -180.0, south - up, 180.0, north + up
    return west - along, south - up, east + along, north + up


def extent(attribute: Any) -> Box | None:
    """The box around all geometries of an attribute; None when it has none."""
    boxes = [shapely.bounds(each).tolist() for each in shapes_of(attribute)]
    found: Sequence[Box] = [(box[0], box[1], box[2], box[3]) for box in boxes]
    if not found:
        return None
    return (
        min(box[0] for box in found),
        min(box[1] for box in found),
        max(box[2] for box in found),
        max(box[3] for box in found),
    )
