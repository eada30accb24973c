"""Tables of both indices: every boundary, gaps, and the properties that any index must have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.services.environment.air_quality import cai, us_aqi
from ucity.services.environment.air_quality.bands import Bands, grade, rounded

TABLES = {
    **{f"cai {key}": table for key, table in cai.TABLES.items()},
    "us pm25": us_aqi.PM25,
    "us pm10": us_aqi.PM10,
    "us o3 8h": us_aqi.O3_8H,
    "us o3 1h": us_aqi.O3_1H,
    "us no2": us_aqi.NO2,
    "us so2 1h": us_aqi.SO2_1H,
    "us so2 24h": us_aqi.SO2_24H,
    "us co": us_aqi.CO,
}

# Low and high concentration of each band, as printed by AirKorea (ppm, ug/m3) and by EPA (ppm or ppb, ug/m3).
CAI_PRINTED: dict[str, list[tuple[float, float]]] = {
    "so2": [(0, 0.020), (0.021, 0.050), (0.051, 0.150), (0.151, 1)],
    "co": [(0, 2), (2.01, 9), (9.01, 15), (15.01, 50)],
    "o3": [(0, 0.030), (0.031, 0.090), (0.091, 0.150), (0.151, 0.6)],
    "no2": [(0, 0.030), (0.031, 0.060), (0.061, 0.200), (0.201, 2)],
    "pm10": [(0, 30), (31, 80), (81, 150), (151, 600)],
    "pm25": [(0, 15), (16, 35), (36, 75), (76, 500)],
}
CAI_INDEX = [(0, 50), (51, 100), (101, 250), (251, 500)]

US_INDEX = [(0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500)]
US_PRINTED: list[tuple[Bands, list[tuple[float, float]], list[tuple[int, int]]]] = [
    (
        us_aqi.PM25,
        [(0, 9.0), (9.1, 35.4), (35.5, 55.4), (55.5, 125.4), (125.5, 225.4), (225.5, 325.4)],
        US_INDEX,
    ),
    (us_aqi.PM10, [(0, 54), (55, 154), (155, 254), (255, 354), (355, 424), (425, 604)], US_INDEX),
    (us_aqi.O3_8H, [(0, 0.054), (0.055, 0.070), (0.071, 0.085), (0.086, 0.105), (0.106, 0.200)], US_INDEX[:5]),
    (us_aqi.O3_1H, [(0.125, 0.164), (0.165, 0.204), (0.205, 0.404), (0.405, 0.604)], US_INDEX[2:]),
    (
        us_aqi.NO2,
        [(0, 0.053), (0.054, 0.100), (0.101, 0.360), (0.361, 0.649), (0.650, 1.249), (1.250, 2.049)],
        US_INDEX,
    ),
    (us_aqi.SO2_1H, [(0, 0.035), (0.036, 0.075), (0.076, 0.185), (0.186, 0.304)], US_INDEX[:4]),
    (us_aqi.SO2_24H, [(0.305, 0.604), (0.605, 1.004)], US_INDEX[4:]),
    (us_aqi.CO, [(0, 4.4), (4.5, 9.4), (9.5, 12.4), (12.5, 15.4), (15.5, 30.4), (30.5, 50.4)], US_INDEX),
]


def one(table: Bands, concentration: float) -> float:
    return float(table.sub_index(np.array([concentration]))[0])


@pytest.mark.parametrize("pollutant", CAI_PRINTED)
def test_every_cai_band_begins_and_ends_as_printed(pollutant: str) -> None:
    for (low, high), (first, last) in zip(CAI_PRINTED[pollutant], CAI_INDEX, strict=True):
        assert one(cai.TABLES[pollutant], low) == pytest.approx(first)
        assert one(cai.TABLES[pollutant], high) == pytest.approx(last)


@pytest.mark.parametrize(("table", "printed", "index"), US_PRINTED)
def test_every_us_band_begins_and_ends_as_printed(
    table: Bands, printed: list[tuple[float, float]], index: list[tuple[int, int]]
) -> None:
    for (low, high), (first, last) in zip(printed, index, strict=True):
        assert one(table, low) == pytest.approx(first)
        assert one(table, high) == pytest.approx(last)


def test_cai_rounds_between_bands_and_us_aqi_truncates() -> None:
    assert one(cai.TABLES["no2"], 0.0304) == 50
    assert one(cai.TABLES["no2"], 0.0305) == 51
    assert one(cai.TABLES["so2"], 0.0205) == 51  # a hair below in binary
    assert one(us_aqi.PM25, 9.09) == 50
    assert one(us_aqi.PM25, 35.49) == 100
    assert one(us_aqi.O3_8H, 0.0709) == 100


def test_a_table_that_starts_late_says_nothing_below() -> None:
    assert np.isnan(one(us_aqi.O3_1H, 0.124))
    assert np.isnan(one(us_aqi.SO2_24H, 0.304))


def test_beyond_the_last_edge_the_index_stays() -> None:
    assert one(cai.TABLES["pm10"], 5000) == 500
    assert one(us_aqi.PM25, 2000) == 500
    assert one(us_aqi.SO2_1H, 5) == 200


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_gap_gives_no_index(table: Bands) -> None:
    assert np.isnan(one(table, np.nan))


@given(st.lists(st.floats(0, 5000), min_size=2, max_size=50), st.sampled_from(list(TABLES.values())))
def test_more_of_a_pollutant_never_lowers_its_index(concentrations: list[float], table: Bands) -> None:
    index = table.sub_index(np.sort(np.array(concentrations)))
    known = index[~np.isnan(index)]
    assert (np.diff(known) >= -1e-9).all()
    assert ((known >= 0) & (known <= 500)).all()


def test_whole_points_are_rounded_half_up() -> None:
    assert rounded(np.array([0.5, 1.5, 2.4999, 46.67])).tolist() == [1, 2, 2, 47]


def test_grades_meet_without_a_hole() -> None:
    index = np.arange(0, 501, dtype=np.float64)
    names = [cai.GRADES[position] for position in grade(index, cai.GRADE_EDGES)]
    assert [names.index(each) for each in cai.GRADES] == [0, 51, 101, 251]
    assert grade(np.array([np.nan]), cai.GRADE_EDGES).tolist() == [-1]
