"""Makes the stations and stops of the simulated Busan's public transport.

    python tools/make_transit.py COORDINATES.csv      reads dongnae-kr of the developers' lock, and koroman 1.0

The order of the stations of lines 1 to 4 is that of their official numbers. Names and order: signs and line maps of the
Busan Transportation Corporation, 2026. COORDINATES.csv has a row a station, with the columns canonical_station_id
(its number), latitude, longitude (WGS 84 degrees); coordinates: the corporation's open data of 2021-02-26. A station
that lies far from its neighbours on the line, or a line that turns back on itself, stops this tool.

The buses drive the routes of ``tools/make_busan.py``. They stop where those have stops, named after the neighbourhood
there, and at stations that they pass. The result is in ``src/ucity/demo/busan`` and is the same at every run.
"""

import csv
import json
import math
import re
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import koroman
import numpy as np
from make_busan import DISTRICTS, KM_LAT, KM_LON, OUT, read_centres

SOURCE = (
    "Stations: Busan Transportation Corporation, 2021-02-26. Neighbourhoods: dongnae-kr (MIT). Bus stops simulated."
)
LINES = {
    "1": (
        95,
        "다대포해수욕장=Dadaepo Beach,다대포항=Dadaepo Harbor,낫개=Natgae,신장림=Sinjangnim,장림=Jangnim,동매=Dongmae,"
        "신평=Sinpyeong,하단=Hadan,당리=Dangni,사하=Saha,괴정=Goejeong,대티=Daeti,서대신=Seodaesin,동대신=Dongdaesin,"
        "토성=Toseong,자갈치=Jagalchi,남포=Nampo,중앙=Jungang,부산역=Busan Station,초량=Choryang,부산진=Busanjin,"
        "좌천=Jwacheon,범일=Beomil,범내골=Beomnaegol,서면=Seomyeon,부전=Bujeon,양정=Yangjeong,시청=City Hall,"
        "연산=Yeonsan,교대=Busan Nat'l Univ. of Education,동래=Dongnae,명륜=Myeongnyun,온천장=Oncheonjang,"
        "부산대=Pusan Nat'l Univ.,장전=Jangjeon,구서=Guseo,두실=Dusil,남산=Namsan,범어사=Beomeosa,노포=Nopo",
    ),
    "2": (
        201,
        "장산=Jangsan,중동=Jung-dong,해운대=Haeundae,동백=Dongbaek,벡스코=BEXCO,센텀시티=Centum City,민락=Millak,"
        "수영=Suyeong,광안=Gwangan,금련산=Geumnyeonsan,남천=Namcheon,경성대·부경대=Kyungsung Univ.·Pukyong Nat'l Univ.,"
        "대연=Daeyeon,못골=Motgol,지게골=Jigegol,문현=Munhyeon,"
        "국제금융센터·부산은행=Busan Int'l Finance Center·Busan Bank,전포=Jeonpo,서면=Seomyeon,부암=Buam,가야=Gaya,"
        "동의대=Dong-eui Univ.,개금=Gaegeum,냉정=Naengjeong,주례=Jurye,감전=Gamjeon,사상=Sasang,덕포=Deokpo,"
        "모덕=Modeok,모라=Mora,구남=Gunam,구명=Gumyeong,덕천=Deokcheon,수정=Sujeong,화명=Hwamyeong,율리=Yulli,동원=Dongwon,"
        "금곡=Geumgok,호포=Hopo,증산=Jeungsan,부산대양산캠퍼스=Pusan Nat'l Univ. Yangsan Campus,남양산=Namyangsan,"
        "양산=Yangsan",
    ),
    "3": (
        301,
        "수영=Suyeong,망미=Mangmi,배산=Baesan,물만골=Mulmangol,연산=Yeonsan,거제=Geoje,종합운동장=Sports Complex,"
        "사직=Sajik,미남=Minam,만덕=Mandeok,남산정=Namsanjeong,숙등=Sukdeung,덕천=Deokcheon,구포=Gupo,"
        "강서구청=Gangseo-gu Office,체육공원=Sports Park,대저=Daejeo",
    ),
    "4": (
        401,
        "미남=Minam,동래=Dongnae,수안=Suan,낙민=Nangmin,충렬사=Chungnyeolsa,명장=Myeongjang,서동=Seo-dong,금사=Geumsa,"
        "반여농산물시장=Banyeo Agricultural Market,석대=Seokdae,영산대=Youngsan Univ.,윗반송=Witbansong,고촌=Gochon,"
        "안평=Anpyeong",
    ),
}
"""Line to the number of its first station, and its stations in order."""

FARTHEST_KM = 4.5
"""From one station to the next: Mandeok lies behind a mountain from Minam, Jeungsan behind a river from Hopo."""
PASSES_KM, APART_KM, SAME_KM = 0.2, 0.35, 0.4
"""A bus stops at a station that it passes within this, unless another stop is closer than that; stops of one
neighbourhood that lie within this are one stop."""


def main(coordinates: Path) -> None:
    """Make both files."""
    stations = list(metro_stations(coordinates))
    check_order(stations)
    write("metro.json", "stations", stations)
    stops, routes = bus_stops(stations)
    write("bus_stops.json", "stops", stops, routes=routes)


def metro_stations(coordinates: Path) -> Iterable[dict[str, Any]]:
    """All stations, line by line in the order of their numbers."""
    places = {
        int(row["canonical_station_id"]): (round(float(row["longitude"]), 5), round(float(row["latitude"]), 5))
        for row in csv.DictReader(coordinates.read_text("utf-8").splitlines())
    }
    for line, (first, names) in LINES.items():
        for number, name in enumerate(names.split(","), first):
            ko, _, en = name.partition("=")
            lon, lat = places[number]
            yield {"id": f"{number:03d}", "line": line, "ko": ko, "en": en, "lon": lon, "lat": lat}


def check_order(stations: list[dict[str, Any]]) -> None:
    """Raises ValueError where the way along a line is not the way that trains go."""
    for line in LINES:
        own = [each for each in stations if each["line"] == line]
        for one, other in pairwise(own):
            if away(one, other) > FARTHEST_KM:
                raise ValueError(f"line {line}: {one['en']} and {other['en']} are {away(one, other):.1f} km apart")
        for a, b, c, d in zip(own, own[1:], own[2:], own[3:], strict=False):
            if away(a, c) + away(c, b) + away(b, d) < 0.95 * (away(a, b) + away(b, c) + away(c, d)):
                raise ValueError(f"line {line}: {b['en']} and {c['en']} seem to have changed places")


def away(one: dict[str, Any], other: dict[str, Any]) -> float:
    """In kilometres."""
    return math.hypot((one["lon"] - other["lon"]) * KM_LON, (one["lat"] - other["lat"]) * KM_LAT)


def bus_stops(stations: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, list[list[Any]]]]:
    """Stops; and of each route its stops in order, each with its metres along the route's line."""
    centres = [each for each in read_centres() if each.code in DISTRICTS]
    features = json.loads((OUT / "routes.geojson").read_text())["features"]
    named: dict[str, dict[str, Any]] = {}
    routes = {}
    for each in features:
        line = np.array(each["geometry"]["coordinates"])
        ways = metres(line)
        found = [(float(ways[n]), stop_at(named, line[n], centres)) for n in each["properties"]["stops"]]
        found += passed_stations(named, line, ways, found, stations)
        routes[each["id"]] = [[stop["id"], round(way)] for way, stop in sorted(found, key=lambda pair: pair[0])]
    for stop in named.values():
        points = np.array(stop.pop("points"))
        stop["lon"], stop["lat"] = (round(float(value), 5) for value in points.mean(axis=0))
    return sorted(named.values(), key=lambda stop: stop["id"]), routes


def metres(line: np.ndarray) -> np.ndarray:
    """How far each position is from the first along the line."""
    steps = np.hypot(*(np.diff(line, axis=0) * (KM_LON, KM_LAT)).T) * 1000
    return np.concatenate([[0.0], np.cumsum(steps)])


def stop_at(named: dict[str, dict[str, Any]], point: np.ndarray, centres: list[Any]) -> dict[str, Any]:
    """The stop of the neighbourhood at this point, made where there is none yet."""
    centre = min(centres, key=lambda each: math.hypot((each.lon - point[0]) * KM_LON, (each.lat - point[1]) * KM_LAT))
    name = centre.name.split()[-1]
    stop = named.setdefault(
        centre.name, {"id": f"{len(named) + 1:04d}", "ko": name, "en": romanised(name), "points": []}
    )
    stop["points"].append(point)
    return stop


def passed_stations(
    named: dict[str, dict[str, Any]], line: np.ndarray, ways: np.ndarray, found: list[Any], stations: list[Any]
) -> list[tuple[float, dict[str, Any]]]:
    """Stops at stations beside the line that are not close to another of its stops."""
    fine = np.arange(0.0, ways[-1], 20.0)
    track = np.stack([np.interp(fine, ways, line[:, axis]) for axis in (0, 1)], axis=-1)
    more: list[tuple[float, dict[str, Any]]] = []
    for station in stations:
        far = np.hypot(*((track - (station["lon"], station["lat"])) * (KM_LON, KM_LAT)).T)
        nearest = int(far.argmin())
        way = float(fine[nearest])
        if far[nearest] > PASSES_KM or any(abs(way - other) < APART_KM * 1000 for other, _ in [*found, *more]):
            continue
        ko = station["ko"] if station["ko"].endswith("역") else f"{station['ko']}역"
        en = station["en"] if station["en"].endswith("Station") else f"{station['en']} Station"
        stop = named.setdefault(ko, {"id": f"{len(named) + 1:04d}", "ko": ko, "en": en, "points": []})
        stop["points"].append(track[nearest])
        more.append((way, stop))
    return more


def romanised(name: str) -> str:
    """As on signs: 중앙동4가 is Jungang-dong 4-ga."""
    base, number, kind, street = re.fullmatch(r"(.+?)(\d*)(동|리|읍|면|가)?((?:\d+가)?)", name).groups()  # type: ignore[union-attr]  # it matches all
    kinds = {"동": "dong", "리": "ri", "읍": "eup", "면": "myeon", "가": "ga", None: ""}
    said = koroman.romanize(base).capitalize()
    if kind:
        said += f" {number}-{kinds[kind]}" if number else f"-{kinds[kind]}"
    return f"{said} {street[:-1]}-ga" if street else said


def write(name: str, key: str, rows: list[Any], **rest: Any) -> None:
    """One row a line."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in rows)
    head = json.dumps({"source": SOURCE}, ensure_ascii=False)[:-1]
    more = "".join(
        f',\n"{name}": {{\n'
        + ",\n".join(f"{json.dumps(id_)}: {json.dumps(value)}" for id_, value in values.items())
        + "\n}"
        for name, values in rest.items()
    )
    (OUT / name).write_text(f'{head}, "{key}": [\n{lines}\n]{more}}}\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
