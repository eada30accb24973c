"""What a timetable says of trips and their calls: as much of it as real-time messages are read against."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ucity.cloud.routing.modes import mode_of
from ucity.network.feeds.gtfs import Gtfs


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """``trips``: trip, route, direction, mode, starts, ends, is_repeated (it runs by headway). ``calls``: trip,
    sequence, stop, arrival, departure, is_last. ``stops``: stop, stop_name, lon, lat. Times are seconds after noon
    minus 12 hours in ``zone``."""

    zone: ZoneInfo
    trips: pl.DataFrame
    calls: pl.DataFrame
    stops: pl.DataFrame

    def midnights(self, at: datetime) -> pl.DataFrame:
        """The service days around this time: ``day``, and ``midnight`` (UTC), from which its times count."""
        today = at.astimezone(self.zone).date()
        days = [today + timedelta(days=shift) for shift in (-1, 0, 1)]
        return self.starts(days)

    def starts(self, days: list[date]) -> pl.DataFrame:
        """``day`` and ``midnight`` of these service days."""
        noons = [datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).astimezone(UTC) for day in days]
        midnights = pl.Series("midnight", [noon - timedelta(hours=12) for noon in noons], pl.Datetime("us", "UTC"))
        return pl.DataFrame([pl.Series("day", days, pl.Date), midnights])


def schedule_of(gtfs: Gtfs) -> Schedule:
    """The schedule in a timetable."""
    modes = {kind: str(mode_of(kind)) for kind in gtfs.routes["route_type"].unique()}
    routes = gtfs.routes.select("route_id", mode=pl.col("route_type").replace_strict(modes, return_dtype=pl.String))
    spans = gtfs.stop_times.group_by("trip_id").agg(
        starts=pl.col("departure_time").first(), ends=pl.col("arrival_time").last()
    )
    trips = gtfs.trips.join(routes, on="route_id").join(spans, on="trip_id")
    return Schedule(
        zone=ZoneInfo(gtfs.timezone),
        trips=trips.select(
            trip="trip_id",
            route="route_id",
            direction="direction_id",
            mode="mode",
            starts="starts",
            ends="ends",
            is_repeated=pl.col("trip_id").is_in(gtfs.frequencies["trip_id"].implode()),
        ),
        calls=gtfs.stop_times.select(
            trip="trip_id",
            sequence=pl.col("stop_sequence").cast(pl.Int64),
            stop="stop_id",
            arrival="arrival_time",
            departure="departure_time",
            is_last=pl.col("stop_sequence") == pl.col("stop_sequence").max().over("trip_id"),
        ),
        stops=gtfs.stops.select(stop="stop_id", stop_name="stop_name", lon="stop_lon", lat="stop_lat"),
    )
