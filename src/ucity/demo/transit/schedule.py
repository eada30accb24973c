"""The timetable as GTFS Schedule: a zip file, the same byte for byte for the same seed and years.

Source of the format: GTFS Schedule reference, gtfs.org. Fares are those of Busan for adults with a card since 2024.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from ucity.blueprint import Mode
from ucity.demo import MARK
from ucity.demo.transit.days import holidays, is_rest
from ucity.demo.transit.fares import ATTRIBUTES, rules
from ucity.demo.transit.network import Line, Network, Stop, network
from ucity.demo.transit.timetable import HOUR, Block, Timetable, timetable

BUS_AGENCY, METRO_AGENCY = "demo-bus", "demo-metro"
AGENCIES = {
    BUS_AGENCY: {"ko": f"부산 시내버스 {MARK}", "en": f"Busan City Bus {MARK}"},
    METRO_AGENCY: {"ko": f"부산 도시철도 {MARK}", "en": f"Busan Metro {MARK}"},
}
DAILY, WORKING = "daily", "working"
URL = "https://example.org/"
"""Nobody runs these buses; the address is one that never leads anywhere."""
_LANGUAGE, _OTHER = "ko", "en"
_ZONE = "Asia/Seoul"
_MADE = (2026, 1, 1, 0, 0, 0)
"""What each file in the archive says of its age, so that the same timetable is the same file."""
_STAIRS_S = 180
"""From one line to another within an interchange."""

Rows = Iterable[Mapping[str, Any]]


def schedule(seed: int, year: int) -> bytes:
    """The zip file, good from the beginning of ``year`` to the end of the next one."""
    table, net = timetable(seed), network()
    files: dict[str, Rows] = {
        "agency": _agencies(),
        "feed_info": _feed_info(seed, year),
        "stops": _stops(net),
        "routes": _routes(net),
        "trips": _trips(table),
        "calendar": _calendar(year),
        "calendar_dates": _calendar_dates(year),
        "transfers": _transfers(net),
        "fare_attributes": ATTRIBUTES,
        "fare_rules": rules(net),
        "translations": _translations(net),
        "stop_times": _stop_times(table),
        "shapes": _shapes(net),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            with archive.open(_entry(f"{name}.txt"), "w") as file:
                _write(io.TextIOWrapper(file, "utf-8", newline=""), rows)
    return packed.getvalue()


def _write(file: io.TextIOWrapper, rows: Rows) -> None:
    """Row by row, since the whole would be some ten megabytes in a process that needs little else."""
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    file.flush()
    file.detach()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MADE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def platform(stop: Stop, direction: int) -> str:
    """Identifier of where the vehicles of a direction stop; at a bus stop both directions stop at one place."""
    return stop.id if stop.station is None else f"{stop.id}-{direction}"


def agency(line: Line) -> str:
    """Who runs it."""
    return METRO_AGENCY if line.mode is Mode.METRO else BUS_AGENCY


def trip_of(table: Timetable, block: Block, trip: int) -> tuple[str, str]:
    """Identifier of a trip of a block, and of its route."""
    return table.trip_id(block, trip), table.lines[block.line].id


def _agencies() -> Rows:
    for id_, name in AGENCIES.items():
        yield {
            "agency_id": id_,
            "agency_name": name[_LANGUAGE],
            "agency_url": URL,
            "agency_timezone": _ZONE,
            "agency_lang": _LANGUAGE,
        }


def _feed_info(seed: int, year: int) -> Rows:
    yield {
        "feed_publisher_name": f"ucity demo {MARK}",
        "feed_publisher_url": URL,
        "feed_lang": _LANGUAGE,
        "feed_start_date": f"{year}0101",
        "feed_end_date": f"{year + 1}1231",
        "feed_version": f"simulated-{seed}-{year}",
    }


def _stops(net: Network) -> Rows:
    stations: dict[str, list[Stop]] = {}
    for stop in net.stops:
        if stop.station is None:
            yield _stop(stop.id, stop.name, stop.lon, stop.lat)
        else:
            stations.setdefault(stop.station, []).append(stop)
    for id_, stops in stations.items():
        lon, lat = (float(np.mean([getattr(stop, axis) for stop in stops])) for axis in ("lon", "lat"))
        yield _stop(id_, stops[0].name, lon, lat) | {"location_type": 1}
        for stop in stops:
            line = next(each for each in net.lines if stop in each.stops)
            for direction in (0, 1):
                told = {"parent_station": id_, "zone_id": id_, "platform_code": f"{line.id[1:]}-{direction + 1}"}
                yield _stop(platform(stop, direction), stop.name, stop.lon, stop.lat) | told


def _stop(id_: str, name: Mapping[str, str], lon: float, lat: float) -> dict[str, Any]:
    return {
        "stop_id": id_,
        "stop_name": name[_LANGUAGE],
        "stop_lat": round(lat, 5),
        "stop_lon": round(lon, 5),
        "zone_id": "",
        "location_type": 0,
        "parent_station": "",
        "wheelchair_boarding": 1,
        "platform_code": "",
    }


def _routes(net: Network) -> Rows:
    for line in net.lines:
        metro = line.mode is Mode.METRO
        yield {
            "route_id": line.id,
            "agency_id": agency(line),
            "route_short_name": f"{line.id[1:]}호선" if metro else line.id,
            "route_long_name": line.name[_LANGUAGE],
            "route_desc": MARK,
            "route_type": 1 if metro else 3,
            "route_color": line.colour,
            "route_text_color": "FFFFFF",
        }


def _trips(table: Timetable) -> Rows:
    for block in table.blocks:
        line = table.lines[block.line]
        for n in range(block.served):
            direction = block.trips[n][0]
            yield {
                "route_id": line.id,
                "service_id": DAILY if block.daily else WORKING,
                "trip_id": table.trip_id(block, n),
                "trip_headsign": line.ends(direction)[1].name[_LANGUAGE],
                "direction_id": direction,
                "block_id": f"{line.id}-{block.place + 1}",
                "shape_id": f"{line.id}-{direction}",
                "wheelchair_accessible": 1 if line.mode is Mode.METRO or block.daily else 2,
            }


def _stop_times(table: Timetable) -> Rows:
    for block in table.blocks:
        line = table.lines[block.line]
        for n in range(block.served):
            direction, start = block.trips[n]
            pattern = table.patterns[2 * block.line + direction]
            stops = line.stops[::-1] if direction else line.stops
            times = zip(stops, pattern.arrive.tolist(), pattern.depart.tolist(), strict=True)
            for sequence, (stop, arrives, departs) in enumerate(times, 1):
                yield {
                    "trip_id": table.trip_id(block, n),
                    "arrival_time": _clock(start + arrives),
                    "departure_time": _clock(start + departs),
                    "stop_id": platform(stop, direction),
                    "stop_sequence": sequence,
                }


def _clock(seconds: int) -> str:
    """Seconds after midnight as HH:MM:SS."""
    return f"{seconds // HOUR:02d}:{seconds % HOUR // 60:02d}:{seconds % 60:02d}"


def _shapes(net: Network) -> Rows:
    for line in net.lines:
        for direction in (0, 1):
            points = line.shape[::-1] if direction else line.shape
            for sequence, (lon, lat) in enumerate(points.round(5).tolist(), 1):
                yield {
                    "shape_id": f"{line.id}-{direction}",
                    "shape_pt_lat": lat,
                    "shape_pt_lon": lon,
                    "shape_pt_sequence": sequence,
                }


def _calendar(year: int) -> Rows:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for service, weekend in ((DAILY, 1), (WORKING, 0)):
        goes = {day: 1 if n < 5 else weekend for n, day in enumerate(days)}
        yield {"service_id": service, **goes, "start_date": f"{year}0101", "end_date": f"{year + 1}1231"}


def _calendar_dates(year: int) -> Rows:
    for day in (*holidays(year), *holidays(year + 1)):
        if is_rest(day) and day.weekday() < 5:
            yield {"service_id": WORKING, "date": _date(day), "exception_type": 2}


def _date(day: date) -> str:
    return f"{day:%Y%m%d}"


def _transfers(net: Network) -> Rows:
    """In an interchange, from each line's platforms to the others'."""
    stops = [stop for stop in net.stops if stop.station]
    for one in stops:
        for other in stops:
            if one.station == other.station and one is not other:
                for here in (0, 1):
                    for there in (0, 1):
                        yield {
                            "from_stop_id": platform(one, here),
                            "to_stop_id": platform(other, there),
                            "transfer_type": 2,
                            "min_transfer_time": _STAIRS_S,
                        }


def _translations(net: Network) -> Rows:
    names: dict[tuple[str, str, str], str] = {}
    for stop in net.stops:
        names["stops", "stop_name", stop.name[_LANGUAGE]] = stop.name[_OTHER]
    for line in net.lines:
        names["routes", "route_long_name", line.name[_LANGUAGE]] = line.name[_OTHER]
        if line.mode is Mode.METRO:
            names["routes", "route_short_name", f"{line.id[1:]}호선"] = f"Line {line.id[1:]}"
        for end in (line.stops[0], line.stops[-1]):
            names["trips", "trip_headsign", end.name[_LANGUAGE]] = end.name[_OTHER]
    for name in AGENCIES.values():
        names["agency", "agency_name", name[_LANGUAGE]] = name[_OTHER]
    for (where, field, value), translation in names.items():
        yield {
            "table_name": where,
            "field_name": field,
            "language": _OTHER,
            "translation": translation,
            "field_value": value,
        }
