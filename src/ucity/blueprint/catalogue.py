"""The catalogue: every declared service, stream, rule and table of records; streams by path and by entity type."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ucity.blueprint.records import Records
from ucity.blueprint.rule import Rule
from ucity.blueprint.service import Service
from ucity.blueprint.stream import Stream


@dataclass(frozen=True)
class Declared:
    """A stream and where it is declared. ``service`` is ``sector/name``; ``path`` is ``name/stream``."""

    service: str
    stream: Stream

    @property
    def path(self) -> str:
        """``service/stream``, as in a device's topic; service names are unique over all sectors."""
        return f"{self.service.split('/')[1]}/{self.stream.name}"


@dataclass(frozen=True)
class Catalogue:
    """What the city's services declare. ``services`` maps ``sector/name`` to the declaration."""

    services: Mapping[str, Service]
    streams: Mapping[str, Declared] = field(init=False)
    rules: tuple[tuple[str, Rule], ...] = field(init=False)
    records: tuple[Records, ...] = field(init=False)

    def __post_init__(self) -> None:
        declared = [Declared(name, stream) for name, service in self.services.items() for stream in service.streams]
        streams = {each.path: each for each in declared}
        if len(streams) != len(declared):
            raise ValueError("two sectors have a service of the same name")
        rules = tuple((name, rule) for name, service in self.services.items() for rule in service.rules)
        object.__setattr__(self, "streams", streams)
        object.__setattr__(self, "rules", rules)
        records = tuple(each for service in self.services.values() for each in service.records)
        if len({each.name for each in records}) != len(records):
            raise ValueError("two tables of records have the same name")
        object.__setattr__(self, "records", records)

    def of_type(self, entity_type: str) -> tuple[Declared, ...]:
        """The streams whose readings are about things of this type."""
        return tuple(each for each in self.streams.values() if each.stream.entity_type == entity_type)
