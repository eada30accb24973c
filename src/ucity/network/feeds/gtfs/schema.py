"""Which files and columns of GTFS are read, and what they may hold. Anything else in a feed is left alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Type(StrEnum):
    """How a text in the file is read."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    TIME = "time"
    """``H:MM:SS`` after noon minus 12 hours of the service day, also beyond 24:00:00; as seconds."""
    DAY = "day"
    COLOR = "color"


DTYPES: dict[Type, pl.DataType] = {
    Type.TEXT: pl.String(),
    Type.WHOLE: pl.Int32(),
    Type.NUMBER: pl.Float64(),
    Type.TIME: pl.Int32(),
    Type.DAY: pl.Date(),
    Type.COLOR: pl.String(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """``required``: a row without it is left out. ``default``: what a missing value means."""

    name: str
    type: Type = Type.TEXT
    required: bool = False
    low: float | None = None
    high: float | None = None
    default: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """``key``: columns that tell rows apart. ``essential``: when it is broken, so is the feed; others are left out."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    essential: bool = False
    required: bool = False

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.name}.txt"

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column to polars type."""
        return {column.name: DTYPES[column.type] for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.schema)


def _texts(names: str) -> Iterator[Column]:
    """Columns of text; a name that ends with ``!`` is required."""
    for name in names.split():
        yield Column(name.rstrip("!"), required=name.endswith("!"))


def _whole(name: str, high: int, *, low: int = 0, default: int | None = None, required: bool = False) -> Column:
    return Column(name, Type.WHOLE, required, low, high, default)


def _number(name: str, low: float = 0, high: float = 1e9, *, required: bool = False) -> Column:
    return Column(name, Type.NUMBER, required, low, high)


_MOST = 2**31 - 1
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_TABLES = (
    Table(
        "agency",
        (*_texts("agency_id agency_name! agency_url agency_timezone! agency_lang agency_phone agency_fare_url"),),
        ("agency_id",),
        essential=True,
        required=True,
    ),
    Table(
        "stops",
        (
            *_texts("stop_id! stop_code stop_name stop_desc stop_url zone_id parent_station level_id platform_code"),
            *_texts("stop_timezone"),
            _number("stop_lat", -90, 90),
            _number("stop_lon", -180, 180),
            _whole("location_type", 4, default=0),
            _whole("wheelchair_boarding", 2, default=0),
        ),
        ("stop_id",),
        essential=True,
        required=True,
    ),
    Table(
        "routes",
        (
            *_texts("route_id! agency_id route_short_name route_long_name route_desc route_url network_id"),
            _whole("route_type", 1702, required=True),
            Column("route_color", Type.COLOR),
            Column("route_text_color", Type.COLOR),
            _whole("route_sort_order", _MOST),
        ),
        ("route_id",),
        essential=True,
        required=True,
    ),
    Table(
        "trips",
        (
            *_texts("trip_id! route_id! service_id! trip_headsign trip_short_name block_id shape_id"),
            _whole("direction_id", 1),
            _whole("wheelchair_accessible", 2, default=0),
            _whole("bikes_allowed", 2, default=0),
        ),
        ("trip_id",),
        essential=True,
        required=True,
    ),
    Table(
        "stop_times",
        (
            *_texts("trip_id! stop_id! stop_headsign"),
            _whole("stop_sequence", _MOST, required=True),
            Column("arrival_time", Type.TIME),
            Column("departure_time", Type.TIME),
            _whole("pickup_type", 3, default=0),
            _whole("drop_off_type", 3, default=0),
            _number("shape_dist_traveled"),
            _whole("timepoint", 1, default=1),
        ),
        ("trip_id", "stop_sequence"),
        essential=True,
        required=True,
    ),
    Table(
        "calendar",
        (
            *_texts("service_id!"),
            *(_whole(day, 1, required=True) for day in _WEEK),
            Column("start_date", Type.DAY, required=True),
            Column("end_date", Type.DAY, required=True),
        ),
        ("service_id",),
        essential=True,
    ),
    Table(
        "calendar_dates",
        (
            *_texts("service_id!"),
            Column("date", Type.DAY, required=True),
            _whole("exception_type", 2, low=1, required=True),
        ),
        ("service_id", "date"),
        essential=True,
    ),
    Table(
        "frequencies",
        (
            *_texts("trip_id!"),
            Column("start_time", Type.TIME, required=True),
            Column("end_time", Type.TIME, required=True),
            _whole("headway_secs", 86_400, low=1, required=True),
            _whole("exact_times", 1, default=0),
        ),
        ("trip_id", "start_time"),
        essential=True,
    ),
    Table(
        "shapes",
        (
            *_texts("shape_id!"),
            _number("shape_pt_lat", -90, 90, required=True),
            _number("shape_pt_lon", -180, 180, required=True),
            _whole("shape_pt_sequence", _MOST, required=True),
            _number("shape_dist_traveled"),
        ),
        ("shape_id", "shape_pt_sequence"),
    ),
    Table(
        "transfers",
        (
            *_texts("from_stop_id to_stop_id from_route_id to_route_id from_trip_id to_trip_id"),
            _whole("transfer_type", 5, default=0),
            _whole("min_transfer_time", _MOST),
        ),
        ("from_stop_id", "to_stop_id", "from_route_id", "to_route_id", "from_trip_id", "to_trip_id"),
    ),
    Table(
        "pathways",
        (
            *_texts("pathway_id! from_stop_id! to_stop_id! signposted_as reversed_signposted_as"),
            _whole("pathway_mode", 7, low=1, required=True),
            _whole("is_bidirectional", 1, required=True),
            _number("length"),
            _whole("traversal_time", _MOST),
            _whole("stair_count", _MOST, low=-_MOST),
            _number("max_slope", -10, 10),
            _number("min_width"),
        ),
        ("pathway_id",),
    ),
    Table(
        "levels", (*_texts("level_id! level_name"), _number("level_index", -1000, 1000, required=True)), ("level_id",)
    ),
    Table(
        "fare_attributes",
        (
            *_texts("fare_id! currency_type! agency_id"),
            _number("price", required=True),
            _whole("payment_method", 1, default=0),
            _whole("transfers", 2),
            _whole("transfer_duration", _MOST),
        ),
        ("fare_id",),
    ),
    Table("fare_rules", (*_texts("fare_id! route_id origin_id destination_id contains_id"),)),
    Table(
        "timeframes",
        (
            *_texts("timeframe_group_id! service_id!"),
            Column("start_time", Type.TIME),
            Column("end_time", Type.TIME),
        ),
    ),
    Table(
        "rider_categories",
        (*_texts("rider_category_id! rider_category_name"), _whole("is_default_fare_category", 1, default=0)),
        ("rider_category_id",),
    ),
    Table("fare_media", (*_texts("fare_media_id! fare_media_name"), _whole("fare_media_type", 4)), ("fare_media_id",)),
    Table(
        "fare_products",
        (
            *_texts("fare_product_id! fare_product_name rider_category_id fare_media_id currency!"),
            _number("amount", -1e9, required=True),
        ),
        ("fare_product_id", "rider_category_id", "fare_media_id"),
    ),
    Table(
        "fare_leg_rules",
        (
            *_texts("leg_group_id network_id from_area_id to_area_id from_timeframe_group_id to_timeframe_group_id"),
            *_texts("fare_product_id!"),
            _whole("rule_priority", _MOST),
        ),
    ),
    Table("fare_leg_join_rules", (*_texts("from_network_id! to_network_id! from_stop_id to_stop_id"),)),
    Table(
        "fare_transfer_rules",
        (
            *_texts("from_leg_group_id to_leg_group_id fare_product_id"),
            _whole("transfer_count", _MOST, low=-1),
            _whole("duration_limit", _MOST),
            _whole("duration_limit_type", 3),
            _whole("fare_transfer_type", 2, required=True),
        ),
    ),
    Table("areas", (*_texts("area_id! area_name"),), ("area_id",)),
    Table("stop_areas", (*_texts("area_id! stop_id!"),), ("area_id", "stop_id")),
    Table("networks", (*_texts("network_id! network_name"),), ("network_id",)),
    Table("route_networks", (*_texts("network_id! route_id!"),), ("route_id",)),
    Table(
        "translations", (*_texts("table_name! field_name! language! translation! record_id record_sub_id field_value"),)
    ),
    Table("attributions", (*_texts("attribution_id agency_id route_id trip_id organization_name! attribution_url"),)),
    Table(
        "feed_info",
        (
            *_texts("feed_publisher_name feed_publisher_url feed_lang default_lang feed_version"),
            Column("feed_start_date", Type.DAY),
            Column("feed_end_date", Type.DAY),
            *_texts("feed_contact_email feed_contact_url"),
        ),
    ),
)

TABLES = {table.name: table for table in _TABLES}
