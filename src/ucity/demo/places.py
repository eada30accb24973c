"""Where stations stand and buses drive, read from the geometry beside this module (see ``tools/make_busan.py``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from ucity.demo import FOLDER
from ucity.demo.noise import Array


@dataclass(frozen=True)
class Site:
    """Where a station stands: its number, e.g. ``26470-1``, its names by language, its place in degrees (WGS 84)."""

    id: str
    name: Mapping[str, str]
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class Route:
    """The way of a bus: positions in degrees (WGS 84), shape (n, 2), and which of them are stops."""

    id: str
    line: Array
    stops: tuple[int, ...]


def sites() -> list[Site]:
    """All stations, in a fixed order."""
    return [
        Site(each["id"], each["properties"]["name"], *each["geometry"]["coordinates"])
        for each in _features("stations.geojson")
    ]


def routes() -> list[Route]:
    """All routes, in a fixed order."""
    return [
        Route(each["id"], np.array(each["geometry"]["coordinates"]), tuple(each["properties"]["stops"]))
        for each in _features("routes.geojson")
    ]


def _features(name: str) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = msgspec.json.decode((FOLDER / name).read_bytes())["features"]
    return features
