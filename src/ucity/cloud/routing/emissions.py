"""Grams of CO2 equivalent for a way, by mode, from factors that carry their source, edition and dates.

Electric factors of other countries are never used as they stand: what is taken from them is the energy, which the
Korean grid's own factor turns into carbon. None of the sources could be opened from here; each ``standing`` says
whether a figure was read second-hand or worked out. All are operational: vehicles, roads and wires are not counted.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from ucity.blueprint import Leg, Mode
from ucity.blueprint.figures import Carbon, Factor, Standing

_DESNZ = "UK DESNZ, Greenhouse gas reporting: conversion factors"
_GRID = "Korean Ministry of Environment (GIR), emission factor of electricity at the consumption end"
_UNDERGROUND_KWH = 0.1126
"""Kilowatt-hours a passenger-kilometre of the London Underground, in the middle of 0.108 to 0.117."""
_REBASED = (
    f"{_UNDERGROUND_KWH} kWh a passenger-kilometre, as of the London Underground, times the Korean grid's factor; "
    "between 45 and 49 g on the grid of 2023."
)


def _desnz(key: str, year: int, grams: float, *, per_vehicle: bool = False, note: str = "") -> Factor:
    return Factor(
        key=key,
        grams_per_km=grams,
        per_vehicle=per_vehicle,
        version=f"DESNZ {year}",
        source=_DESNZ,
        standing=Standing.SECOND_HAND,
        valid_from=date(year, 1, 1),
        note=note,
    )


def _on_the_grid(key: str, grams_per_kwh: float, version: str, since: date, note: str) -> Factor:
    return Factor(
        key=key,
        grams_per_km=round(_UNDERGROUND_KWH * grams_per_kwh, 2),
        per_vehicle=False,
        version=version,
        source=f"{_GRID}; {_DESNZ}",
        standing=Standing.INFERENCE,
        valid_from=since,
        note=note,
    )


def _muscles(key: str, note: str) -> Factor:
    return Factor(
        key=key,
        grams_per_km=0,
        per_vehicle=False,
        version="1",
        source="No fuel and no electricity is used.",
        standing=Standing.PUBLISHED,
        valid_from=date(1970, 1, 1),
        note=note,
    )


def _electric(key: str, note: str) -> tuple[Factor, ...]:
    return (
        _on_the_grid(key, 454.1, "grid 2020-22", date(2020, 1, 1), note),
        _on_the_grid(key, 417.3, "grid 2023", date(2023, 1, 1), note),
    )


_KTX = Factor(
    key="rail-ktx",
    grams_per_km=26.9,
    per_vehicle=False,
    version="2021",
    source="A paper of 2021 on the KTX, quoted by others",
    standing=Standing.SECOND_HAND,
    valid_from=date(2021, 1, 1),
    note="Of the KTX; taken for all railways.",
)
_FERRY = (
    "A foot passenger's share of a large ferry that carries cars, of the edition of 2020 (then by BEIS), as quoted by "
    "Thrust Carbon on 4 February 2021; small passenger ferries cause several times as much."
)
_TAXI = "As an average car with one passenger. The driver is not counted, nor is the way to the next passenger."

FACTORS: Mapping[Mode, Sequence[Factor]] = {
    Mode.WALK: (_muscles("walk", "Food is not counted."),),
    Mode.BICYCLE: (_muscles("bicycle", "Food is not counted."),),
    Mode.SHARED_BICYCLE: (_muscles("shared-bicycle", "Vans that spread the bicycles are not counted."),),
    Mode.BUS: (_desnz("bus-local-average", 2024, 108.46), _desnz("bus-local-average", 2026, 101.51)),
    Mode.METRO: _electric("metro-rebased", _REBASED),
    Mode.TRAM: _electric("tram-as-metro", f"Taken to be as a metro: {_REBASED}"),
    Mode.RAIL: (_KTX,),
    Mode.FERRY: (_desnz("ferry-foot-passenger", 2020, 18.74, note=_FERRY),),
    Mode.CAR: (_desnz("car-average", 2026, 165.91, per_vehicle=True, note="Average car, unknown fuel."),),
    Mode.TAXI: (_desnz("taxi-as-car", 2026, 165.91, per_vehicle=True, note=_TAXI),),
}
"""Oldest first."""


def factor_of(mode: Mode, day: date) -> Factor | None:
    """The factor in force on ``day``: the newest that is not younger, before all of them the oldest."""
    known = FACTORS.get(mode, ())
    begun = [each for each in known if each.valid_from <= day]
    return begun[-1] if begun else next(iter(known), None)


def carbon_of(mode: Mode, metres: float, day: date, *, occupancy: float = 1.0) -> Carbon | None:
    """Of one of ``occupancy`` people in a car, or of one passenger; None where there is no factor."""
    factor = factor_of(mode, day)
    if factor is None:
        return None
    shared = occupancy if factor.per_vehicle and mode is Mode.CAR else 1.0
    return Carbon(grams=metres / 1000 * factor.grams_per_km / shared, factor=factor)


def carbon_of_leg(leg: Leg, *, occupancy: float = 1.0) -> Carbon | None:
    """Of one traveller on this leg."""
    return carbon_of(leg.mode, leg.metres, leg.departs.date(), occupancy=occupancy)
