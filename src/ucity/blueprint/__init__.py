"""The words that every layer shares: areas, sectors, services, streams, measures, rules, views."""

from ucity.blueprint.area import Area
from ucity.blueprint.catalogue import Catalogue, Declared
from ucity.blueprint.city import City
from ucity.blueprint.figures import (
    Carbon,
    Chance,
    Comparison,
    Dose,
    Factor,
    FareEstimate,
    LegFigures,
    Money,
    Standing,
    Told,
)
from ucity.blueprint.journeys import (
    TRANSIT,
    Call,
    Journey,
    JourneyQuery,
    Leg,
    Mode,
    Place,
    Position,
    SharedRide,
    Trip,
)
from ucity.blueprint.readings import Readings
from ucity.blueprint.records import Key, KeyKind, Records, Rows
from ucity.blueprint.rule import NOTHING, Effects, Event, Given, Rule
from ucity.blueprint.sector import Sector
from ucity.blueprint.service import Service
from ucity.blueprint.sharing import Sharing
from ucity.blueprint.stream import Kind, Measure, Stream
from ucity.blueprint.text import Text
from ucity.blueprint.unit import UNITS, Unit
from ucity.blueprint.view import View

__all__ = [
    "NOTHING",
    "TRANSIT",
    "UNITS",
    "Area",
    "Call",
    "Carbon",
    "Catalogue",
    "Chance",
    "City",
    "Comparison",
    "Declared",
    "Dose",
    "Effects",
    "Event",
    "Factor",
    "FareEstimate",
    "Given",
    "Journey",
    "JourneyQuery",
    "Key",
    "KeyKind",
    "Kind",
    "Leg",
    "LegFigures",
    "Measure",
    "Mode",
    "Money",
    "Place",
    "Position",
    "Readings",
    "Records",
    "Rows",
    "Rule",
    "Sector",
    "Service",
    "SharedRide",
    "Sharing",
    "Standing",
    "Stream",
    "Text",
    "Told",
    "Trip",
    "Unit",
    "View",
]
