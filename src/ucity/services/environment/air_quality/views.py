"""Views: the air by district, one station or bus with its last hours, how days were, and what is missing."""

import asyncio
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from ucity.blueprint import City, Sharing, View
from ucity.errors import BadInput, NotFound
from ucity.services.environment.air_quality import texts
from ucity.services.environment.air_quality.days import days_by_district, graded, stations_by_day
from ucity.services.environment.air_quality.districts import FRESH, summary
from ucity.services.environment.air_quality.gaps import HOUR, counts, expected_hours, missing, runs
from ucity.services.environment.air_quality.grid import LONGEST_WINDOW, on_grid
from ucity.services.environment.air_quality.indices import POLLUTANTS, explained
from ucity.services.environment.air_quality.models import (
    BusPoint,
    BusRequest,
    BusResult,
    CityDay,
    DaysRequest,
    DaysResult,
    DistrictAir,
    DistrictDays,
    DistrictsRequest,
    DistrictsResult,
    Gap,
    GapsRequest,
    GapsResult,
    IndexNow,
    MeasureGaps,
    Point,
    StationDay,
    StationDays,
    StationGaps,
    StationRequest,
    StationResult,
    SubIndex,
)
from ucity.services.environment.air_quality.streams import BUS_CONFIDENCE, BUSES, DAYS, HOURS, INDICES, STATIONS

SLOT = timedelta(minutes=10)
"""How long a bus's readings are taken together in its chart: long enough for sensor noise, short enough for streets."""

_MEANS = [f"{key}_1h" for key in POLLUTANTS]


def _age(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max((now - then).total_seconds(), 0.0)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _slot(moment: datetime) -> datetime:
    return _hour(moment) + (moment - _hour(moment)) // SLOT * SLOT


def _only(stations: pl.DataFrame, station: str) -> pl.DataFrame:
    """The one station that is asked for. Raises NotFound."""
    found = stations.filter(pl.col("subject") == station)
    if found.is_empty():
        raise NotFound(texts.no_station(station))
    return found


async def districts(city: City, request: DistrictsRequest) -> DistrictsResult:
    """The newest indices of each district's stations together."""
    now = city.now()
    stations = await city.current(STATIONS, district=request.district)
    fresh = await city.history(INDICES, since=now - FRESH - HOUR, until=now + HOUR)
    buses = await city.current(BUSES, district=request.district)
    confidence = await city.current(BUS_CONFIDENCE, district=request.district)
    rows = summary(stations, fresh, buses, confidence, now).rows(named=True)
    return DistrictsResult(
        at=now, districts=[DistrictAir(age_seconds=_age(now, row.pop("observed_at")), **row) for row in rows]
    )


async def station(city: City, request: StationRequest) -> StationResult:
    """One station's newest readings, its index and its last hours."""
    now = city.now()
    here = _only(await city.current(STATIONS), request.station).row(0, named=True)
    until = _hour(now) + HOUR
    since = until - HOUR * (request.hours + LONGEST_WINDOW - 1)
    hours = await city.history(HOURS, since=since, until=until, subjects=(request.station,))
    told = explained(on_grid(hours))
    return StationResult(
        at=now,
        station=request.station,
        **{key: here[key] for key in ("name", "district", "lon", "lat", "observed_at")},
        age_seconds=_age(now, here["observed_at"]),
        latest={key: here[key] for key in STATIONS.by_key},
        index=index_now(told, until - HOUR * request.hours, now),
        series=series(told, hours, expected_hours(until - HOUR * request.hours, until)),
    )


def series(told: pl.DataFrame, hours: pl.DataFrame, shown: pl.Series) -> list[Point]:
    """The chart of one station: every hour of ``shown`` with its indices (``explained``) and its means."""
    means = hours.select("observed_at", *(pl.col(f"{key}_1h").alias(key) for key in POLLUTANTS))
    given = told.select("observed_at", "cai", "us_aqi")
    frame = pl.DataFrame({"observed_at": shown})
    joined = frame.join(means, on="observed_at", how="left").join(given, on="observed_at", how="left")
    return [Point(**row) for row in joined.rename({"observed_at": "hour"}).sort("hour").rows(named=True)]


def index_now(told: pl.DataFrame, since: datetime, now: datetime) -> IndexNow | None:
    """The newest index of one station, from ``explained``, not of an hour before ``since``.

    The newest CAI while it is fresh; after that, whatever index is newest, so that a station whose dust monitor fails
    does not show last week's CAI.
    """
    recent = told.filter(pl.col("observed_at") >= since).sort("observed_at")
    fresh = recent.filter(pl.col("observed_at") > now - FRESH).drop_nulls("cai")
    either = recent.filter(pl.col("cai").is_not_null() | pl.col("us_aqi").is_not_null())
    best = either if fresh.is_empty() else fresh
    return None if best.is_empty() else _index(best.row(-1, named=True), now)


def _index(row: dict[str, Any], now: datetime) -> IndexNow:
    grade, category = row["cai_grade"], row["us_category"]
    return IndexNow(
        hour=row["observed_at"],
        stale=row["observed_at"] <= now - FRESH,
        **{key: row[key] for key in (*INDICES.by_key, "cai_added")},
        grade_title=dict(texts.CAI_GRADES[grade]) if grade else None,
        category_title=dict(texts.US_CATEGORIES[category]) if category else None,
        advice=dict(texts.ADVICE[grade]) if grade else None,
        parts=[
            SubIndex(
                pollutant=key,
                title=dict(texts.POLLUTANTS[key]),
                mean=row[f"{key}_mean"],
                cai=row[f"{key}_cai"],
                us_aqi=row[f"{key}_us"],
            )
            for key in POLLUTANTS
        ],
    )


async def bus(city: City, request: BusRequest) -> BusResult:
    """One bus's newest readings and its last hours, in means of ten minutes."""
    now = city.now()
    found = (await city.current(BUSES)).filter(pl.col("subject") == request.bus)
    if found.is_empty():
        raise NotFound(texts.no_bus(request.bus))
    here = found.row(0, named=True)
    until = _slot(now) + SLOT
    since = until - HOUR * request.hours
    readings = await city.history(BUSES, since=since, until=until, subjects=(request.bus,))
    return BusResult(
        at=now,
        bus=request.bus,
        **{key: here[key] for key in ("name", "route", "observed_at")},
        age_seconds=_age(now, here["observed_at"]),
        latest={key: here[key] for key in BUSES.by_key},
        series=slots(readings, since, until),
    )


def slots(readings: pl.DataFrame, since: datetime, until: datetime) -> list[BusPoint]:
    """The chart of one bus: every ``SLOT`` of since <= time < until with the means of what was sent in it."""
    starts = pl.datetime_range(since, until, SLOT, closed="left", eager=True).alias("since")
    means = readings.group_by(pl.col("observed_at").dt.truncate(SLOT).alias("since")).agg(
        pl.col("pm25", "pm10", "no2").mean()
    )
    joined = pl.DataFrame({"since": starts}).join(means, on="since", how="left").sort("since")
    return [BusPoint(**row) for row in joined.rows(named=True)]


MOST_STATION_HOURS = 200_000
"""Hours of all stations together that one request may look at: what bounds its memory and its answer."""


async def gaps(city: City, request: GapsRequest) -> GapsResult:
    """Expected and present hours of each station, and the stretches that are missing."""
    until = _hour(city.now())
    since = until - HOUR * request.hours
    stations = await city.current(STATIONS)
    if request.station is not None:
        stations = _only(stations, request.station)
    if len(stations) * request.hours > MOST_STATION_HOURS:
        raise BadInput(texts.too_many(len(stations), request.hours))
    subjects = stations["subject"].sort().to_list()
    names = dict(stations.select("subject", "name").iter_rows())
    hours = await city.history(HOURS, since=since, until=until, subjects=tuple(subjects))
    marked = missing(hours, subjects, _MEANS, expected_hours(since, until))
    return GapsResult(since=since, until=until, stations=_by_station(marked, names, request.hours))


def _by_station(marked: pl.DataFrame, names: dict[str, str | None], expected: int) -> list[StationGaps]:
    stretches: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    for row in runs(marked).iter_rows(named=True):
        stretches[row.pop("subject"), row.pop("measure")].append(Gap(**row))
    measures: dict[str, list[MeasureGaps]] = defaultdict(list)
    for row in counts(marked).iter_rows(named=True):
        subject, measure = row["subject"], row["measure"]
        measures[subject].append(
            MeasureGaps(measure=measure.removesuffix("_1h"), present=row["present"], gaps=stretches[subject, measure])
        )
    return [
        StationGaps(station=subject, name=names[subject], expected=expected, measures=found)
        for subject, found in measures.items()
    ]


MOST_DAYS = 366
_FROM_FIRST_TO_LAST = timedelta(days=29)


def _days_of(request: DaysRequest, today: date) -> tuple[date, date]:
    """The first and the last day that are asked for. Raises BadInput."""
    until = request.until or today
    since = request.since or until - min(_FROM_FIRST_TO_LAST, until - date.min)
    if since > until:
        raise BadInput(texts.NOT_BEFORE)
    if (until - since).days >= MOST_DAYS:
        raise BadInput(texts.too_long(MOST_DAYS))
    return since, until


async def days(city: City, request: DaysRequest) -> DaysResult:
    """How the days of stations were: each of them, and how many were how, by day and by district."""
    now = city.now()
    since, until = _days_of(request, now.astimezone(city.zone).date())
    stations = await city.current(STATIONS, district=request.district)
    if request.station is not None:
        stations = _only(stations, request.station)
    placed = stations.select("name", "district", station="subject").sort("station")
    found = await city.records(DAYS, having={"station": placed["station"].to_list()}, between={"day": (since, until)})
    told = found.join(placed, on="station", maintain_order="left")
    return DaysResult(
        at=now,
        since=since,
        until=until,
        grades={key: dict(title) for key, title in texts.CAI_GRADES.items()},
        stations=await asyncio.to_thread(_days_by_station, placed, found),
        days=[CityDay(**row) for row in stations_by_day(told).iter_rows(named=True)],
        districts=[DistrictDays(**row) for row in days_by_district(told).iter_rows(named=True)],
    )


def _days_by_station(placed: pl.DataFrame, rows: pl.DataFrame) -> list[StationDays]:
    lived: dict[str, list[StationDay]] = defaultdict(list)
    for row in graded(rows).iter_rows(named=True):
        lived[row.pop("station")].append(StationDay(**row))
    return [StationDays(days=lived[row["station"]], **row) for row in placed.iter_rows(named=True)]


VIEWS = (
    View(
        name="districts",
        title={"ko": "구·군별 대기질", "en": "Air by district"},
        request=DistrictsRequest,
        result=DistrictsResult,
        answer=districts,
        sharing=Sharing.OPEN,
    ),
    View(
        name="station",
        title={"ko": "측정소 대기질", "en": "Air at a station"},
        request=StationRequest,
        result=StationResult,
        answer=station,
        sharing=Sharing.OPEN,
    ),
    View(
        name="bus",
        title={"ko": "버스 센서 대기질", "en": "Air at a bus"},
        request=BusRequest,
        result=BusResult,
        answer=bus,
        sharing=Sharing.OPEN,
    ),
    View(
        name="days",
        title={"ko": "하루하루의 대기질", "en": "Air day by day"},
        request=DaysRequest,
        result=DaysResult,
        answer=days,
        sharing=Sharing.OPEN,
    ),
    View(
        name="gaps",
        title={"ko": "빠진 측정값", "en": "Missing measurements"},
        request=GapsRequest,
        result=GapsResult,
        answer=gaps,
        sharing=Sharing.OPEN,
    ),
)
