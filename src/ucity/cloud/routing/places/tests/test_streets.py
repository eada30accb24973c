"""A street is one place, however many pieces a map has it in; a long one is one a district."""

from collections.abc import Sequence

from ucity.cloud.routing.places.streets import Piece, Street, streets

STEP = 0.002
"""Degrees between two corners."""


def piece(number: int, begin: float, end: float, *, name: str = "중앙대로", lat: float = 35.1) -> Piece:
    """A straight way from longitude to longitude."""
    corners = round((end - begin) / STEP) + 1
    return Piece(f"w{number}", {"name": name}, tuple((begin + STEP * each, lat) for each in range(corners)))


def by_half(lons: Sequence[float | None], _: Sequence[float | None]) -> list[str | None]:
    """A district west and one east of 129.03."""
    return ["west" if lon is not None and lon < 129.03 else "east" for lon in lons]


def found(*pieces: Piece) -> list[Street]:
    return list(streets(pieces, by_half))


def test_pieces_that_touch_are_one_street_in_whatever_order() -> None:
    one, two, three = (piece(n, 129 + 0.006 * n, 129.006 + 0.006 * n) for n in range(3))
    for pieces in ((one, two, three), (three, one, two), (one, three, two)):
        (street,) = found(*pieces)
        assert street.id == pieces[0].id
        assert abs(street.position.lon - 129.009) < STEP
        assert (street.position.lon, street.position.lat) in {corner for each in pieces for corner in each.corners}


def test_lanes_beside_each_other_and_pieces_after_a_crossing_are_one() -> None:
    assert len(found(piece(1, 129, 129.006), piece(2, 129, 129.006, lat=35.1002), piece(3, 129.008, 129.01))) == 1


def test_a_street_of_another_name_or_in_another_part_is_another_one() -> None:
    apart = found(piece(1, 129, 129.006), piece(2, 129, 129.006, name="낙동대로"), piece(3, 129, 129.006, lat=35.15))
    assert sorted(street.id for street in apart) == ["w1", "w2", "w3"]


def test_a_long_street_is_a_place_on_it_in_each_district() -> None:
    pieces = [piece(number, 129 + 0.01 * number, 129.01 + 0.01 * number) for number in range(6)]
    west, east = found(*pieces)
    assert (west.id, east.id) == ("w0", "w3")
    assert west.position.lon < 129.03 < east.position.lon
    corners = {corner for each in pieces for corner in each.corners}
    assert {(street.position.lon, street.position.lat) for street in (west, east)} <= corners


def test_a_short_street_across_a_border_is_one_place() -> None:
    assert len(found(piece(1, 129.022, 129.03), piece(2, 129.03, 129.038))) == 1
