"""Five years of hourly road-side readings, with their real gaps: the indices against a computation of another kind.

The check goes hour by hour through plain lists with exact decimals, and has its own copy of the tables.
"""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest

from replay import Memory
from ucity.services import discover

FILE = Path(__file__).parents[3] / "shared/data/air/marylebone-1998-2002.csv.gz"
NAME = "environment/air_quality"
SERVICE = discover()[NAME]
STATIONS, HOURS, INDICES = (SERVICE.streams_by_name[name] for name in ("stations", "hours", "indices"))

DAYS = {
    "1998-01-01": "the first: nothing lies before it",
    "1998-04-01": "most sulphur dioxide",
    "1998-06-05": "gaps between hours that have an index",
    "1999-08-13": "highest CAI",
    "1999-09-16": "most dust in an hour, 801 ug/m3",
    "2001-03-21": "most carbon monoxide",
    "2001-06-24": "most ozone",
    "2001-11-12": "highest US AQI",
    "2002-12-31": "the last",
}

Bands = Sequence[tuple[int | str, int | str]]

CAI: dict[str, tuple[Decimal, Bands]] = {
    "so2": (Decimal("0.001"), [(0, "0.020"), ("0.021", "0.050"), ("0.051", "0.150"), ("0.151", 1)]),
    "co": (Decimal("0.01"), [(0, 2), ("2.01", 9), ("9.01", 15), ("15.01", 50)]),
    "o3": (Decimal("0.001"), [(0, "0.030"), ("0.031", "0.090"), ("0.091", "0.150"), ("0.151", "0.6")]),
    "no2": (Decimal("0.001"), [(0, "0.030"), ("0.031", "0.060"), ("0.061", "0.200"), ("0.201", 2)]),
    "pm10": (Decimal(1), [(0, 30), (31, 80), (81, 150), (151, 600)]),
    "pm25": (Decimal(1), [(0, 15), (16, 35), (36, 75), (76, 500)]),
}
CAI_INDEX = [(0, 50), (51, 100), (101, 250), (251, 500)]
US_INDEX = [(0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500)]
US: dict[str, tuple[str, Bands]] = {
    "pm25": (
        "0.1",
        [(0, "9.0"), ("9.1", "35.4"), ("35.5", "55.4"), ("55.5", "125.4"), ("125.5", "225.4"), ("225.5", "325.4")],
    ),
    "pm10": ("1", [(0, 54), (55, 154), (155, 254), (255, 354), (355, 424), (425, 604)]),
    "o3": ("1", [(0, 54), (55, 70), (71, 85), (86, 105), (106, 200)]),
    "no2": ("1", [(0, 53), (54, 100), (101, 360), (361, 649), (650, 1249), (1250, 2049)]),
    "so2": ("1", [(0, 35), (36, 75), (76, 185), (186, 304)]),
    "co": ("0.1", [(0, "4.4"), ("4.5", "9.4"), ("9.5", "12.4"), ("12.5", "15.4"), ("15.5", "30.4"), ("30.5", "50.4")]),
}

Value = Decimal | None


@pytest.fixture(scope="module")
def readings() -> pl.DataFrame:
    if not FILE.exists():
        pytest.skip(
            "the road-side readings are not here: shared/data/air/marylebone-1998-2002.csv.gz beside the checkout"
        )
    read = pl.read_csv(gzip.decompress(FILE.read_bytes()), infer_schema_length=None, null_values=["", "NA"])
    time = pl.col("date").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", time_zone="UTC")
    # O3, NO2 and SO2 come in ppb.
    in_ppm = [(pl.col(key) / 1000).alias(key) for key in ("o3", "no2", "so2")]
    return read.select(time.alias("observed_at"), "pm25", "pm10", "co", *in_ppm, subject=pl.lit("marylebone"))


@pytest.fixture(scope="module")
def city(readings: pl.DataFrame) -> Memory:
    memory = Memory(NAME, SERVICE)
    memory.tell(STATIONS, readings)
    return memory


def exact(value: float | None) -> Value:
    return None if value is None else Decimal(str(value))


def index_in(value: Decimal, bands: Bands, index: list[tuple[int, int]]) -> Decimal:
    for (low, high), (first, last) in zip(bands, index, strict=False):
        if value <= Decimal(high):
            return (last - first) / (Decimal(high) - Decimal(low)) * (value - Decimal(low)) + first
    return Decimal(index[len(bands) - 1][1])


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def mean(values: list[Value], least: int) -> Value:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) / len(known) if len(known) >= least else None


def predicted(newest_first: list[Value], steady_from: int) -> Value:
    twelve = mean(newest_first[:12], 9)
    if twelve is None:
        return None
    adjusted: list[Value] = []
    for value in newest_first[:4]:
        counts_less = value is not None and value >= steady_from and Decimal("0.9") <= value / twelve <= Decimal("1.7")
        adjusted.append(Decimal("0.75") * value if counts_less and value is not None else value)
    four = mean(adjusted, 3)
    return None if four is None else (12 * twelve + 12 * four) / 24


def cai_of(day: dict[str, list[Value]]) -> int | None:
    """``day``: the last 24 hours of each pollutant, newest first."""
    worth = {key: values[0] for key, values in day.items()}
    for key, steady_from in (("pm10", 70), ("pm25", 30)):
        worth[key] = None if worth[key] is None else predicted(day[key], steady_from)
    if any(worth[key] is None for key in ("pm10", "pm25", "no2", "o3")):
        return None
    subs = []
    for key, value in worth.items():
        if value is not None:
            step, bands = CAI[key]
            subs.append(index_in((value / step).quantize(Decimal(1), ROUND_HALF_UP) * step, bands, CAI_INDEX))
    unhealthy = sum(1 for sub in subs if half_up(sub) >= 101)
    return min(half_up(max(subs) + {0: 0, 1: 0, 2: 50}.get(unhealthy, 75)), 500)


def nowcast(newest_first: list[Value]) -> Value:
    twelve = newest_first[:12]
    if sum(value is not None for value in twelve[:3]) < 2:
        return None
    known = [value for value in twelve if value is not None]
    weight = max(min(known) / max(known), Decimal("0.5")) if max(known) else Decimal(1)
    pairs = [(weight**k, value) for k, value in enumerate(twelve) if value is not None]
    return sum((w * value for w, value in pairs), Decimal(0)) / sum((w for w, _ in pairs), Decimal(0))


def us_aqi_of(day: dict[str, list[Value]]) -> int | None:
    newest_ozone = next((value for value in day["o3"][:3] if value is not None), None)
    worth: dict[str, Value] = {
        "pm25": nowcast(day["pm25"]),
        "pm10": nowcast(day["pm10"]),
        "o3": None if newest_ozone is None else Decimal("0.85") * newest_ozone * 1000 + Decimal("4.5"),
        "no2": None if day["no2"][0] is None else day["no2"][0] * 1000,
        "so2": None if day["so2"][0] is None else day["so2"][0] * 1000,
        "co": mean(day["co"][:8], 6),
    }
    subs = []
    for key, value in worth.items():
        if value is not None:
            step = Decimal(US[key][0])
            subs.append(index_in((value / step).quantize(Decimal(1), ROUND_FLOOR) * step, US[key][1], US_INDEX))
    return half_up(max(subs)) if subs else None


def last_day(values: list[Value], row: int) -> list[Value]:
    """The 24 hours up to ``row``, newest first; nothing is known before the first."""
    day = values[max(row - 23, 0) : row + 1][::-1]
    return [*day, *([None] * (24 - len(day)))]


def test_every_hour_of_the_chosen_days(readings: pl.DataFrame, city: Memory) -> None:
    columns = {key: [exact(value) for value in readings[key].to_list()] for key in CAI}
    row_of = {time: row for row, time in enumerate(readings["observed_at"].to_list())}
    told = {row["observed_at"]: row for row in city.frame(INDICES).iter_rows(named=True)}
    found = []
    for day in DAYS:
        for hour in range(24):
            time = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hour)
            row = row_of[time]
            past = {key: last_day(values, row) for key, values in columns.items()}
            expected = (cai_of(past), us_aqi_of(past))
            given = told.get(time, {})
            assert (given.get("cai"), given.get("us_aqi")) == expected, time
            found.append(expected)
    assert len({cai for cai, _ in found}) > 50
    assert any(cai is None for cai, _ in found)


def test_a_missing_value_is_a_gap_and_not_a_zero(readings: pl.DataFrame, city: Memory) -> None:
    means = city.frame(HOURS)
    for key in CAI:
        assert means[f"{key}_1h"].count() == readings[key].count()
    required = pl.all_horizontal(pl.col(key).is_not_null() for key in ("pm25", "pm10", "o3", "no2"))
    incomplete = readings.filter(~required)
    given = incomplete.join(city.frame(INDICES), on="observed_at").drop_nulls("cai")
    assert incomplete.height > 10_000
    assert given.is_empty()


def test_five_years_have_every_grade_and_nothing_beyond_the_scale(city: Memory) -> None:
    told = city.frame(INDICES)
    assert set(told["cai_grade"].drop_nulls()) == set(INDICES.by_key["cai_grade"].options)
    assert set(told["us_category"].drop_nulls()) == set(INDICES.by_key["us_category"].options)
    for index in ("cai", "us_aqi"):
        assert told[index].drop_nulls().is_between(0, 500).all()


def test_the_year_told_in_pieces_is_the_year_told_at_once(readings: pl.DataFrame) -> None:
    year = readings.filter(pl.col("observed_at").dt.year() == 2002)
    at_once, piecewise = Memory(NAME, SERVICE), Memory(NAME, SERVICE)
    at_once.tell(STATIONS, year)
    late = year.gather_every(7)
    piecewise.tell(STATIONS, year.join(late, on="observed_at", how="anti"))
    piecewise.tell(STATIONS, late)
    assert piecewise.frame(INDICES).equals(at_once.frame(INDICES))
