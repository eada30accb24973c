"""Journeys as the API tells them, over a router of this test's own that knows one way."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, MutableMapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nats as nats_client
import polars as pl
import pytest
from nats.aio.client import Client

from replay.network import boards
from running.web import Web
from ucity.blueprint import Journey, JourneyQuery, Leg, Mode
from ucity.cloud.routing.desk import Desk, Task
from ucity.cloud.routing.exposure import Air
from ucity.cloud.routing.fares import Fare, Fares, money
from ucity.cloud.routing.following import Expected
from ucity.cloud.routing.office import InForce, Office
from ucity.cloud.routing.tests.rides import MORNING, ride, walk
from ucity.cloud.routing.wire import CHECK, JOURNEYS, Check, FeedUsed, Journeys

PATH = "/api/v1/journeys"
WAY = {"from": "128.995,35.1", "to": "129.06,35.1"}


def shifted(leg: Leg, by: timedelta) -> Leg:
    """The same leg at another time."""
    names = ("arrives", "departs", "arrives_scheduled", "departs_scheduled")
    calls = tuple(replace(call, **{name: getattr(call, name) + by for name in names}) for call in leg.calls)
    return replace(leg, departs=leg.departs + by, arrives=leg.arrives + by, calls=calls)


FIRST = ride(5, 25, ("f:a", "f:b", "f:c"), metres=4000)
LEGS = (walk(0, 4, lon=128.995), FIRST, ride(30, 50, ("f:c", "f:d"), route="f:2", mode=Mode.METRO))


class OneWay:
    """A network with one journey, which begins when it is asked for; ``late`` delays its first ride."""

    stops, trips, has_streets = 4, 2, False

    def __init__(self) -> None:
        self.late = timedelta()
        self.asked: list[JourneyQuery] = []
        self.legs: dict[str, Leg] = {}
        self.way: Sequence[Leg] = LEGS

    def plan(self, query: JourneyQuery) -> Sequence[Journey]:
        self.asked.append(query)
        by = query.at - MORNING
        legs = tuple(shifted(leg, by) for leg in self.way)
        self.legs |= {leg.trip.trip: leg for leg in legs if leg.trip}
        return [Journey(legs=legs)]

    def standing(self, station: str) -> None:
        """Of no shared bicycles is anything known."""

    def expected(self, trip: str, _: date, __: datetime) -> Expected | None:
        leg = self.legs.get(trip)
        late = self.late if leg and leg.trip and leg.trip.route == "f:1" else timedelta()
        return Expected(shifted(leg, late).calls, is_live=True) if leg else None


@pytest.fixture
async def bus(web: Web) -> AsyncIterator[Client]:
    assert web.settings.nats_url is not None
    client = await nats_client.connect(web.settings.nats_url)
    yield client
    await client.close()


@pytest.fixture
async def office(bus: Client) -> AsyncIterator[Office]:
    """A router without a network."""
    office = Office()
    desk = Desk(bus, {JOURNEYS: Task(Journeys, office.journeys), CHECK: Task(Check, office.check)})
    await desk.open()
    yield office
    await desk.close()


@pytest.fixture
def ways(office: Office, tmp_path: Path) -> OneWay:
    """The router's network from now on."""
    ways = OneWay()
    live_at = datetime.now(UTC) - timedelta(seconds=20)
    office.in_force = InForce(
        ways=ways,
        boards=boards(tmp_path),
        fares={"f": Fares((Fare(price=money(1550, "KRW"), transfers=1),))},
        feeds=(FeedUsed(feed="f", version="abc", live_at=live_at),),
        built_at=MORNING,
    )
    station = pl.DataFrame(
        {"lon": [129.0], "lat": [35.1], "pm25": [20.0], "observed_at": [MORNING], "is_moving": [False]}
    )
    office.air = Air.of(station, MORNING)
    return ways


async def ask(web: Web, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = await web.http.get(PATH, params=WAY | more)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith(
        "application/json" if status == 200 else "application/problem+json"
    )
    found: dict[str, Any] = answer.json()
    return found


async def test_a_journey_comes_with_its_carbon_fare_chance_and_air(web: Web, ways: OneWay) -> None:
    found = await ask(web, depart="2026-11-24T17:00:00+09:00")
    (journey,) = found["journeys"]
    walk_, bus_, metro = journey["legs"]
    assert journey["departs"] == "2026-11-24T08:00:00Z"
    assert journey["transfers"] == 1
    assert [leg["mode"] for leg in journey["legs"]] == ["walk", "bus", "metro"]
    assert bus_["co2"]["sources"]["en"] == bus_["co2"]["source"]
    assert "환산계수" in bus_["co2"]["sources"]["ko"]
    assert bus_["co2"] | {"source": "", "sources": {}} == {
        "grams": pytest.approx(406.04),
        "gramsPerKm": 101.51,
        "perVehicle": False,
        "factor": "bus-local-average",
        "version": "DESNZ 2026",
        "source": "",
        "sources": {},
        "standing": "second_hand",
        "validFrom": "2026-01-01",
        "validUntil": None,
        "note": "",
        "notes": {"ko": "", "en": ""},
    }
    assert metro["co2"]["standing"] == "inference"
    assert journey["co2Grams"] == pytest.approx(406.04 + metro["co2"]["grams"])
    assert journey["fare"] == {"amount": 1550, "currency": "KRW", "media": []}
    assert [leg["fare"] for leg in (walk_, bus_, metro)] == [None, *2 * [{"amount": 1550, "currency": "KRW"}]]
    assert walk_["chance"] is None and bus_["chance"] is None
    assert metro["chance"]["isPrior"] and metro["chance"]["slackSeconds"] == 300
    assert journey["chance"] == metro["chance"]["probability"]
    assert walk_["pm25"]["low"] < walk_["pm25"]["micrograms"] < walk_["pm25"]["high"]
    assert walk_["geometry"]["coordinates"][0] == [128.995, 35.1]
    assert bus_["departsScheduled"] == "2026-11-24T08:05:00Z"
    assert [call["place"]["stop"] for call in bus_["calls"]] == ["f:a", "f:b", "f:c"]


async def test_staying_aboard_is_no_change(web: Web, ways: OneWay) -> None:
    first, second = ride(5, 25), replace(ride(25, 40, ("f:b", "f:c"), route="f:2"), stays=True)
    ways.way = (first, second)
    [journey] = (await ask(web))["journeys"]
    assert [leg["staysAboard"] for leg in journey["legs"]] == [False, True]
    assert (journey["transfers"], journey["chance"]) == (0, None)


async def test_an_answer_tells_what_it_rests_on_and_compares_with_a_car(web: Web, ways: OneWay) -> None:
    found = await ask(web, car_occupancy=2)
    (feed,) = found["feeds"]
    assert feed["feed"] == "f" and 19 < feed["liveAgeSeconds"] < 60
    car, taxi, bicycle = found["comparisons"]
    assert [each["mode"] for each in (car, taxi, bicycle)] == ["car", "taxi", "bicycle"]
    assert car["isEstimated"]
    assert taxi["co2"]["grams"] == pytest.approx(2 * car["co2"]["grams"], rel=1e-4)
    assert bicycle["co2"]["grams"] == 0
    assert (await ask(web, compare=False))["comparisons"] == []


async def test_what_is_asked_reaches_the_router(web: Web, ways: OneWay) -> None:
    await ask(
        web,
        arrive="2026-11-24T09:00:00Z",
        modes="bus,walk",
        wheelchair=True,
        few_steps=True,
        window=10,
        longest_walk=5,
        most_transfers=1,
        walking_speed=1,
        compare=False,
    )
    (query,) = ways.asked
    assert (query.at, query.arrive_by) == (datetime(2026, 11, 24, 9, tzinfo=UTC), True)
    assert query.modes == {Mode.BUS, Mode.WALK}
    assert query.wheelchair and query.few_steps
    assert (query.window, query.longest_walk) == (timedelta(minutes=10), timedelta(minutes=5))
    assert (query.most_transfers, query.walking_speed) == (1, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from": "35.1,129.06,4"}, "from: "),
        ({"from": "35.1,129.06"}, "longitude first"),
        ({"to": "nan,0"}, "to: "),
        ({"depart": "2026-11-24T09:00:00"}, "depart"),
        ({"depart": "2026-11-24T09:00:00Z", "arrive": "2026-11-24T09:00:00Z"}, "not both"),
        ({"depart": "9999-12-31T23:59:59Z"}, "2100"),
        ({"modes": "bus,rocket"}, "ferry"),
        ({"window": "1000"}, "window"),
    ],
    ids=str,
)
async def test_a_mistake_is_told_with_its_place(web: Web, wrong: dict[str, str], said: str) -> None:
    assert said in (await ask(web, 422, **wrong))["detail"]


async def test_a_city_without_a_timetable_says_how_to_load_one(web: Web, office: Office) -> None:
    assert "ucity load gtfs" in (await ask(web, 409))["detail"]
    refused = await web.http.get(PATH, params=WAY, headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})
    assert (refused.status_code, refused.headers["content-language"]) == (409, "ko")
    assert "시간표가 없어" in refused.json()["detail"]
    office.is_building = True
    answer = await web.http.get(PATH, params=WAY)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


async def follow(web: Web, token: str, wanted: int, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """So many events of a followed journey, or all when it ends before; then the reader is gone."""
    text, enough = "", asyncio.Event()
    asked = web.http.build_request("GET", f"{PATH}/follow", params={"journey": token, **more})

    async def receive() -> dict[str, Any]:
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal text
        assert message.get("status", 200) == 200
        text += message.get("body", b"").decode()
        if text.count("event: ") >= wanted:
            enough.set()

    scope = {
        "type": "http",
        "method": "GET",
        "path": asked.url.path,
        "query_string": asked.url.query,
        "headers": [],
        "client": ("192.0.2.7", 1),
        "server": ("city", 80),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    transport = web.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    await asyncio.wait_for(transport.app(scope, receive, send), 20)
    return [(name, json.loads(data)) for name, data in re.findall(r"event: (\w+)\ndata: (.*)\n", text)]


async def test_a_followed_journey_that_breaks_comes_with_another_one(web: Web, ways: OneWay) -> None:
    (journey,) = (await ask(web))["journeys"]
    ((name, told),) = await follow(web, journey["follow"], 1)
    assert (name, told["broken"], told["instead"]) == ("status", None, None)
    assert len(told["legs"]) == 3
    ways.late = timedelta(minutes=6)
    ((name, told),) = await follow(web, journey["follow"], 1, here="129.0,35.11")
    assert name == "broken"
    assert told["broken"]["reason"] == "missed"
    assert set(told["broken"]["message"]) == {"ko", "en"}
    assert told["here"] == {"lon": 129.0, "lat": 35.11}
    assert told["instead"]["legs"][0]["mode"] == "walk"
    assert ways.asked[-1].origin.lat == 35.11
    # The other one can be followed in its turn.
    ((name, _),) = await follow(web, told["instead"]["follow"], 1)
    assert name in {"status", "broken"}


async def test_a_journey_that_is_over_ends_its_answer(web: Web, ways: OneWay) -> None:
    past = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    (journey,) = (await ask(web, depart=past))["journeys"]
    events = await follow(web, journey["follow"], 9)
    assert [name for name, _ in events] == ["over"]


async def test_what_was_never_a_journey_cannot_be_followed(web: Web, ways: OneWay) -> None:
    answer = await web.http.get(f"{PATH}/follow", params={"journey": "hello"})
    assert answer.status_code == 400
    assert "unchanged" in answer.json()["detail"]


async def test_a_parameter_that_there_is_not_is_refused_with_the_nearest_that_there_is(web: Web, ways: OneWay) -> None:
    answer = await web.http.get(PATH, params=WAY | {"few_stairs": "true"})
    assert answer.status_code in {400, 422}
    assert "few_steps" in answer.json()["detail"]
