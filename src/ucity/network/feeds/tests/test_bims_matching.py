"""Stops and lines of BIMS in a timetable: by number or sign, else by place and name; never by chance."""

import polars as pl
import pytest

from ucity.network.feeds.bims.matching import Known, Sign, of_arrivals, of_line

HERE = (129.08, 35.18)
METRE = 1 / 111_320


def known(*stops: tuple[str, str, str, float], routes: tuple[tuple[str, str, int], ...] = (("R36", "36", 3),)) -> Known:
    """A timetable of these stops (id, code, name, metres north of here) and routes."""
    return Known(
        pl.DataFrame(
            [(id_, code, name, HERE[0], HERE[1] + north * METRE, 0) for id_, code, name, north in stops],
            schema={
                "stop_id": pl.String,
                "stop_code": pl.String,
                "stop_name": pl.String,
                "stop_lon": pl.Float64,
                "stop_lat": pl.Float64,
                "location_type": pl.Int32,
            },
            orient="row",
        ),
        pl.DataFrame(
            list(routes),
            schema={"route_id": pl.String, "route_short_name": pl.String, "route_type": pl.Int32},
            orient="row",
        ),
    )


def sign(id_: str = "9", name: str = "", code: str = "", place: tuple[float, float] | None = HERE) -> Sign:
    return Sign(id_, name, code, place)


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        (("505960000", "", "가", 200), sign("505960000")),
        (("BSB505960000", "", "가", 200), sign("505960000")),
        (("X", "13-706", "가", 200), sign(code="13706")),
        (("X", "9123", "가", 0), sign(code="09123", place=None)),
        (("X", "", "연산역·연제초교", 20), sign(name="연산역.연제초교")),
        (("X", "", "Yeonsan  Stn (1)", 20), sign(name="yeonsan stn 1")),
    ],
    ids=["its number", "behind letters", "its sign", "its sign without a nought", "its place", "its name, plainly"],
)
def test_a_stop_is_found_by_what_tells_it_plainly(stop: tuple[str, str, str, float], told: Sign) -> None:
    assert known(stop, ("other", "1", "나", 0)).stop(told) == stop[0]


@pytest.mark.parametrize(
    ("stops", "told"),
    [
        ([("9", "", "가", 400)], sign("9")),
        ([("X", "13706", "가", 400)], sign(code="13706")),
        ([("X", "1", "가", 400), ("Y", "1", "나", 400)], sign(code="1", place=None)),
        ([("X", "A1", "가", 0)], sign(code="1", place=None)),
        ([("X", "", "시청", 30)], sign(name="시청")),
        ([("X", "", "시청", 0)], sign(name="구청")),
        ([("X", "", "시청", 10), ("Y", "", "시청", -15)], sign(name="시청")),
        ([("X", "", "시청", 0)], sign(name="시청", place=None)),
        ([("X", "", "", 0)], sign()),
    ],
    ids=[
        "a number by chance",
        "a sign by chance",
        "a sign that two have",
        "a sign that is no number",
        "too far",
        "another name",
        "both sides of a road",
        "no place",
        "no name",
    ],
)
def test_what_is_not_plain_is_not_guessed(stops: list[tuple[str, str, str, float]], told: Sign) -> None:
    assert known(*stops).stop(told) is None


def test_of_two_stops_of_a_name_the_clearly_nearer_one_is_meant() -> None:
    assert known(("X", "", "시청", 5), ("Y", "", "시청", -25)).stop(sign(name="시청")) == "X"


def test_stations_are_no_stops() -> None:
    stops = pl.DataFrame(
        {
            "stop_id": ["S", "P"],
            "stop_code": ["7", "7"],
            "stop_name": ["시청", "시청"],
            "stop_lon": [HERE[0]] * 2,
            "stop_lat": [HERE[1]] * 2,
            "location_type": [1, 0],
        }
    )
    routes = pl.DataFrame(schema={"route_id": pl.String, "route_short_name": pl.String, "route_type": pl.Int32})
    assert Known(stops, routes).stop(sign(name="시청", code="7")) == "P"


def test_a_line_is_found_by_its_number_or_by_its_name_among_buses() -> None:
    metro = (("M1", "1", 1), ("B1", "1", 3), ("B2", "2", 3), ("B2N", "2", 704), ("5200036000", "x", 3))
    lines = known(routes=metro)
    assert lines.line("5200036000", "36") == "5200036000"
    assert lines.line("7", "1") == "B1"
    assert lines.line("7", "2") is None, "two buses have that name"
    assert lines.line("7", "") is None


ITEM = {"bstopid": "1", "nodenm": "시청", "gpsx": str(HERE[0]), "gpsy": str(HERE[1]), "lineid": "5", "lineno": "36"}


def test_arrivals_are_told_in_the_timetables_terms_and_what_it_does_not_have_is_left_out_and_counted() -> None:
    items = [ITEM | {"min1": "7"}, ITEM | {"lineid": "6", "lineno": "1001"}, {"min1": "3"}]
    told = of_arrivals(items, known(("X", "", "시청", 5)))
    assert [(item["bstopid"], item["lineid"], item["min1"]) for item in told.items] == [("X", "R36", "7")]
    matching = told.matching
    assert matching
    assert (matching.stops, matching.stops_known, matching.lines, matching.lines_known) == (1, 1, 2, 1)
    assert matching.unknown == ("1001 (6)",)


def test_buses_of_a_line_stay_where_they_are_and_name_only_stops_that_the_timetable_has() -> None:
    bus = {"carno": "4402", "lat": "35.1", "lin": "129.1", "lineno": "36"}
    items = [{"nodeid": "1", "arsno": "13706", "bstopnm": "시청"} | bus, {"nodeid": "2", "bstopnm": "시청"} | bus]
    told = of_line(items, "5200036000", known(("X", "13706", "시청", 5)))
    assert told.line == "R36"
    assert [item["nodeid"] for item in told.items] == ["X", ""]
    assert told.matching
    assert (told.matching.stops, told.matching.stops_known, told.matching.unknown) == (2, 1, ("시청 (2)",))
