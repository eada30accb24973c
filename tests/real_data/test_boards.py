"""Ten minutes of Auckland's buses: what boards expect, against a computation of another kind.

The check goes trip by trip and stop by stop through plain dictionaries of the feed's own files.
"""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ucity.cloud.routing.boards import Boards, Message, names_of
from ucity.cloud.routing.loading import load
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import decode

HERE = Path(__file__).parents[3] / "shared/data/transit/auckland-realtime"
MIDNIGHT = 1_463_572_800
"""2016-05-19 in Auckland, in seconds of the epoch."""

pytestmark = pytest.mark.skipif(not HERE.is_dir(), reason=f"the minutes of Auckland are not here: {HERE}")


def minutes() -> list[Path]:
    return sorted(file for file in HERE.rglob("*.json"))


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Boards:
    feeds = {"akl": read(HERE / "gtfs.zip", scratch=tmp_path_factory.mktemp("akl"))}
    return Boards(load(feeds), names_of(feeds))


@pytest.fixture(scope="module")
def planned() -> dict[str, list[tuple[int, int, int]]]:
    """(sequence, arrives, departs) in seconds after midnight of each trip."""
    text = zipfile.ZipFile(HERE / "gtfs.zip").read("stop_times.txt").decode("utf-8-sig")
    trips: dict[str, list[tuple[int, int, int]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        times = (sum(int(n) * by for n, by in zip(row[f"{end}_time"].split(":"), (3600, 60, 1), strict=True))
                 for end in ("arrival", "departure"))  # fmt: skip
        arrives, departs = times
        trips.setdefault(row["trip_id"], []).append((int(row["stop_sequence"]), arrives, departs))
    return {trip: sorted(calls) for trip, calls in trips.items()}


def expected(message: dict[str, Any], planned: dict[str, list[tuple[int, int, int]]]) -> dict[tuple[str, int], Any]:
    """(trip, sequence) to (arrives, departs) in seconds of the epoch, of trips of the timetable."""
    found: dict[tuple[str, int], Any] = {}
    for entity in message.get("response", message)["entity"]:
        update = entity.get("trip_update")
        if not update or update["trip"]["trip_id"] not in planned:
            continue
        trip, told = update["trip"]["trip_id"], update.get("stop_time_update") or []
        said = {each["stop_sequence"]: each for each in (told if isinstance(told, list) else [told])}
        delay, latest = None, None
        for sequence, arrives, departs in planned[trip]:
            before, own = delay, said.get(sequence)
            at_arrival = own.get("arrival", {}).get("delay") if own else None
            at_departure = own.get("departure", {}).get("delay") if own else None
            if own:
                delay = at_departure if at_departure is not None else at_arrival
            if delay is None:
                continue
            late = next(each for each in (at_arrival, before, at_departure, delay) if each is not None)
            times = [MIDNIGHT + arrives + late, MIDNIGHT + departs + delay]
            for n in (0, 1):
                times[n] = latest = max(times[n], latest if latest is not None else times[n])
            found[trip, sequence] = tuple(times)
    return found


def test_every_call_is_expected_when_the_feed_says_so(
    boards: Boards, planned: dict[str, list[tuple[int, int, int]]]
) -> None:
    compared = 0
    for file in minutes():
        said = decode(file.read_bytes())
        told = boards.told([Message("akl", said.at or datetime(2016, 5, 18, 20, tzinfo=UTC), said)])
        ours = {
            (boards.timetable.trips["trip_id"][row["trip"]], _sequence(boards, row)): (
                row["arrives_expected"],
                row["departs_expected"],
            )
            for row in told.live.calls.drop_nulls("departs_expected").iter_rows(named=True)
        }
        theirs = expected(json.loads(file.read_text()), planned)
        assert ours == theirs, file.name
        compared += len(ours)
    assert compared > 1_000


def _sequence(boards: Boards, row: dict[str, Any]) -> int:
    table = boards.timetable
    return int(table.sequence[table.first_call[row["trip"]] + row["call"]])


def test_boards_of_all_stops_are_in_order(boards: Boards) -> None:
    said = decode(minutes()[0].read_bytes())
    assert said.at
    told = boards.told([Message("akl", said.at, said)])
    expected_calls = 0
    for key in list(boards.timetable.stop_rows)[::7]:
        calls = told.board(key, said.at).calls
        assert all(one.arrives <= other.arrives for one, other in pairwise(calls))
        expected_calls += sum(call.delay is not None for call in calls)
    assert expected_calls > 5
