"""Punctuality: worked hours, vehicles far behind, vehicles that come together, each told once."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import Memory
from replay.made_up import T0
from ucity.blueprint.frames import columns_of
from ucity.services import discover
from ucity.services.transport.bus_information.punctuality import hours, together
from ucity.services.transport.bus_information.streams import STOP_EVENTS, STOP_HOURS

NAME = "transport/bus_information"


def call(minute: float, trip: str, delay: float | None, **rest: Any) -> dict[str, Any]:
    return {
        "subject": "small:square",
        "observed_at": T0 + timedelta(minutes=minute),
        "identity": f"{trip}~{minute}",
        "trip": trip,
        "service_day": "2026-11-24",
        "route": "small:36",
        "direction": "0",
        "departure_delay": delay,
        **rest,
    }


def frame(*calls: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(calls), schema=columns_of(STOP_EVENTS))


@pytest.fixture
def city() -> Memory:
    return Memory(NAME, discover()[NAME])


def test_an_hour_of_a_stop(city: Memory) -> None:
    city.tell(STOP_EVENTS, frame(call(0, "a", -30), call(20, "b", 300), call(40, "c", 301), call(59, "d", -61)))
    (row,) = city.frame(STOP_HOURS).rows(named=True)
    assert (row["observed_at"], row["calls_1h"], row["on_time_1h"]) == (T0, 4, 50)
    assert row["delay_1h"] == pytest.approx((300 + 301 - 30 - 61) / 4)


def test_a_late_message_changes_its_own_hour_only(city: Memory) -> None:
    city.tell(STOP_EVENTS, frame(call(10, "a", 0), call(70, "b", 0)))
    city.tell(STOP_EVENTS, frame(call(15, "c", 400)))
    assert city.frame(STOP_HOURS)["on_time_1h"].to_list() == [50, 100]


def test_a_call_without_a_departure_counts_by_its_arrival_and_one_without_either_not_at_all(city: Memory) -> None:
    city.tell(STOP_EVENTS, frame(call(0, "a", None, arrival_delay=120), call(10, "b", None)))
    (row,) = city.frame(STOP_HOURS).rows(named=True)
    assert (row["calls_1h"], row["delay_1h"]) == (1, 120)


def test_a_trip_far_behind_is_told_once(city: Memory) -> None:
    city.tell(STOP_EVENTS, frame(call(0, "a", 599), call(10, "b", 600)))
    city.tell(STOP_EVENTS, frame(call(12, "b", 700, subject="small:b")))
    assert set(city.events) == {"b~2026-11-24"}


def test_two_that_should_be_ten_minutes_apart_and_are_two_come_together(city: Memory) -> None:
    city.tell(STOP_EVENTS, frame(call(0, "a", 480), call(2, "b", 0)))
    assert city.events == ["a~b~2026-11-24"]


@pytest.mark.parametrize(
    "second",
    [
        call(3, "b", 60),
        call(2, "b", 0, route="small:37"),
        call(2, "b", 0, direction="1"),
        call(2, "b", 0, subject="small:a"),
        call(2, "a", 600),
    ],
    ids=["not so close", "another line", "the other way", "another stop", "the same one"],
)
def test_others_do_not(city: Memory, second: dict[str, Any]) -> None:
    city.tell(STOP_EVENTS, frame(call(0, "a", 480), second))
    assert not [key for key in city.events if key.startswith("a~b")]


def test_lines_that_go_every_three_minutes_are_not_told_of(city: Memory) -> None:
    city.tell(STOP_EVENTS, frame(call(0, "a", 150), call(0.5, "b", 0)))
    assert city.events == []


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 5), st.one_of(st.none(), st.integers(-600, 3000)))))
def test_an_hour_holds_what_was_in_it(calls: list[tuple[int, int, int | None]]) -> None:
    made = frame(*(call(minute, f"t{n}", delay, subject=f"s{stop}") for n, (minute, stop, delay) in enumerate(calls)))
    found = hours(made)
    assert found["calls_1h"].sum() == made["departure_delay"].drop_nulls().len()
    assert found["on_time_1h"].is_between(0, 100).all()
    assert all(isinstance(at, datetime) and (at.minute, at.second) == (0, 0) for at in found["observed_at"])
    close = together(made)
    assert (close["gap"] * 4 <= close["planned"]).all()
