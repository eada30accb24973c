"""The US air quality index, with the breakpoints in force since May 2024.

Sources: EPA-454/B-24-002 (the technical assistance document: breakpoints, truncation, SO2 and O3 rules), EPA's leaflet
on the PM NowCast, AirNow's forum (two of the last three hours for a NowCast, 75 per cent of the hours for a mean, raw
hours in and the result truncated), and EPA's published ozone NowCast.

The index proper is of a finished day. What is computed here is the index of each hour, as AirNow reports current air:
PM2.5 and PM10 by NowCast; NO2 and SO2 by the hour; CO by the mean of the last eight hours; ozone by the hour and by an
estimate of the eight hours around it. For that estimate EPA uses two weeks of the station's own hours; where it has too
few of them it uses a fixed line, and that line is what is used here throughout.

SO2 from 305 ppb is indexed by the mean of 24 hours alone; an hour above that, in a mean below, is 200. Above the last
breakpoint the index stays at 500, the end of the scale.
"""

from collections.abc import Mapping

import numpy as np

from ucity.services.environment.air_quality.bands import Array, Bands
from ucity.services.environment.air_quality.grid import mean_of

CATEGORIES = ("good", "moderate", "unhealthy_for_sensitive_groups", "unhealthy", "very_unhealthy", "hazardous")
CATEGORY_EDGES = (50, 100, 150, 200, 300, 500)

_TO_200, _TO_300 = CATEGORY_EDGES[:4], CATEGORY_EDGES[:5]

PM25 = Bands(0.1, (90, 354, 554, 1254, 2254, 3254), CATEGORY_EDGES, truncate=True)
PM10 = Bands(1, (54, 154, 254, 354, 424, 604), CATEGORY_EDGES, truncate=True)
O3_8H = Bands(0.001, (54, 70, 85, 105, 200), _TO_300, truncate=True)
O3_1H = Bands(0.001, (164, 204, 404, 604), (150, 200, 300, 500), start=(125, 101), truncate=True)
NO2 = Bands(0.001, (53, 100, 360, 649, 1249, 2049), CATEGORY_EDGES, truncate=True)
SO2_1H = Bands(0.001, (35, 75, 185, 304), _TO_200, truncate=True)
SO2_24H = Bands(0.001, (604, 1004), (300, 500), start=(305, 201), truncate=True)
CO = Bands(0.1, (44, 94, 124, 154, 304, 504), CATEGORY_EDGES, truncate=True)

NOWCAST_HOURS = 12
_LEAST_WEIGHT = 0.5
_LATEST, _LEAST_LATEST = 3, 2
CO_HOURS, _LEAST_CO = 8, 6
SO2_HOURS, _LEAST_SO2 = 24, 18
_O3_SLOPE, _O3_INTERCEPT = 0.85, 0.0045


def nowcast(lags: Array, *, least_weight: float = _LEAST_WEIGHT) -> Array:
    """EPA's NowCast: a mean of the last hours, in which the latest count the more, the faster the air changes.

    ``lags``: shape (hours, n), row k the concentration k hours ago. Result: shape (n,), same unit, not truncated, NaN
    where fewer than two of the latest three hours are known.
    """
    known = ~np.isnan(lags)
    enough = known[:_LATEST].sum(axis=0) >= _LEAST_LATEST
    top = np.where(known, lags, -np.inf).max(axis=0, initial=-np.inf)
    bottom = np.where(known, lags, np.inf).min(axis=0, initial=np.inf)
    # Clean air all along (all zero) does not change: the weight is one.
    weight = np.divide(bottom, top, out=np.ones_like(top), where=enough & (top > 0))
    powers = np.maximum(weight, least_weight) ** np.arange(len(lags))[:, np.newaxis]
    total = np.where(known, lags * powers, 0).sum(axis=0)
    weights = np.where(known, powers, 0).sum(axis=0)
    return np.where(enough, total / np.maximum(weights, 1e-12), np.nan)


def ozone_estimate(lags: Array) -> Array:
    """EPA's line from the newest of the last three hours to the eight hours around now; ppm in, ppm out.

    0.85 times the hour plus 4.5 ppb: slope and intercept of ``generateSurrogate`` in EPA's published ozone NowCast.
    """
    latest = np.where(np.isnan(lags[0]), np.where(np.isnan(lags[1]), lags[2], lags[1]), lags[0])
    return np.asarray(_O3_SLOPE * latest + _O3_INTERCEPT, dtype=np.float64)


def sulphur_dioxide(hour: Array, day: Array) -> Array:
    """Sub-index of SO2 from the hour's and the day's mean in ppm."""
    return np.fmax(SO2_1H.sub_index(hour), SO2_24H.sub_index(day))


def ozone(hour: Array, eight_hours: Array) -> Array:
    """Sub-index of O3 from the hour's and the eight-hour mean in ppm: the higher of the two."""
    return np.fmax(O3_1H.sub_index(hour), O3_8H.sub_index(eight_hours))


def sub_indices(lags: Mapping[str, Array]) -> dict[str, Array]:
    """Sub-indices of each hour, not rounded, from the last 24 hours of every pollutant.

    ``lags``: pollutant to array of shape (24, n); PM in ug/m3, gases in ppm.
    """
    return {
        "pm25": PM25.sub_index(nowcast(lags["pm25"][:NOWCAST_HOURS])),
        "pm10": PM10.sub_index(nowcast(lags["pm10"][:NOWCAST_HOURS])),
        "o3": ozone(lags["o3"][0], ozone_estimate(lags["o3"])),
        "no2": NO2.sub_index(lags["no2"][0]),
        "so2": sulphur_dioxide(lags["so2"][0], mean_of(lags["so2"][:SO2_HOURS], _LEAST_SO2)),
        "co": CO.sub_index(mean_of(lags["co"][:CO_HOURS], _LEAST_CO)),
    }
