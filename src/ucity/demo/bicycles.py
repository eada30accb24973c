"""The simulated system of shared bicycles, as GBFS 3.0 documents: stations beside stations of the metro.

How many bicycles stand there swings through the day, by the seed alone. Not a system of the real Busan.
Source of the format: General Bikeshare Feed Specification v3.0.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
import numpy as np

from ucity.demo import MARK, PREFIX
from ucity.demo.noise import chance, waves
from ucity.demo.transit.network import Stop, network

FOLDER = "/gbfs/"
DISCOVERY = f"{FOLDER}gbfs.json"
EVERY_S = 60
"""How often it says something new, and the ``ttl`` of its documents."""
_EVERY_SO_MANIETH = 3
_CAPACITIES = (10, 15, 20, 25)
_SWING_S = 3 * 3600
_CAPACITY, _PLACE, _SWING = range(500, 503)
_BESIDE = 0.0004
"""Degrees from the metro's station: some 40 metres."""
_NAMES = ("system_information", "station_information", "station_status")
VERSION = "3.0"


class Stand(NamedTuple):
    """A station for bicycles."""

    id: str
    name: dict[str, str]
    lon: float
    lat: float
    capacity: int


@cache
def stands(seed: int) -> tuple[Stand, ...]:
    """All of them, in a fixed order."""
    stations = {stop.station: stop for stop in network().stops if stop.station}
    return tuple(_stand(seed, n, stop) for n, stop in enumerate(list(stations.values())[::_EVERY_SO_MANIETH]))


def _stand(seed: int, number: int, stop: Stop) -> Stand:
    lon, lat = (float(chance(seed, _PLACE, number, axis)) * 2 - 1 for axis in (0, 1))
    capacity = _CAPACITIES[int(chance(seed, _CAPACITY, number) * len(_CAPACITIES))]
    name = {"ko": f"{stop.name['ko']} 자전거 {MARK}", "en": f"{stop.name['en']} bicycles {MARK}"}
    place = (round(stop.lon + _BESIDE * lon, 6), round(stop.lat + _BESIDE * lat, 6))
    return Stand(f"{PREFIX}bicycles-{number + 1:02d}", name, *place, capacity)


def document(seed: int, path: str, minute: int, base: str) -> bytes | None:
    """A document at a minute (of POSIX time); ``base``: where the documents are, without a slash at its end. None where
    there is none."""
    made = _documents(seed, minute, base).get(path.removeprefix(FOLDER)) if path.startswith(FOLDER) else None
    if made is None:
        return None
    at = datetime.fromtimestamp(minute * EVERY_S, UTC)
    whole = {"last_updated": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "ttl": EVERY_S, "version": VERSION, "data": made}
    return msgspec.json.encode(whole)


def _documents(seed: int, minute: int, base: str) -> dict[str, Any]:
    feeds = [{"name": name, "url": f"{base}{FOLDER}{name}.json"} for name in _NAMES]
    return {
        "gbfs.json": {"feeds": feeds},
        "system_information.json": {
            "system_id": f"{PREFIX}bicycles",
            "languages": ["ko", "en"],
            "name": _texts({"ko": f"부산 공유자전거 {MARK}", "en": f"Busan bicycles {MARK}"}),
            "timezone": "Asia/Seoul",
            "opening_hours": "24/7",
            "feed_contact_email": "nobody@example.org",
        },
        "station_information.json": {"stations": [_information(stand) for stand in stands(seed)]},
        "station_status.json": {"stations": _statuses(seed, minute)},
    }


def _texts(text: dict[str, str]) -> list[dict[str, str]]:
    return [{"text": each, "language": language} for language, each in text.items()]


def _information(stand: Stand) -> dict[str, Any]:
    place = {"lon": stand.lon, "lat": stand.lat, "capacity": stand.capacity}
    return {"station_id": stand.id, "name": _texts(stand.name)} | place


def _statuses(seed: int, minute: int) -> list[dict[str, Any]]:
    at = datetime.fromtimestamp(minute * EVERY_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = []
    for number, stand in enumerate(stands(seed)):
        swing = float(waves(seed, _SWING + 1000 * number, float(minute * EVERY_S), _SWING_S))
        bicycles = int(np.clip(round(stand.capacity * (0.5 + 0.6 * swing)), 0, stand.capacity))
        counts = {"num_vehicles_available": bicycles, "num_docks_available": stand.capacity - bicycles}
        works = {"is_installed": True, "is_renting": True, "is_returning": True}
        told.append({"station_id": stand.id, "last_reported": at} | counts | works)
    return told
