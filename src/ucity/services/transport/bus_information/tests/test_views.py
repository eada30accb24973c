"""The views, over the small network of the tests and what vehicles have told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import polars as pl
import pytest
from pydantic import BaseModel, ValidationError

from replay import Memory
from ucity.blueprint import Mode
from ucity.blueprint.boards import BoardCall, CallState, Disturbance, LineName
from ucity.blueprint.frames import columns_of
from ucity.errors import NotFound
from ucity.services import discover
from ucity.services.transport.bus_information import texts, views
from ucity.services.transport.bus_information.models import (
    AlertsRequest,
    BoardRequest,
    DisplayRequest,
    LineRequest,
    LinesRequest,
    NearbyRequest,
    TrailsRequest,
)
from ucity.services.transport.bus_information.shown import alert_infos, call_info, display_row
from ucity.services.transport.bus_information.streams import OCCUPANCY, VEHICLES
from ucity.services.transport.bus_information.trails import MOST

NAME = "transport/bus_information"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def city() -> Memory:
    return Memory(NAME, discover()[NAME], clock=NOON)


Asked = TypeVar("Asked", bound=BaseModel)


def asked(request: type[Asked], **fields: object) -> Asked:
    """A request as the query string says it."""
    return request.model_validate(fields)


def call(**rest: object) -> BoardCall:
    """A call in seven and a half minutes that is two minutes late."""
    line = LineName(key="f:36", name={"ko": "36"}, long_name={}, mode=Mode.BUS, color="", agency={})
    due = NOON + timedelta(minutes=5, seconds=30)
    said = {
        "line": line,
        "headsign": {"ko": "나", "en": "B"},
        "stop": "f:a",
        "platform": "",
        "trip": "f:t",
        "day": NOON.date(),
        "sequence": 1,
        "state": CallState.EXPECTED,
        "arrives": due + timedelta(minutes=2),
        "departs": due + timedelta(minutes=2),
        "arrives_scheduled": due,
        "departs_scheduled": due,
        "ends_here": False,
        "delay": 120,
        "told_at": NOON - timedelta(seconds=20),
    }
    return BoardCall(**(said | rest))  # type: ignore[arg-type]  # as BoardCall has them


async def test_a_board_is_in_the_order_of_arrival_and_says_in_how_many_minutes(city: Memory) -> None:
    found = await views.board(city, asked(BoardRequest, stop="small:square", minutes=30, limit=4))
    assert [each.minutes for each in found.calls] == [5, 5, 15, 15]
    assert all(one.arrives <= other.arrives for one, other in pairwise(found.calls))
    assert found.stop.name == {"ko": "역 앞"}
    assert [line.name for line in found.lines] == [{"ko": "36"}]


async def test_a_display_shows_only_what_one_can_get_on_in_its_language(city: Memory) -> None:
    at_end = await views.display(city, asked(DisplayRequest, stop="small:b", rows=3))
    assert {row.to for row in at_end.rows} == {"가"}
    station = await views.display(city, asked(DisplayRequest, stop="small:station", rows=2, lang="en"))
    assert (station.title, len(station.rows)) == ("Central Station", 2)
    assert [row.text for row in station.rows] == ["5 min", "5 min"]
    assert {row.line for row in station.rows} == {"Line 1"}


async def test_a_line_has_its_stops_in_order_and_its_vehicles_of_now(city: Memory) -> None:
    told = (("here", 1, "small:bus"), ("gone", 6, "small:bus"), ("other", 1, "small:metro"))
    rows = [
        {
            "subject": f"small:{name}",
            "observed_at": NOON - timedelta(minutes=ago),
            "lon": 129,
            "lat": 35,
            "route": route,
        }
        for name, ago, route in told
    ]
    city.tell(VEHICLES, pl.DataFrame(rows, schema=columns_of(VEHICLES)))
    found = await views.line(city, asked(LineRequest, line="small:bus"))
    assert [stop.stop for stop in found.ways[0].stops] == ["small:a", "small:square", "small:b"]
    assert [(vehicle.vehicle, vehicle.age_seconds) for vehicle in found.vehicles] == [("small:here", 60)]
    assert len(found.ways[0].path) >= 2


def seen(name: str, *places: tuple[float, float]) -> list[dict[str, object]]:
    """A vehicle that moves east: minutes before noon, degrees."""
    return [
        {"subject": f"small:{name}", "observed_at": NOON - timedelta(minutes=ago), "lon": lon, "lat": 35.0}
        for ago, lon in places
    ]


async def test_trails_of_what_is_in_view_go_back_ten_minutes(city: Memory) -> None:
    rows = [
        *seen("inside", (11, 129.10), (9, 129.11), (1.1, 129.12), (1, 129.13)),
        *seen("outside", (9, 129.10), (1, 129.50)),
        *seen("gone", (15, 129.11), (10.1, 129.12)),
    ]
    city.tell(VEHICLES, pl.DataFrame(rows, schema=columns_of(VEHICLES)))
    found = await views.trails(city, asked(TrailsRequest, bbox="129.1,34.9,129.2,35.1"))
    assert [(each.vehicle, each.points) for each in found.trails] == [
        ("small:inside", [(129.11, 35.0, 540.0), (129.12, 35.0, 66.0), (129.13, 35.0, 60.0)])
    ]
    assert found.complete


async def test_trails_are_of_so_many_vehicles_and_places_as_a_map_can_use(city: Memory) -> None:
    crowd = [row for number in range(MOST + 1) for row in seen(f"v{number}", (1, 129 + number / 1000))]
    often = seen("middle", *((second / 60, 129.01) for second in range(1, 599)))
    city.tell(VEHICLES, pl.DataFrame([*crowd, *often], schema=columns_of(VEHICLES)))
    found = await views.trails(city, asked(TrailsRequest, bbox="128,34,130.02,36"))
    assert (len(found.trails), found.complete) == (MOST, False)
    points = {each.vehicle: len(each.points) for each in found.trails}
    assert points["small:middle"] <= 31
    assert "small:v500" not in points


@pytest.mark.parametrize("bbox", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "2,0,1,1", "0,1,1,0", "0,0,181,1"])
def test_a_view_that_is_no_box_is_refused(bbox: str) -> None:
    with pytest.raises(ValidationError):
        asked(TrailsRequest, bbox=bbox)


async def test_lines_nearby_stops_and_alerts(city: Memory) -> None:
    assert [each.line for each in (await views.lines(city, asked(LinesRequest))).lines] == ["small:bus", "small:metro"]
    metro = await views.lines(city, asked(LinesRequest, mode=Mode.METRO))
    assert [each.line for each in metro.lines] == ["small:metro"]
    for text, named in (("line 1", ["small:metro"]), ("36", ["small:bus"]), ("nothing", [])):
        found = await views.lines(city, asked(LinesRequest, q=text, limit=1))
        assert [each.line for each in found.lines] == named
    one = await views.board(city, asked(BoardRequest, stop="small:station", line="small:metro"))
    assert {each.line.line for each in one.calls} == {"small:metro"}
    near = await views.nearby(city, asked(NearbyRequest, lon=129.0101, lat=35.1001, calls=1))
    assert [(each.stop.stop, len(each.calls)) for each in near.stops] == [("small:station", 1), ("small:square", 1)]
    assert (await views.alerts(city, asked(AlertsRequest, line="small:bus"))).alerts == []


async def test_a_stop_that_there_is_not_is_not_found(city: Memory) -> None:
    with pytest.raises(NotFound):
        await views.board(city, asked(BoardRequest, stop="small:nowhere"))
    for key in ("nowhere", "Small:a", "small:", ":a", "x" * 300):
        with pytest.raises(ValidationError):
            asked(BoardRequest, stop=key)


def test_a_call_says_how_late_it_is_and_how_old_that_is() -> None:
    shown = call_info(call(), NOON)
    assert (shown.minutes, shown.delay_seconds, shown.age_seconds, shown.stale) == (7, 120, 20, False)
    assert call_info(call(told_at=NOON - timedelta(seconds=91)), NOON).stale
    planned = call_info(call(told_at=None, delay=None, state=CallState.SCHEDULED), NOON)
    assert (planned.age_seconds, planned.stale) == (None, False)
    assert call_info(call(arrives=NOON - timedelta(seconds=10)), NOON).minutes == 0


@pytest.mark.parametrize(
    ("changed", "lang", "text"),
    [
        ({}, "ko", "7분"),
        ({"arrives": NOON + timedelta(seconds=59)}, "ko", "곧 도착"),
        ({"arrives": NOON + timedelta(seconds=59)}, "en", "Arriving"),
        ({"state": CallState.CANCELLED}, "ko", "운행 취소"),
    ],
)
def test_a_display_says_it_in_words(changed: dict[str, object], lang: str, text: str) -> None:
    assert display_row(call(**changed), NOON, lang).text == text


def test_a_display_knows_a_word_for_every_fullness_that_means_something() -> None:
    assert set(OCCUPANCY) - set(texts.OCCUPANCY) == {"no_data_available"}
    assert display_row(call(occupancy="full"), NOON, "en").occupancy == "Full"
    assert display_row(call(), NOON, "ko").occupancy == ""
    assert display_row(call(headsign={"en": "B"}), NOON, "ko").to == "B"


def test_alerts_that_hold_come_first_with_the_period_that_holds() -> None:
    def alert(key: str, *periods: tuple[datetime | None, datetime | None]) -> Disturbance:
        return Disturbance(
            key=key, cause="accident", effect="detour", severity="warning", header={"ko": key}, description={}, url={},
            about=(), periods=periods, told_at=NOON,
        )  # fmt: skip

    hour = timedelta(hours=1)
    later = alert("later", (NOON - 3 * hour, NOON - 2 * hour), (NOON + hour, NOON + 2 * hour))
    shown = alert_infos([later, alert("now", (NOON - hour, NOON + hour)), alert("always")], NOON)
    assert [(each.alert, each.active) for each in shown] == [("now", True), ("always", True), ("later", False)]
    assert shown[-1].since == NOON + hour
