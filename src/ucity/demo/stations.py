"""The simulated stations: what each shows at any time, and when it shows nothing. Pure calculations."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ucity.demo import MARK, PREFIX
from ucity.demo.air import MEASURES, air
from ucity.demo.instruments import Ints, rows, shown, stamps
from ucity.demo.noise import Array, bell, chance
from ucity.demo.places import Site

HOUR_MS = 3_600_000
SAMPLES = 12
"""Moments in an hour of which an hourly value is the mean."""

_BIAS, _DOWN, _CALIBRATION, _RESTLESS, _HOURLY = range(100, 105)
_DOWN_SHARE, _DOWN_HOURS = 0.002, 3
_CALIBRATION_SHARE = 0.008
_BIAS_SPREAD = 0.03


@dataclass(frozen=True)
class Station:
    """``number``: its place in the order of all stations, by which its chances are told apart."""

    number: int
    site: Site

    @property
    def id(self) -> str:
        """Its identifier, which is also the name of its device."""
        return f"{PREFIX}station-{self.site.id}"

    @property
    def name(self) -> str:
        """As on Korean signs, in both languages."""
        return f"{self.site.name['ko']} {self.site.name['en']} {MARK}"


def measured(seed: int, station: Station, at_ms: Ints) -> dict[str, Array]:
    """What it shows at these moments (milliseconds since 1970), by measure; NaN where it shows nothing."""
    values = _true(seed, station, at_ms)
    return _gaps(seed, station, at_ms, shown(seed, (_RESTLESS, station.number, at_ms), values))


def hourly(seed: int, station: Station, hours: Ints) -> dict[str, Array]:
    """The means of these hours, counted since 1970."""
    moments = hours[:, None] * HOUR_MS + (np.arange(SAMPLES) * 2 + 1) * (HOUR_MS // SAMPLES // 2)
    means = {name: value.mean(axis=1) for name, value in _true(seed, station, moments).items()}
    return _gaps(seed, station, hours * HOUR_MS, shown(seed, (_HOURLY, station.number, hours), means))


def readings(station: Station, at_ms: Ints, values: dict[str, Array], *, introduce: bool = False) -> list[Any]:
    """Messages with these values. ``introduce``: they also say what it is called."""
    head: dict[str, Any] = {"id": station.id, "location": _point(station.site.lon, station.site.lat)}
    if introduce:
        head["name"] = station.name
    told = zip(stamps(at_ms), rows(values), strict=True)
    return [{**head, "observedAt": stamp, **row} for stamp, row in told if row]


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _true(seed: int, station: Station, at_ms: Ints) -> dict[str, Array]:
    """The air at the station, with what is wrong with its instruments for good."""
    found = air(seed, at_ms / 1000.0, station.site.lon, station.site.lat)
    lasting = 1.0 + _BIAS_SPREAD * bell(seed, _BIAS, station.number, np.arange(len(MEASURES)))
    return {
        name: value if name == "temperature" else value * factor
        for (name, value), factor in zip(found.items(), lasting.tolist(), strict=True)
    }


def _gaps(seed: int, station: Station, at_ms: Ints, values: dict[str, Array]) -> dict[str, Array]:
    """Without what is not measured: now and then a station is down for some hours, or an instrument is calibrated."""
    hour = at_ms // HOUR_MS
    began = hour[..., None] - np.arange(_DOWN_HOURS)
    down = (chance(seed, _DOWN, station.number, began) < _DOWN_SHARE).any(axis=-1)
    return {
        name: np.where(down | (chance(seed, _CALIBRATION, station.number, n, hour) < _CALIBRATION_SHARE), np.nan, value)
        for n, (name, value) in enumerate(values.items())
    }
