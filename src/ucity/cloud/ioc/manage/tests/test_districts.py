"""Districts: which one a point lies in, and what is wrong with a file of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ucity.cloud.ioc.manage.districts import Districts, install_districts, load_districts
from ucity.cloud.ioc.manage.profile import DISTRICTS_FILE, CityProfile
from ucity.errors import BadInput, StartupError

Ring = list[list[float]]
PROFILE = CityProfile(name={"ko": "도시", "en": "City"}, area=(0, 0, 4, 2))


def _square(west: float, south: float, east: float, north: float) -> Ring:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _feature(id_: str, *rings: Ring, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "id": id_, "properties": {"name": id_, **properties}, "geometry": geometry}


def _collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


WEST = _feature("west", _square(0, 0, 2, 2), name={"ko": "서구", "en": "West"})
EAST = _feature("east", _square(2, 0, 4, 2), _square(2.5, 0.5, 3.5, 1.5), name="동구", name_en="East")
LAKE = _feature("lake", _square(2.5, 0.5, 3.5, 1.5))


def test_points_lie_in_the_district_that_holds_them() -> None:
    districts = Districts.from_geojson(_collection(WEST, EAST))
    lons = [1.0, 3.9, 3.0, None, 9.0, 2.0, float("nan")]
    lats = [1.0, 1.0, 1.0, 1.0, 1.0, None, 1.0]
    assert districts.locate(lons, lats) == ["west", "east", None, None, None, None, None]
    assert districts.locate([], []) == []


def test_a_point_on_a_border_lies_in_the_district_that_comes_first() -> None:
    districts = Districts.from_geojson(_collection(WEST, EAST, LAKE))
    assert districts.locate([2.0, 0.0, 4.0, 2.5], [1.0, 0.0, 2.0, 1.0]) == ["west", "west", "east", "east"]


@given(st.lists(st.tuples(st.floats(-1, 5), st.floats(-1, 3)), max_size=50))
def test_many_points_at_once_are_located_as_each_would_be(points: list[tuple[float, float]]) -> None:
    districts = Districts.from_geojson(_collection(WEST, EAST, LAKE))
    found = districts.locate([lon for lon, _ in points], [lat for _, lat in points])
    for (lon, lat), id_ in zip(points, found, strict=True):
        holding = [each for each, area in zip(districts.ids, districts.areas, strict=True) if _holds(area, lon, lat)]
        assert id_ == (holding[0] if holding else None)


def _holds(area: shapely.Geometry, lon: float, lat: float) -> bool:
    return bool(shapely.intersects(area, shapely.Point(lon, lat)))


def test_names_come_in_every_language_of_the_file() -> None:
    districts = Districts.from_geojson(_collection(WEST, EAST, LAKE))
    assert districts.names["west"] == {"ko": "서구", "en": "West"}
    assert districts.names["east"] == {"ko": "동구", "en": "East"}
    assert districts.names["lake"] == {"ko": "lake", "en": "lake"}


def test_outlines_stay_together_when_they_are_simplified() -> None:
    zigzag: Ring = [[2 + 0.01 * (n % 2), n / 50] for n in range(101)]
    west = _feature("west", [[0, 0], *zigzag, [0, 2], [0, 0]])
    east = _feature("east", [[4, 0], [4, 2], *zigzag[::-1], [4, 0]])
    outlines = Districts.from_geojson(_collection(west, east, approximate=True)).outlines(0.05)
    assert outlines["approximate"] is True
    assert len(json.dumps(outlines)) < len(json.dumps(_collection(west, east))) / 4
    one, other = (shapely.from_geojson(json.dumps(each["geometry"])) for each in outlines["features"])
    assert shapely.area(shapely.union(one, other)) == pytest.approx(8, abs=0.1)
    assert shapely.area(shapely.intersection(one, other)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "FeatureCollection"),
        (_collection(), "1 to"),
        (_collection({"type": "Feature", "properties": None, "geometry": None}), "Feature 0 needs an id"),
        (_collection({**WEST, "geometry": {"type": "Point", "coordinates": [1, 1]}}), "west is not a Polygon"),
        (_collection(_feature("west", [[0, 0], [1, 1]])), "west has no readable outline"),
        (_collection({**WEST, "geometry": {"type": "Polygon", "coordinates": [[["a"]]]}}), "west has no readable"),
        (_collection({**WEST, "geometry": {"type": "Polygon", "coordinates": []}}), "west has an empty outline"),
        (_collection(_feature("west", _square(200_000, 400_000, 201_000, 401_000))), "west reaches beyond the Earth"),
        (
            _collection(_feature("bow", [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]])),
            "bow has a broken outline: Self-inters",
        ),
        (_collection(_feature("line", [[0, 0], [2, 2], [0, 0], [0, 0]])), "line covers no area|line has a broken"),
        (_collection(WEST, WEST), "more than one district 'west'"),
        (_collection(WEST, _feature("big", _square(-1, -1, 3, 3))), "west and big overlap"),
        (_collection(_feature("west", _square(0, 0, 2, 2), name=7)), "west needs a name"),
        (_collection(_feature("west", _square(0, 0, 2, 2), name=None)), "west needs a name"),
    ],
)
def test_a_mistake_is_told_with_its_district(document: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Districts.from_geojson(document)


def test_outlines_that_only_touch_themselves_are_mended() -> None:
    ring: Ring = [[0, 0], [2, 0], [2, 2], [1, 1], [1, 1.0000001], [1, 1], [0, 2], [0, 0]]
    districts = Districts.from_geojson(_collection(_feature("west", ring)))
    assert bool(np.all(shapely.is_valid(districts.areas)))
    assert districts.locate([0.5], [0.5]) == ["west"]


def test_districts_are_installed_for_the_next_start(tmp_path: Path) -> None:
    assert load_districts(tmp_path, PROFILE).ids == ()
    assert load_districts(tmp_path, PROFILE).locate([1.0], [1.0]) == [None]
    assert load_districts(tmp_path, PROFILE).outlines()["features"] == []
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(_collection(WEST, EAST)))
    assert install_districts(tmp_path, file).ids == ("west", "east")
    assert load_districts(tmp_path, PROFILE).locate([1.0], [1.0]) == ["west"]


def test_a_file_that_is_wrong_leaves_the_districts_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(_collection(WEST)))
    install_districts(tmp_path, file)
    for text in ("{", json.dumps(_collection(WEST, WEST))):
        file.write_text(text)
        with pytest.raises(BadInput):
            install_districts(tmp_path, file)
    with pytest.raises(BadInput, match="cannot be read"):
        install_districts(tmp_path, tmp_path / "missing.json")
    assert load_districts(tmp_path, PROFILE).ids == ("west",)


def test_a_city_whose_districts_are_missing_or_broken_does_not_start(tmp_path: Path) -> None:
    named = PROFILE.model_copy(update={"districts": "mine.json"})
    with pytest.raises(StartupError, match=r"districts names .*mine\.json, which is not there"):
        load_districts(tmp_path, named)
    (tmp_path / DISTRICTS_FILE).write_text(json.dumps(_collection(WEST, WEST)))
    with pytest.raises(StartupError, match="more than one district"):
        load_districts(tmp_path, PROFILE)
