"""A day's running: late as vehicles are, never faster than they can go, and the same for the same seed."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.demo.transit.days import day_of, into_day, moment, service_day
from ucity.demo.transit.running import running
from ucity.demo.transit.timetable import timetable
from ucity.demo.transit.vehicles import fleet, where

TUESDAY, SUNDAY = day_of(date(2026, 11, 24)), day_of(date(2026, 11, 29))
DAYS = st.integers(TUESDAY - 800, TUESDAY + 800)


@given(seed=st.integers(0, 3), number=DAYS)
@settings(max_examples=8, deadline=None)
def test_times_go_forward_and_delays_stay_within_what_a_rest_makes_up_for(seed: int, number: int) -> None:
    day = running(seed, number)
    assert (day.depart >= day.arrive).all()
    inside = np.ones(day.arrive.size - 1, dtype=bool)
    inside[day.first[1:-1] - 1] = False
    assert (day.arrive[1:] - day.depart[:-1])[inside].min() > 20
    late = day.arrive - day.due_in
    assert late.min() >= -60
    assert late.max() <= 720
    ends, starts = day.arrive[day.first[1:] - 1], day.depart[day.first[:-1]]
    same = day.block[1:] == day.block[:-1]
    assert (starts[1:] >= ends[:-1])[same].all()


def test_nobody_leaves_a_stop_before_its_time() -> None:
    day = running(1, TUESDAY)
    inner = np.ones(day.depart.size, dtype=bool)
    inner[day.first[1:] - 1] = False
    assert (day.depart >= day.due_out)[inner].all()


def test_now_and_then_a_bus_is_more_than_ten_minutes_late() -> None:
    day = running(1, TUESDAY)
    worst = np.maximum.reduceat(day.arrive - day.due_in, day.first[:-1])
    assert 0 < (worst >= 600).mean() < 0.05


def test_a_disturbed_line_is_later_than_on_other_days() -> None:
    for each in running(1, TUESDAY).disturbances:
        told, other = (_late(number, each.line, each.since, each.until) for number in (TUESDAY, TUESDAY + 7))
        if each.line not in {one.line for one in running(1, TUESDAY + 7).disturbances}:
            assert told > other + 20


def _late(number: int, line: int, since: int, until: int) -> float:
    day = running(1, number)
    trips = np.repeat(np.arange(day.block.size), np.diff(day.first))
    here = (day.pattern[trips] // 2 == line) & (day.due_in >= since + 1800) & (day.due_in < until)
    return float((day.arrive - day.due_in)[here].mean())


def test_some_trips_do_not_run_and_fewer_go_on_sundays() -> None:
    assert 0 < running(1, TUESDAY).cancelled.mean() < 0.01
    assert running(1, SUNDAY).block.size < 0.7 * running(1, TUESDAY).block.size


@pytest.mark.parametrize(("hour", "least", "most"), [(4, 15, 60), (8, 300, 458), (14, 300, 458), (26, 20, 70)])
def test_as_many_go_as_the_hour_wants(hour: int, least: int, most: int) -> None:
    found = fleet(1, moment(TUESDAY, hour * 3600))
    assert least <= found.block.size <= most
    assert ((found.share >= 0) & (found.share <= 130)).all()


@given(at=st.integers(1_700_000_000, 2_000_000_000))
@settings(max_examples=25, deadline=None)
def test_a_vehicle_under_way_is_where_its_sensor_is(at: int) -> None:
    found = fleet(1, at)
    lon, lat, speed = where(1, found.block, np.full(found.block.size, float(at)))
    assert np.array_equal(lon, found.lon)
    assert np.array_equal(lat, found.lat)
    assert np.array_equal(speed, found.speed)
    assert (speed[found.stands] == 0).all()


@given(at=st.floats(1.7e9, 2e9), block=st.integers(0, 457))
@settings(max_examples=50, deadline=None)
def test_nothing_jumps_not_even_at_night(at: float, block: int) -> None:
    number = int(service_day(at))
    for middle in (at, moment(number, 12_600.0)):
        times = middle + np.arange(-300.0, 300.0)
        lon, lat, _ = where(1, np.full(times.size, block), times)
        metres = np.hypot(np.diff(lon) * np.cos(np.radians(lat[1:])), np.diff(lat)) * 111_195
        assert metres.max() < 27


def test_a_day_begins_in_the_small_hours() -> None:
    assert int(service_day(moment(TUESDAY, 12_600))) == TUESDAY
    assert int(service_day(moment(TUESDAY, 12_599))) == TUESDAY - 1
    assert float(into_day(TUESDAY, moment(TUESDAY, 5.0))) == 5.0
    assert len(timetable(1).blocks) == 458
