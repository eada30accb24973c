"""What people are told: districts, one station, gaps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from replay import Memory
from ucity.blueprint.frames import columns_of
from ucity.errors import BadInput, NotFound
from ucity.services.environment.air_quality import texts
from ucity.services.environment.air_quality.models import (
    BusRequest,
    DistrictAir,
    DistrictsRequest,
    GapsRequest,
    StationRequest,
)
from ucity.services.environment.air_quality.service import SERVICE
from ucity.services.environment.air_quality.streams import BUS_CONFIDENCE, BUSES, STATIONS
from ucity.services.environment.air_quality.views import bus, districts, gaps, station

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=10)
CLEAN = {"pm25": 8.0, "pm10": 20.0, "o3": 0.021, "no2": 0.015, "so2": 0.002, "co": 0.3}


def reading(subject: str, hours_ago: float, **values: float | None) -> dict[str, Any]:
    return {
        "subject": subject,
        "observed_at": NOON - timedelta(hours=hours_ago),
        "lon": 129.06,
        "lat": 35.16,
        "name": f"Station {subject}",
        **CLEAN,
        **values,
    }


def city(*rows: dict[str, Any], districts: dict[str, str] | None = None) -> Memory:
    memory = Memory("environment/air_quality", SERVICE, clock=NOW)
    memory.districts = districts or {}
    memory.tell(STATIONS, pl.DataFrame(list(rows), schema=columns_of(STATIONS)))
    return memory


def a_day(subject: str, *, until: int = 0, **values: float | None) -> list[dict[str, Any]]:
    return [reading(subject, ago, **values) for ago in range(until, 24)]


async def only(memory: Memory) -> DistrictAir:
    (one,) = (await districts(memory, DistrictsRequest(district=None))).districts
    return one


async def test_a_district_has_the_median_and_the_highest_of_its_stations() -> None:
    rows = [*a_day("a"), *a_day("b", pm25=30.0), *a_day("c", no2=0.15)]
    one = await only(city(*rows, districts=dict.fromkeys("abc", "Haeundae")))
    assert (one.district, one.stations, one.reporting) == ("Haeundae", 3, 3)
    # Steady PM2.5 of 30: predicted mean (30 + 22.5)/2 = 26.25, index 77; NO2 of 0.150: index 196.
    assert (one.cai_median, one.cai_median_grade) == (77, "moderate")
    assert (one.cai_highest, one.cai_grade, one.cai_pollutant) == (196, "unhealthy", "no2")
    assert (one.hour, one.age_seconds) == (NOON, 600)


async def test_a_silent_station_is_counted_but_says_nothing() -> None:
    rows = [*a_day("a"), *a_day("b", until=3, no2=0.15)]
    one = await only(city(*rows, districts=dict.fromkeys("ab", "Haeundae")))
    assert (one.stations, one.reporting, one.cai_highest, one.age_seconds) == (2, 1, 35, 600)


async def test_a_station_without_dust_keeps_its_us_index_only() -> None:
    rows = [reading("a", ago, **({"pm25": None, "pm10": None} if ago < 4 else {})) for ago in range(24)]
    one = await only(city(*rows))
    assert (one.reporting, one.cai_median, one.cai_grade) == (0, None, None)
    assert one.us_aqi_highest is not None


async def test_districts_come_one_by_one_or_all_in_order_of_name() -> None:
    memory = city(*a_day("a"), *a_day("b"), *a_day("c"), districts={"a": "Suyeong", "b": "Haeundae"})
    every = await districts(memory, DistrictsRequest(district=None))
    assert [each.district for each in every.districts] == [None, "Haeundae", "Suyeong"]
    one = await districts(memory, DistrictsRequest(district="Suyeong"))
    assert [each.district for each in one.districts] == ["Suyeong"]


async def test_trusted_buses_tell_of_their_district_with_their_bias_taken_out() -> None:
    memory = city(*a_day("a"), districts={"a": "Haeundae", "good": "Haeundae", "bad": "Haeundae", "gone": "Haeundae"})
    for name, confidence, bias, ago in (("good", 0.8, 1.25, 0.1), ("bad", 0.4, 1.0, 0.1), ("gone", 0.9, 1.0, 2)):
        told = {"subject": name, "observed_at": NOON, "confidence": confidence, "pm25_bias": bias}
        memory.tell(BUS_CONFIDENCE, pl.DataFrame([told], schema=columns_of(BUS_CONFIDENCE)))
        bus = {"subject": name, "observed_at": NOON - timedelta(hours=ago), "lon": 0.0, "lat": 0.0, "pm25": 25.0}
        memory.tell(BUSES, pl.DataFrame([bus], schema=columns_of(BUSES)))
    one = await only(memory)
    assert (one.buses, one.bus_pm25) == (1, 20)
    assert one.cai_highest == 35


async def test_a_city_without_stations_has_no_districts() -> None:
    memory = Memory("environment/air_quality", SERVICE, clock=NOW)
    assert (await districts(memory, DistrictsRequest(district=None))).districts == []


async def test_a_station_shows_its_index_with_its_parts_and_what_to_do() -> None:
    memory = city(*a_day("a", pm25=50.0, pm10=100.0), districts={"a": "Haeundae"})
    told = await station(memory, StationRequest(station="a", hours=24))
    assert (told.name, told.district, told.age_seconds) == ("Station a", "Haeundae", 600)
    assert told.latest["pm25"] == 50
    assert told.index is not None
    # Predicted means: 43.75 and 87.5; sub-indices of 44 and 88 are 132 and 116; two unhealthy: 50 points more.
    assert (told.index.cai, told.index.cai_added, told.index.cai_grade) == (182, 50, "unhealthy")
    parts = {part.pollutant: (part.mean, part.cai) for part in told.index.parts}
    assert (parts["pm25"], parts["pm10"]) == ((43.75, 132), (87.5, 116))
    assert told.index.advice == texts.ADVICE["unhealthy"]
    assert (told.index.hour, told.index.stale) == (NOON, False)


async def test_the_chart_has_every_hour_and_gaps_as_nulls() -> None:
    memory = city(*[reading("a", ago) for ago in range(30) if ago != 3])
    told = await station(memory, StationRequest(station="a", hours=24))
    assert [point.hour for point in told.series] == [NOON - timedelta(hours=ago) for ago in reversed(range(24))]
    gap = told.series[-4]
    assert (gap.cai, gap.us_aqi, gap.pm25, gap.co) == (None,) * 4
    # The first hour of the chart has its index too: its windows look further back than the chart.
    assert told.series[0].pm25 == 8
    assert told.series[2].cai == 35


async def test_the_chart_shows_the_index_that_was_stored() -> None:
    memory = city(*[reading("a", ago, pm25=5.0 * ago) for ago in range(40)])
    told = await station(memory, StationRequest(station="a", hours=24))
    stored = dict(memory.frame(SERVICE.streams_by_name["indices"]).select("observed_at", "cai").iter_rows())
    assert [point.cai for point in told.series] == [stored[point.hour] for point in told.series]


async def test_an_old_index_is_called_stale() -> None:
    told = await station(city(*a_day("a", until=5)), StationRequest(station="a", hours=24))
    assert told.index is not None
    assert (told.index.cai, told.index.stale, told.index.hour) == (35, True, NOON - timedelta(hours=5))


async def test_when_dust_fails_the_us_index_stands_and_no_old_cai() -> None:
    rows = [reading("a", ago, **({"pm25": None, "pm10": None} if ago < 4 else {})) for ago in range(24)]
    told = await station(city(*rows), StationRequest(station="a", hours=24))
    assert told.index is not None
    assert (told.index.cai, told.index.advice, told.index.stale) == (None, None, False)
    assert told.index.us_aqi is not None


async def test_a_station_that_sent_no_pollutant_has_no_index() -> None:
    nothing: dict[str, None] = dict.fromkeys(CLEAN)
    memory = city({**reading("a", 0, **nothing), "temperature": 12.0})
    told = await station(memory, StationRequest(station="a", hours=24))
    assert told.index is None
    assert told.latest["temperature"] == 12


async def test_an_unknown_station_is_not_found() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        await station(city(*a_day("a")), StationRequest(station="nowhere", hours=24))
    with pytest.raises(NotFound, match="nowhere"):
        await gaps(city(*a_day("a")), GapsRequest(station="nowhere", hours=24))


async def test_gaps_of_more_station_hours_than_memory_is_meant_for_are_refused() -> None:
    many = city(*(reading(f"s{number}", 1) for number in range(300)))
    with pytest.raises(BadInput, match="300 stations are too many for 744 hours"):
        await gaps(many, GapsRequest(station=None, hours=744))
    assert len((await gaps(many, GapsRequest(station="s7", hours=744))).stations) == 1


async def test_gaps_are_told_by_measure_up_to_the_last_finished_hour() -> None:
    rows = [reading("a", ago, co=None if ago in {1, 2} else 0.3) for ago in range(25) if ago != 5]
    told = await gaps(city(*rows), GapsRequest(station=None, hours=24))
    assert told.until == NOON
    (one,) = told.stations
    assert one.expected == 24
    measures = {each.measure: each for each in one.measures}
    assert measures["pm25"].present == 23
    assert [(gap.since, gap.until, gap.hours) for gap in measures["co"].gaps] == [
        (NOON - timedelta(hours=5), NOON - timedelta(hours=4), 1),
        (NOON - timedelta(hours=2), NOON, 2),
    ]


async def test_a_station_that_has_been_silent_all_along_is_told_of() -> None:
    told = await gaps(city(reading("a", 200), *a_day("b")), GapsRequest(station=None, hours=24))
    assert [(each.station, each.measures[0].present) for each in told.stations] == [("a", 0), ("b", 23)]


@pytest.mark.parametrize("bad", [{"station": ""}, {"station": "a", "hours": 0}, {"station": "a", "hours": 169}, {}])
def test_a_bad_request_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StationRequest(**bad)


def test_every_grade_category_and_pollutant_has_its_texts() -> None:
    indices = SERVICE.streams_by_name["indices"].by_key
    assert tuple(texts.CAI_GRADES) == tuple(texts.ADVICE) == indices["cai_grade"].options
    assert tuple(texts.US_CATEGORIES) == indices["us_category"].options
    assert tuple(texts.POLLUTANTS) == indices["cai_pollutant"].options
    for some in (texts.CAI_GRADES, texts.ADVICE, texts.US_CATEGORIES, texts.POLLUTANTS):
        assert all(text["ko"] and text["en"] for text in some.values())


def passing(minutes_ago: float, pm25: float | None) -> dict[str, Any]:
    moment = NOW - timedelta(minutes=minutes_ago)
    return {"subject": "bus-1", "observed_at": moment, "lon": 129.06, "lat": 35.16, "route": "1003", "pm25": pm25}


async def test_a_bus_tells_of_its_last_day_in_ten_minutes_each_and_leaves_gaps_open() -> None:
    memory = city()
    sent = [passing(1, 10.0), passing(2, 20.0), passing(31, 40.0), passing(45, None), passing(23 * 60, 7.0)]
    memory.tell(BUSES, pl.DataFrame(sent, schema=columns_of(BUSES)))
    memory.clock = NOW + timedelta(minutes=3)
    told = await bus(memory, BusRequest(bus="bus-1", hours=24))
    assert len(told.series) == 24 * 6
    assert {point.since: point.pm25 for point in told.series if point.pm25 is not None} == {
        NOON: 15.0,
        NOON - timedelta(minutes=30): 40.0,
        NOW - timedelta(hours=23): 7.0,
    }
    assert (told.route, told.latest["pm25"], told.age_seconds) == ("1003", 10.0, 240)


async def test_an_unknown_bus_is_not_found() -> None:
    with pytest.raises(NotFound, match="bus-9"):
        await bus(city(), BusRequest(bus="bus-9", hours=24))
