"""The sectors under which services are filed: one folder of ``ucity.services`` each."""

from enum import StrEnum


class Sector(StrEnum):
    """The value is the name of the sector's folder."""

    TRANSPORT = "transport"
    TOURISM = "tourism"
    HEALTH = "health"
    PORTS = "ports"
    DISASTER = "disaster"
    EDUCATION = "education"
    MANAGEMENT = "management"
    ENVIRONMENT = "environment"
    PERSONAL = "personal"
