"""What instruments make of the air: each is a little wrong in its own way, and restless. Pure calculations."""

import numpy as np
import numpy.typing as npt

from ucity.demo.noise import Array, Keys, bell

Ints = npt.NDArray[np.int64]

DIGITS = {"pm25": 1, "pm10": 1, "o3": 4, "no2": 4, "so2": 4, "co": 3, "temperature": 1, "humidity": 0, "speed": 1}
"""Decimals that an instrument shows."""
_LOWEST = {"temperature": -40.0}
_ABSOLUTE = {"temperature": 0.15, "humidity": 0.8}
"""Restlessness of what has no meaningful zero, in its own unit; of everything else it is a share of the value."""
SPREAD = {"pm25": 0.05, "pm10": 0.06, "o3": 0.02, "no2": 0.03, "so2": 0.05, "co": 0.03}


def shown(seed: int, keys: tuple[Keys, ...], air: dict[str, Array]) -> dict[str, Array]:
    """``air`` as instruments show it that are told apart, and from moment to moment, by ``keys``."""
    return {name: _shown(seed, name, (*keys, number), value) for number, (name, value) in enumerate(air.items())}


def _shown(seed: int, name: str, keys: tuple[Keys, ...], value: Array) -> Array:
    restless = bell(seed, *keys)
    moved = value + _ABSOLUTE[name] * restless if name in _ABSOLUTE else value * (1 + SPREAD[name] * restless)
    highest = 100.0 if name == "humidity" else np.inf
    return np.asarray(np.round(np.clip(moved, _LOWEST.get(name, 0.0), highest), DIGITS[name]), dtype=np.float64)


def stamps(at_ms: Ints) -> list[str]:
    """Milliseconds since 1970 in RFC 3339."""
    return [f"{text}Z" for text in np.datetime_as_string(at_ms.astype("datetime64[ms]"), unit="ms").tolist()]


def rows(values: dict[str, Array]) -> list[dict[str, float]]:
    """One object a reading, without what is missing (NaN)."""
    columns = [column.tolist() for column in values.values()]
    return [
        {name: value for name, value in zip(values, row, strict=True) if value == value}  # noqa: PLR0124 - NaN is not
        for row in zip(*columns, strict=True)
    ]
