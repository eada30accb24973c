"""How a vehicle gets from stop to stop: it begins slowly, keeps a pace, ends slowly. Pure calculations."""

import numpy as np

from ucity.demo.noise import Array

GAIN_S = 14.0
"""Seconds that it takes to come up to its pace, and as many to stop."""
_EARTH_M = 6_371_008.8


def along(since: Array, length: Array, lasts: Array) -> tuple[Array, Array]:
    """Metres gone and speed in m/s, ``since`` seconds after the beginning of a leg of ``length`` metres that lasts for
    ``lasts`` seconds; at either end before and after it."""
    gain = np.minimum(GAIN_S, lasts / 2)
    pace = length / (lasts - gain)
    since = np.clip(since, 0.0, lasts)
    left = lasts - since
    rising, falling = since < gain, left < gain
    gone = np.where(
        rising,
        pace * since**2 / (2 * gain),
        np.where(falling, length - pace * left**2 / (2 * gain), pace * (since - gain / 2)),
    )
    speed = pace * np.where(rising, since / gain, np.where(falling, left / gain, 1.0))
    return gone, speed


def metres(line: Array) -> Array:
    """How far each position is from the first along the line, in metres; ``line`` in degrees, shape (n, 2)."""
    lon, lat = np.radians(line).T
    east = np.diff(lon) * np.cos((lat[1:] + lat[:-1]) / 2)
    return np.concatenate([[0.0], np.cumsum(np.hypot(east, np.diff(lat)) * _EARTH_M)])
