"""The words of vehicles are those of GTFS-Realtime, so that its numbers are looked up by position."""

import pytest

from ucity.services import catalogue
from ucity.services.transport.bus_information.streams import OCCUPANCY, STATUS


@pytest.mark.parametrize(("words", "number", "word"), [(OCCUPANCY, 5, "full"), (OCCUPANCY, 8, "not_boardable")])
def test_occupancy_is_numbered_as_in_gtfs_realtime(words: tuple[str, ...], number: int, word: str) -> None:
    assert words[number] == word


def test_status_is_numbered_as_in_gtfs_realtime() -> None:
    assert STATUS == ("incoming_at", "stopped_at", "in_transit_to")


def test_a_vehicle_keeps_its_track_and_a_call_counts_once() -> None:
    streams = catalogue().streams
    assert streams["bus_information/vehicles"].stream.moves
    assert streams["bus_information/stop_events"].stream.identity == "event"
