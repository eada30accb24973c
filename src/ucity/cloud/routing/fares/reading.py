"""Fares from a feed's tables. Its identifiers of stops, stations and routes become ``<feed>:<id>``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from ucity.cloud.routing.fares.attributes import Fare, Fares, Rule
from ucity.cloud.routing.fares.paid import money
from ucity.cloud.routing.fares.products import JoinRule, LegRule, Places, ProductFares, Timeframe, Times
from ucity.cloud.routing.fares.transfers import TransferRule, Transfers
from ucity.network.feeds.gtfs import Gtfs, services_on
from ucity.network.feeds.gtfs.schema import TABLES

_DAY = 86_400
_DAYS_KEPT = 64
_ADULT = "adult"
_ANY_NUMBER = -1
_CALENDARS = ("calendar", "calendar_dates")


def fares_of(feed: str, gtfs: Gtfs) -> Fares | ProductFares:
    """By Fares V2 where the feed has it, as the reference recommends, else by V1."""
    has_products = gtfs.fare_products.height and gtfs.fare_leg_rules.height
    return _of_products(feed, gtfs) if has_products else _of_attributes(feed, gtfs)


def _of_attributes(feed: str, gtfs: Gtfs) -> Fares:
    """What ``fare_attributes`` and ``fare_rules`` of a feed say; its identifiers become ``<feed>:<id>``."""
    rules: dict[str, list[Rule]] = {}
    for row in gtfs.fare_rules.iter_rows(named=True):
        route = f"{feed}:{row['route_id']}" if row["route_id"] else None
        rule = Rule(route, row["origin_id"], row["destination_id"], row["contains_id"])
        rules.setdefault(row["fare_id"], []).append(rule)
    fares = tuple(
        Fare(
            price=money(row["price"], row["currency_type"]),
            transfers=row["transfers"],
            lasts=None if row["transfer_duration"] is None else timedelta(seconds=row["transfer_duration"]),
            agency=row["agency_id"],
            rules=tuple(rules.get(row["fare_id"], ())),
        )
        for row in gtfs.fare_attributes.iter_rows(named=True)
    )
    zones = gtfs.stops.drop_nulls("zone_id").select(pl.format(feed + ":{}", "stop_id"), "zone_id")
    agencies = gtfs.routes.drop_nulls("agency_id").select(pl.format(feed + ":{}", "route_id"), "agency_id")
    return Fares(fares, dict(zones.iter_rows()), dict(agencies.iter_rows()))


def _of_products(feed: str, gtfs: Gtfs) -> ProductFares:
    currency, products = _products(gtfs)
    return ProductFares(
        legs=tuple(
            LegRule(
                product=row["fare_product_id"],
                group=row["leg_group_id"],
                network=row["network_id"],
                origin=row["from_area_id"],
                destination=row["to_area_id"],
                begins=row["from_timeframe_group_id"],
                ends=row["to_timeframe_group_id"],
                priority=row["rule_priority"] or 0,
            )
            for row in gtfs.fare_leg_rules.iter_rows(named=True)
        ),
        products=products,
        currency=currency,
        media=_media(gtfs.fare_media),
        transfers=Transfers(_transfers(gtfs)),
        joins=tuple(
            JoinRule(row["from_network_id"], row["from_stop_id"], row["to_stop_id"])
            for row in _with_keys(gtfs.fare_leg_join_rules, feed, "from_stop_id", "to_stop_id").iter_rows(named=True)
            if row["from_network_id"] == row["to_network_id"]
        ),
        places=_places(feed, gtfs),
        times=_times(feed, gtfs),
        has_priorities=gtfs.fare_leg_rules["rule_priority"].is_not_null().any(),
    )


def _products(gtfs: Gtfs) -> tuple[str, Mapping[str, Mapping[str | None, int]]]:
    """The currency, and what a rider of the default category pays for each product, by medium. Nothing can be priced
    where there is more than one currency."""
    category = pl.col("rider_category_id")
    usual = gtfs.fare_products.filter(category.is_null() | category.is_in(_usual(gtfs.rider_categories).implode()))
    currencies = usual["currency"].str.to_uppercase().unique().to_list()
    if len(currencies) != 1:
        return "", {}
    found: dict[str, dict[str | None, int]] = {}
    columns = usual.select("fare_product_id", "fare_media_id", "amount").iter_rows()
    for product, medium, amount in columns:
        price, prices = money(amount, currencies[0]).amount, found.setdefault(product, {})
        prices[medium] = min(price, prices.get(medium, price))
    return currencies[0], found


def _media(media: pl.DataFrame) -> Mapping[str, str]:
    """Names of media; of one without a name its identifier."""
    return dict(
        media.select("fare_media_id", pl.coalesce("fare_media_name", "fare_media_id").alias("name")).iter_rows()
    )


def _usual(categories: pl.DataFrame) -> pl.Series:
    """The default categories; where none is said to be one, those that are called adult."""
    default = categories.filter(pl.col("is_default_fare_category") == 1)["rider_category_id"]
    called = [pl.col(name).str.to_lowercase() == _ADULT for name in ("rider_category_id", "rider_category_name")]
    return default if len(default) else categories.filter(pl.any_horizontal(called))["rider_category_id"]


def _transfers(gtfs: Gtfs) -> tuple[TransferRule, ...]:
    """A limit of which it is not said from when to when it counts is no rule to go by."""
    rows = gtfs.fare_transfer_rules.filter(
        pl.col("duration_limit").is_null() | pl.col("duration_limit_type").is_not_null()
    )
    return tuple(
        TransferRule(
            before=row["from_leg_group_id"],
            after=row["to_leg_group_id"],
            kind=row["fare_transfer_type"],
            most=None if row["transfer_count"] == _ANY_NUMBER else row["transfer_count"],
            within=None if row["duration_limit"] is None else timedelta(seconds=row["duration_limit"]),
            limit_type=row["duration_limit_type"] or 0,
            product=row["fare_product_id"],
        )
        for row in rows.iter_rows(named=True)
    )


def _places(feed: str, gtfs: Gtfs) -> Places:
    stops = _with_keys(gtfs.stops, feed, "stop_id", "parent_station")
    stations = dict(stops.drop_nulls("parent_station").select("stop_id", "parent_station").iter_rows())
    areas: dict[str, set[str]] = {}
    for stop, area in _with_keys(gtfs.stop_areas, feed, "stop_id").select("stop_id", "area_id").iter_rows():
        areas.setdefault(stop, set()).add(area)
    # A platform without areas of its own has those of its station.
    areas |= {stop: areas[station] for stop, station in stations.items() if station in areas and stop not in areas}
    own = gtfs.routes.drop_nulls("network_id").select("route_id", "network_id")
    networks = pl.concat([own, gtfs.route_networks.select("route_id", "network_id")])
    return Places(
        networks=dict(_with_keys(networks, feed, "route_id").iter_rows()),
        areas={stop: frozenset(each) for stop, each in areas.items()},
        stations=stations if gtfs.fare_leg_join_rules.height else {},
    )


def _times(feed: str, gtfs: Gtfs) -> Times:
    frames: dict[str, list[Timeframe]] = {}
    for row in gtfs.timeframes.iter_rows(named=True):
        end = _DAY if row["end_time"] is None else row["end_time"]
        frames.setdefault(row["timeframe_group_id"], []).append(
            Timeframe(row["service_id"], row["start_time"] or 0, end)
        )
    if not frames:
        return Times()
    named = _with_keys(gtfs.stops, feed, "stop_id").drop_nulls("stop_timezone").select("stop_id", "stop_timezone")
    zones = {stop: zone for stop, name in named.iter_rows() if (zone := _zone(name))}
    return Times(frames, ZoneInfo(gtfs.timezone), zones, _services(gtfs))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _services(gtfs: Gtfs) -> Callable[[date], frozenset[str]]:
    """Which services run on a day; holds on to nothing of the feed but its calendars."""
    others: dict[str, Any] = {name: table.empty() for name, table in TABLES.items() if name not in _CALENDARS}
    calendars = replace(gtfs, **others)

    @lru_cache(_DAYS_KEPT)
    def services(day: date) -> frozenset[str]:
        return frozenset(services_on(calendars, day))

    return services


def _with_keys(table: pl.DataFrame, feed: str, *columns: str) -> pl.DataFrame:
    return table.with_columns((pl.lit(f"{feed}:") + pl.col(name)).alias(name) for name in columns)
