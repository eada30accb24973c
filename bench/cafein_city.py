"""The reference of the journeys: cafein on the same files."""

import csv
import io
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cafein import TransportNetwork, journey_frontier  # type: ignore[import-untyped]

from ucity.blueprint.journeys import JourneyQuery

_DEPARTURE = "2026-11-24 08:30"
_KILOMETRES_AN_HOUR = 4.5
_WALK = 20
_RIDES = 6


@dataclass(frozen=True)
class Built:
    """cafein's network, and the seconds that it took."""

    network: Any
    seconds: float

    def fastest(self, query: JourneyQuery) -> object:
        """Its fastest ways by number of rides."""
        origin, to = ((end.lat, end.lon) for end in (query.origin, query.destination))
        return self.network.route_between_coordinates(
            origin, to, _DEPARTURE, max_rides=_RIDES, max_walking_time=_WALK, walking_speed_kmph=_KILOMETRES_AN_HOUR
        )

    def plan(self, query: JourneyQuery) -> object:
        """Its Pareto set over departure, arrival and carbon within half an hour."""
        origin, to = ((end.lat, end.lon) for end in (query.origin, query.destination))
        return journey_frontier(
            self.network,
            origin,
            to,
            _DEPARTURE,
            30,
            max_rides=_RIDES,
            candidates="pareto",
            max_walking_time=_WALK,
            walking_speed_kmph=_KILOMETRES_AN_HOUR,
            geometries=True,
        )


def built(feed: Path, streets: Path) -> Built:
    """From the files."""
    began = time.perf_counter()
    network = TransportNetwork.from_gtfs(str(feed), osm_pbf=str(streets))
    took = time.perf_counter() - began
    return Built(network, took)


def rebuilt(feed: Path, folder: Path, late: int = 120) -> float:
    """Seconds to write a timetable in which every run is so many seconds late, and to build a network of it; without
    streets, which would stay."""
    began = time.perf_counter()
    with zipfile.ZipFile(feed) as source, zipfile.ZipFile(folder / "late.zip", "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            target.writestr(name, _late(text, late) if name == "stop_times.txt" else text)
    TransportNetwork.from_gtfs(str(folder / "late.zip"))
    return time.perf_counter() - began


def _late(text: str, late: int) -> str:
    rows = csv.reader(io.StringIO(text))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(next(rows))
    for trip, arrives, departs, *rest in rows:
        writer.writerow([trip, _later(arrives, late), _later(departs, late), *rest])
    return out.getvalue()


def _later(clock: str, late: int) -> str:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    time = hours * 3600 + minutes * 60 + seconds + late
    return f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}"
