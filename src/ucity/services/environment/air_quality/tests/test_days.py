"""Days: worked examples, days that are not 24 hours long, and the same rows in whatever order indices come."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from replay import Memory
from ucity.blueprint.frames import columns_of
from ucity.errors import BadInput, NotFound
from ucity.services.environment.air_quality import texts
from ucity.services.environment.air_quality.days import LONGEST_DAY, days
from ucity.services.environment.air_quality.models import DaysRequest
from ucity.services.environment.air_quality.service import SERVICE
from ucity.services.environment.air_quality.streams import DAYS, INDICES, STATIONS
from ucity.services.environment.air_quality.views import days as days_view

HOUR = timedelta(hours=1)
SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")


def city(zone: ZoneInfo = SEOUL, clock: datetime | None = None) -> Memory:
    memory = Memory("environment/air_quality", SERVICE, clock=clock)
    memory.zone = zone
    return memory


def index(station: str, at: datetime, cai: float | None) -> dict[str, Any]:
    return {"subject": station, "observed_at": at.astimezone(UTC), "cai": cai, "us_aqi": 40.0}


def tell(memory: Memory, *indices: dict[str, Any]) -> None:
    memory.tell(INDICES, pl.DataFrame(indices, schema=columns_of(INDICES)))


def row(memory: Memory, station: str, day: date) -> dict[str, Any]:
    (found,) = memory.rows(DAYS).filter(station=station, day=day).rows(named=True)
    return found


def test_a_day_tells_its_hours_their_mean_and_the_first_of_the_highest() -> None:
    memory = city()
    midnight = datetime(2026, 11, 24, tzinfo=SEOUL)
    values = {0: 50, 1: 51, 2: 100, 3: 101, 9: 251, 15: 251, 16: None, 23: 10}
    tell(memory, *(index("a", midnight + HOUR * hour, cai) for hour, cai in values.items()))
    tell(memory, index("a", midnight - HOUR, 500), index("a", midnight + 24 * HOUR, 400), index("b", midnight, 7))
    assert row(memory, "a", midnight.date()) == {
        "station": "a",
        "day": midnight.date(),
        "hours": 7,
        "cai_mean": 116.3,  # 814 / 7
        "cai_highest": 251,
        "highest_at": "2026-11-24T09:00:00+09:00",
        "hours_good": 2,
        "hours_moderate": 2,
        "hours_unhealthy": 1,
        "hours_very_unhealthy": 2,
    }
    assert memory.rows(DAYS)["day"].to_list() == [
        *(midnight.date() + timedelta(days=n) for n in (-1, 0, 1)),
        midnight.date(),
    ]


def test_a_day_without_any_cai_has_no_row() -> None:
    memory = city()
    tell(memory, index("a", datetime(2026, 11, 24, 5, tzinfo=UTC), None))
    assert memory.rows(DAYS).is_empty()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Havana", date(2026, 3, 8), 23),  # there is no midnight on this day
        ("America/Havana", date(2026, 11, 1), 25),  # and two on this
        ("Africa/Cairo", date(2026, 10, 29), 25),  # clocks go back at midnight, into the day before
        ("Antarctica/Troll", date(2026, 10, 25), 26),
        ("Asia/Seoul", date(2026, 10, 25), 24),
    ],
)
def test_a_day_has_the_hours_that_it_has_in_the_city(zone: str, day: date, hours: int) -> None:
    memory = city(ZoneInfo(zone))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 30 * HOUR
    tell(memory, *(index("a", start + HOUR * n, float(n)) for n in range(80)))
    whole = row(memory, "a", day)
    assert whole["hours"] == hours <= LONGEST_DAY / HOUR
    # One late correction, of the first hour, has the whole day computed anew.
    first = next(at for n in range(80) if (at := start + HOUR * n).astimezone(ZoneInfo(zone)).date() == day)
    tell(memory, index("a", first, 500.0))
    corrected = row(memory, "a", day)
    assert corrected["hours"] == hours
    assert datetime.fromisoformat(corrected["highest_at"]) == first


told = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.integers(0, 90),
        st.one_of(st.none(), st.integers(0, 500).map(float)),
    ),
    min_size=1,
    max_size=80,
)


@given(told, st.integers(1, 7), st.sampled_from([SEOUL, BERLIN, ZoneInfo("Australia/Lord_Howe")]), st.booleans())
@settings(max_examples=60)
def test_any_pieces_in_any_order_give_what_a_computation_from_scratch_gives(
    rows: list[tuple[str, int, float | None]], pieces: int, zone: ZoneInfo, autumn: bool
) -> None:
    start = datetime(2026, 10 if autumn else 3, 23 if autumn else 27, tzinfo=UTC)
    indices = [index(station, start + HOUR * hour, cai) for station, hour, cai in rows]
    piecewise = city(zone)
    for piece in range(pieces):
        if indices[piece::pieces]:
            tell(piecewise, *indices[piece::pieces])
    scratch = days(piecewise.frame(INDICES), zone)
    assert_frame_equal(piecewise.rows(DAYS), scratch)
    shuffled = city(zone)
    last = list(
        {(each["subject"], each["observed_at"]): each for each in piecewise.frame(INDICES).rows(named=True)}.values()
    )
    random.Random(len(rows)).shuffle(last)  # noqa: S311 - not for secrets
    for each in last:
        shuffled.tell(INDICES, pl.DataFrame([each], schema=columns_of(INDICES)))
    assert_frame_equal(shuffled.rows(DAYS), scratch)


def lived() -> Memory:
    """Two districts: a and b in one, c in another, d in none; today is 24 November in Seoul, and the 23rd in UTC."""
    memory = city(clock=datetime(2026, 11, 23, 20, tzinfo=UTC))
    memory.districts = {"a": "Haeundae", "b": "Haeundae", "c": "Suyeong"}
    noon = datetime(2026, 11, 24, 3, tzinfo=SEOUL)
    names = [{"subject": each, "observed_at": noon, "name": f"Station {each}", "temperature": 9.0} for each in "abcd"]
    memory.tell(STATIONS, pl.DataFrame(names, schema=columns_of(STATIONS)))
    for station, highest in {"a": (40, 60, 40), "b": (45, 45, 260), "c": (20, None, 30)}.items():
        for ago, cai in enumerate(highest):
            tell(memory, index(station, noon - timedelta(days=ago), cai))
    return memory


async def test_the_last_month_is_told_by_station_day_and_district() -> None:
    told = await days_view(lived(), DaysRequest(district=None, station=None, since=None, until=None))
    assert (told.since, told.until) == (date(2026, 10, 26), date(2026, 11, 24))
    assert [(each.station, each.name, each.district, len(each.days)) for each in told.stations] == [
        ("a", "Station a", "Haeundae", 3),
        ("b", "Station b", "Haeundae", 3),
        ("c", "Station c", "Suyeong", 2),
        ("d", "Station d", None, 0),
    ]
    worst = told.stations[1].days[0]
    assert (worst.day, worst.grade, worst.hours, worst.cai_highest) == (date(2026, 11, 22), "very_unhealthy", 1, 260)
    assert worst.highest_at == datetime(2026, 11, 22, 3, tzinfo=SEOUL)
    assert [(each.day.day, each.good, each.moderate, each.unhealthy, each.very_unhealthy) for each in told.days] == [
        (22, 2, 0, 0, 1),
        (23, 1, 1, 0, 0),
        (24, 3, 0, 0, 0),
    ]
    by_district = [(each.district, each.good, each.moderate, each.very_unhealthy) for each in told.districts]
    assert by_district == [("Haeundae", 1, 1, 1), ("Suyeong", 2, 0, 0)]
    assert told.grades == texts.CAI_GRADES


async def test_days_are_narrowed_to_a_district_a_station_and_a_time() -> None:
    memory = lived()
    there = await days_view(memory, DaysRequest(district="Suyeong", station=None, since=None, until=None))
    assert [each.station for each in there.stations] == ["c"]
    assert [each.good for each in there.days] == [1, 1]
    some = DaysRequest(district=None, station="a", since=date(2026, 11, 23), until=date(2026, 11, 23))
    (one,) = (await days_view(memory, some)).stations
    assert [(each.day.day, each.grade) for each in one.days] == [(23, "moderate")]
    nowhere = await days_view(memory, DaysRequest(district="Nowhere", station=None, since=None, until=None))
    assert (nowhere.stations, nowhere.days, nowhere.districts) == ([], [], [])
    with pytest.raises(NotFound, match="nobody"):
        await days_view(memory, DaysRequest(district=None, station="nobody", since=None, until=None))


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        (date(2026, 11, 25), None, "not after until"),
        (date(2025, 11, 23), None, "at most 366 days"),
        (date(2026, 1, 2), date(2026, 1, 1), "not after until"),
        (date.min, date.max, "at most 366 days"),
    ],
)
async def test_a_time_that_cannot_be_told_of_is_refused(since: date, until: date | None, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        await days_view(lived(), DaysRequest(district=None, station=None, since=since, until=until))


async def test_the_ends_of_the_calendar_are_days_too() -> None:
    for day in (date.min, date.max):
        told = await days_view(lived(), DaysRequest(district=None, station=None, since=None, until=day))
        assert told.until == day
        assert told.days == []
    year = DaysRequest(district=None, station=None, since=date(2025, 11, 24), until=None)
    assert len((await days_view(lived(), year)).days) == 3
