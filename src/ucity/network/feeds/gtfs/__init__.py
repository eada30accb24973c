"""GTFS, the timetable format: a zip of CSV files, read into typed and checked polars frames.

    gtfs = read(Path("city.zip"))       # FeedRefused where nothing can be made of it
    gtfs.stop_times                     # every table is there, with every column, in the types of ``schema.TABLES``
    gtfs.warnings                       # what was left out or mended, and in which rows
    services_on(gtfs, date(2026, 11, 24))

Source: General Transit Feed Specification, schedule reference, https://gtfs.org/documentation/schedule/reference/.
"""

from ucity.network.feeds.gtfs.archive import LIMITS, Limits
from ucity.network.feeds.gtfs.frames import Gtfs
from ucity.network.feeds.gtfs.problems import Problem
from ucity.network.feeds.gtfs.read import read, read_routes, read_stops
from ucity.network.feeds.gtfs.services import days, services_on
from ucity.network.feeds.refusal import FeedRefused, Reason

__all__ = [
    "LIMITS",
    "FeedRefused",
    "Gtfs",
    "Limits",
    "Problem",
    "Reason",
    "days",
    "read",
    "read_routes",
    "read_stops",
    "services_on",
]
