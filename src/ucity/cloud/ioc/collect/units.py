"""Conversion between UCUM units, for senders that measure in another unit than a stream declares."""

import math
import re
from functools import cache, lru_cache
from typing import Any

_EXCESSIVE = re.compile(r"[*^][+-]?\d{3}")
"""A power of ten that no unit needs, and whose computation would take for ever."""


@cache
def _registry() -> Any:
    # Loaded when the first foreign unit arrives: it takes a second, and most cities never need it.
    from ucumvert import PintUcumRegistry  # type: ignore[import-untyped]  # noqa: PLC0415

    return PintUcumRegistry()


def conversion(given: str, wanted: str) -> tuple[float, float]:
    """(factor, offset) with wanted = given * factor + offset, for two UCUM codes.

    Raises ValueError when a code is not UCUM or the two measure different things.
    """
    if given == wanted:
        return 1.0, 0.0
    found = None if _EXCESSIVE.search(given) else _conversion(given, wanted)
    if found is None:
        raise ValueError(f"{given!r} is not a UCUM unit that converts to {wanted!r}")
    return found


@lru_cache(maxsize=1024)
def _conversion(given: str, wanted: str) -> tuple[float, float] | None:
    # Any text may come here: whatever the parser does not like is one and the same fault of the sender.
    try:
        registry = _registry()
        source, target = registry.from_ucum(given), registry.from_ucum(wanted)
        zero = registry.Quantity(0.0, source.units).to(target.units).magnitude
        one = registry.Quantity(1.0, source.units).to(target.units).magnitude
        factor, offset = float((one - zero) * source.magnitude / target.magnitude), float(zero / target.magnitude)
    except Exception:  # noqa: BLE001 - see above
        return None
    return (factor, offset) if math.isfinite(factor) and math.isfinite(offset) else None
