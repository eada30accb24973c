"""A few streets, written as an OpenStreetMap extract: who goes which way, and what one drives to before riding on.

0 --- 1 --- 2 --- 3      a street from west to east, 500 m between corners; from 1 to 2 cars only go eastwards
      |     |
      4 === 5            a footway around 1-2 by 4 and 5, of which 4-5 are stairs; a car park (P+R) at 3
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import osmium
import pytest

from ucity.blueprint.journeys import TRANSIT, Journey, JourneyQuery, Mode, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build, read_streets
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.streets import BadExtract, Going
from ucity.cloud.routing.tests.small import feed

STEP_LON, STEP_LAT = 0.00562, 0.00450
"""Degrees of about 500 m at 37 degrees north."""
CORNERS = {0: (0, 0), 1: (1, 0), 2: (2, 0), 3: (3, 0), 4: (1, -1), 5: (2, -1)}
WAYS: list[tuple[list[int], dict[str, str]]] = [
    ([0, 1], {"highway": "residential"}),
    ([1, 2], {"highway": "motorway", "foot": "no", "oneway": "yes"}),
    ([2, 3], {"highway": "residential"}),
    ([1, 4], {"highway": "footway"}),
    ([4, 5], {"highway": "steps"}),
    ([5, 2], {"highway": "footway"}),
]
TABLES = {
    "stops": f"stop_id,stop_name,stop_lat,stop_lon\nnear,Near,37.0001,{127 + 3 * STEP_LON}\nfar,Far,37.0001,{127.5}\n",
    "routes": "route_id,agency_id,route_short_name,route_type\nr,a,R,2\n",
    "trips": "route_id,service_id,trip_id\nr,s,t\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t,09:00:00,09:00:00,near,1\nt,09:30:00,09:30:00,far,2\n",
}


def place(corner: int) -> Position:
    x, y = CORNERS[corner]
    return Position(127 + x * STEP_LON, 37 + y * STEP_LAT)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = tmp_path_factory.mktemp("streets") / "few.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number in CORNERS:
            at = place(number)
            tags = {"amenity": "parking", "park_ride": "yes", "name": "Edge"} if number == 3 else {}
            writer.add_node(osmium.osm.mutable.Node(id=number + 1, location=(at.lon, at.lat), tags=tags))
        for way, (nodes, tags) in enumerate(WAYS, 1):
            writer.add_way(osmium.osm.mutable.Way(id=way, nodes=[node + 1 for node in nodes], tags=tags))
    return build({"f": feed(TABLES)}, read_streets(path))


Ask = Callable[..., list[Journey]]


@pytest.fixture
def ask(network: Network) -> Ask:
    def asked(origin: int, to: int | Position, **more: object) -> list[Journey]:
        at = datetime(2024, 5, 1, 23, 30, tzinfo=UTC)
        ends = {"origin": place(origin), "destination": to if isinstance(to, Position) else place(to), "at": at}
        return plan(network, Live(), JourneyQuery(**(ends | more)))  # type: ignore[arg-type]  # as asked

    return asked


def alone(journeys: list[Journey], mode: Mode) -> Journey:
    return next(journey for journey in journeys if [leg.mode for leg in journey.legs] == [mode])


def test_one_walks_around_what_is_for_cars_only(ask: Ask) -> None:
    walk = alone(ask(1, 2), Mode.WALK).legs[0]
    assert walk.metres == pytest.approx(1500, rel=0.01)
    assert not walk.is_estimated
    # Half as much again on the stairs.
    assert (walk.arrives - walk.departs).total_seconds() == pytest.approx(1750 / 1.25, rel=0.01)


def test_a_wheelchair_is_not_sent_down_stairs(ask: Ask) -> None:
    assert ask(1, 2, wheelchair=True) == []


def test_few_steps_count_stairs_as_a_long_way(ask: Ask) -> None:
    walk = alone(ask(1, 2, few_steps=True), Mode.WALK).legs[0]
    assert (walk.arrives - walk.departs).total_seconds() == pytest.approx(6000 / 1.25, rel=0.01)


def test_a_car_goes_along_a_one_way_street_only_in_its_direction(ask: Ask) -> None:
    by_car = frozenset({Mode.CAR})
    assert alone(ask(0, 3, modes=by_car), Mode.CAR).legs[0].metres == pytest.approx(1500, rel=0.01)
    assert ask(3, 0, modes=by_car) == []


def test_a_bicycle_is_left_at_the_stop(ask: Ask) -> None:
    found = ask(2, Position(127.5, 37.0005), modes=TRANSIT | {Mode.WALK, Mode.BICYCLE})
    assert [Mode.BICYCLE, Mode.RAIL, Mode.WALK] in [[leg.mode for leg in journey.legs] for journey in found]


@pytest.mark.parametrize("to", [place(3), Position(127.5, 37.0005)])
def test_nobody_rides_a_bicycle_in_a_wheelchair(ask: Ask, to: Position) -> None:
    def ridden(**how: bool) -> list[Journey]:
        modes = TRANSIT | {Mode.WALK, Mode.BICYCLE}
        return [each for each in ask(2, to, modes=modes, **how) if any(leg.mode is Mode.BICYCLE for leg in each.legs)]

    assert ridden()
    assert not ridden(wheelchair=True)


def test_one_parks_and_rides(ask: Ask) -> None:
    found = ask(0, Position(127.5, 37.0005), modes=TRANSIT | {Mode.WALK, Mode.CAR})
    legs = next(journey.legs for journey in found if journey.legs[0].mode is Mode.CAR and journey.rides)
    assert [leg.mode for leg in legs] == [Mode.CAR, Mode.WALK, Mode.RAIL, Mode.WALK]
    assert legs[0].destination.name == legs[1].origin.name == "Edge"


def test_paths_lead_along_the_streets(ask: Ask) -> None:
    path = alone(ask(0, 3), Mode.WALK).legs[0].path
    for corner in (0, 1, 4, 5, 2, 3):
        at = place(corner)
        assert min(abs(lon - at.lon) + abs(lat - at.lat) for lon, lat in path) < 1e-5


def test_a_stop_next_to_the_streets_is_on_them(network: Network) -> None:
    assert network.spots[Going.FOOT].edge.tolist()[0] >= 0
    assert network.spots[Going.FOOT].edge.tolist()[1] == -1


def test_what_is_no_extract_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.osm.pbf").write_bytes(b"\0\0\0\x0dnothing of the kind")
    with pytest.raises(BadExtract):
        read_streets(tmp_path / "no.osm.pbf")
    with pytest.raises(FileNotFoundError):
        read_streets(tmp_path / "missing.osm.pbf")
