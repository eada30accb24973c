"""Conversion between UCUM units, for senders that measure in another unit than a stream declares."""

from functools import cache
from typing import Any


@cache
def _registry() -> Any:
    # Loaded when the first foreign unit arrives: it takes a second, and most cities never need it.
    from ucumvert import PintUcumRegistry  # type: ignore[import-untyped]  # noqa: PLC0415

    return PintUcumRegistry()


@cache
def conversion(given: str, wanted: str) -> tuple[float, float]:
    """(factor, offset) with wanted = given * factor + offset, for two UCUM codes.

    Raises ValueError when a code is not UCUM or the two measure different things.
    """
    if given == wanted:
        return 1.0, 0.0
    # Any text may come here: whatever the parser does not like is one and the same fault of the sender.
    try:
        registry = _registry()
        source, target = registry.from_ucum(given), registry.from_ucum(wanted)
        zero = registry.Quantity(0.0, source.units).to(target.units).magnitude
        one = registry.Quantity(1.0, source.units).to(target.units).magnitude
    except Exception as error:
        raise ValueError(f"{given!r} is not a UCUM unit that converts to {wanted!r}") from error
    return float((one - zero) * source.magnitude / target.magnitude), float(zero / target.magnitude)
