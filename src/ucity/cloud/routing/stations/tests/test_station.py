"""A station as a traveller meets it: by which door, how long to the platform, what to do on the way, and for whom."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import osmium
import pytest

from ucity.blueprint.journeys import TRANSIT, Journey, JourneyQuery, Leg, Mode, Passage, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import build, read_streets
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.stations.tests.station import LAT, LON, PATHWAYS, STOPS, WIDE, station
from ucity.cloud.routing.streets import Streets
from ucity.network.feeds.gtfs import Gtfs, Reason

EIGHT = datetime(2024, 5, 1, 23, 0, tzinfo=UTC)
"""In the morning in Seoul."""
A, B = Position(LON - WIDE, LAT), Position(LON + WIDE, LAT)
EAST, WEST = Position(LON + 0.001, LAT), Position(LON - 0.003, LAT)


def ways(gtfs: Gtfs, origin: Position, to: Position, streets: Streets | None = None, **wishes: bool) -> list[Journey]:
    query = JourneyQuery(
        origin=origin,
        destination=to,
        at=EIGHT - timedelta(minutes=10),
        modes=TRANSIT,
        window=timedelta(hours=1),
        **wishes,  # type: ignore[arg-type]  # wheelchair, few_steps
    )
    network = build({"f": gtfs}, streets)
    found = plan(network, Live(), query)
    first = fastest(network, Live(), query)
    assert (first.arrives if first else None) == min((each.arrives for each in found), default=None)
    return found


def indoors(journey: Journey) -> list[Leg]:
    return [leg for leg in journey.legs if leg.steps]


def names(leg: Leg) -> tuple[str | None, str | None]:
    return leg.origin.stop, leg.destination.stop


def passages(leg: Leg) -> list[Passage]:
    return [step.passage for step in leg.steps]


def test_one_comes_in_by_an_entrance_and_walks_to_the_platform() -> None:
    *_, way = ways(station(), EAST, B)
    street, inside, ride = way.legs[:3]
    assert names(street) == (None, "f:east")
    assert names(inside) == ("f:east", "f:P2")
    assert inside.mode is Mode.WALK
    assert passages(inside) == [Passage.STAIRS, Passage.FARE_GATE, Passage.ELEVATOR]
    assert [step.rises for step in inside.steps] == [False, None, False]
    assert inside.arrives - inside.departs == timedelta(seconds=40 + 5 + 45)
    assert (street.arrives, inside.arrives) == (inside.departs, ride.departs)
    assert ride.trip and ride.trip.trip == "f:t3"


def test_who_comes_from_the_other_side_takes_the_other_entrance() -> None:
    *_, way = ways(station(), WEST, B)
    (inside,) = indoors(way)
    assert names(inside) == ("f:west", "f:P2")
    assert inside.arrives - inside.departs == timedelta(seconds=50 + 5 + 45)


def test_a_change_takes_as_long_as_the_pathway() -> None:
    (way,) = ways(station(), A, B)
    (inside,) = indoors(way)
    assert names(inside) == ("f:P1", "f:P2")
    assert [(step.passage, step.stairs) for step in inside.steps] == [(Passage.STAIRS, 12)]
    assert inside.steps[0].sign and inside.steps[0].sign.text == "2호선"
    assert inside.arrives - inside.departs == timedelta(seconds=20)
    assert way.rides[1].trip and way.rides[1].trip.trip == "f:t2"
    longer = PATHWAYS.replace("across,P1,P2,2,1,20", "across,P1,P2,2,1,31")
    (missed,) = ways(station(pathways=longer), A, B)
    assert missed.rides[1].trip and missed.rides[1].trip.trip == "f:t3", "20 s to spare, and a minute for the change"


def test_the_way_in_a_wheelchair_is_by_lift_or_there_is_none() -> None:
    *_, way = ways(station(), EAST, B, wheelchair=True)
    (inside,) = indoors(way)
    assert names(inside) == ("f:west", "f:P2")
    assert passages(inside) == [Passage.ELEVATOR, Passage.FARE_GATE, Passage.ELEVATOR]
    assert ways(station(), A, B, wheelchair=True) == [], "no lift leads from P1 to P2, and stations have no other ways"
    lifts = PATHWAYS + "lift3,P1,paid,5,1,65,,,\n"
    (changed,) = ways(station(pathways=lifts), A, B, wheelchair=True)
    assert passages(indoors(changed)[0]) == [Passage.ELEVATOR, Passage.ELEVATOR]
    assert changed.rides[1].departs - changed.rides[0].arrives == timedelta(minutes=4), "110 s of lifts, and a minute"


@pytest.mark.parametrize(
    ("pathway", "is_way"),
    [
        ("P1,paid,1,1,60,,0.083,", True),
        ("P1,paid,1,1,60,,0.09,", False),
        ("P1,paid,1,1,60,,-0.09,", False),
        ("P1,paid,1,1,60,,,0.79", False),
        ("P1,paid,1,1,60,,,0.8", True),
        ("P1,paid,1,1,60,2,,", False),
        ("P1,paid,4,1,60,,,", False),
        ("P1,paid,3,1,60,,,", True),
        ("paid,P1,1,0,60,,,", False),
        ("paid,P1,1,1,60,,,", True),
    ],
)
def test_where_a_wheelchair_gets_through(pathway: str, is_way: bool) -> None:
    head = "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time,stair_count,max_slope,"
    rows = ["lift,west,hall,5,1,50,,,", "gate,hall,paid,6,1,5,,,", "lift2,paid,P2,5,1,45,,,", f"x,{pathway}"]
    gtfs = station(pathways=f"{head}min_width\n" + "\n".join(rows) + "\n")
    assert bool(ways(gtfs, A, B, wheelchair=True)) is is_way


def test_an_entrance_that_is_closed_to_wheelchairs_is_not_for_them() -> None:
    head, *rest = STOPS.splitlines()
    stops = [f"{head},wheelchair_boarding", *(f"{row},{2 if row.startswith('west') else 0}" for row in rest)]
    gtfs = station(stops="\n".join(stops) + "\n")
    assert ways(gtfs, WEST, B, wheelchair=True) == []
    assert ways(gtfs, WEST, B)


def test_who_wants_few_steps_goes_a_longer_way_without_them() -> None:
    *_, way = ways(station(), EAST, B, few_steps=True)
    assert passages(indoors(way)[0]) == [Passage.ELEVATOR, Passage.FARE_GATE, Passage.ELEVATOR]


def test_who_walks_slowly_takes_longer_but_lifts_do_not() -> None:
    gtfs = station()
    query = JourneyQuery(origin=EAST, destination=B, at=EIGHT, modes=TRANSIT, walking_speed=0.625)
    *_, way = plan(build({"f": gtfs}), Live(), query)
    (inside,) = indoors(way)
    assert inside.arrives - inside.departs == timedelta(seconds=2 * (40 + 5) + 45)


def test_an_exit_gate_lets_nobody_in() -> None:
    exits = PATHWAYS.replace("gate,hall,paid,6,1", "gate,paid,hall,7,1")
    gtfs = station(pathways=exits)
    (told,) = [each for each in gtfs.warnings if each.file == "pathways.txt"]
    assert (told.reason, told.field, told.rows) == (Reason.BAD_VALUE, "is_bidirectional", (3,))
    assert ways(gtfs, A, EAST), "out by the gate"
    *_, way = ways(gtfs, EAST, B)
    assert not indoors(way), "no pathway leads in, so that the platform is walked up to"


def test_a_boarding_area_is_a_part_of_its_platform() -> None:
    stops = STOPS + f"P2a,,{LAT},{LON},4,P2,platform\n"
    gtfs = station(stops=stops, pathways=PATHWAYS.replace(",P2,", ",P2a,"))
    (way,) = ways(gtfs, A, B)
    (inside,) = indoors(way)
    assert inside.arrives - inside.departs == timedelta(seconds=20)


def test_a_station_without_entrances_is_walked_up_to() -> None:
    only = "\n".join(row for row in PATHWAYS.splitlines() if "hall" not in row) + "\n"
    *_, way = ways(station(pathways=only), EAST, B)
    assert not indoors(way)
    assert names(way.legs[0]) == (None, "f:P2")
    (changed,) = ways(station(pathways=only), A, B)
    assert names(indoors(changed)[0]) == ("f:P1", "f:P2")


def test_pathways_that_cannot_be_are_left_out_and_told() -> None:
    gtfs = station(pathways=PATHWAYS + "a,S,P2,1,1,5,,,\nb,P1,nowhere,1,1,5,,,\nc,P1,P2,9,1,5,,,\nd,P1,P2,1,1,-5,,,\n")
    told = {(each.reason, each.field, each.rows) for each in gtfs.warnings if each.file == "pathways.txt"}
    assert told == {
        (Reason.BAD_VALUE, "from_stop_id", (8,)),
        (Reason.UNKNOWN_REFERENCE, "to_stop_id", (9,)),
        (Reason.BAD_VALUE, "pathway_mode", (10,)),
        (Reason.BAD_VALUE, "traversal_time", (11,)),
    }
    assert gtfs.pathways["pathway_id"].to_list()[-2:] == ["across", "d"]


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Streets:
    """One street from west to east, 20 m north of the entrances."""
    file = tmp_path_factory.mktemp("streets") / "one.osm.pbf"
    with osmium.SimpleWriter(str(file)) as writer:
        for number, lon in enumerate((LON - 2 * WIDE, LON + 2 * WIDE), 1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, LAT + 0.00018)))
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2], tags={"highway": "residential"}))
    return read_streets(file)


def test_along_streets_one_comes_to_the_entrance_and_leaves_by_one(streets: Streets) -> None:
    *_, way = ways(station(), EAST, B, streets)
    street, inside = way.legs[:2]
    assert names(street) == (None, "f:east")
    assert not street.is_estimated
    assert street.metres == pytest.approx(89 + 2 * 20, abs=2)
    assert names(inside) == ("f:east", "f:P2")
    (back,) = ways(station(), A, EAST, streets)
    out, on = back.legs[-2:]
    assert (names(out), names(on)) == (("f:P1", "f:east"), ("f:east", None))
    assert passages(out) == [Passage.STAIRS, Passage.FARE_GATE, Passage.STAIRS]
    assert (out.departs, on.arrives) == (back.rides[0].arrives, back.arrives)
    pathways = PATHWAYS.splitlines()[0] + "\na,east,P1,1,1,30,,,\nb,west,P2,1,1,25,,,\n"
    stops = STOPS.replace(f"{LON + 0.002},2", f"{LON + 0.0005},2").replace(f"{LON - 0.002},2", f"{LON - 0.0005},2")
    (changed,) = ways(station(stops=stops, pathways=pathways), A, B, streets)
    assert [names(leg)[1] for leg in changed.legs if not leg.trip][-4:-1] == ["f:east", "f:west", "f:P2"]
    assert all(one.arrives == other.departs or other.trip for one, other in pairwise(changed.legs))


def test_a_change_by_way_of_the_street_is_by_the_doors() -> None:
    """P1 and P2 have each an entrance of their own, 200 m apart, and nothing in between."""
    pathways = PATHWAYS.splitlines()[0] + "\na,east,P1,1,1,30,,,\nb,west,P2,1,1,25,,,\n"
    (way,) = ways(station(pathways=pathways), A, EAST)
    assert names(indoors(way)[0]) == ("f:P1", "f:east")
    stops = STOPS.replace(f"{LON + 0.002},2", f"{LON + 0.0005},2").replace(f"{LON - 0.002},2", f"{LON - 0.0005},2")
    late = station(stops=stops, pathways=pathways)
    (changed,) = ways(late, A, B)
    between = changed.legs[changed.legs.index(changed.rides[0]) + 1 : changed.legs.index(changed.rides[1])]
    assert [names(leg) for leg in between] == [("f:P1", "f:east"), ("f:east", "f:west"), ("f:west", "f:P2")]
    assert [leg.is_estimated for leg in between] == [False, True, False]
    assert between[-1].arrives <= changed.rides[1].departs
