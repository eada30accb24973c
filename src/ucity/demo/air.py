"""The air over the simulated city at any place and time: weather, seasons, traffic, harbours. Pure calculations.

The shapes are those that everybody who lives there knows: traffic peaks on working days, ozone on sunny afternoons,
dust in spring, still air that lets everything pile up. The numbers are made up, of the size that is measured in Busan.
"""

from dataclasses import dataclass

import numpy as np

from ucity.demo.noise import Array, hills, waves

HOUR = 3600.0
DAY = 24 * HOUR
UTC_OFFSET = 9 * HOUR
"""Busan's clock, in seconds; it has no summer time."""
YEAR = 365.2425

MEASURES = ("pm25", "pm10", "o3", "no2", "so2", "co", "temperature", "humidity")

_STILL, _DUST, _CLOUD, _WARM, _WET, _CITY, _LOCAL = range(7)
_PATCHES = 1_000_000
"""Key of the first patch of dusty air; the later ones follow."""
_FIRST_DAY = 4
"""1 January 1970 was a Thursday; counted from Sunday."""
# Where ships and factories are: longitude, latitude, how much.
_SOURCES = ((129.055, 35.105, 1.0), (128.80, 35.08, 1.0), (128.965, 35.085, 0.7), (129.10, 35.12, 0.5))
_SOURCE_WIDTH = 0.03
_CENTRE, _CITY_WIDTH = (129.06, 35.16), 0.12
_MILE = 0.02
"""Degrees after which one street is not like the last."""
_PATCH_WIDTH, _PATCH_LASTS = 0.06, 5 * HOUR


@dataclass(frozen=True)
class _Moment:
    """Times as a city lives them: hour of the day, share of the year, day of rest; and what goes on everywhere in it:
    ``sun`` 0 to about 1, ``still`` around 1 and more in air that does not move."""

    at: Array
    hour: Array
    season: Array
    rest: Array
    sun: Array
    still: Array


def _moment(seed: int, at: Array) -> _Moment:
    local = at + UTC_OFFSET
    days = np.floor(local / DAY)
    weekday = (days + _FIRST_DAY) % 7
    hour, season = (local % DAY) / HOUR, (days % YEAR) / YEAR
    clouds = (waves(seed, _CLOUD, at, 1.3 * DAY) + 1.0) / 2.0
    sun = np.maximum(0.0, np.cos((hour - 13.5) * np.pi / 13.0)) * (1.0 - 0.6 * clouds)
    sun = sun * (0.75 - 0.35 * np.cos(2 * np.pi * (season - 0.03)))
    # Air that does not move keeps what it is given; the afternoon's warmth stirs it.
    still = np.exp(0.55 * waves(seed, _STILL, at, 2.5 * DAY) + 0.15 * waves(seed, _LOCAL, at, 5 * HOUR))
    still = still * (1.15 - 0.35 * _peak(hour, 14.5, 4.0))
    return _Moment(at, hour, season, (weekday == 0) | (weekday == 6), sun, still)


def _peak(hour: Array, middle: float, width: float) -> Array:
    """A bump around an hour of the day, also over midnight."""
    away = np.abs((hour - middle + 12.0) % 24.0 - 12.0)
    return np.asarray(np.exp(-((away / width) ** 2)))


def _traffic(now: _Moment) -> Array:
    """From about 0.1 at night to about 1 in a working day's rush."""
    working = 0.1 + 0.85 * _peak(now.hour, 8.2, 1.6) + 0.8 * _peak(now.hour, 18.6, 2.2)
    working += 0.45 * _peak(now.hour, 13.0, 3.5)
    resting = 0.12 + 0.5 * _peak(now.hour, 15.0, 4.5)
    return np.where(now.rest, resting, working)


def air(seed: int, at: Array | float, lon: Array | float, lat: Array | float) -> dict[str, Array]:
    """What is in the air: each of ``MEASURES`` in the unit that the service declares for it.

    ``at``: seconds since 1970; ``lon``, ``lat``: degrees (WGS 84); they broadcast.
    """
    at, lon, lat = np.broadcast_arrays(np.asarray(at, dtype=np.float64), lon, lat)
    now = _moment(seed, at)
    cars = _traffic(now) * _town(seed, lon, lat)
    dusty = 1.0 + 0.35 * _patches(seed, at, lon, lat)
    found = _gases(seed, now, cars, _harbour(lon, lat)) | _particles(seed, now, cars, dusty) | _weather(seed, now)
    return {name: found[name] for name in MEASURES}


def _gases(seed: int, now: _Moment, cars: Array, harbour: Array) -> dict[str, Array]:
    """In ppm. Traffic's nitrogen oxides eat ozone where they are."""
    no2 = now.still * (0.006 + 0.022 * cars + 0.004 * harbour)
    ozone = 0.030 + 0.045 * now.sun + 0.006 * waves(seed, _CLOUD, now.at, 9 * HOUR) - 0.55 * (no2 - 0.006)
    so2 = now.still * (0.0022 + 0.0035 * harbour)
    co = now.still * (0.22 + 0.38 * cars)
    return {"o3": np.maximum(ozone, 0.002), "no2": no2, "so2": so2, "co": co}


def _particles(seed: int, now: _Moment, cars: Array, dusty: Array) -> dict[str, Array]:
    """In ug/m3. Now and then in spring the wind brings desert dust, which is coarse."""
    winter = 1.0 + 0.35 * np.cos(2 * np.pi * (now.season - 0.12))
    pm25 = now.still**1.3 * winter * dusty * (10.0 + 7.0 * cars)
    spring = np.maximum(0.0, np.cos(2 * np.pi * (now.season - 0.28)))
    desert = 160.0 * spring * np.maximum(0.0, waves(seed, _DUST, now.at, 3 * DAY) - 0.6)
    return {"pm25": pm25 + 0.15 * desert, "pm10": 1.45 * pm25 + 5.0 + 6.0 * cars + dusty * desert}


def _weather(seed: int, now: _Moment) -> dict[str, Array]:
    """Temperature in degrees Celsius, relative humidity in percent."""
    warm = 15.0 - 11.5 * np.cos(2 * np.pi * (now.season - 0.09))
    warm = warm + 3.4 * np.cos((now.hour - 15.0) * np.pi / 12.0) + 3.0 * waves(seed, _WARM, now.at, 3 * DAY)
    wet = 62.0 - 14.0 * np.cos(2 * np.pi * (now.season - 0.05)) - 9.0 * np.cos((now.hour - 15.0) * np.pi / 12.0)
    wet = wet + 14.0 * waves(seed, _WET, now.at, 2 * DAY)
    return {"temperature": warm, "humidity": np.clip(wet, 15.0, 99.0)}


def _town(seed: int, lon: Array, lat: Array) -> Array:
    """How much traffic a place has: around 1.4 in the centre, 0.4 in the country, different from street to street."""
    away = np.hypot((lon - _CENTRE[0]), (lat - _CENTRE[1])) / _CITY_WIDTH
    return (0.4 + np.exp(-(away**2))) * (1.0 + 0.25 * hills(seed, _CITY, lon, lat, _MILE))


def _patches(seed: int, at: Array, lon: Array, lat: Array) -> Array:
    """Between -1 and 1: bodies of air that come and go over some hours, a few districts wide."""
    steps = at / _PATCH_LASTS
    before = np.floor(steps)
    share, key = steps - before, before.astype(np.int64) + _PATCHES
    first, then = (hills(seed, each, lon, lat, _PATCH_WIDTH) for each in (key, key + 1))
    return (1.0 - share) * first + share * then


def _harbour(lon: Array, lat: Array) -> Array:
    """How much of ships and factories reaches a place."""
    total = np.zeros(lon.shape)
    for west, south, strength in _SOURCES:
        total += strength * np.exp(-(((lon - west) ** 2 + (lat - south) ** 2) / _SOURCE_WIDTH**2))
    return total
