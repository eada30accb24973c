"""Any small timetable: earliest arrivals as by scanning connections, and sets in which no journey beats another."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.blueprint.journeys import Journey, JourneyQuery, Position
from ucity.cloud.routing.emissions import carbon_of_leg
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import build
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.seeking import GRAMS_STEP, WALK_STEP
from ucity.cloud.routing.tests.oracle import NEVER, Oracle
from ucity.cloud.routing.tests.scanned import ends_of, walks_of
from ucity.cloud.routing.tests.small import AGENCY, EVERY_DAY, feed

DAY = date(2024, 5, 2)
ZONE = ZoneInfo("Asia/Seoul")
STOPS = 7
WALKING = 1.25

Table = list[dict[str, str]]


@st.composite
def timetables(draw: st.DrawFn) -> dict[str, Table]:
    """Stops some hundred metres from each other, some in walking distance; trips around 8:00 and midnight."""
    places = st.tuples(st.integers(0, 12), st.integers(0, 12))
    stops = [
        {
            "stop_id": f"{n}",
            "stop_name": f"{n}",
            "stop_lat": f"{37 + y * 0.004:.4f}",
            "stop_lon": f"{127 + x * 0.005:.4f}",
        }
        for n, (x, y) in enumerate(draw(st.lists(places, min_size=STOPS, max_size=STOPS)))
    ]
    trips: Table = []
    times: Table = []
    headways: Table = []
    for number in range(draw(st.integers(1, 9))):
        trips.append({"route_id": draw(st.sampled_from("ab")), "service_id": "s", "trip_id": f"t{number}"})
        times += draw(calls(f"t{number}"))
        if draw(st.integers(0, 5)) == 0:
            begin = seconds_text(draw(st.sampled_from([8 * 3600, 23 * 3600])))
            headways.append(
                {
                    "trip_id": f"t{number}",
                    "start_time": begin,
                    "end_time": begin.replace(":00:00", ":40:00"),
                    "headway_secs": "900",
                }
            )
    return {"stops": stops, "trips": trips, "stop_times": times, "frequencies": headways}


@st.composite
def calls(draw: st.DrawFn, trip: str) -> Table:
    time = draw(st.sampled_from([8 * 3600, 8 * 3600, 24 * 3600])) + 60 * draw(st.integers(0, 40))
    rows = []
    for sequence, stop in enumerate(draw(st.lists(st.integers(0, STOPS - 1), min_size=2, max_size=5))):
        arrives = time
        time += 60 * draw(st.integers(0, 1))
        rows.append(
            {
                "trip_id": trip,
                "stop_id": f"{stop}",
                "stop_sequence": f"{sequence}",
                "arrival_time": seconds_text(arrives),
                "departure_time": seconds_text(time),
                "pickup_type": draw(st.sampled_from("0001")),
                "drop_off_type": draw(st.sampled_from("0001")),
            }
        )
        time += 60 * draw(st.integers(0, 12))
    return rows


def seconds_text(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def seconds_of(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def text(table: Table) -> str:
    return "\n".join([",".join(table[0]), *(",".join(row.values()) for row in table)]) + "\n"


def rows(tables: Mapping[str, Table]) -> dict[str, Table]:
    def parsed(text: str) -> Table:
        head, *lines = [line.split(",") for line in text.splitlines()]
        return [dict(zip(head, line, strict=True)) for line in lines]

    return dict(tables) | {"agency": parsed(AGENCY.format(zone="Asia/Seoul")), "calendar": parsed(EVERY_DAY)}


def asked(tables: Mapping[str, Table], minute: int, rides: int, *, arrive_by: bool = False) -> JourneyQuery:
    ends = [
        Position(float(stop["stop_lon"]), float(stop["stop_lat"]) + 1e-5)
        for stop in (tables["stops"][0], tables["stops"][-1])
    ]
    at = datetime(2024, 5, 2, 0, 0, tzinfo=ZONE) + timedelta(minutes=minute)
    window = timedelta(minutes=60)
    return JourneyQuery(
        origin=ends[0], destination=ends[1], at=at, most_transfers=rides - 1, window=window, arrive_by=arrive_by
    )  # fmt: skip


MINUTES = st.sampled_from([0, 10, 470, 480, 490, 500])
ROUTES = "route_id,agency_id,route_short_name,route_type\na,a,A,3\nb,a,B,1\n"


def ridden(journeys: list[Journey]) -> list[Journey]:
    return [journey for journey in journeys if journey.rides]


@settings(max_examples=80, deadline=None)
@given(timetables(), MINUTES, st.integers(1, 4))
def test_the_earliest_arrival_with_so_many_rides(tables: dict[str, Table], minute: int, rides: int) -> None:
    network = build({"f": feed({name: text(table) for name, table in tables.items() if table} | {"routes": ROUTES})})
    query = asked(tables, minute, rides)
    oracle = Oracle(rows(tables), DAY)
    expected = oracle.earliest(int(query.at.timestamp()), *ends_of(network, query), walks_of(network, WALKING), rides)
    found = plan(network, Live(), query)
    walk = min((int(each.arrives.timestamp()) for each in found if not each.rides), default=NEVER)
    soonest = min((int(each.arrives.timestamp()) for each in ridden(found)), default=NEVER)
    assert min(soonest, walk) == min(expected, walk)
    first = fastest(network, Live(), query)
    assert (int(first.arrives.timestamp()) if first else NEVER) == min(expected, walk)


@settings(max_examples=60, deadline=None)
@given(timetables(), MINUTES, st.booleans())
def test_no_journey_beats_another(tables: dict[str, Table], minute: int, arrive_by: bool) -> None:
    network = build({"f": feed({name: text(table) for name, table in tables.items() if table} | {"routes": ROUTES})})
    query = asked(tables, minute, 4, arrive_by=arrive_by)
    found = ridden(plan(network, Live(), query))
    for one in found:
        assert one.arrives <= query.at if arrive_by else one.departs >= query.at
        for other in found:
            assert one is other or not beats(one, other)


def beats(one: Journey, other: Journey) -> bool:
    """Whether it is as good in everything, and better by more than a step in walking or carbon."""
    walked = [sum(leg.metres for leg in each.legs if not leg.trip) for each in (one, other)]
    burnt = [sum(carbon.grams for leg in each.rides if (carbon := carbon_of_leg(leg))) for each in (one, other)]
    as_good = one.departs >= other.departs and one.arrives <= other.arrives and len(one.rides) <= len(other.rides)
    better = [
        walked[0] + WALK_STEP < walked[1] and burnt[0] <= burnt[1],
        burnt[0] + GRAMS_STEP < burnt[1] and walked[0] <= walked[1],
    ]
    return as_good and any(better)


@settings(max_examples=60, deadline=None)
@given(timetables(), MINUTES)
def test_who_leaves_later_is_late(tables: dict[str, Table], minute: int) -> None:
    network = build({"f": feed({name: text(table) for name, table in tables.items() if table} | {"routes": ROUTES})})
    query = asked(tables, minute, 4, arrive_by=True)
    last = fastest(network, Live(), query)
    oracle = Oracle(rows(tables), DAY)
    leaves = int(last.departs.timestamp()) + 1 if last else int(query.at.timestamp()) - 30 * 3600
    arrives = oracle.earliest(leaves, *ends_of(network, query), walks_of(network, WALKING), 4)
    assert arrives > int(query.at.timestamp())
