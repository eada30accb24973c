"""A station may take back any number of bicycles: it has no number of free places then, and is taken in as well."""

from datetime import UTC, datetime

from ucity.blueprint import Declared
from ucity.cloud.ioc.collect import Sender, check
from ucity.services.transport.shared_bicycles.streams import STATIONS

NOW = datetime(2026, 11, 24, 8, 1, tzinfo=UTC)


def test_a_station_without_docks_tells_its_bicycles_alone() -> None:
    said = {"id": "bikes:1", "observedAt": "2026-11-24T08:00:00Z", "availableBikeNumber": 3}
    checked = check(Declared("transport/shared_bicycles", STATIONS), [said], [Sender("test")], NOW)
    assert checked.problems == []
    assert checked.readings.frame.row(0, named=True)["freeSlotNumber"] is None
