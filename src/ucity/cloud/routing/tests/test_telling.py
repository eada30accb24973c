"""What is told of a journey, and which of many journeys are told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ucity.blueprint import Journey, JourneyQuery, Mode, Position, Told
from ucity.cloud.routing import emissions
from ucity.cloud.routing.comparing import compared
from ucity.cloud.routing.ground import metres_between
from ucity.cloud.routing.telling import Crowding, Known, chosen, told
from ucity.cloud.routing.tests.rides import MORNING, at, ride, walk

THERE = Journey(legs=(walk(0, 4), ride(5, 25), walk(25, 27), ride(31, 40, ("f:b", "f:c"), route="f:2")))


def test_a_chance_is_told_of_each_change_and_counts_the_walk() -> None:
    occupancy: Crowding = {("f:1-5", THERE.legs[1].trip.day, None): "full"} if THERE.legs[1].trip else {}
    found = told(THERE, Known(at=MORNING, occupancy=occupancy))
    assert [leg.chance is not None for leg in found.legs] == [False, False, False, True]
    change = found.legs[3].chance
    assert change is not None
    assert change.slack_seconds == (6 - 2) * 60
    assert found.chance == change.probability
    assert [leg.occupancy for leg in found.legs] == [None, "full", None, None]


def test_carbon_of_the_whole_is_unknown_where_that_of_a_leg_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emissions, "FACTORS", {mode: of for mode, of in emissions.FACTORS.items() if mode != "ferry"})
    assert told(Journey(legs=(ride(0, 9, mode=Mode.FERRY), walk(9, 12))), Known(at=MORNING)).grams is None
    bus = told(Journey(legs=(ride(0, 9),)), Known(at=MORNING))
    assert bus.grams is not None and bus.grams > 0


def _way(begin: float, end: float, *, walked: float = 500, mode: Mode = Mode.BUS, rides: int = 1) -> Told:
    legs = [walk(begin, begin + 1, metres=walked)]
    legs += [ride(begin + 1 + n, end if n == rides - 1 else begin + 2 + n, mode=mode) for n in range(rides)]
    return told(Journey(legs=tuple(legs)), Known(at=MORNING))


def test_of_many_journeys_the_best_in_each_respect_are_told_in_their_order() -> None:
    soonest, later, walks_little, latest = (
        _way(0, 20, rides=2),
        _way(0, 21, rides=2),
        _way(0, 60, walked=1),
        _way(30, 70),
    )
    green = _way(0, 65, mode=Mode.METRO, rides=2)
    ways = [soonest, later, walks_little, green, latest]
    assert chosen(ways, 4) == [soonest, walks_little, green, latest]
    assert chosen(ways, 5) == ways
    assert chosen(ways, 1) == [soonest]


def test_where_there_is_no_way_a_car_takes_the_straight_line_and_a_third() -> None:
    query = JourneyQuery(origin=Position(129, 35.1), destination=Position(129.1, 35.1), at=at(0))
    car, taxi, _ = compared(query, lambda _: [], occupancy=4)
    assert car.is_estimated
    assert car.metres == 1.3 * metres_between(query.origin, query.destination)
    assert taxi.seconds == car.seconds + timedelta(minutes=5).total_seconds()
    assert car.carbon is not None and taxi.carbon is not None
    assert taxi.carbon.grams == 4 * car.carbon.grams


def test_where_there_are_streets_they_are_asked() -> None:
    query = JourneyQuery(origin=Position(129, 35.1), destination=Position(129.1, 35.1), at=at(0))
    drive = walk(0, 11, metres=9000)
    asked = []

    def plan(wish: JourneyQuery) -> list[Journey]:
        asked.append(wish.modes)
        (mode,) = wish.modes
        return [Journey(legs=(replace(drive, mode=mode),))]

    car, taxi, bicycle = compared(query, plan)
    assert not car.is_estimated and not bicycle.is_estimated
    assert (car.seconds, car.metres, taxi.metres) == (660, 9000, 9000)
    assert asked == [{Mode.CAR}, {Mode.BICYCLE}]
