"""Real-time messages of the made-up city: every run under way is late."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from google.transit import gtfs_realtime_pb2 as pb

_LONGEST = 90 * 60


def late_everywhere(feed: Path, at: datetime, *, late: int | None = None, ahead: int = 0) -> bytes:
    """A GTFS-Realtime message with an update of each run that began in the hour and a half before ``at``, a time in the
    timetable's zone, or begins within ``ahead`` seconds. All are ``late`` by so many seconds, or each by another few
    minutes."""
    now = int((at - at.replace(hour=0, minute=0, second=0)) / timedelta(seconds=1))
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(at.timestamp())
    for number, trip in enumerate(_trips(feed, now - _LONGEST, now + ahead)):
        update = message.entity.add(id=trip).trip_update
        update.trip.trip_id, update.trip.start_date = trip, at.strftime("%Y%m%d")
        update.timestamp = int(at.timestamp())
        for call in range(0, 20, 4):
            update.stop_time_update.add(stop_sequence=call).departure.delay = (
                30 * (number % 12) if late is None else late
            )
    return message.SerializeToString()


def _trips(feed: Path, first: int, last: int) -> Iterator[str]:
    with zipfile.ZipFile(feed) as archive:
        for row in csv.DictReader(io.StringIO(archive.read("trips.txt").decode())):
            if first <= int(row["trip_id"].rsplit("-", 1)[1]) <= last:
                yield row["trip_id"]
