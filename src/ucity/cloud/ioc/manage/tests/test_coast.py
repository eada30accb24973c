"""The coast is a file of areas beside the city's profile, or nothing."""

from pathlib import Path

import pytest

from ucity.cloud.ioc.manage.coast import COAST_FILE, load_coast
from ucity.errors import StartupError

LAND = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
    '"geometry":{"type":"Polygon","coordinates":[[[129,35],[129.1,35],[129,35.1],[129,35]]]}}]}'
)


def test_a_city_without_one_has_no_land_to_draw(tmp_path: Path) -> None:
    assert load_coast(tmp_path)["features"] == []


def test_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / COAST_FILE).write_text(LAND)
    assert load_coast(tmp_path)["features"][0]["geometry"]["coordinates"][0][0] == [129, 35]


@pytest.mark.parametrize(
    "wrong", ["{", "[]", '{"type":"FeatureCollection"}', LAND.replace("Polygon", "Point"), "\udcff"]
)
def test_says_what_is_wrong(tmp_path: Path, wrong: str) -> None:
    (tmp_path / COAST_FILE).write_bytes(wrong.encode(errors="surrogateescape"))
    with pytest.raises(StartupError, match=COAST_FILE):
        load_coast(tmp_path)
