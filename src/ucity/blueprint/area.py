"""The five areas in which a city sets its objectives."""

from enum import StrEnum


class Area(StrEnum):
    """What a service helps the city to reach."""

    MOBILITY = "mobility"
    ENVIRONMENT = "environment"
    UTILITIES = "utilities"
    SAFETY = "safety"
    COMMUNITY = "community"
