"""A GTFS feed that has been read: one frame a table."""

from dataclasses import dataclass

import polars as pl

from ucity.network.feeds.gtfs.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Gtfs:
    """Frames with the columns of ``schema.TABLES``; a file that the feed has not is an empty frame.

    Identifiers are the feed's own. Times are seconds (Int32) after noon minus 12 hours of the service day in
    ``timezone``, complete and never falling within a trip; stop_times stand in the order of trip and sequence, shapes
    in the order of shape and sequence. Every trip has at least two stop times, and everything that is referred to
    exists. Columns that GTFS gives a default hold it; the others are null where nothing is said.
    """

    timezone: str
    """IANA name; times of the whole feed are in it."""
    agency: pl.DataFrame
    stops: pl.DataFrame
    routes: pl.DataFrame
    trips: pl.DataFrame
    stop_times: pl.DataFrame
    calendar: pl.DataFrame
    calendar_dates: pl.DataFrame
    frequencies: pl.DataFrame
    shapes: pl.DataFrame
    transfers: pl.DataFrame
    pathways: pl.DataFrame
    levels: pl.DataFrame
    fare_attributes: pl.DataFrame
    fare_rules: pl.DataFrame
    timeframes: pl.DataFrame
    rider_categories: pl.DataFrame
    fare_media: pl.DataFrame
    fare_products: pl.DataFrame
    fare_leg_rules: pl.DataFrame
    fare_leg_join_rules: pl.DataFrame
    fare_transfer_rules: pl.DataFrame
    areas: pl.DataFrame
    stop_areas: pl.DataFrame
    networks: pl.DataFrame
    route_networks: pl.DataFrame
    translations: pl.DataFrame
    attributions: pl.DataFrame
    feed_info: pl.DataFrame
    warnings: tuple[Problem, ...] = ()
