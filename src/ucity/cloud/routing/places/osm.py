"""Names and addresses of an OpenStreetMap extract (.osm.pbf) as places, by pyosmium: streets, buildings, villages.

Of a very large extract, names come before addresses, and what is more than ``MOST`` is left out: each place is several
rows of the database. Stops and stations are left to timetables, which know when something calls there.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import osmium

from ucity.blueprint.journeys import Position
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.routing.places.gather import LONGEST_NAME, bilingual
from ucity.cloud.routing.places.hangul import has_hangul
from ucity.cloud.routing.places.kept import Named
from ucity.cloud.routing.places.streets import Piece, streets
from ucity.errors import BadInput

Corners: TypeAlias = tuple[tuple[float, float], ...]
MOST = 100_000
_NAME, _NUMBER, _STREET = "name", "addr:housenumber", "addr:street"
_BUILT = ("amenity", "building", "healthcare", "historic", "leisure", "man_made", "natural", "office", "place")
_PLACES = (*_BUILT, "shop", "sport", "tourism", "landuse", "craft", "water")
_STOPS = {
    "bus_stop",
    "platform",
    "stop",
    "station",
    "halt",
    "tram_stop",
    "stop_position",
    "subway_entrance",
    "bus_station",
}
_AREAS = {"suburb", "quarter", "neighbourhood", "village", "hamlet", "town"}


def of_extract(feed: str, file: Path, locate: Locate, *, most: int = MOST) -> list[Named]:
    """Its places, at most so many. Raises BadInput. Takes seconds: not for an event loop."""
    try:
        return list(islice(chain(_named(feed, file, locate), _addresses(feed, file)), most))
    except (RuntimeError, ValueError) as error:
        raise BadInput(f"It cannot be read as an OpenStreetMap extract: {error}") from error


def _things(file: Path, key: str) -> Iterator[tuple[str, dict[str, str], Corners]]:
    """What has this key: an identifier, its tags, and its corners, without what lies outside of the extract."""
    things = osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for thing in things.with_filter(osmium.filter.KeyFilter(key)):
        if corners := _corners(thing):
            yield f"{thing.type_str()}{thing.id}", dict(thing.tags), corners


def _corners(thing: object) -> Corners:
    if isinstance(thing, osmium.osm.Node):
        return ((thing.location.lon, thing.location.lat),)
    if not isinstance(thing, osmium.osm.Way):
        return ()
    return tuple((node.lon, node.lat) for node in thing.nodes if node.location.valid())


def _middle(corners: Corners) -> Position:
    """Of an outline its middle, of a line its middle corner."""
    if len(corners) > 2 and corners[0] == corners[-1]:
        return Position(*(float(each) for each in np.mean(corners[:-1], axis=0)))
    return Position(*corners[len(corners) // 2])


def _named(feed: str, file: Path, locate: Locate) -> Iterator[Named]:
    """Streets first: they are few, and addresses are on them."""
    pieces, others = list[Piece](), list[tuple[str, dict[str, str], Position]]()
    for id_, tags, corners in _things(file, _NAME):
        if "highway" in tags and "public_transport" not in tags and tags["highway"] not in _STOPS:
            pieces.append(Piece(id_, tags, corners))
        elif any(key in tags for key in _PLACES) and not _is_stop(tags):
            others.append((id_, tags, _middle(corners)))
    for each in chain(streets(pieces, locate), others):
        if place := _place(feed, *each):
            yield place


def _is_stop(tags: dict[str, str]) -> bool:
    return "public_transport" in tags or any(tags.get(key) in _STOPS for key in ("highway", "railway", "amenity"))


def _place(feed: str, id_: str, tags: Mapping[str, str], where: Position) -> Named | None:
    name = tags[_NAME].strip()
    if not 0 < len(name) <= LONGEST_NAME:
        return None
    told = {"ko": name} if has_hangul(name) else {"en": name}
    told |= {language: tags[key][:LONGEST_NAME] for language in ("ko", "en") if (key := f"name:{language}") in tags}
    also = tuple(tags[key][:LONGEST_NAME] for key in ("alt_name", "old_name", "short_name") if key in tags)
    kind = "neighbourhood" if tags.get("place") in _AREAS else "place"
    return Named(id=f"{feed}:{id_}", kind=kind, names=bilingual(told), position=where, also=also)


def _addresses(feed: str, file: Path) -> Iterator[Named]:
    for id_, tags, corners in _things(file, _NUMBER):
        street, number = tags.get(_STREET, "").strip(), tags[_NUMBER].strip()
        if not street or not number or len(street) + len(number) >= LONGEST_NAME:
            continue
        # In Korea the number follows the street, in Britain it stands before it; both are understood.
        is_korean = has_hangul(street)
        own, other = (f"{street} {number}", f"{number} {street}")[:: 1 if is_korean else -1]
        names = bilingual({"ko" if is_korean else "en": own})
        yield Named(id=f"{feed}:{id_}/address", kind="place", names=names, position=_middle(corners), also=(other,))
