"""The simulated buses: where each is at any time, and what its sensor shows. Pure calculations."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ucity.demo import MARK, PREFIX
from ucity.demo.air import air
from ucity.demo.instruments import Ints, rows, shown, stamps
from ucity.demo.noise import Array, bell, chance
from ucity.demo.transit.timetable import timetable
from ucity.demo.transit.vehicles import where

MEASURES = ("pm25", "pm10", "no2", "humidity")

_BIAS, _SPOILT, _RESTLESS, _STREET = range(201, 205)
_BIAS_SPREAD = 0.12
_SPOILT_SHARE, _SPOILT_FACTOR = 0.03, 4.0
"""A few sensors are so dirty that nobody should trust them."""
_STREET_SPREAD = 0.08
_STREET_MS = 20_000
_BEHIND_S = 97.0


def bus_id(number: int) -> str:
    """Its identifier."""
    return f"{PREFIX}bus-{number + 1:04d}"


@dataclass(frozen=True)
class Buses:
    """All buses that there could be; each is known by its number, from 0. The first ones are those of the timetable; of
    any more, each drives some way behind one of these, as an extra that the timetable does not know."""

    seed: int

    def where(self, number: Ints, at_ms: Ints) -> tuple[Array, Array, Array]:
        """Longitude and latitude in degrees (WGS 84) and speed in km/h of each bus at its moment."""
        turn, block = np.divmod(number, timetable(self.seed).buses)
        return where(self.seed, block, at_ms / 1000.0 - turn * _BEHIND_S)

    def readings(self, number: Ints, at_ms: Ints, introduce: bool | np.ndarray[Any, Any] = False) -> list[Any]:
        """One message a bus and moment. ``introduce``: which of them also say what the bus is called."""
        lon, lat, speed = self.where(number, at_ms)
        values = self._shown(number, at_ms, lon, lat) | {"speed": np.round(speed, 1)}
        places = np.round(np.stack([lon, lat], axis=-1), 6).tolist()
        told = np.broadcast_to(introduce, number.shape).tolist()
        return [
            {
                "id": bus_id(each),
                "observedAt": stamp,
                "location": {"type": "Point", "coordinates": place},
                **row,
                **(self._labels(each) if name else {}),
            }
            for each, stamp, place, row, name in zip(
                number.tolist(), stamps(at_ms), places, rows(values), told, strict=True
            )
        ]

    def _labels(self, number: int) -> dict[str, str]:
        table = timetable(self.seed)
        line = table.lines[table.blocks[number % table.buses].line]
        return {"name": f"버스 {number + 1} Bus {number + 1} {MARK}", "route": line.id}

    def _shown(self, number: Ints, at_ms: Ints, lon: Array, lat: Array) -> dict[str, Array]:
        found = air(self.seed, at_ms / 1000.0, lon, lat)
        spoilt = chance(self.seed, _SPOILT, number) < _SPOILT_SHARE
        bias = np.exp(_BIAS_SPREAD * bell(self.seed, _BIAS, number)) * np.where(spoilt, _SPOILT_FACTOR, 1.0)
        # What is in front of a bus differs from one street to the next, and stays for some seconds.
        street = 1.0 + _STREET_SPREAD * bell(self.seed, _STREET, number, at_ms // _STREET_MS)
        values = {name: found[name] * (bias * street if name.startswith("pm") else 1.0) for name in MEASURES}
        return shown(self.seed, (_RESTLESS, number, at_ms), values)
