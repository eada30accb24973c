"""Three real answers of Busan's bus information system."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ucity.network.feeds.bims import arrivals, lines, read, stops

ANSWERS = Path(__file__).parents[3] / "shared/data/busan/bus-information"
RECEIVED = datetime(2026, 10, 6, 1, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not ANSWERS.is_dir(),
    reason="the answers of BIMS are not here: shared/data/busan/bus-information beside the checkout",
)


def test_a_stop() -> None:
    (stop,) = stops(read((ANSWERS / "busStopList_13706.xml").read_bytes()))
    assert (stop.id, stop.name, stop.code) == ("505960000", "연산역.연제초교", "13706")
    assert (round(stop.lon, 4), round(stop.lat, 4)) == (129.0801, 35.1839)


def test_a_line() -> None:
    (line,) = lines(read((ANSWERS / "busInfo_36.xml").read_bytes()))
    assert (line.id, line.name, line.kind) == ("5200036000", "36", "일반버스")
    assert (line.origin, line.destination) == ("청강리공영차고지", "거제역")
    assert (line.first, line.last, line.headways) == ("05:00", "21:40", (20, 21, 23))


def test_two_buses_on_their_way() -> None:
    (file,) = ANSWERS.glob("busStopArrByBstopidLineid_*.xml")
    first, second = arrivals(read(file.read_bytes()), RECEIVED)
    assert (first.vehicle, first.stops_away, first.expected_at) == ("4402", 2, RECEIVED + timedelta(minutes=7))
    assert (second.vehicle, second.stops_away) == ("4408", 13)
    assert {each.seats for each in (first, second)} == {None}
    assert {each.line for each in (first, second)} == {"5200036000"}
