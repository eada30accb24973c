"""A real-time message of the made-up city: every run under way is late by another few minutes."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2 as pb

_LONGEST = 90 * 60


def late_everywhere(feed: Path, at: datetime) -> bytes:
    """A GTFS-Realtime message with an update of each run that began in the hour and a half before ``at``."""
    local = at.astimezone(ZoneInfo("Asia/Seoul"))
    now = int((local - local.replace(hour=0, minute=0, second=0)) / timedelta(seconds=1))
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(at.timestamp())
    for number, trip in enumerate(_trips(feed, now)):
        update = message.entity.add(id=trip).trip_update
        update.trip.trip_id, update.trip.start_date = trip, local.strftime("%Y%m%d")
        update.timestamp = int(at.timestamp())
        for call in range(0, 20, 4):
            update.stop_time_update.add(stop_sequence=call).departure.delay = 30 * (number % 12)
    return message.SerializeToString()


def _trips(feed: Path, now: int) -> Iterator[str]:
    with zipfile.ZipFile(feed) as archive:
        for row in csv.DictReader(io.StringIO(archive.read("trips.txt").decode())):
            if now - _LONGEST <= int(row["trip_id"].rsplit("-", 1)[1]) <= now:
                yield row["trip_id"]
