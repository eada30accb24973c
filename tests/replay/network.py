"""A small network for tests: a bus line and a metro line that meet at a station, every ten minutes, all day.

The bus goes from A by the station's square to B; the metro from C to the station and on to D. Names are Korean, most of
them with English translations.
"""

import tempfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from google.transit import gtfs_realtime_pb2 as pb
from nats.aio.client import Client

from ucity.cloud.routing.boards import Boards, Message, live_of, names_of
from ucity.cloud.routing.boards.wire import TASKS
from ucity.cloud.routing.client import Routing
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.wire import encode
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import Realtime, decode

Wanted = TypeVar("Wanted")
FEED = "small"
DAY = datetime(2026, 11, 24, tzinfo=UTC)
"""Midnight in the network's zone, which is UTC."""
HOURS = range(6, 30)
_STOPS = (
    ("a", "가", 129.000, 35.100, 0, "", ""),
    ("square", "역 앞", 129.010, 35.100, 0, "", ""),
    ("b", "나", 129.020, 35.100, 0, "", ""),
    ("c", "다", 129.010, 35.090, 0, "", ""),
    ("station", "중앙역", 129.0101, 35.1001, 1, "", ""),
    ("up", "중앙역", 129.0101, 35.1001, 0, "station", "1"),
    ("down", "중앙역", 129.0101, 35.1001, 0, "station", "2"),
    ("d", "라", 129.010, 35.110, 0, "", ""),
)
_PATTERNS = (
    ("bus", 0, ("a", "square", "b"), "나"),
    ("bus", 1, ("b", "square", "a"), "가"),
    ("metro", 0, ("c", "up", "d"), "라"),
    ("metro", 1, ("d", "down", "c"), "다"),
)


def trip_id(route: str, direction: int, minute: int) -> str:
    """Of the trip that begins at a minute of the day."""
    return f"{route}-{direction}-{minute}"


def write(file: Path) -> None:
    """The network as a GTFS zip."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in _tables().items():
            archive.writestr(f"{name}.txt", text)


def boards(folder: Path, messages: Iterable[pb.FeedMessage] = ()) -> Boards:
    """Boards of the network, with what these messages say. ``folder``: for the file."""
    file = folder / "small.zip"
    write(file)
    feeds = {FEED: read(file)}
    timetable = load(feeds)
    said = [(_at(message), _decoded(message)) for message in messages]
    return Boards(timetable, names_of(feeds), live_of(timetable, [Message(FEED, at, each) for at, each in said]))


def message(at: datetime) -> pb.FeedMessage:
    """A message without anything in it, made at this time."""
    made = pb.FeedMessage()
    made.header.gtfs_realtime_version = "2.0"
    made.header.timestamp = int(at.timestamp())
    return made


def _at(made: pb.FeedMessage) -> datetime:
    return datetime.fromtimestamp(made.header.timestamp, UTC)


def _decoded(made: pb.FeedMessage) -> Realtime:
    return decode(made.SerializeToString())


def _tables() -> dict[str, str]:
    trips, times = [], []
    for route, direction, stops, headsign in _PATTERNS:
        for minute in (60 * hour + ten for hour in HOURS for ten in range(0, 60, 10)):
            id_ = trip_id(route, direction, minute)
            trips.append(f"{route},all,{id_},{headsign},{direction},1")
            for sequence, stop in enumerate(stops):
                at = minute + 5 * sequence
                arrives, departs = (f"{at // 60:02d}:{at % 60:02d}:{seconds:02d}" for seconds in (0, 20))
                times.append(f"{id_},{arrives},{departs},{stop},{10 * (sequence + 1)}")
    return {
        "agency": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\no,운영사,https://o.example,UTC,ko\n",
        "stops": "stop_id,stop_name,stop_lon,stop_lat,location_type,parent_station,platform_code\n"
        + "".join(",".join(map(str, stop)) + "\n" for stop in _STOPS),
        "routes": "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n"
        "bus,o,36,가–나,3,3A6FB0\nmetro,o,1호선,도시철도 1호선,1,F06A00\n",
        "trips": "route_id,service_id,trip_id,trip_headsign,direction_id,wheelchair_accessible\n" + "\n".join(trips),
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "\n".join(times),
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "all,1,1,1,1,1,1,1,20260101,20301231\n",
        "translations": "table_name,field_name,language,translation,field_value\n"
        "stops,stop_name,en,Central Station,중앙역\nroutes,route_short_name,en,Line 1,1호선\n"
        "trips,trip_headsign,en,B,나\n",
    }


@cache
def _small() -> Boards:
    with tempfile.TemporaryDirectory() as folder:
        return boards(Path(folder))


class SmallNetwork(Routing):
    """Answers what is asked of boards, as a router would that has this network; other questions it cannot."""

    def __init__(self) -> None:
        super().__init__(Client())

    async def ask(self, subject: str, asked: Any, wanted: type[Wanted]) -> Wanted:
        """See ``Routing.ask``; the question and the answer go through MessagePack, as over the bus."""
        task = TASKS[subject]
        question = msgspec.msgpack.decode(encode(asked), type=task.asked)
        return msgspec.msgpack.decode(encode(task.answer(_small(), question)), type=wanted)
