"""What the simulation says: the same for the same seed, believable, valid, and complete."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.cloud.ioc.collect.check import Sender, check
from ucity.cloud.ioc.manage.coast import load_coast
from ucity.cloud.ioc.manage.profile import read_profile
from ucity.demo import FOLDER, MARK, PREFIX
from ucity.demo.air import air
from ucity.demo.buses import Buses
from ucity.demo.feeds import BACKFILL_HOURS, Feed, FleetFeed, fleet_feeds, station_feeds
from ucity.services import catalogue

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
MINUTE, HOUR = 60_000, 3_600_000
YEARS = st.integers(1_700_000_000_000, 2_000_000_000_000)
BUSES = Buses(1)
FASTEST_KMH = 45.0


def past_of(feed: Feed, now_ms: int) -> list[Any]:
    """What a feed has to say of the time before, in one."""
    return [each for some in feed.past(now_ms) for each in some]


def _feeds(seed: int = 1, size: int = 50) -> list[Feed]:
    return [*station_feeds(seed), *fleet_feeds(seed, size)]


def _minutes(feeds: list[Feed], minutes: int, since: int = NOW_MS) -> list[Any]:
    return [reading for feed in feeds for reading in feed.due(since, since + minutes * MINUTE)]


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    assert _minutes(_feeds(), 5) == _minutes(_feeds(), 5)
    one, other = (_minutes([*fleet_feeds(seed, 50)], 5) for seed in (1, 2))
    assert {each["id"] for each in one} == {each["id"] for each in other}
    assert sum(a["pm25"] == b["pm25"] for a, b in zip(one, other, strict=False) if "pm25" in a and "pm25" in b) < 100


def test_a_bus_does_not_depend_on_how_many_others_there_are() -> None:
    few = [each for each in _minutes([*fleet_feeds(1, 10)], 1) if each["id"] == "demo-bus-0003"]
    many = [each for each in _minutes([*fleet_feeds(1, 2_000)], 1) if each["id"] == "demo-bus-0003"]
    assert few == many


@given(since=YEARS, steps=st.lists(st.integers(0, 40_000), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_in_however_many_steps_it_is_asked_for_nothing_is_left_out_or_said_again(since: int, steps: list[int]) -> None:
    for feed in (station_feeds(3)[5], fleet_feeds(3, 5)[0]):
        edges = np.cumsum([since, *steps]).tolist()
        stepwise = [_key(each) for a, b in pairwise(edges) for each in feed.due(a, b)]
        assert stepwise == [_key(each) for each in feed.due(edges[0], edges[-1])]


def _key(reading: dict[str, Any]) -> tuple[Any, ...]:
    return reading["id"], reading["observedAt"], reading.get("pm25")


@given(at=YEARS, seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_every_reading_is_valid_by_the_declaration(at: int, seed: int) -> None:
    streams = catalogue().streams
    until = datetime.fromtimestamp(at / 1000, UTC) + timedelta(seconds=20)
    by_path: dict[str, list[tuple[Any, Sender]]] = defaultdict(list)
    for feed in _feeds(seed, 30):
        subjects = frozenset(feed.subjects or {feed.device})
        sender = Sender(feed.device, feed.device, subjects)
        by_path[feed.path] += [(each, sender) for each in feed.due(at, at + 20_000, introduce=True)]
    assert set(by_path) == {"air_quality/stations", "air_quality/buses"}
    for path, sent in by_path.items():
        checked = check(streams[path], [item for item, _ in sent], [sender for _, sender in sent], until)
        assert checked.problems == []
        declared = {*streams[path].stream.by_key, *streams[path].stream.labels, "id", "observedAt", "location"}
        assert {key for item, _ in sent for key in item} <= declared


def test_everything_is_marked_as_simulated() -> None:
    named = [each for feed in _feeds() for each in feed.due(NOW_MS, NOW_MS + 10_000, introduce=True)]
    assert len({each["id"] for each in named}) > 80
    for each in named:
        assert each["id"].startswith(PREFIX)
        assert each["name"].endswith(MARK)
    assert "simulated" in MARK
    assert "모의" in MARK


def test_names_are_said_again_now_and_then() -> None:
    said = {each["id"] for each in _minutes(_feeds(size=25), 35) if "name" in each}
    assert len(said) > 0.95 * (35 + 25)


@given(at=YEARS, bus=st.integers(0, 5_000))
@settings(max_examples=100, deadline=None)
def test_buses_move_smoothly_and_not_too_fast(at: int, bus: int) -> None:
    times = at + np.arange(0, 15 * MINUTE, 1_000)
    lon, lat, speed = BUSES.where(np.full(times.size, bus), times)
    metres = np.hypot(np.diff(lon) * np.cos(np.radians(lat[1:])), np.diff(lat)) * 111_195
    assert speed.min() >= 0
    assert speed.max() <= FASTEST_KMH + 0.1
    # A second's way is what the speed says, and from one second to the next it changes by no more than a bus can.
    assert metres.max() <= FASTEST_KMH / 3.6 * 1.02
    assert np.abs(np.diff(speed)).max() <= 4.0
    mean = (speed[1:] + speed[:-1]) / 2 / 3.6
    assert np.median(np.abs(metres - mean)) < 0.2


def test_buses_stay_on_land_within_the_city_and_stop_on_their_way() -> None:
    west, south, east, north = read_profile(FOLDER).area
    parts = [shapely.from_geojson(json.dumps(each["geometry"])) for each in load_coast(FOLDER)["features"]]
    ground = shapely.buffer(shapely.union_all(parts), 0.0016)
    shapely.prepare(ground)
    buses, times = np.meshgrid(np.arange(240), NOW_MS + np.arange(0, 4 * HOUR, 53_000))
    lon, lat, speed = BUSES.where(buses.ravel(), times.ravel())
    assert shapely.intersects_xy(ground, lon, lat).all()
    assert ((west < lon) & (lon < east) & (south < lat) & (lat < north)).all()
    assert 0.1 < (speed == 0).mean() < 0.5
    assert 15 < speed[speed > 0].mean() < 35


@pytest.mark.parametrize("size", [1, 25, 26, 100, 1_001, 10_000])
def test_fleets_have_all_buses_and_each_speaks_for_its_own(size: int) -> None:
    fleets = fleet_feeds(1, size)
    members = [each for fleet in fleets for each in fleet.members.tolist()]
    assert members == list(range(size))
    assert len(fleets) <= 16
    spoken = [each for fleet in fleets for each in fleet.subjects]
    assert len(set(spoken)) == len(spoken)
    assert len({fleet.device for fleet in fleets}) == len(fleets)


def test_a_fleet_keeps_its_rights_while_it_grows() -> None:
    assert fleet_feeds(1, 3)[0].subjects == fleet_feeds(1, 100)[0].subjects


def test_the_last_two_days_of_hours_are_complete_but_for_gaps() -> None:
    feeds = station_feeds(1)
    past = {feed.device: past_of(feed, NOW_MS) for feed in feeds}
    for readings in past.values():
        hours = [datetime.fromisoformat(each["observedAt"]) for each in readings]
        assert hours == sorted(set(hours))
        assert all((hour.minute, hour.second, hour.microsecond) == (0, 0, 0) for hour in hours)
        assert NOW - timedelta(hours=BACKFILL_HOURS) <= hours[0]
        assert hours[-1] < NOW
    assert max(map(len, past.values())) == BACKFILL_HOURS
    assert 0.9 < sum(map(len, past.values())) / (len(feeds) * BACKFILL_HOURS) < 1


def test_a_bus_has_a_day_behind_it_that_is_told_again_in_the_same_words() -> None:
    (fleet,) = fleet_feeds(1, 3)
    past, later = past_of(fleet, NOW_MS), past_of(fleet, NOW_MS + HOUR + 123_456)
    assert len(past) == len(later) == 3 * 24 * 6
    assert all(each["location"] and each["pm25"] > 0 for each in past if "pm25" in each)
    known = {(each["id"], each["observedAt"]): each for each in later}
    same = [each for each in past if (each["id"], each["observedAt"]) in known]
    assert len(same) == 3 * 23 * 6
    assert all(known[each["id"], each["observedAt"]] == each for each in same)


def test_the_past_is_told_again_in_the_same_words() -> None:
    feed = station_feeds(1)[0]
    later = {each["observedAt"]: each for each in past_of(feed, NOW_MS + 3 * HOUR)}
    same = [each for each in past_of(feed, NOW_MS) if each["observedAt"] in later]
    assert len(same) > 40
    assert all(later[each["observedAt"]] == each for each in same)


def test_an_hourly_value_is_the_mean_of_what_is_sent_in_the_hour() -> None:
    for feed in station_feeds(1)[::7]:
        hour = next(each for each in reversed(past_of(feed, NOW_MS)) if "pm25" in each and "no2" in each)
        begins = int(datetime.fromisoformat(hour["observedAt"]).timestamp() * 1000)
        sent = feed.due(begins, begins + HOUR + 15 * MINUTE)
        inside = [each for each in sent if each["observedAt"][:13] == hour["observedAt"][:13]]
        for key, apart in (("pm25", 0.12), ("no2", 0.1)):
            mean = np.mean([each[key] for each in inside])
            assert hour[key] == pytest.approx(mean, rel=apart)


def test_stations_are_late_say_things_twice_and_fall_silent_as_real_ones_do() -> None:
    day = 24 * HOUR
    sent = [(feed, feed.due(NOW_MS, NOW_MS + day)) for feed in station_feeds(1)]
    keys = [_key(each) for _, readings in sent for each in readings]
    assert 0.001 < 1 - len(set(keys)) / len(keys) < 0.02
    late = sum(a["observedAt"] > b["observedAt"] for _, readings in sent for a, b in pairwise(readings))
    assert late > 0, "what a lost link held back comes among what is newer"
    assert any(_delay(feed) > 5 * MINUTE for feed, _ in sent)
    expected = len(sent) * day // 10_000
    assert 0.95 < len(set(keys)) / expected < 1
    missing = sum("o3" not in each for _, readings in sent for each in readings)
    assert 0 < missing < 0.03 * len(keys)


def _delay(feed: Feed) -> int:
    """The longest time in ms from a reading to when it is sent, in some hours."""
    longest = 0
    for since in range(NOW_MS, NOW_MS + 12 * HOUR, 15 * MINUTE):
        for each in feed.due(since, since + MINUTE):
            taken = int(datetime.fromisoformat(each["observedAt"]).timestamp() * 1000)
            longest = max(longest, since - taken)
    return longest


def test_the_air_goes_with_the_day_the_week_and_the_place() -> None:
    local_midnight = NOW_MS / 1000 - 17 * 3600  # 24 November 2026, a Tuesday
    hours = np.asarray(local_midnight + np.arange(0, 21 * 24) * 3600.0, dtype=np.float64)
    centre, country = air(1, hours, 129.06, 35.16), air(1, hours, 129.25, 35.34)
    of_day = {name: value.reshape(21, 24).mean(axis=0) for name, value in centre.items()}
    assert of_day["no2"][8] > 1.5 * of_day["no2"][3]
    assert of_day["o3"][14] > of_day["o3"][8]
    assert of_day["temperature"].argmax() in range(13, 18)
    assert centre["no2"].mean() > 1.3 * country["no2"].mean()
    rush = centre["no2"].reshape(21, 24)[:, 8]
    assert rush[[5, 12, 19]].mean() < rush[[1, 2, 8, 9]].mean()  # Sundays, and working days


def test_most_bus_sensors_are_a_little_wrong_and_a_few_are_broken() -> None:
    fleet = [each for feed in fleet_feeds(1, 400) for each in _one(feed)]
    true = {each["id"]: float(air(1, _seconds(each), *each["location"]["coordinates"])["pm25"]) for each in fleet}
    ratios = np.array([each["pm25"] / true[each["id"]] for each in fleet])
    assert 0.9 < np.median(ratios) < 1.1
    assert 0.05 < np.abs(np.log(ratios[ratios < 2])).mean() < 0.3
    assert 0.005 < (ratios > 2).mean() < 0.08


def _one(feed: FleetFeed) -> list[Any]:
    return list({each["id"]: each for each in feed.due(NOW_MS, NOW_MS + 6_000)}.values())


def _seconds(reading: dict[str, Any]) -> float:
    return datetime.fromisoformat(reading["observedAt"]).timestamp()
