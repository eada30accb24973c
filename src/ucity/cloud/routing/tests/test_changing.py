"""Rules of transfers.txt: how long a change takes, between stops, routes and trips; and where one cannot change."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.blueprint.journeys import TRANSIT, JourneyQuery, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.tests import test_any_timetable as any_
from ucity.cloud.routing.tests.oracle import CHANGE, NEVER, Connection, Oracle
from ucity.cloud.routing.tests.scanned import Walks, ends_of, walks_of
from ucity.cloud.routing.tests.small import feed

LON = 0.0225  # about 2 km at 37 degrees north
SEVEN = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)
"""In the morning in Seoul."""
RULES = "from_stop_id,to_stop_id,from_route_id,to_route_id,from_trip_id,to_trip_id,transfer_type,min_transfer_time\n"
TABLES = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    f"0,0,37,127,0,\n1,1,37,{127 + LON},0,S\n1b,1b,37.0002,{127 + LON},0,S\n2,2,37,{127 + 2 * LON},0,\n"
    f"S,S,37,{127 + LON},1,\n",
    "routes": "route_id,agency_id,route_short_name,route_type\na,a,A,3\nb,a,B,3\nc,a,C,3\n",
    "trips": "route_id,service_id,trip_id\na,s,a1\nb,s,b1\nb,s,b2\nb,s,b3\nc,s,c1\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "a1,07:10:00,07:10:00,0,1\na1,07:20:00,07:20:00,1,2\n"
    "b1,07:20:30,07:20:30,1,1\nb1,07:30:00,07:30:00,2,2\n"
    "b2,07:23:00,07:23:00,1,1\nb2,07:33:00,07:33:00,2,2\n"
    "b3,07:40:00,07:40:00,1,1\nb3,07:50:00,07:50:00,2,2\n"
    "c1,07:25:00,07:25:00,1b,1\nc1,07:35:00,07:35:00,2,2\n",
}


def network_of(*rules: str) -> Network:
    return build({"f": feed(TABLES | ({"transfers": RULES + "\n".join(rules) + "\n"} if rules else {}))})


def changed_to(network: Network, *, arrive_by: bool = False) -> set[str]:
    """The trips by which one goes on from stop 1 after the bus of ten past seven, whatever else one asks for."""
    query = JourneyQuery(
        origin=Position(127, 37),
        destination=Position(127 + 2 * LON, 37),
        at=SEVEN + timedelta(hours=1) if arrive_by else SEVEN,
        arrive_by=arrive_by,
        modes=TRANSIT,
        window=timedelta(hours=2),
    )
    found = plan(network, Live(), query)
    first = fastest(network, Live(), query)
    assert (first.rides[-1].trip if first else None) == (found[0].rides[-1].trip if found else None)
    end = SEVEN + timedelta(hours=1)
    trips = (each.rides[-1].trip for each in found if each.departs >= SEVEN and each.arrives <= end)
    return {trip.trip.removeprefix("f:") for trip in trips if trip}


@pytest.mark.parametrize(
    ("rules", "soonest"),
    [
        ([], "b2"),
        (["1,1,,,,,2,600"], "c1"),
        (["S,S,,,,,2,600"], "b3"),
        (["1,1,,,,,3,"], "c1"),
        (["S,S,,,,,3,"], None),
        (["1,1,,,,,2,"], "b2"),
        (["S,S,a,b,,,3,"], "c1"),
        (["S,S,a,,,,3,"], None),
        (["S,S,,b,,,3,"], "c1"),
        (["S,S,c,b,,,3,"], "b2"),
        (["1,1,a,b,,,1,"], "b1"),
        (["1,1,,,a1,b1,2,20"], "b1"),
        (["1,1,,,a1,b1,2,31"], "b2"),
        (["1,1,,,,,3,", "1,1,,,a1,b2,0,"], "b2"),
        (["S,S,,,,,3,", "1,1b,a,,,,0,"], "c1"),
        (["1,1,a,,,,3,", "1,1,a,b,,,2,200", "1,1b,a,c,,,3,"], "b3"),
        (["1,1,a,b,,,3,", "1,1,,b,a1,,1,"], "b1"),
        (["1,1,a,b,,,3,", "1,1,,,,b2,0,"], "b2"),
        (["1,1,,b,a1,,3,", "1,1,,,a1,b3,0,", "1,1b,a,c,,,3,"], "b3"),
        (["1,1,a,,,b1,0,", "1,1,,,a1,b1,1,"], "b1"),
        ([",,a,b,,,3,"], "b2"),
        (["1,1,b,,a1,b1,1,"], "b1"),
    ],
)
@pytest.mark.parametrize("arrive_by", [False, True])
def test_the_most_specific_rule_counts(rules: list[str], soonest: str | None, arrive_by: bool) -> None:
    """The bus is there at 7:20; on go b1 at 7:20:30, b2 at 7:23, b3 at 7:40, and c1 at 7:25 from the next platform."""
    taken = changed_to(network_of(*rules), arrive_by=arrive_by)
    order = ["b1", "b2", "c1", "b3"]
    assert min(taken, key=order.index, default=None) == soonest


def test_rules_of_lines_are_no_matter_to_others() -> None:
    """Nor do they cost them anything: only the platforms of those lines are further ones."""
    plain, ruled = network_of(), network_of("1,1,a,b,,,3,")
    stops = plain.timetable.stops.height
    assert len(plain.timetable.platforms.stop) == 2 * stops
    assert len(ruled.timetable.platforms.stop) == 2 * stops + 2


def test_a_change_takes_as_long_when_one_asks_when_to_be_there() -> None:
    """Between two stops it takes no more than what is asked of these two, whatever one of them asks for itself."""
    rules = ["1,1,,,,,2,1200", "1b,1b,,,,,2,1200"]
    for arrive_by in (False, True):
        assert "c1" in changed_to(network_of(*rules), arrive_by=arrive_by)


def test_who_gets_off_later_than_one_could_have_walked_there_still_gets_there() -> None:
    """The stop by the destination can be reached on foot from where the first bus ends, before the second one comes:
    but that walk is too long to be told as the last one."""
    step = 0.0055  # about 490 m
    tables = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        f"0,0,37,127,\n1,1,37,{127 + 4 * LON}\n2,2,37,{127 + 4 * LON + step}\n9,9,37.02,127.2\n".replace(",\n", "\n"),
        "routes": TABLES["routes"],
        "trips": "route_id,service_id,trip_id\na,s,a1\nb,s,b1\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "a1,07:10:00,07:10:00,0,1\na1,07:20:00,07:20:00,1,2\n"
        "b1,07:25:00,07:25:00,1,1\nb1,07:40:00,07:40:00,2,2\n",
    }
    end = Position(127 + 4 * LON + 2.2 * step, 37)
    query = JourneyQuery(origin=Position(127, 37), destination=end, at=SEVEN, longest_walk=timedelta(minutes=13))
    network = build({"f": feed(tables)})
    for found in (fastest(network, Live(), query), *plan(network, Live(), query)):
        assert found
        assert [leg.trip.trip for leg in found.rides if leg.trip] == ["f:a1", "f:b1"]


Rule = dict[str, str]
_NAMES = RULES.strip().split(",")


@st.composite
def ruled(draw: st.DrawFn) -> dict[str, any_.Table]:
    """Any timetable, with rules for its stops, routes and trips."""
    tables = draw(any_.timetables())
    stops = st.sampled_from([row["stop_id"] for row in tables["stops"]])
    trips = st.sampled_from(["", *(row["trip_id"] for row in tables["trips"])])
    rule = st.tuples(stops, stops, st.sampled_from(["", "a", "b"]), st.sampled_from(["", "a", "b"]), trips, trips)
    rules = draw(st.lists(rule, min_size=1, max_size=12, unique=True))
    asks = st.sampled_from([("0", ""), ("1", ""), ("2", "0"), ("2", "240"), ("3", "")])
    routes = {row["trip_id"]: row["route_id"] for row in tables["trips"]}
    tables["transfers"] = [dict(zip(_NAMES, (*_fitting(each, routes), *draw(asks)), strict=True)) for each in rules]
    return tables


def _fitting(rule: tuple[str, ...], routes: Mapping[str, str]) -> tuple[str, ...]:
    """A trip that is named belongs to the route that is named beside it."""
    one, other, from_route, to_route, from_trip, to_trip = rule
    return one, other, routes.get(from_trip, from_route), routes.get(to_trip, to_route), from_trip, to_trip


class RuledOracle(Oracle):
    """Every ride with every ride before it, one by one: whether one can change, by the rules in their order."""

    def soonest(self, at: int, ends: tuple[dict[str, int], dict[str, int]], walks: Walks, rides: int) -> int:
        """As ``Oracle.earliest``."""
        access, egress = ends
        self.routes = {row["trip_id"]: row["route_id"] for row in self.rows["trips"]}
        got_off: list[Connection] = []
        best = NEVER
        for number in range(rides):
            got_off = list(self._ridden(at, access if number == 0 else {}, got_off, walks))
            best = min([best, *(each.arrives + egress.get(each.to, NEVER) for each in got_off)])
        return best

    def _ridden(
        self, at: int, access: Mapping[str, int], before: list[Connection], walks: Walks
    ) -> Iterator[Connection]:
        aboard = set[tuple[str, int]]()
        for each in self.connections:
            if each.may_board and (
                at + access.get(each.origin, NEVER) <= each.departs
                or any(self._may_change(one, each, walks) for one in before)
            ):
                aboard.add(each.run)
            if each.run in aboard and each.may_alight:
                yield each

    def _may_change(self, one: Connection, other: Connection, walks: Walks) -> bool:
        on_foot = 0 if one.to == other.origin else dict(walks.get(one.to, ())).get(other.origin)
        if on_foot is None:
            return False
        kind, least = self._rule(one, other)
        takes = {"3": NEVER, "1": on_foot, "2": max(on_foot, least)}.get(kind, on_foot + CHANGE)
        return one.arrives + takes <= other.departs

    def _rule(self, one: Connection, other: Connection) -> tuple[str, int]:
        """The kind of the most specific rule between two rides, and the seconds that it asks for."""
        fitting = []
        for rule in self.rows["transfers"]:
            sides = [
                _specific(rule, "from", one.to, *self._of(one)),
                _specific(rule, "to", other.origin, *self._of(other)),
            ]
            if None not in sides:
                least = int(rule["min_transfer_time"] or 0)
                asks = {"3": NEVER, "2": least, "1": 0}.get(rule["transfer_type"], -1)
                fitting.append((_RANK[tuple(sorted(filter(None, sides)))], asks, rule["transfer_type"], least))
        _, _, kind, least = max(fitting, default=(0, 0, "0", 0))
        return kind, least

    def _of(self, of: Connection) -> tuple[str, str]:
        return of.run[0], self.routes[of.run[0]]


_RANK = {("trip", "trip"): 6, ("route", "trip"): 5, ("trip",): 4, ("route", "route"): 3, ("route",): 2, (): 1}


def _specific(rule: Mapping[str, str], side: str, stop: str, trip: str, route: str) -> str | None:
    """What a rule names on one side, "" for only the stop; None where it does not fit."""
    if rule[f"{side}_stop_id"] != stop:
        return None
    if named := rule[f"{side}_trip_id"]:
        return "trip" if named == trip else None
    if named := rule[f"{side}_route_id"]:
        return "route" if named == route else None
    return ""


@settings(max_examples=80, deadline=None)
@given(ruled(), any_.MINUTES, st.integers(1, 3))
def test_the_earliest_arrival_by_the_rules(tables: dict[str, any_.Table], minute: int, rides: int) -> None:
    text = {name: any_.text(table) for name, table in tables.items() if table}
    network = build({"f": feed(text | {"routes": any_.ROUTES})})
    query = any_.asked(tables, minute, rides)
    oracle = RuledOracle(any_.rows(tables), any_.DAY)
    walks = walks_of(network, any_.WALKING)
    expected = oracle.soonest(int(query.at.timestamp()), ends_of(network, query), walks, rides)
    found = plan(network, Live(), query)
    walk = min((int(each.arrives.timestamp()) for each in found if not each.rides), default=NEVER)
    soonest = min((int(each.arrives.timestamp()) for each in found), default=NEVER)
    assert soonest == min(expected, walk)
    first = fastest(network, Live(), query)
    assert (int(first.arrives.timestamp()) if first else NEVER) == min(expected, walk)


@settings(max_examples=40, deadline=None)
@given(ruled(), any_.MINUTES)
def test_who_leaves_later_is_late_by_the_rules(tables: dict[str, any_.Table], minute: int) -> None:
    text = {name: any_.text(table) for name, table in tables.items() if table}
    network = build({"f": feed(text | {"routes": any_.ROUTES})})
    query = any_.asked(tables, minute, 3, arrive_by=True)
    last = fastest(network, Live(), query)
    several = plan(network, Live(), query)
    leaves = max((int(each.departs.timestamp()) for each in several), default=None)
    assert leaves == (int(last.departs.timestamp()) if last else None)
    oracle = RuledOracle(any_.rows(tables), any_.DAY)
    walks = walks_of(network, any_.WALKING)
    after = leaves + 1 if leaves is not None else int(query.at.timestamp()) - 30 * 3600
    assert oracle.soonest(after, ends_of(network, query), walks, 3) > int(query.at.timestamp())
