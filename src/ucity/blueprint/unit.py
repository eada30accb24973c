"""Units that ucity's measures are declared in.

UCUM codes name them everywhere inside; NGSI-LD asks for UN/CEFACT Recommendation 20 codes at its edge.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """``ucum``: the UCUM code; ``symbol``: what people read; ``cefact``: UN/CEFACT common code, where it has one."""

    ucum: str
    symbol: str
    cefact: str | None


UNITS = {
    unit.ucum: unit
    for unit in (
        Unit("1", "", "C62"),
        Unit("%", "%", "P1"),
        Unit("ug/m3", "µg/m³", "GQ"),
        Unit("mg/m3", "mg/m³", "GP"),
        Unit("[ppm]", "ppm", "59"),
        Unit("[ppb]", "ppb", "61"),
        Unit("Cel", "°C", "CEL"),
        Unit("hPa", "hPa", "A97"),
        Unit("m/s", "m/s", "MTS"),
        Unit("km/h", "km/h", "KMH"),
        Unit("deg", "°", "DD"),
        Unit("m", "m", "MTR"),
        Unit("s", "s", "SEC"),
        Unit("min", "min", "MIN"),
        Unit("kW.h", "kWh", "KWH"),
        Unit("W", "W", "WTT"),
        Unit("m3", "m³", "MTQ"),
        Unit("dB[SPL]", "dB", "2N"),
        Unit("KRW", "₩", None),
    )
}
"""UCUM code to unit; ``KRW`` is ISO 4217, since UCUM has no money."""
