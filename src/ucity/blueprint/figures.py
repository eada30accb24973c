"""What is told of a journey beside its times: carbon, fare, air breathed on the way, the chance of a connection.

Every figure says where it comes from. What is not known is None, never nought.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ucity.blueprint.boards import Disturbance
from ucity.blueprint.journeys import Journey, Mode
from ucity.blueprint.text import Text


class Standing(StrEnum):
    """How far a factor may be trusted."""

    PUBLISHED = "published"
    SECOND_HAND = "second_hand"
    """Read in a source that quotes the original, which could not be checked."""
    INFERENCE = "inference"
    """Worked out from other figures; ``note`` says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Grams of CO2 equivalent for a kilometre, of one passenger or of the whole vehicle, and where that comes from.

    ``source`` and ``note``: by language. ``version``: the edition of the source. ``valid_until`` None: until there is a
    newer one.
    """

    key: str
    grams_per_km: float
    per_vehicle: bool
    version: str
    source: Text
    standing: Standing
    valid_from: date
    valid_until: date | None = None
    note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Carbon:
    """Grams of CO2 equivalent of one traveller, by ``factor``."""

    grams: float
    factor: Factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """``amount`` in the smallest unit that is paid (won, pence) of an ISO 4217 ``currency``."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FareEstimate:
    """What a ride by taxi would cost about, by a tariff from ``source`` that is in force since ``valid_from``.

    ``standing``: how far the tariff may be trusted. ``note``: what is counted in, and what is not. Texts are by
    language.
    """

    price: Money
    source: Text
    standing: Standing
    valid_from: date
    note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """PM2.5 breathed in: micrograms, with the bounds between which it is with a probability of 80 per cent.

    ``concentration``: mean along the way, in micrograms a cubic metre. ``litres``: air breathed in. ``instruments``:
    how many instruments it was worked out from, ``age_seconds``: age of the newest of their readings.
    """

    micrograms: float
    low: float
    high: float
    concentration: float
    litres: float
    instruments: int
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Probability of catching a ride after the one before it. ``observed``: how many arrivals and departures it rests
    on; ``is_prior``: fewer than it takes, so that an assumption weighs in it."""

    probability: float
    slack_seconds: float
    observed: int
    is_prior: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFigures:
    """Of one leg. ``chance`` only of a ride that follows another one; ``occupancy`` as GTFS-Realtime names it.

    ``dose`` is for the leg and for the wait before it. ``disturbances``: alerts of feeds that touch the leg. ``fare``:
    of a taxi. ``single``: what a ride costs by itself, of the leg where one gets on.
    """

    carbon: Carbon | None = None
    dose: Dose | None = None
    chance: Chance | None = None
    occupancy: str | None = None
    disturbances: tuple[Disturbance, ...] = ()
    fare: FareEstimate | None = None
    single: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same way by another mode, door to door. ``is_estimated``: for want of streets, from the straight line."""

    mode: Mode
    seconds: float
    metres: float
    carbon: Carbon | None
    is_estimated: bool
    fare: FareEstimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A journey with its figures: ``legs`` in the order of the journey's. ``fare`` of the whole; ``media``: names of
    what it is paid with, where that matters."""

    journey: Journey
    legs: tuple[LegFigures, ...]
    fare: Money | None = None
    media: tuple[str, ...] = ()

    @property
    def grams(self) -> float | None:
        """Carbon of the whole, or None where that of a leg is unknown."""
        known = [leg.carbon.grams for leg in self.legs if leg.carbon]
        return sum(known) if len(known) == len(self.legs) else None

    @property
    def chance(self) -> float | None:
        """Probability of catching every ride; None where there is no change."""
        chances = [leg.chance.probability for leg in self.legs if leg.chance]
        product = 1.0
        for each in chances:
            product *= each
        return product if chances else None
