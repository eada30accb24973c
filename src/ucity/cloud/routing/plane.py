"""A flat map of a city: degrees to metres and back, good to a thousandth over some tens of kilometres."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point on WGS 84."""

    lon: float
    lat: float
    east: float
    """Metres a degree of longitude."""
    north: float
    """Metres a degree of latitude."""

    @classmethod
    def around(cls, lon: ArrayLike, lat: ArrayLike) -> "Plane":
        """The plane that touches the ground in the midst (median) of these points; (0, 0) where there are none."""
        lons, lats = np.asarray(lon, float), np.asarray(lat, float)
        middle = (float(np.median(lons)), float(np.median(lats))) if lons.size else (0.0, 0.0)
        # Series of the meridian's and the parallel's length on the WGS 84 ellipsoid.
        angle = math.radians(middle[1])
        north = 111_132.954 - 559.822 * math.cos(2 * angle) + 1.175 * math.cos(4 * angle)
        east = 111_412.84 * math.cos(angle) - 93.5 * math.cos(3 * angle)
        return cls(*middle, east, north)

    def metres(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """(x, y) of points."""
        return (np.asarray(lon, float) - self.lon) * self.east, (np.asarray(lat, float) - self.lat) * self.north

    def degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """(lon, lat) of points."""
        return np.asarray(x, float) / self.east + self.lon, np.asarray(y, float) / self.north + self.lat
