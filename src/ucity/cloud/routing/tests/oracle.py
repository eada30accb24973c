"""The earliest arrival, worked out in another way than the router does: a scan over all connections in order of time.

It reads rows of a feed's files as texts, knows service days by itself, and shares nothing with the router but how long
ways on foot take. (The method is the connection scan of Dibbelt, Pajor, Strasser and Wagner, 2013.)
"""

import csv
import io
import zipfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

Rows = Mapping[str, Sequence[Mapping[str, str]]]
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEVER = 10**12
CHANGE = 60
LONGEST_STAND = 900


@dataclass(frozen=True, slots=True, order=True)
class Connection:
    """A vehicle's way from one stop to the next, in seconds of the epoch."""

    departs: int
    arrives: int
    run: tuple[str, int]
    hop: int
    origin: str
    to: str
    may_board: bool
    may_alight: bool


def rows_of(path: Path) -> Rows:
    """All tables of a feed."""
    with zipfile.ZipFile(path) as archive:
        return {
            name.removesuffix(".txt"): list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
        }


def seconds(text: str) -> int:
    """Of H:MM:SS."""
    hours, minutes, rest = text.strip().split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


class Oracle:
    """A feed's connections on the service days around one day."""

    def __init__(self, rows: Rows, day: date) -> None:
        self.rows = rows
        self.zone = ZoneInfo(rows["agency"][0]["agency_timezone"])
        self.calls = defaultdict[str, list[Mapping[str, str]]](list)
        for row in rows["stop_times"]:
            self.calls[row["trip_id"]].append(row)
        for calls in self.calls.values():
            calls.sort(key=lambda row: int(row["stop_sequence"]))
        days = (day + timedelta(days=shift) for shift in (-1, 0, 1))
        self.follows = dict[tuple[str, int], list[tuple[str, int]]]()
        self.connections = sorted(connection for each in days for connection in self._of_day(each))

    def start_of(self, day: date) -> int:
        """Noon less twelve hours."""
        return int(datetime.combine(day, time(12), self.zone).timestamp()) - 12 * 3600

    def runs_on(self, service: str, day: date) -> bool:
        """Whether a service runs on a day."""
        text = day.strftime("%Y%m%d")
        for row in self.rows.get("calendar_dates", ()):
            if (row["service_id"], row["date"]) == (service, text):
                return row["exception_type"] == "1"
        return any(
            row["service_id"] == service
            and row["start_date"] <= text <= row["end_date"]
            and row[WEEK[day.weekday()]] == "1"
            for row in self.rows.get("calendar", ())
        )

    def _of_day(self, day: date) -> Iterator[Connection]:
        services = {row["service_id"] for row in self.rows["trips"]}
        running = {service for service in services if self.runs_on(service, day)}
        headways = defaultdict[str, list[Mapping[str, str]]](list)
        for row in self.rows.get("frequencies", ()):
            headways[row["trip_id"]].append(row)
        for trip in self.rows["trips"]:
            if trip["service_id"] in running:
                for shift in self._shifts(trip["trip_id"], headways.get(trip["trip_id"])):
                    yield from self._of_run(trip["trip_id"], self.start_of(day) + shift)
                    self._follow(trip, self.start_of(day), running)

    def _follow(self, trip: Mapping[str, str], clock: int, running: set[str]) -> None:
        """Of a trip with a block: whoever is aboard the trip before it stays, when it begins where that one ends."""
        block = trip.get("block_id")
        others = [each for each in self.rows["trips"] if block and each.get("block_id") == block]
        mine = self.calls[trip["trip_id"]][0]
        before = [
            self.calls[each["trip_id"]][-1]
            for each in others
            if each["service_id"] in running
            and seconds(self.calls[each["trip_id"]][-1]["arrival_time"]) <= seconds(mine["departure_time"])
            and each is not trip
        ]
        last = max(before, key=lambda call: seconds(call["arrival_time"]), default=None)
        if last and last["stop_id"] == mine["stop_id"] and not self._is_back(last["trip_id"], trip["trip_id"]):
            stands = seconds(mine["departure_time"]) - seconds(last["arrival_time"])
            if stands <= LONGEST_STAND:
                self.follows.setdefault((trip["trip_id"], clock), []).append((last["trip_id"], clock))

    def _is_back(self, one: str, other: str) -> bool:
        """Whether the other trip only calls where the one did, in the opposite order."""
        there = [call["stop_id"] for call in self.calls[one]]
        places = [there.index(call["stop_id"]) if call["stop_id"] in there else -1 for call in self.calls[other]]
        return min(places) >= 0 and places == sorted(places, reverse=True)

    def _shifts(self, trip: str, headways: list[Mapping[str, str]] | None) -> Iterator[int]:
        if headways is None:
            yield 0
            return
        begins = seconds(self.calls[trip][0]["departure_time"])
        for row in headways:
            for start in range(seconds(row["start_time"]), seconds(row["end_time"]), int(row["headway_secs"])):
                yield start - begins

    def _of_run(self, trip: str, clock: int) -> Iterator[Connection]:
        calls = self.calls[trip]
        for hop, (one, other) in enumerate(pairwise(calls)):
            yield Connection(
                clock + seconds(one["departure_time"]),
                clock + seconds(other["arrival_time"]),
                (trip, clock),
                hop,
                one["stop_id"],
                other["stop_id"],
                one.get("pickup_type", "") != "1",
                other.get("drop_off_type", "") != "1",
            )

    def earliest(
        self,
        at: int,
        access: Mapping[str, int],
        egress: Mapping[str, int],
        walks: Mapping[str, Sequence[tuple[str, int]]],
        rides: int | None = None,
    ) -> int:
        """Second of the epoch at which one can be there with a ride at least, ``rides`` at most; or ``NEVER``."""
        ready = {stop: at + more for stop, more in access.items()}
        best = NEVER
        for _ in range(rides or 1):
            reached, there = self._scan(ready, walks, egress, goes_on=rides is None)
            best = min(best, there)
            ready = reached
        return best

    def _scan(
        self,
        ready: Mapping[str, int],
        walks: Mapping[str, Sequence[tuple[str, int]]],
        egress: Mapping[str, int],
        *,
        goes_on: bool,
    ) -> tuple[dict[str, int], int]:
        """When one could get on again after a ride at each stop; with ``goes_on`` one does so in the same scan."""
        may_board = defaultdict[str, int](lambda: NEVER, ready)
        after = defaultdict[str, int](lambda: NEVER)
        aboard, best = set[tuple[str, int]](), NEVER
        for each in self._from(min(ready.values(), default=NEVER)):
            if each.departs > best:
                break
            stays = each.hop == 0 and any(run in aboard for run in self.follows.get(each.run, ()))
            if each.run in aboard or stays or (each.may_board and may_board[each.origin] <= each.departs):
                aboard.add(each.run)
                if not each.may_alight:
                    continue
                best = min(best, each.arrives + egress.get(each.to, NEVER))
                for stop, walk in ((each.to, 0), *walks.get(each.to, ())):
                    after[stop] = min(after[stop], each.arrives + walk + CHANGE)
                    if goes_on:
                        may_board[stop] = min(may_board[stop], after[stop])
        return after, best

    def _from(self, moment: int) -> Iterator[Connection]:
        first = bisect_left(self.connections, moment, key=lambda each: each.departs)
        return islice(self.connections, first, None)
