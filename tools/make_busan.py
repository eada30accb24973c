"""Makes the geometry of the simulated Busan: districts, coast, places, stations and the routes of its buses.

    python tools/make_busan.py            takes npm; reads the package dongnae-kr of the developers' lock

Districts are no official borders: each is the area that lies nearest to the centres of its neighbourhoods (dong), cut
off at the coast. The result is in ``src/ucity/demo/busan`` and is the same at every run.

Sources: neighbourhood centres from dongnae-kr 2025.11.30 (MIT); the coast from @geo-maps/earth-lands-10m 0.6.0, derived
from OpenStreetMap (ODbL).
"""

import csv
import heapq
import io
import json
import math
import re
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, shape
from shapely.ops import unary_union

from ucity.cloud.routing.places.hangul import romanised

OUT = Path(__file__).parent.parent / "src/ucity/demo/busan"
LANDS = "@geo-maps/earth-lands-10m@0.6.0"
CENTRES = "dongnaeKR_251130.csv"
ATTRIBUTION = "© OpenStreetMap contributors (ODbL), via geo-maps; dongnae-kr"

BOX = (128.50, 34.75, 129.55, 35.60)
AROUND = 0.15
"""Degrees around BOX in which neighbourhoods of other cities still bound those of Busan."""
KM_LAT = 111.2
KM_LON = KM_LAT * math.cos(math.radians(35.18))

SMALLEST_KM2 = 0.03
OUTLINE = 0.0002
COAST = 0.0001
"""Degrees by which simplifying may move the outlines of districts, and the coast."""

APART_KM = 0.7
COUNTRY_APART_KM = 2.5
"""Nodes of the roads are not closer together than this; villages (ri) not closer than this to others."""
LONGEST_KM = 8.0
BRIDGE_KM = 0.15
"""A road may leave the land by this on either side: a bridge."""
ROUTES = 60
ROUTE_KM = (9.0, 24.0)
CORNER_KM = 0.2
"""Before and after a corner, a bus turns within this."""

DISTRICTS = {
    "26110": ("중구", "Jung-gu"),
    "26140": ("서구", "Seo-gu"),
    "26170": ("동구", "Dong-gu"),
    "26200": ("영도구", "Yeongdo-gu"),
    "26230": ("부산진구", "Busanjin-gu"),
    "26260": ("동래구", "Dongnae-gu"),
    "26290": ("남구", "Nam-gu"),
    "26320": ("북구", "Buk-gu"),
    "26350": ("해운대구", "Haeundae-gu"),
    "26380": ("사하구", "Saha-gu"),
    "26410": ("금정구", "Geumjeong-gu"),
    "26440": ("강서구", "Gangseo-gu"),
    "26470": ("연제구", "Yeonje-gu"),
    "26500": ("수영구", "Suyeong-gu"),
    "26530": ("사상구", "Sasang-gu"),
    "26710": ("기장군", "Gijang-gun"),
}
# Where the stations stand: the centre of the neighbourhood, by its number; and what they are called.
STATIONS = {
    "중구 광복동1가": ("광복동", "Gwangbok-dong"),
    "중구 영주동": ("영주동", "Yeongju-dong"),
    "서구 서대신동3가": ("서대신동", "Seodaesin-dong"),
    "서구 암남동": ("암남동", "Amnam-dong"),
    "동구 초량동": ("초량동", "Choryang-dong"),
    "동구 범일동": ("범일동", "Beomil-dong"),
    "영도구 청학동": ("청학동", "Cheonghak-dong"),
    "영도구 동삼동": ("동삼동", "Dongsam-dong"),
    "부산진구 전포동": ("전포동", "Jeonpo-dong"),
    "부산진구 당감동": ("당감동", "Danggam-dong"),
    "동래구 온천동": ("온천동", "Oncheon-dong"),
    "동래구 명장동": ("명장동", "Myeongjang-dong"),
    "남구 대연동": ("대연동", "Daeyeon-dong"),
    "남구 용호동": ("용호동", "Yongho-dong"),
    "북구 덕천동": ("덕천동", "Deokcheon-dong"),
    "북구 화명동": ("화명동", "Hwamyeong-dong"),
    "해운대구 우동": ("우동", "U-dong"),
    "해운대구 좌동": ("좌동", "Jwa-dong"),
    "해운대구 반송동": ("반송동", "Bansong-dong"),
    "사하구 하단동": ("하단동", "Hadan-dong"),
    "사하구 장림동": ("장림동", "Jangnim-dong"),
    "사하구 다대동": ("다대동", "Dadae-dong"),
    "금정구 부곡동": ("부곡동", "Bugok-dong"),
    "금정구 청룡동": ("청룡동", "Cheongnyong-dong"),
    "강서구 대저1동": ("대저동", "Daejeo-dong"),
    "강서구 명지동": ("명지동", "Myeongji-dong"),
    "강서구 녹산동": ("녹산동", "Noksan-dong"),
    "연제구 연산동": ("연산동", "Yeonsan-dong"),
    "연제구 거제동": ("거제동", "Geoje-dong"),
    "수영구 광안동": ("광안동", "Gwangan-dong"),
    "사상구 덕포동": ("덕포동", "Deokpo-dong"),
    "사상구 학장동": ("학장동", "Hakjang-dong"),
    "기장군 기장읍": ("기장읍", "Gijang-eup"),
    "기장군 정관읍 용수리": ("용수리", "Yongsu-ri"),
    "기장군 장안읍 좌천리": ("좌천리", "Jwacheon-ri"),
}

# Where people want to go: facts, to some hundred metres.
SIGHTS = {
    "부산시청": ("Busan City Hall", 129.0750, 35.1798),
    "부산역": ("Busan Station", 129.0415, 35.1150),
    "김해국제공항": ("Gimhae International Airport", 128.9482, 35.1733),
    "부산항 국제여객터미널": ("Busan Port International Passenger Terminal", 129.0500, 35.1170),
    "부산종합버스터미널": ("Busan Central Bus Terminal", 129.0945, 35.2847),
    "부산서부버스터미널": ("Busan Seobu Bus Terminal", 128.9830, 35.1640),
    "해운대해수욕장": ("Haeundae Beach", 129.1604, 35.1590),
    "광안리해수욕장": ("Gwangalli Beach", 129.1187, 35.1535),
    "송도해수욕장": ("Songdo Beach", 129.0170, 35.0760),
    "자갈치시장": ("Jagalchi Market", 129.0305, 35.0967),
    "국제시장": ("Gukje Market", 129.0281, 35.1019),
    "용두산공원": ("Yongdusan Park", 129.0327, 35.1007),
    "감천문화마을": ("Gamcheon Culture Village", 129.0106, 35.0975),
    "태종대": ("Taejongdae", 129.0870, 35.0530),
    "오륙도": ("Oryukdo", 129.1240, 35.1010),
    "을숙도": ("Eulsukdo", 128.9440, 35.1040),
    "범어사": ("Beomeosa", 129.0683, 35.2838),
    "벡스코": ("BEXCO", 129.1359, 35.1690),
    "영화의전당": ("Busan Cinema Center", 129.1270, 35.1712),
    "부산시민공원": ("Busan Citizens Park", 129.0570, 35.1680),
    "유엔기념공원": ("UN Memorial Cemetery", 129.0972, 35.1282),
    "사직야구장": ("Sajik Baseball Stadium", 129.0615, 35.1940),
    "부산대학교": ("Pusan National University", 129.0793, 35.2332),
    "부경대학교": ("Pukyong National University", 129.1048, 35.1338),
    "동아대학교 승학캠퍼스": ("Dong-A University Seunghak Campus", 128.9675, 35.1163),
    "부산대학교병원": ("Pusan National University Hospital", 129.0182, 35.1008),
    "기장군청": ("Gijang County Office", 129.2223, 35.2445),
}


class Centre(NamedTuple):
    """The centre of a neighbourhood: the code of its district, its name after the city's, its place in degrees."""

    code: str
    name: str
    lon: float
    lat: float


def main() -> None:
    """Make all files."""
    centres = list(read_centres())
    land = read_land()
    areas = district_areas(centres, land)
    write("districts.geojson", collection(district_features(areas), approximate=True))
    write("coast.geojson", collection([feature(None, {}, simplified(land, COAST))]))
    busan = [each for each in centres if each.code in DISTRICTS]
    write("places.geojson", collection(place_features(busan)))
    stations = {name: next(each for each in busan if each.name == name) for name in STATIONS}
    write("stations.geojson", collection(station_features(stations)))
    write("routes.geojson", collection(route_features(busan, list(stations.values()), land)))


def read_centres() -> Iterator[Centre]:
    """Neighbourhoods in and around the box, in the order of their numbers."""
    text = files("dongnae_kr").joinpath("data", CENTRES).read_text("utf-8-sig")
    west, south, east, north = BOX
    for row in sorted(csv.DictReader(io.StringIO(text)), key=lambda row: row["dnid"]):
        lon, lat = float(row["dnlongitude"]), float(row["dnlatitude"])
        if west - AROUND < lon < east + AROUND and south - AROUND < lat < north + AROUND:
            yield Centre(row["dnid"][:5], row["dnname"].partition(" ")[2], lon, lat)


def read_land() -> MultiPolygon:
    """The land in the box, with rivers and lakes filled, since this source draws them coarsely."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", LANDS]
        packed = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own words
        with tarfile.open(Path(folder) / packed.stdout.decode().split()[-1]) as archive:
            file = archive.extractfile("package/map.geo.json")
            assert file is not None  # noqa: S101 - the pinned package has it
            lands = shape(json.load(file))
    clipped = shapely.make_valid(shapely.clip_by_rect(lands, *BOX))
    filled = [Polygon(each.exterior) for each in shapely.get_parts(clipped) if isinstance(each, Polygon)]
    return large_parts(unary_union(filled))


def large_parts(area: shapely.Geometry) -> MultiPolygon:
    """Without specks."""
    degrees2 = SMALLEST_KM2 / (KM_LAT * KM_LON)
    return MultiPolygon([each for each in shapely.get_parts(area) if each.area > degrees2])


def district_areas(centres: list[Centre], land: MultiPolygon) -> dict[str, shapely.Geometry]:
    """Area of each district in degrees: its neighbourhoods' Voronoi cells, cut in kilometres, within the land."""
    points = shapely.points([(each.lon * KM_LON, each.lat * KM_LAT) for each in centres])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.box(0, 0, 1, 1)))
    point, cell = shapely.STRtree(cells).query(points, predicate="within")
    own = dict(zip(point.tolist(), cell.tolist(), strict=True))
    areas = {}
    for code in DISTRICTS:
        united = unary_union([cells[own[n]] for n, each in enumerate(centres) if each.code == code])
        degrees = shapely.transform(united, lambda xy: xy / (KM_LON, KM_LAT))
        areas[code] = large_parts(shapely.intersection(degrees, land))
    simple = shapely.coverage_simplify(list(areas.values()), OUTLINE)
    return dict(zip(areas, simple, strict=True))


def district_features(areas: dict[str, shapely.Geometry]) -> list[dict[str, Any]]:
    """Districts by their official codes."""
    return [
        feature(code, {"name": dict(zip(("ko", "en"), DISTRICTS[code], strict=True))}, rounded(area))
        for code, area in areas.items()
    ]


def place_features(busan: list[Centre]) -> list[dict[str, Any]]:
    """Neighbourhoods and sights, to be looked for by name; a neighbourhood also goes by the name of its town."""
    features = []
    for each in busan:
        district, _, name = each.name.partition(" ")
        properties = {
            "kind": "neighbourhood",
            "name": {"ko": name.split()[-1], "en": neighbourhood_in_english(name.split()[-1])},
            "also": list(dict.fromkeys([name, f"{district} {name}"])),
        }
        features.append(feature(f"{each.code}-{name.replace(' ', '-')}", properties, point(each.lon, each.lat)))
    for ko, (en, lon, lat) in SIGHTS.items():
        features.append(feature(ko, {"kind": "place", "name": {"ko": ko, "en": en}}, point(lon, lat)))
    return features


def neighbourhood_in_english(name: str) -> str:
    """As signs write it, e.g. Gwangbok-dong 1-ga."""
    parts = re.fullmatch(r"(.+?)(?:(\d*)(동|리|읍|면))?(?:(\d+)가)?", name)
    assert parts is not None  # noqa: S101 - every name fits
    stem, number, unit, street = parts.groups()
    said = romanised(stem) + (f" {number}" if number else "") + (f"-{romanised(unit).lower()}" if unit else "")
    return f"{said} {street}-ga" if street else said


def point(lon: float, lat: float) -> shapely.Point:
    """To a metre."""
    return shapely.Point(round(lon, 5), round(lat, 5))


def station_features(stations: dict[str, Centre]) -> list[dict[str, Any]]:
    """Stations with their district's code, numbered within it."""
    features, numbers = [], dict.fromkeys(DISTRICTS, 0)
    for name, centre in stations.items():
        numbers[centre.code] += 1
        ko, en = STATIONS[name]
        properties = {"name": {"ko": ko, "en": en}, "district": centre.code}
        features.append(feature(f"{centre.code}-{numbers[centre.code]}", properties, point(centre.lon, centre.lat)))
    return features


def route_features(busan: list[Centre], stations: list[Centre], land: MultiPolygon) -> list[dict[str, Any]]:
    """Routes that together pass every station that a road leads to, each a line with its stops."""
    nodes = thinned(stations + busan)
    roads = road_network(nodes, land)
    found = chosen_routes(shortest_paths(nodes, roads), len(stations))
    features = []
    for number, path in enumerate(found, 1):
        line, stops = smooth([(nodes[n].lon, nodes[n].lat) for n in path])
        ends = {"from": nodes[path[0]].name.split()[-1], "to": nodes[path[-1]].name.split()[-1]}
        features.append(feature(f"M{number}", ends | {"stops": stops}, line))
    return features


def thinned(centres: Iterable[Centre]) -> list[Centre]:
    """Without those that lie close to an earlier one."""
    kept: list[Centre] = []
    for each in centres:
        apart = COUNTRY_APART_KM if each.name.endswith("리") else APART_KM
        if all(distance(each, other) >= apart for other in kept):
            kept.append(each)
    return kept


def distance(one: Centre, other: Centre) -> float:
    """In kilometres."""
    return math.hypot((one.lon - other.lon) * KM_LON, (one.lat - other.lat) * KM_LAT)


def road_network(nodes: list[Centre], land: MultiPolygon) -> dict[int, dict[int, float]]:
    """Neighbours of each node and how far they are in kilometres: sides of the Delaunay triangles that stay on land."""
    ground = land.buffer(BRIDGE_KM / KM_LAT)
    shapely.prepare(ground)
    triangles = shapely.delaunay_triangles(shapely.MultiPoint([(each.lon, each.lat) for each in nodes]))
    number = {(each.lon, each.lat): n for n, each in enumerate(nodes)}
    roads: dict[int, dict[int, float]] = {n: {} for n in range(len(nodes))}
    for triangle in triangles.geoms:
        for a, b in pairwise(triangle.exterior.coords):
            one, other = number[a], number[b]
            far = distance(nodes[one], nodes[other])
            if far <= LONGEST_KM and ground.covers(LineString([a, b])):
                roads[one][other] = roads[other][one] = far
    return roads


def shortest_paths(nodes: list[Centre], roads: dict[int, dict[int, float]]) -> list[tuple[int, ...]]:
    """Shortest paths between all nodes that are as far apart as a route is long, in a fixed order."""
    paths = []
    for start in range(len(nodes)):
        far, before = dijkstra(roads, start)
        for end in range(start + 1, len(nodes)):
            if ROUTE_KM[0] <= far.get(end, 0) <= ROUTE_KM[1]:
                path = [end]
                while path[-1] != start:
                    path.append(before[path[-1]])
                paths.append(tuple(path[::-1]))
    return paths


def dijkstra(roads: dict[int, dict[int, float]], start: int) -> tuple[dict[int, float], dict[int, int]]:
    """How far each node is from ``start``, and which one comes before it on the way."""
    far, before, queue = {start: 0.0}, {}, [(0.0, start)]
    while queue:
        done, node = heapq.heappop(queue)
        if done > far[node]:
            continue
        for other, length in roads[node].items():
            if done + length < far.get(other, math.inf):
                far[other], before[other] = done + length, node
                heapq.heappush(queue, (done + length, other))
    return far, before


def chosen_routes(paths: list[tuple[int, ...]], stations: int) -> list[tuple[int, ...]]:
    """One after another the path that adds most. Stations come first among the nodes."""
    driven: Counter[tuple[int, int]] = Counter()
    missed = set(range(stations))
    chosen = []
    for _ in range(ROUTES):
        best = max(paths, key=partial(adds, driven, missed))
        paths.remove(best)
        chosen.append(best)
        missed -= set(best)
        driven.update(edge(*pair) for pair in pairwise(best))
    return chosen


def adds(driven: Counter[tuple[int, int]], missed: set[int], path: tuple[int, ...]) -> float:
    """How much a route gives that was not there: roads that few drive yet, stations that none passes."""
    fresh = sum(1 / (1 + driven[edge(*pair)]) ** 2 for pair in pairwise(path))
    return fresh / math.sqrt(len(path)) + 2 * len(missed.intersection(path))


def edge(one: int, other: int) -> tuple[int, int]:
    """The same whichever way it is driven."""
    return min(one, other), max(one, other)


def smooth(points: list[tuple[float, float]]) -> tuple[LineString, list[int]]:
    """A line through ``points`` with rounded corners, and which of its positions are the stops."""
    xy = np.array(points) * (KM_LON, KM_LAT)
    line, stops = [xy[0]], [0]
    for before, corner, after in zip(xy, xy[1:], xy[2:], strict=False):
        into, out = (side(corner, other) for other in (before, after))
        for t in (0.0, 0.25, 0.5, 0.75, 1.0):
            line.append((1 - t) ** 2 * into + 2 * t * (1 - t) * corner + t**2 * out)
        stops.append(len(line) - 3)
    line.append(xy[-1])
    stops.append(len(line) - 1)
    return LineString(np.round(np.array(line) / (KM_LON, KM_LAT), 5)), stops


def side(corner: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The point on the way from a corner to ``other`` where the turn begins."""
    way = other - corner
    length = float(np.hypot(*way))
    return corner + way * min(CORNER_KM, length / 2.5) / length


def simplified(area: shapely.Geometry, tolerance: float) -> shapely.Geometry:
    """With fewer positions."""
    return rounded(shapely.simplify(area, tolerance))


def rounded(area: shapely.Geometry) -> shapely.Geometry:
    """With positions to a metre."""
    return shapely.set_precision(area, 1e-5)


def feature(id_: str | None, properties: dict[str, Any], geometry: shapely.Geometry) -> dict[str, Any]:
    """A GeoJSON feature."""
    head = {"type": "Feature"} | ({"id": id_} if id_ else {})
    return head | {"properties": properties, "geometry": json.loads(shapely.to_geojson(geometry))}


def collection(features: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """A GeoJSON collection of features, with whom to thank."""
    return {"type": "FeatureCollection", "attribution": ATTRIBUTION, **members, "features": features}


def write(name: str, document: dict[str, Any]) -> None:
    """One feature a line."""
    head = {name: value for name, value in document.items() if name != "features"}
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in document["features"]]
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"
    (OUT / name).write_text(text)


if __name__ == "__main__":
    main()
