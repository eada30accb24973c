"""BIMS: its quirks, its two kinds of errors, and XML that is meant to do harm."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.network.feeds.bims import KOREA, arrivals, as_gtfs_realtime, lines, on_line, read, stops
from ucity.network.feeds.gtfs_realtime import decode
from ucity.network.feeds.refusal import FeedRefused, Reason

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)  # 17:00 in Korea


def answer(*items: str, code: str = "00") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    head = f"<header><resultCode>{code}</resultCode><resultMsg>SAID</resultMsg></header>"
    return (
        f"<?xml version='1.0' encoding='utf-8'?><response>{head}<body><items>{body}</items></body></response>".encode()
    )


def bus(**fields: str) -> str:
    told = {"carno": "70자1234", "lat": "35.18", "lin": "129.08", "gpsym": "165930", "bstopidx": "12", "nodeid": "5"}
    return "".join(f"<{name}>{value}</{name}>" for name, value in (told | fields).items() if value)


def test_a_bus_is_where_lin_and_lat_say_at_a_time_without_a_date() -> None:
    (row,) = on_line(read(answer(bus(), "<bstopidx>13</bstopidx><nodeid>6</nodeid>")), "36", NOW).vehicles.rows(
        named=True
    )
    assert (row["vehicle"], row["route"], row["lon"], row["lat"]) == ("70자1234", "36", 129.08, 35.18)
    assert row["at"] == NOW - timedelta(seconds=30)
    assert (row["sequence"], row["stop"]) == (12, "5")


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("170300", NOW + timedelta(minutes=3)),
        ("171000", NOW - timedelta(hours=23, minutes=50)),
        ("5", NOW - timedelta(hours=16, minutes=59, seconds=55)),
    ],
    ids=["a clock ahead", "yesterday", "leading zeros left out"],
)
def test_a_time_of_day_is_the_newest_that_it_can_be(told: str, at: datetime) -> None:
    (row,) = on_line(read(answer(bus(gpsym=told))), "36", NOW).vehicles.rows(named=True)
    assert row["at"] == at


@given(st.integers(1_700_000_000, 1_800_000_000), st.integers(0, 86_000))
def test_whenever_a_bus_told_its_place_within_a_day_that_time_is_found(at: int, ago: int) -> None:
    now = datetime.fromtimestamp(at, UTC)
    told_at = (now - timedelta(seconds=ago)).replace(microsecond=0)
    told = told_at.astimezone(KOREA).strftime("%H%M%S")
    (row,) = on_line(read(answer(bus(gpsym=told))), "36", now).vehicles.rows(named=True)
    assert row["at"] == told_at


@pytest.mark.parametrize(
    "broken", [{"gpsym": "996000"}, {"gpsym": ""}, {"lin": ""}, {"lin": "0", "lat": "0"}, {"lat": "north"}]
)
def test_a_bus_without_a_time_or_a_place_is_left_out(broken: dict[str, str]) -> None:
    assert on_line(read(answer(bus(**broken))), "36", NOW).vehicles.is_empty()


def test_an_answer_is_the_gtfs_realtime_message_that_it_means() -> None:
    url = "https://apis.example/6260000/BusanBIMS/busInfoByRouteId?serviceKey=k&lineid=5200036000"
    said = decode(as_gtfs_realtime(answer(bus(lowplate="1"), bus(carno="")), url, NOW).message)
    (row,) = said.vehicles.rows(named=True)
    assert said.at == NOW
    assert (row["vehicle"], row["route"], row["stop"], row["sequence"]) == ("70자1234", "5200036000", "5", 12)
    assert (round(row["lon"], 4), row["at"]) == (129.08, NOW - timedelta(seconds=30))
    assert row["wheelchair"] == "WHEELCHAIR_ACCESSIBLE"


@pytest.mark.parametrize(("method", "name"), [("busInfoByRouteId", "lineid"), ("stopArrByBstopid", "bstopid")])
def test_a_url_that_does_not_say_what_it_asks_for_is_refused(method: str, name: str) -> None:
    with pytest.raises(FeedRefused, match=f"no {name}"):
        as_gtfs_realtime(answer(), f"https://apis.example/{method}", NOW)


def test_buses_on_their_way_to_a_stop_are_calls_of_their_line_there() -> None:
    url = "https://apis.example/6260000/BusanBIMS/stopArrByBstopid?serviceKey=k&bstopid=5059"
    line = "<bstopid>5059</bstopid><bstopidx>75</bstopidx><lineid>5200036000</lineid><lineno>36</lineno>"
    buses = "".join(
        f"<carno{n}>{n}</carno{n}><min{n}>{minutes}</min{n}><station{n}>{away}</station{n}><lowplate{n}>{low}</lowplate{n}>"
        for n, minutes, away, low in ((1, 7, 2, 1), (2, 23, 80, 0))
    )
    said = decode(as_gtfs_realtime(answer(line + buses), url, NOW).message)
    near, far = said.trip_updates.rows(named=True)
    assert (near["trip"], near["route"], near["vehicle"], near["stop"]) == (None, "5200036000", "1", "5059")
    assert (near["arrival_time"], near["arrival_uncertainty"]) == (NOW + timedelta(minutes=7), 60)
    assert (near["sequence"], far["sequence"]) == (75, None)
    assert said.vehicles.select("vehicle", "sequence", "wheelchair", "lon").rows() == [
        ("1", 73, "WHEELCHAIR_ACCESSIBLE", None),
        ("2", None, None, None),
    ]


def test_a_bus_at_two_stops_is_at_the_one_it_told_of_last() -> None:
    found = on_line(read(answer(bus(gpsym="165959", nodeid="9"), bus(gpsym="165900"))), "36", NOW).vehicles
    assert found["stop"].to_list() == ["9"]


def test_seats_that_are_not_counted_are_not_minus_one() -> None:
    line = "<bstopid>1</bstopid><lineno>36</lineno><lineid>5</lineid>"
    item = f"{line}<carno1>1</carno1><min1>7</min1><station1>2</station1>"
    told = arrivals(read(answer(f"{item}<seat1>-1</seat1>", f"{item.replace('7', '3')}<seat1>12</seat1>")), NOW)
    assert [(each.expected_at, each.seats) for each in told] == [
        (NOW + timedelta(minutes=3), 12),
        (NOW + timedelta(minutes=7), None),
    ]


def test_what_is_left_out_is_nothing_and_not_an_error() -> None:
    assert lines(read(answer("<lineid>5</lineid>")))[0].headways == (None, None, None)
    assert stops(read(answer("<bstopid>5</bstopid>"))) == []
    assert arrivals(read(answer("<bstopid>5</bstopid><carno1>1</carno1>")), NOW) == []
    assert read(b"<response><header><resultCode>00</resultCode></header><body/></response>") == []


@pytest.mark.parametrize(
    ("told", "interval"),
    [("9-10", (9, 10)), ("8 ~ 12", (8, 12)), ("15", (15, 15)), ("수시", None), ("", None)],
)
def test_how_often_a_line_goes_is_told_in_one_number_or_two(told: str, interval: tuple[int, int] | None) -> None:
    (line,) = lines(read(answer(f"<lineid>5</lineid><headway>{told}</headway>")))
    assert line.interval == interval


def test_what_bims_says_is_wrong_is_told() -> None:
    with pytest.raises(FeedRefused, match=r"code 99.*SAID"):
        read(answer(code="99"))


@pytest.mark.parametrize(
    ("code", "detail"), [("22", "as often as it may be today"), ("30", "does not know the key"), ("7", "code 7")]
)
def test_what_the_portal_says_is_wrong_is_told(code: str, detail: str) -> None:
    said = f"<returnAuthMsg>WHY</returnAuthMsg><returnReasonCode>{code}</returnReasonCode>"
    with pytest.raises(FeedRefused, match=detail):
        read(f"<OpenAPI_ServiceResponse><cmmMsgHeader>{said}</cmmMsgHeader></OpenAPI_ServiceResponse>".encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<response>",
        b"<html><body>busy</body></html>",
        b"<!DOCTYPE r [<!ENTITY a 'aaaa'>]><response>&a;</response>",
        b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><response/>",
        b"<?xml version='1.0' encoding='no-such'?><response/>",
        "<응답/>".encode("euc-kr"),
    ],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(FeedRefused) as refused:
        read(data)
    assert refused.value.reason is Reason.WRONG_FORMAT


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: answer(f"<carno>{text}</carno>")))
def test_nothing_breaks_it(data: bytes) -> None:
    try:
        items = read(data)
    except FeedRefused:
        return
    on_line(items, "36", NOW)
    arrivals(items, NOW)


FIELDS = ["carno", "lat", "lin", "gpsym", "bstopidx", "min1", "station1", "carno1", "bstopid", "seat1"]


@given(st.dictionaries(st.sampled_from(FIELDS), st.text("0123456789.-eN ", max_size=8)))
def test_no_value_breaks_it(fields: dict[str, str]) -> None:
    items = read(answer("".join(f"<{name}>{value}</{name}>" for name, value in fields.items())))
    for row in on_line(items, "36", NOW).vehicles.rows(named=True):
        assert -180 <= row["lon"] <= 180
        assert row["at"] <= NOW + timedelta(minutes=5)
    arrivals(items, NOW)
    stops(items)
