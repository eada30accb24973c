"""The geometry of the simulated Busan fits together."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from ucity.cloud.ioc.manage.coast import load_coast
from ucity.cloud.ioc.manage.districts import Districts, load_districts
from ucity.cloud.ioc.manage.profile import CityProfile, keep_profile, read_profile
from ucity.demo import FOLDER
from ucity.demo.places import routes, sites
from ucity.demo.profile import settle
from ucity.errors import StartupError

REAL = Path(__file__).parents[5] / "shared/data/busan/districts/busan_gu_2018_full.geojson"


@pytest.fixture(scope="module")
def profile() -> CityProfile:
    return read_profile(FOLDER)


@pytest.fixture(scope="module")
def districts(profile: CityProfile) -> Districts:
    return load_districts(FOLDER, profile)


@pytest.fixture(scope="module")
def land() -> shapely.Geometry:
    parts = [shapely.from_geojson(json.dumps(each["geometry"])) for each in load_coast(FOLDER)["features"]]
    return shapely.union_all(parts)


def test_the_profile_says_that_all_of_it_is_simulated(profile: CityProfile, districts: Districts) -> None:
    assert profile.simulated
    assert profile.name == {"ko": "부산", "en": "Busan"}
    assert districts.approximate
    assert any("OpenStreetMap" in each["en"] for each in profile.attribution)


def test_sixteen_districts_lie_on_the_land_and_within_the_city(profile: CityProfile, districts: Districts) -> None:
    assert len(districts.ids) == 16
    west, south, east, north = shapely.total_bounds(districts.areas)
    assert profile.area[0] < west < east < profile.area[2]
    assert profile.area[1] < south < north < profile.area[3]


def test_every_district_has_one_to_three_stations_within_it(districts: Districts) -> None:
    stations = sites()
    found = districts.locate([each.lon for each in stations], [each.lat for each in stations])
    assert found == [each.id.partition("-")[0] for each in stations]
    assert {found.count(id_) for id_ in districts.ids} <= {1, 2, 3}
    assert all(each.name["ko"] and each.name["en"].isascii() for each in stations)


def test_routes_stay_on_land_but_for_bridges(land: shapely.Geometry) -> None:
    ground = shapely.buffer(land, 0.0016)  # half of the longest bridge
    for route in routes():
        assert shapely.covers(ground, shapely.linestrings(route.line)), route.id
        assert route.stops[0] == 0
        assert route.stops[-1] == len(route.line) - 1


def test_every_station_is_passed_by_a_bus() -> None:
    lines = shapely.MultiLineString([each.line * (0.817, 1) for each in routes()])
    away = [shapely.distance(lines, shapely.Point(each.lon * 0.817, each.lat)) * 111_000 for each in sites()]
    assert max(away) < 400


def test_districts_agree_with_the_real_ones_where_those_are_at_hand(districts: Districts) -> None:
    if not REAL.exists():
        pytest.skip("the real district polygons are not beside this repository")
    real = Districts.from_geojson(json.loads(REAL.read_text()))
    rng = np.random.default_rng(1)
    lons, lats = rng.uniform(128.7, 129.35, 20_000).tolist(), rng.uniform(34.95, 35.42, 20_000).tolist()
    pairs = zip(districts.locate(lons, lats), real.locate(lons, lats), strict=True)
    same = [districts.names[a]["ko"] == real.names[b]["ko"] for a, b in pairs if a and b]
    assert len(same) > 3_000
    assert sum(same) > 0.93 * len(same)


def test_a_folder_is_made_the_simulated_citys_anew_at_every_start(tmp_path: Path) -> None:
    settle(tmp_path / "new", demo=True)
    (tmp_path / "new" / "districts.geojson").write_text("of an older version")
    settle(tmp_path / "new", demo=True)
    profile = keep_profile(tmp_path / "new")
    assert profile.simulated
    assert len(load_districts(tmp_path / "new", profile).ids) == 16
    assert load_coast(tmp_path / "new")["features"]


def test_a_folder_is_never_of_a_real_city_and_of_the_simulated_one(tmp_path: Path) -> None:
    settle(tmp_path / "real", demo=False)
    settle(tmp_path / "real", demo=False)
    with pytest.raises(StartupError, match=r"folder of a real city.*--no-demo"):
        settle(tmp_path / "real", demo=True)
    assert not keep_profile(tmp_path / "real").simulated
    settle(tmp_path / "demo", demo=True)
    with pytest.raises(StartupError, match=r"holds the simulated Busan.*--data"):
        settle(tmp_path / "demo", demo=False)
