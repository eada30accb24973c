"""Reading a GTFS feed: unpack, type, and check it as a whole."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from ucity.network.feeds.gtfs.archive import LIMITS, Archive, Limits, opened
from ucity.network.feeds.gtfs.frames import Gtfs
from ucity.network.feeds.gtfs.pathways import walkable
from ucity.network.feeds.gtfs.problems import Problems
from ucity.network.feeds.gtfs.references import Tables, referring, referring_to_trips
from ucity.network.feeds.gtfs.schema import TABLES, Table
from ucity.network.feeds.gtfs.table import ROW, no_rows, read_table
from ucity.network.feeds.gtfs.times import timed
from ucity.network.feeds.refusal import FeedRefused, Reason

MOST_LOST = 0.5
"""Share of an essential file's rows that may be bad; a feed with more is broken, and the one before is better."""


def read(path: Path, *, limits: Limits = LIMITS, scratch: Path | None = None) -> Gtfs:
    """The feed in a zip file; ``scratch`` is where it is unpacked meanwhile. Runs for seconds: not for an event loop.

    Raises FeedRefused where the feed cannot be used; what is wrong with rows and with files that a city can do
    without is told in ``warnings``.
    """
    problems = Problems()
    with opened(path, limits) as archive, tempfile.TemporaryDirectory(dir=scratch, prefix="gtfs-") as folder:
        if archive.folder:
            detail = f"The files are in the folder {archive.folder[:60]!r} in place of the top."
            problems.add("", Reason.IN_A_FOLDER, detail)
        _check_files(archive)
        tables = {table.name: _table(table, archive, Path(folder), problems) for table in TABLES.values()}
    rows_before = {name: frame.height for name, frame in tables.items()}
    timezone = _timezone(tables["agency"], problems)
    tables["stops"] = _placed(tables["stops"], problems)
    tables = referring(tables, problems)
    tables = timed(tables, problems)
    tables = referring_to_trips(tables, problems)
    tables["pathways"] = walkable(tables, problems)
    _check_enough(tables, rows_before)
    ordered = tables | {"shapes": tables["shapes"].sort("shape_id", "shape_pt_sequence")}
    frames = {name: frame.drop(ROW).rechunk() for name, frame in ordered.items()}
    return Gtfs(timezone=timezone, warnings=tuple(problems.found), **frames)


def read_stops(
    path: Path, *, limits: Limits = LIMITS, scratch: Path | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Only the stops and the translations of a feed, in a fraction of the time. Raises FeedRefused."""
    problems = Problems()
    stops, translations = _tables(path, ("stops", "translations"), problems, limits, scratch)
    return _placed(stops, problems).drop(ROW), translations.drop(ROW)


def read_routes(path: Path, *, limits: Limits = LIMITS, scratch: Path | None = None) -> pl.DataFrame:
    """Only the routes of a feed. Raises FeedRefused."""
    (routes,) = _tables(path, ("routes",), Problems(), limits, scratch)
    return routes.drop(ROW)


def _tables(
    path: Path, names: Sequence[str], problems: Problems, limits: Limits, scratch: Path | None
) -> list[pl.DataFrame]:
    with opened(path, limits) as archive, tempfile.TemporaryDirectory(dir=scratch, prefix="gtfs-") as folder:
        _check_files(archive)
        return [_table(TABLES[name], archive, Path(folder), problems) for name in names]


def _check_files(archive: Archive) -> None:
    for table in TABLES.values():
        if table.required and table.file not in archive.names:
            raise FeedRefused(Reason.MISSING_FILE, f"The feed has no {table.file}.", file=table.file)
    if not {"calendar.txt", "calendar_dates.txt"} & archive.names:
        raise FeedRefused(Reason.MISSING_FILE, "The feed has neither calendar.txt nor calendar_dates.txt.")


def _table(table: Table, archive: Archive, folder: Path, problems: Problems) -> pl.DataFrame:
    if table.file not in archive.names:
        return no_rows(table)
    file = folder / table.file
    try:
        archive.extract(table.file, file)
        return read_table(table, file, problems)
    except FeedRefused as refused:
        if table.essential:
            raise
        problems.add(table.file, refused.reason, f"{refused.detail} The file is left out.")
        return no_rows(table)
    finally:
        file.unlink(missing_ok=True)


def _timezone(agency: pl.DataFrame, problems: Problems) -> str:
    """The feed's time zone, which all agencies should share."""
    names = agency["agency_timezone"].unique(maintain_order=True)
    if names.is_empty():
        raise FeedRefused(Reason.NO_ROWS, "No agency in it can be used.", file="agency.txt")
    name = str(names[0])
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        detail = f"There is no time zone {name[:60]!r}."
        raise FeedRefused(Reason.UNKNOWN_TIMEZONE, detail, file="agency.txt") from error
    if len(names) > 1:
        detail = f"The agencies have {len(names)} time zones: times are taken to be in {name}."
        problems.add("agency.txt", Reason.SEVERAL_TIMEZONES, detail, field="agency_timezone")
    return name


def _placed(stops: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Stops with a position: its own, or its station's. The point 0, 0 is how broken feeds say that they know none."""
    nowhere = (pl.col("stop_lat") == 0) & (pl.col("stop_lon") == 0)
    nowhere |= pl.col("stop_lat").is_null() | pl.col("stop_lon").is_null()
    stops = stops.with_columns(pl.when(~nowhere).then(pl.col(name)).alias(name) for name in ("stop_lat", "stop_lon"))
    station = stops.select(parent_station="stop_id", lat="stop_lat", lon="stop_lon")
    stops = (
        stops.join(station, on="parent_station", how="left", maintain_order="left")
        .with_columns(stop_lat=pl.coalesce("stop_lat", "lat"), stop_lon=pl.coalesce("stop_lon", "lon"))
        .drop("lat", "lon")
    )
    lost = pl.col("stop_lat").is_null()
    detail = "The stop has no position: it is left out."
    problems.rows("stops.txt", Reason.NO_POSITION, detail, stops.filter(lost)[ROW], "stop_lat")
    return stops.filter(~lost)


def _check_enough(tables: Tables, rows_before: dict[str, int]) -> None:
    for name in ("stops", "routes", "trips", "stop_times"):
        left, before = tables[name].height, rows_before[name]
        if left == 0:
            raise FeedRefused(Reason.NO_ROWS, "No row in it can be used.", file=f"{name}.txt")
        if left < before * (1 - MOST_LOST):
            detail = f"Only {left} of its {before} rows can be used."
            raise FeedRefused(Reason.TOO_MANY_BAD_ROWS, detail, file=f"{name}.txt")
