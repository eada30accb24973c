"""Fares V2, worked out by hand: the examples and the rules of the GTFS reference. What cannot be priced is None."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest

from ucity.blueprint import Journey, Leg
from ucity.blueprint.figures import Money
from ucity.cloud.routing.fares import Fares, Paid, fare_of, fares_of
from ucity.cloud.routing.tests.rides import ride
from ucity.cloud.routing.tests.small import feed

TABLES = {
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "s,1,1,1,1,1,1,1,20260101,20261231\nweekdays,1,1,1,1,1,0,0,20260101,20261231\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    + "".join(f"{stop},{stop},35.1,129,0,\n" for stop in "abcd")
    + "S,Station,35.1,129,1,\np1,1,35.1,129,0,S\np2,2,35.1,129,0,S\n",
    "routes": "route_id,agency_id,route_short_name,route_type,network_id\n"
    "1,a,1,3,core\n2,a,2,3,core\n3,a,3,1,metro\n4,a,4,3,\n",
    "trips": "route_id,service_id,trip_id\n1,s,t\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t,8:00:00,8:00:00,a,1\nt,9:00:00,9:00:00,b,2\n",
}


def rows(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def paid(rides: Sequence[Leg], tables: Mapping[str, str], zone: str = "UTC") -> Paid | None:
    """What a journey costs by these tables beside the others."""
    gtfs = feed(TABLES | dict(tables), zone)
    assert not [each for each in gtfs.warnings if each.file.startswith("fare")], gtfs.warnings
    return fare_of(Journey(legs=tuple(rides)), {"f": fares_of("f", gtfs)})


def cents(rides: Sequence[Leg], tables: Mapping[str, str], zone: str = "UTC") -> int | None:
    found = paid(rides, tables, zone)
    return found and found.price.amount


MARYLAND = {
    "fare_products": rows(
        "fare_product_id,fare_product_name,amount,currency",
        "core_local_oneway_fare,One Way Full Fare,2.00,USD",
        "core_local_1_day_fare,1-Day Pass - Core Service,4.60,USD",
        "core_local_31_day_fare,31-Day Pass - Core Service,77.00,USD",
        "core_local_7_day_fare,7-Day Pass - Core Service,22.00,USD",
    ),
    "fare_leg_rules": rows(
        "leg_group_id,network_id,fare_product_id",
        *(f"core_local_one_way_trip,core,core_local_{each}_fare" for each in ("oneway", "1_day", "31_day", "7_day")),
    ),
    "fare_transfer_rules": rows(
        "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,fare_transfer_type,transfer_count",
        "core_local_one_way_trip,core_local_one_way_trip,5400,1,0,-1",
    ),
}
"""The Maryland Transit Administration, as gtfs.org explains it: any number of changes within 90 minutes."""


def test_one_way_in_maryland_with_changes_within_ninety_minutes_of_setting_out() -> None:
    first, second, third = ride(0, 30), ride(40, 80, route="f:2"), ride(90, 120)
    assert paid([first], MARYLAND) == Paid(Money(amount=200, currency="USD"))
    assert cents([first, second, third], MARYLAND) == 200, "the last one is boarded in time"
    assert cents([first, second, ride(91, 120)], MARYLAND) == 400, "too late: one pays anew"
    assert cents([first, second, ride(91, 120), ride(130, 150)], MARYLAND) == 400, "and may change again from there"
    assert cents([ride(0, 30, route="f:3")], MARYLAND) is None, "another network"
    assert cents([ride(0, 30, route="f:4")], MARYLAND) is None, "none at all"
    assert cents([first, ride(40, 50, route="f:3")], MARYLAND) is None


BART = {
    "areas": rows("area_id,area_name", "ASHB,", "GLEN,", "OAKL,"),
    "stop_areas": rows("area_id,stop_id", "ASHB,a", "GLEN,b", "OAKL,S"),
    "fare_products": rows(
        "fare_product_id,fare_product_name,amount,currency",
        "BA:matrix:ASHB-GLEN,generated,4.75,USD",
        "BA:matrix:ASHB-OAKL,generated,9.45,USD",
    ),
    "fare_leg_rules": rows(
        "leg_group_id,from_area_id,to_area_id,fare_product_id",
        "BA,ASHB,GLEN,BA:matrix:ASHB-GLEN",
        "BA,ASHB,OAKL,BA:matrix:ASHB-OAKL",
    ),
}


def test_areas_decide_and_platforms_are_in_the_area_of_their_station() -> None:
    assert cents([ride(0, 9, ("f:a", "f:b"))], BART) == 475
    assert cents([ride(0, 9, ("f:a", "f:p1"))], BART) == 945
    assert cents([ride(0, 9, ("f:b", "f:a"))], BART) is None
    assert cents([ride(0, 9, ("f:a", "f:c"))], BART) is None
    moved = BART | {"stop_areas": BART["stop_areas"] + "GLEN,p1\n"}
    assert cents([ride(0, 9, ("f:a", "f:p1"))], moved) == 475, "a platform may have areas of its own"


MUNI = {
    "fare_media": rows(
        "fare_media_id,fare_media_name,fare_media_type", "clipper,Clipper,2", "cash,Cash,0", "munimobile,,4"
    ),
    "fare_products": rows(
        "fare_product_id,fare_product_name,amount,currency,fare_media_id",
        "SF:local:single,Muni single local fare,3,USD,cash",
        "SF:local:single,Muni single local fare,2.5,USD,clipper",
    ),
    "fare_leg_rules": rows("fare_product_id", "SF:local:single"),
}


def test_the_cheapest_medium_is_named_where_it_matters() -> None:
    found = paid([ride(0, 9)], MUNI)
    assert found and (found.price.amount, found.media) == (250, ("Clipper",))
    both = MUNI | {"fare_products": MUNI["fare_products"] + "SF:local:single,,2.5,USD,munimobile\n"}
    found = paid([ride(0, 9)], both)
    assert found and found.media == ("Clipper", "munimobile"), "one without a name goes by its identifier"
    express = {
        "fare_media": rows("fare_media_id,fare_media_name,fare_media_type", "tap_to_ride,Tap to Ride,3"),
        "fare_products": rows(
            "fare_product_id,fare_media_id,amount,currency", "single-ride,tap_to_ride,6,USD", "single-ride,,7,USD"
        ),
        "fare_leg_rules": rows("fare_product_id", "single-ride"),
    }
    found = paid([ride(0, 9)], express)
    assert found and (found.price.amount, found.media) == (600, ("Tap to Ride",))
    dearer = express | {"fare_products": express["fare_products"].replace(",6,", ",8,")}
    found = paid([ride(0, 9)], dearer)
    assert found and (found.price.amount, found.media) == (700, ()), "it costs no less with anything"


def test_all_rides_are_paid_with_one_medium() -> None:
    tables = MUNI | {
        "fare_products": rows(
            "fare_product_id,amount,currency,fare_media_id",
            *("bus,1,USD,cash", "bus,2,USD,clipper", "metro,5,USD,cash", "metro,3,USD,clipper"),
        ),
        "fare_leg_rules": rows("network_id,fare_product_id", "core,bus", "metro,metro"),
    }
    found = paid([ride(0, 9), ride(10, 20, route="f:3")], tables)
    assert found and (found.price.amount, found.media) == (500, ("Clipper",))
    apart = tables | {
        "fare_products": rows("fare_product_id,amount,currency,fare_media_id", "bus,1,USD,cash", "metro,3,USD,clipper")
    }
    assert paid([ride(0, 9), ride(10, 20, route="f:3")], apart) is None


A, B, C, AB, BC = 100, 200, 400, 10, 20
AFTER_FIRST = {0: A + AB, 1: A + AB + B, 2: AB}
AFTER_SECOND = {0: BC, 1: BC + C, 2: BC}
"""As the reference's table of interactions between transfers has it: added to what the legs before cost."""


@pytest.mark.parametrize(("first", "second"), list(product(AFTER_FIRST, AFTER_SECOND)))
def test_costs_of_transfers_are_processed_as_the_reference_says(first: int, second: int) -> None:
    tables = {
        "fare_products": rows(
            "fare_product_id,amount,currency", "A,1,USD", "B,2,USD", "C,4,USD", "AB,0.10,USD", "BC,0.20,USD"
        ),
        "fare_leg_rules": rows(
            "leg_group_id,network_id,from_area_id,fare_product_id", "a,core,a,A", "b,metro,b,B", "c,core,c,C"
        ),
        "areas": rows("area_id", *"abc"),
        "stop_areas": rows("area_id,stop_id", "a,a", "b,b", "c,c"),
        "fare_transfer_rules": rows(
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id",
            f"a,b,{first},AB",
            f"b,c,{second},BC",
        ),
    }
    rides = [ride(0, 9), ride(10, 20, ("f:b", "f:c"), route="f:3"), ride(21, 30, ("f:c", "f:d"))]
    assert cents(rides[:2], tables) == AFTER_FIRST[first]
    assert cents(rides, tables) == AFTER_FIRST[first] + AFTER_SECOND[second]


def single(transfers: str) -> dict[str, str]:
    """Every ride for two dollars, and these rules for changes."""
    return {
        "fare_products": rows("fare_product_id,amount,currency", "ride,2,USD", "once,0.5,USD", "later,1,USD"),
        "fare_leg_rules": rows("leg_group_id,fare_product_id", "g,ride"),
        "fare_transfer_rules": transfers,
    }


def test_a_rule_holds_for_so_many_changes_in_a_row() -> None:
    head = "from_leg_group_id,to_leg_group_id,transfer_count,fare_transfer_type,fare_product_id"
    rides = [ride(10 * n, 10 * n + 5) for n in range(5)]
    one = single(rows(head, "g,g,1,0,once"))
    assert [cents(rides[:n], one) for n in (1, 2, 3, 4)] == [200, 250, 450, 500]
    steps = single(rows(head, "g,g,2,0,later", "g,g,1,0,once"))
    assert [cents(rides[:n], steps) for n in (2, 3, 4)] == [250, 350, 550], "the least count that is enough"
    free = single(rows(head, "g,g,-1,0,"))
    assert cents(rides, free) == 200
    assert cents(rides[:2], single(rows(head, "g,g,-1,0,unheard-of"))) is None, "the change cannot be priced"


@pytest.mark.parametrize(("kind", "in_time"), [(0, 40), (1, 30), (2, 20), (3, 30)])
def test_limits_are_measured_as_the_rule_says(kind: int, in_time: int) -> None:
    """The first ride takes ten minutes, and so does the second, which leaves 30 minutes after the first did."""
    head = "from_leg_group_id,to_leg_group_id,transfer_count,fare_transfer_type,duration_limit,duration_limit_type"
    rides = [ride(0, 10), ride(30, 40)]
    for minutes, price in ((in_time, 200), (in_time - 1, 400)):
        assert cents(rides, single(rows(head, f"g,g,1,0,{60 * minutes},{kind}"))) == price
    assert cents(rides, single(rows(head, "g,g,1,0,5400,"))) == 400, "it is not said from when it counts"


def test_what_is_left_empty_means_what_no_other_rule_lists() -> None:
    tables = {
        "fare_products": rows("fare_product_id,amount,currency", "core,1,USD", "other,2,USD", "from-a,4,USD"),
        "fare_leg_rules": rows("network_id,from_area_id,fare_product_id", "core,,core", ",,other", "metro,x,from-a"),
        "areas": rows("area_id", "x"),
        "stop_areas": rows("area_id,stop_id", "x,d"),
    }
    assert cents([ride(0, 9)], tables) == 100
    assert cents([ride(0, 9, route="f:4")], tables) == 200
    assert cents([ride(0, 9, route="f:3")], tables) is None, "the metro is listed"
    assert cents([ride(0, 9, ("f:d", "f:a"), route="f:3")], tables) == 400
    assert cents([ride(0, 9, ("f:d", "f:a"))], tables) is None, "the area is listed"


def test_with_priorities_what_is_empty_does_not_matter_and_the_highest_counts() -> None:
    tables = {
        "fare_products": rows("fare_product_id,amount,currency", "any,5,USD", "core,1,USD", "from-x,7,USD"),
        "fare_leg_rules": rows(
            "network_id,from_area_id,fare_product_id,rule_priority", ",,any,", "core,,core,1", ",x,from-x,2"
        ),
        "areas": rows("area_id", "x"),
        "stop_areas": rows("area_id,stop_id", "x,d"),
    }
    assert cents([ride(0, 9, route="f:3")], tables) == 500
    assert cents([ride(0, 9)], tables) == 100
    assert cents([ride(0, 9, ("f:d", "f:a"))], tables) == 700


def test_rules_for_changes_between_other_groups() -> None:
    tables = {
        "fare_products": rows("fare_product_id,amount,currency", "b,1,USD", "m,3,USD", "x,0.2,USD", "y,0.4,USD"),
        "fare_leg_rules": rows("leg_group_id,network_id,fare_product_id", "bus,core,b", "metro,metro,m"),
        "fare_transfer_rules": rows(
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,transfer_count",
            "bus,metro,1,x,",
            ",,1,y,-1",
        ),
    }
    bus, metro = ride(0, 9), ride(10, 20, route="f:3")
    assert cents([bus, metro], tables) == 100 + 20 + 300
    back = [replace(metro, departs=bus.departs, arrives=bus.arrives), ride(10, 20)]
    assert cents(back, tables) == 300 + 40 + 100, "neither end is listed"
    assert cents([bus, ride(10, 20)], tables) == 200, "a bus before is listed: there is no arrangement"


def test_times_of_the_day_are_local_and_by_the_day_of_the_event() -> None:
    tables = {
        "timeframes": rows(
            "timeframe_group_id,start_time,end_time,service_id",
            "peak,17:00:00,18:00:00,weekdays",
            "off,,17:00:00,weekdays",
            "off,18:00:00,24:00:00,weekdays",
        ),
        "fare_products": rows("fare_product_id,amount,currency", "peak,3,USD", "off,2,USD"),
        "fare_leg_rules": rows("from_timeframe_group_id,fare_product_id", "peak,peak", "off,off"),
    }
    tuesday_in_seoul = ride(0, 9)  # eight in the morning UTC is five in the evening there
    assert cents([tuesday_in_seoul], tables, "Asia/Seoul") == 300
    assert cents([ride(-1, 9)], tables, "Asia/Seoul") == 200
    assert cents([ride(60, 70)], tables, "Asia/Seoul") == 200
    assert cents([tuesday_in_seoul], tables) == 200, "in Greenwich it is morning"
    assert cents([ride(4 * 1440, 4 * 1440 + 5)], tables, "Asia/Seoul") is None, "on Saturday nothing is told"
    arriving = tables | {"fare_leg_rules": rows("to_timeframe_group_id,fare_product_id", "peak,peak", "off,off")}
    assert cents([ride(-5, 1)], arriving, "Asia/Seoul") == 300


def test_a_rider_of_the_default_category_pays() -> None:
    products = rows(
        "fare_product_id,rider_category_id,amount,currency", "ride,youth,1,USD", "ride,full,3,USD", "ride,senior,2,USD"
    )
    tables = {"fare_products": products, "fare_leg_rules": rows("fare_product_id", "ride")}
    names = "rider_category_id,rider_category_name,is_default_fare_category"
    assert (
        cents(
            [ride(0, 9)], tables | {"rider_categories": rows(names, "youth,Youth,0", "full,Adult,1", "senior,Senior,")}
        )
        == 300
    )
    assert (
        cents([ride(0, 9)], tables | {"rider_categories": rows(names, "youth,Youth,", "full,Adult,", "senior,Senior,")})
        == 300
    )
    assert cents([ride(0, 9)], tables) is None, "nobody says who pays what"


def test_legs_that_are_joined_are_one_leg() -> None:
    tables = {
        "fare_products": rows("fare_product_id,amount,currency", "near,1,USD", "far,3,USD"),
        "areas": rows("area_id", "x", "y"),
        "stop_areas": rows("area_id,stop_id", "x,a", "x,S", "y,d"),
        "fare_leg_rules": rows("network_id,from_area_id,to_area_id,fare_product_id", "metro,x,x,near", "metro,x,y,far"),
    }
    rides = [ride(0, 9, ("f:a", "f:p1"), route="f:3"), ride(15, 20, ("f:p2", "f:d"), route="f:3")]
    assert cents(rides, tables) == 400
    joined = tables | {"fare_leg_join_rules": rows("from_network_id,to_network_id", "metro,metro")}
    assert cents(rides, joined) == 300
    assert cents([rides[0], replace(rides[1], stays=True)], tables) == 300, "who stays aboard does not pay again"
    elsewhere = tables | {
        "fare_leg_join_rules": rows("from_network_id,to_network_id,from_stop_id,to_stop_id", "metro,metro,p2,p1")
    }
    assert cents(rides, elsewhere) == 400


def test_what_cannot_be_priced_is_none() -> None:
    rules = {"fare_leg_rules": rows("fare_product_id", "ride")}
    assert (
        cents([ride(0, 9)], rules | {"fare_products": rows("fare_product_id,amount,currency", "other,1,USD")}) is None
    )
    mixed = rows("fare_product_id,amount,currency", "ride,1,USD", "other,1,CAD")
    assert cents([ride(0, 9)], rules | {"fare_products": mixed}) is None


def test_fares_v2_come_before_those_of_v1() -> None:
    v1 = {"fare_attributes": rows("fare_id,price,currency_type,payment_method,transfers", "x,9,USD,0,")}
    assert isinstance(fares_of("f", feed(TABLES | v1)), Fares)
    assert cents([ride(0, 9)], v1) == 900
    assert cents([ride(0, 9)], v1 | MARYLAND) == 200
    assert cents([ride(0, 9, route="f:3")], v1 | MARYLAND) is None, "only one of them counts"


def test_a_free_ride_costs_nothing_and_that_is_known() -> None:
    tables = {
        "fare_leg_rules": rows("fare_product_id", "free"),
        "fare_products": rows("fare_product_id,amount,currency", "free,0,KRW"),
    }
    assert cents([ride(0, 9)], tables) == 0
