"""Geometries as shapes."""

import shapely

from ucity.cloud.ioc.store.query.spatial import shape_of


def test_heights_are_left_out_whatever_positions_are_held_in() -> None:
    line = [[0, 0, 5], [1, 1], [2, 0, 7]]
    assert shapely.to_wkt(shape_of({"type": "LineString", "coordinates": line})) == "LINESTRING (0 0, 1 1, 2 0)"
    held = tuple(tuple(position) for position in line)
    assert shapely.to_wkt(shape_of({"type": "LineString", "coordinates": held})) == "LINESTRING (0 0, 1 1, 2 0)"
