"""Grams of CO2 equivalent for a way, by mode, from factors that carry their source, edition and dates.

Electric factors of other countries are never used as they stand: what is taken from them is the energy, which the
Korean grid's own factor turns into carbon. None of the sources could be opened from here; each ``standing`` says
whether a figure was read second-hand or worked out. All are operational: vehicles, roads and wires are not counted.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from ucity.blueprint import Leg, Mode, Text
from ucity.blueprint.figures import Carbon, Factor, Standing

_DESNZ: Text = {
    "ko": "영국 에너지안보탄소중립부(DESNZ), 온실가스 보고용 환산계수",
    "en": "UK DESNZ, Greenhouse gas reporting: conversion factors",
}
_GRID: Text = {
    "ko": "환경부 온실가스종합정보센터(GIR), 전력 소비단 배출계수",
    "en": "Korean Ministry of Environment (GIR), emission factor of electricity at the consumption end",
}
_UNDERGROUND_KWH = 0.1126
"""Kilowatt-hours a passenger-kilometre of the London Underground, in the middle of 0.108 to 0.117."""
_REBASED: Text = {
    "ko": f"런던 지하철의 여객·km당 {_UNDERGROUND_KWH} kWh에 한국 전력의 배출계수를 곱한 값. 2023년 전력으로 45~49 g.",
    "en": f"{_UNDERGROUND_KWH} kWh a passenger-kilometre, as of the London Underground, times the Korean grid's "
    "factor; between 45 and 49 g on the grid of 2023.",
}
_NO_NOTE: Text = {"ko": "", "en": ""}


def _desnz(key: str, year: int, grams: float, *, per_vehicle: bool = False, note: Text = _NO_NOTE) -> Factor:
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


def _on_the_grid(key: str, grams_per_kwh: float, version: str, since: date, note: Text) -> Factor:
    return Factor(
        key=key,
        grams_per_km=round(_UNDERGROUND_KWH * grams_per_kwh, 2),
        per_vehicle=False,
        version=version,
        source={language: f"{_GRID[language]}; {_DESNZ[language]}" for language in _GRID},
        standing=Standing.INFERENCE,
        valid_from=since,
        note=note,
    )


def _muscles(key: str, note: Text) -> Factor:
    return Factor(
        key=key,
        grams_per_km=0,
        per_vehicle=False,
        version="1",
        source={"ko": "연료도 전기도 쓰지 않습니다.", "en": "No fuel and no electricity is used."},
        standing=Standing.PUBLISHED,
        valid_from=date(1970, 1, 1),
        note=note,
    )


def _electric(key: str, note: Text) -> tuple[Factor, ...]:
    return (
        _on_the_grid(key, 454.1, "grid 2020-22", date(2020, 1, 1), note),
        _on_the_grid(key, 417.3, "grid 2023", date(2023, 1, 1), note),
    )


_KTX = Factor(
    key="rail-ktx",
    grams_per_km=26.9,
    per_vehicle=False,
    version="2021",
    source={"ko": "KTX에 관한 2021년 논문(재인용)", "en": "A paper of 2021 on the KTX, quoted by others"},
    standing=Standing.SECOND_HAND,
    valid_from=date(2021, 1, 1),
    note={"ko": "KTX의 값을 모든 철도에 씁니다.", "en": "Of the KTX; taken for all railways."},
)
_FERRY: Text = {
    "ko": "차도 싣는 큰 여객선에서 걸어서 타는 승객의 몫. 2020년판(당시 BEIS)을 Thrust Carbon이 2021년 2월 4일에 "
    "인용한 값으로, 작은 여객선은 그 몇 배를 냅니다.",
    "en": "A foot passenger's share of a large ferry that carries cars, of the edition of 2020 (then by BEIS), as "
    "quoted by Thrust Carbon on 4 February 2021; small passenger ferries cause several times as much.",
}
_TAXI: Text = {
    "ko": "승객 한 명을 태운 평균 승용차로 봅니다. 운전자와, 다음 승객에게 가는 길은 세지 않습니다.",
    "en": "As an average car with one passenger. The driver is not counted, nor is the way to the next passenger.",
}
_FOOD: Text = {"ko": "음식은 세지 않습니다.", "en": "Food is not counted."}
_VANS: Text = {
    "ko": "자전거를 옮기는 차량은 세지 않습니다.",
    "en": "Vans that spread the bicycles are not counted.",
}
_AS_METRO: Text = {"ko": "도시철도와 같다고 봅니다: ", "en": "Taken to be as a metro: "}
_TRAM: Text = {language: _AS_METRO[language] + _REBASED[language] for language in _REBASED}
_CAR: Text = {"ko": "평균 승용차, 연료 모름.", "en": "Average car, unknown fuel."}

FACTORS: Mapping[Mode, Sequence[Factor]] = {
    Mode.WALK: (_muscles("walk", _FOOD),),
    Mode.BICYCLE: (_muscles("bicycle", _FOOD),),
    Mode.SHARED_BICYCLE: (_muscles("shared-bicycle", _VANS),),
    Mode.BUS: (_desnz("bus-local-average", 2024, 108.46), _desnz("bus-local-average", 2026, 101.51)),
    Mode.METRO: _electric("metro-rebased", _REBASED),
    Mode.TRAM: _electric("tram-as-metro", _TRAM),
    Mode.RAIL: (_KTX,),
    Mode.FERRY: (_desnz("ferry-foot-passenger", 2020, 18.74, note=_FERRY),),
    Mode.CAR: (_desnz("car-average", 2026, 165.91, per_vehicle=True, note=_CAR),),
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
