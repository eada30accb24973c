"""What a ride by taxi costs about: a city's tariff for the metres of the way and the hour of its start.

What a meter adds where traffic stands still is not known beforehand and not counted.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ucity.blueprint.figures import FareEstimate, Money
from ucity.blueprint.taxi import Tariff
from ucity.blueprint.text import in_languages


@dataclass(frozen=True, slots=True)
class Taxi:
    """A tariff, and the time zone by whose hours it is night."""

    tariff: Tariff
    zone: ZoneInfo

    def fare(self, metres: float, at: datetime) -> FareEstimate:
        """Of a way that begins at a time; in whole steps, as a meter counts."""
        tariff = self.tariff
        steps = math.ceil(max(0.0, metres - tariff.base_metres) / tariff.step_metres)
        amount = (tariff.base + steps * tariff.step) * (100 + self._more(at.astimezone(self.zone).hour)) / 100
        return FareEstimate(
            price=Money(amount=round(amount / tariff.step) * tariff.step, currency=tariff.currency),
            source=in_languages(tariff.source),
            standing=tariff.standing,
            valid_from=tariff.valid_from,
            note=in_languages(tariff.note),
        )

    def _more(self, hour: int) -> int:
        return next((night.percent for night in self.tariff.nights if night.since <= hour < night.until), 0)
