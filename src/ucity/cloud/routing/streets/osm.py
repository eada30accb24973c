"""Reading ways and car parks from an OpenStreetMap extract (.osm.pbf), by pyosmium."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from ucity.cloud.routing.streets.ways import Costs, costs

Floats = NDArray[np.float64]


class BadExtract(ValueError):
    """The file is no OpenStreetMap extract that can be read; the message says why, in English."""


@dataclass(frozen=True, slots=True)
class Extract:
    """Ways' nodes one after another (way w has ``first[w]:first[w + 1]``), what going costs a metre there and back
    (a row a way, a column each ``Going``), and places to park and ride."""

    first: NDArray[np.int64]
    node: NDArray[np.int64]
    lon: Floats
    lat: Floats
    there: NDArray[np.float32]
    back: NDArray[np.float32]
    parks: tuple[tuple[float, float, str], ...]
    """(lon, lat, name)."""


@dataclass(slots=True)
class _Gathered:
    first: list[int] = field(default_factory=lambda: [0])
    node: list[int] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    costs: list[Costs] = field(default_factory=list)
    parks: list[tuple[float, float, str]] = field(default_factory=list)


def read(path: Path) -> Extract:
    """The streets in an extract. Raises OSError and BadExtract. Takes seconds: not for an event loop."""
    path.stat()  # a file that is not there is told as such
    gathered = _Gathered()
    try:
        things = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for thing in things.with_filter(osmium.filter.KeyFilter("highway", "amenity")):
            if isinstance(thing, osmium.osm.Way):
                _way(thing, gathered)
            elif isinstance(thing, osmium.osm.Node):
                _park(thing, [(thing.location.lon, thing.location.lat)], gathered)
    except (RuntimeError, ValueError) as error:
        raise BadExtract(f"It cannot be read as an OpenStreetMap extract: {error}") from error
    shape = (len(gathered.costs), -1)
    return Extract(
        first=np.array(gathered.first, np.int64),
        node=np.array(gathered.node, np.int64),
        lon=np.array(gathered.lon),
        lat=np.array(gathered.lat),
        there=np.array([each.there for each in gathered.costs], np.float32).reshape(shape) if gathered.costs else _NONE,
        back=np.array([each.back for each in gathered.costs], np.float32).reshape(shape) if gathered.costs else _NONE,
        parks=tuple(gathered.parks),
    )


_NONE = np.zeros((0, 5), np.float32)


def _way(way: osmium.osm.Way, gathered: _Gathered) -> None:
    # Nodes outside of the extract have no place.
    nodes = [(node.ref, node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()]
    if len(nodes) < 2:
        return
    _park(way, [(lon, lat) for _, lon, lat in nodes], gathered)
    found = costs(dict(way.tags)) if "highway" in way.tags else None
    if found:
        gathered.node += [node for node, _, _ in nodes]
        gathered.lon += [lon for _, lon, _ in nodes]
        gathered.lat += [lat for _, _, lat in nodes]
        gathered.first.append(len(gathered.node))
        gathered.costs.append(found)


def _park(thing: osmium.osm.Node | osmium.osm.Way, outline: list[tuple[float, float]], gathered: _Gathered) -> None:
    tags = thing.tags
    if tags.get("amenity") == "parking" and tags.get("park_ride", "no") != "no" and tags.get("access") != "private":
        middle = np.mean(outline, axis=0)
        gathered.parks.append((float(middle[0]), float(middle[1]), tags.get("name") or ""))
