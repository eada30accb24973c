"""Chance that can be looked up: numbers that seem random and depend on nothing but a seed and some keys."""

from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64] | SupportsIndex

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_53_BITS = 1.0 / (1 << 53)


def chance(seed: int, *keys: Keys) -> Array:
    """Evenly distributed over [0, 1), one for each combination of keys; keys are whole numbers and broadcast.

    Source of the mixing: SplitMix64 (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195).
    """
    state = np.array(seed, dtype=np.int64).astype(np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            state = _mixed(state ^ _mixed(np.asarray(key, dtype=np.int64).astype(np.uint64)))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) * _53_BITS)


def _mixed(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    state = state + _STEP
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def bell(seed: int, *keys: Keys) -> Array:
    """Bell-shaped around 0 with a standard deviation of 1, never beyond 3.5."""
    total = sum(chance(seed, *keys, n) for n in range(4))
    return np.asarray((total - 2.0) * np.sqrt(3.0))


def waves(seed: int, key: Keys, at: Array | float, period: float) -> Array:
    """Between -1 and 1, going smoothly from one value to the next every ``period`` of ``at``."""
    steps = np.asarray(at, dtype=np.float64) / period
    before = np.floor(steps)
    ease = _eased(steps - before)
    whole = before.astype(np.int64)
    return 2.0 * ((1.0 - ease) * chance(seed, key, whole) + ease * chance(seed, key, whole + 1)) - 1.0


def hills(seed: int, key: Keys, x: Array, y: Array, width: float) -> Array:
    """Between -1 and 1, going smoothly over a plane from one value to the next every ``width``."""
    across, up = np.floor(x / width), np.floor(y / width)
    ease_x, ease_y = _eased(x / width - across), _eased(y / width - up)
    i, j = across.astype(np.int64), up.astype(np.int64)
    low = (1.0 - ease_x) * chance(seed, key, i, j) + ease_x * chance(seed, key, i + 1, j)
    high = (1.0 - ease_x) * chance(seed, key, i, j + 1) + ease_x * chance(seed, key, i + 1, j + 1)
    return 2.0 * ((1.0 - ease_y) * low + ease_y * high) - 1.0


def _eased(share: Array) -> Array:
    """From 0 to 1 without a corner at either end."""
    return share * share * (3.0 - 2.0 * share)
