"""Ten minutes of Auckland's buses as they really ran: answers follow what each message tells, and nothing else."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from ucity.blueprint.journeys import Journey, JourneyQuery, Position
from ucity.cloud.routing.boards import Message, live_of
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.tests.oracle import NEVER, Oracle, rows_of, seconds
from ucity.cloud.routing.tests.scanned import Walks, scanned, walks_of
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import decode

DATA = Path(__file__).parents[3] / "shared/data/transit/auckland-realtime"
MINUTES = sorted(DATA.glob("*.json"))
DAY = date(2016, 5, 19)
PAIRS = 25


@dataclass(frozen=True)
class Auckland:
    network: Network
    rows: Mapping[str, list[dict[str, str]]]
    walks: Walks


@pytest.fixture(scope="module")
def auckland() -> Auckland:
    network = build({"at": read(DATA / "gtfs.zip")})
    rows = {name: [dict(row) for row in table] for name, table in rows_of(DATA / "gtfs.zip").items()}
    return Auckland(network, rows, walks_of(network, 1.25))


def delayed(
    rows: Mapping[str, list[dict[str, str]]], message: dict[str, object], now: int
) -> dict[str, list[dict[str, str]]]:
    """The feed's rows with each told delay from its stop on, by a plain walk along the rows of the trip."""
    calls = defaultdict[str, list[dict[str, str]]](list)
    for row in rows["stop_times"]:
        calls[row["trip_id"]].append(dict(row))
    for trip, sequence, delay in delays(message, now):
        later = None
        for row in sorted(calls[trip], key=lambda row: int(row["stop_sequence"]), reverse=True):
            for name in ("departure_time", "arrival_time"):
                time = seconds(row[name]) + (delay if int(row["stop_sequence"]) >= sequence else 0)
                later = time if later is None else min(time, later)
                row[name] = f"{later // 3600}:{later // 60 % 60:02}:{later % 60:02}"
    return {**rows, "stop_times": list(chain.from_iterable(calls.values()))}


def delays(message: dict[str, object], now: int) -> Iterator[tuple[str, int, int]]:
    entities: list[dict[str, dict[str, object]]] = message["entity"]  # type: ignore[assignment]  # as the format has it
    for entity in entities:
        update = entity["trip_update"]
        if int(update["timestamp"]) < now - 600:  # type: ignore[call-overload]
            continue
        for call in update["stop_time_update"]:  # type: ignore[attr-defined]
            event = call.get("departure") or call["arrival"]
            yield update["trip"]["trip_id"], call["stop_sequence"], event["delay"]  # type: ignore[index]


def queries(auckland: Auckland, at: datetime) -> Iterator[JourneyQuery]:
    numbers = np.random.default_rng(int(at.timestamp()))
    places = [auckland.network.timetable.places[stop].position for stop in np.flatnonzero(auckland.network.serving)]
    for _ in range(PAIRS):
        origin, to = (places[number] for number in numbers.integers(len(places), size=2))
        yield JourneyQuery(origin=Position(origin.lon + 1e-4, origin.lat), destination=to, at=at, most_transfers=9)


def soonest(journeys: list[Journey]) -> int:
    return min((int(journey.arrives.timestamp()) for journey in journeys if journey.rides), default=NEVER)


def on_foot(journeys: list[Journey]) -> int:
    return min((int(journey.arrives.timestamp()) for journey in journeys if not journey.rides), default=NEVER)


@pytest.mark.parametrize("minute", MINUTES, ids=lambda path: path.stem)
def test_each_minute_the_earliest_arrival_is_that_of_the_delayed_timetable(auckland: Auckland, minute: Path) -> None:
    said = json.loads(minute.read_bytes())
    at = datetime.fromtimestamp(said["header"]["timestamp"], UTC)
    oracle = Oracle(delayed(auckland.rows, said, int(at.timestamp())), DAY)
    planned, live = Live(), renewed(auckland, minute)
    changed = 0
    for query in queries(auckland, at):
        now, before = (plan(auckland.network, each, query) for each in (live, planned))
        walk = on_foot(now)
        assert min(soonest(now), walk) == min(scanned(oracle, auckland.network, auckland.walks, query), walk)
        changed += now != before
    assert changed


def renewed(auckland: Auckland, minute: Path) -> Live:
    said = decode(minute.read_bytes())
    assert said.at
    told = live_of(auckland.network.timetable, [Message("at", said.at, said)])
    return Live().renewed(auckland.network.timetable, told, said.at)


def test_a_bus_is_told_as_late_as_its_message_says(auckland: Auckland) -> None:
    trip = "at:14007000392-20160512154122_v40.34"
    late = {}
    for minute in MINUTES:
        live = renewed(auckland, minute)
        run = next(told for run, told in live.runs.items() if run.trip == auckland.network.timetable.trip_rows[trip])
        day = live.planned(auckland.network.timetable, DAY)
        planned = next(
            block.departs[row] + day.epoch
            for block in day.blocks
            for row in np.flatnonzero(
                (block.trip == auckland.network.timetable.trip_rows[trip]) & (block.ordinal == DAY.toordinal())
            )
        )
        late[minute.stem] = int(run.departs[-1] - planned[-1])
    assert (late["20160519080020"], late["20160519080120"]) == (57, 55)
    assert len(set(late.values())) > 3


def test_a_message_of_yesterday_changes_nothing(auckland: Auckland) -> None:
    said = decode(MINUTES[0].read_bytes())
    assert said.at
    told = live_of(auckland.network.timetable, [Message("at", said.at, said)])
    live = Live().renewed(auckland.network.timetable, told, said.at + timedelta(days=1))
    assert not live.runs
