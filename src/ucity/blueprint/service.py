"""A city service, declared: what it serves, the streams it takes, its rules and its views."""

from dataclasses import dataclass, field

from ucity.blueprint.area import Area
from ucity.blueprint.records import Records
from ucity.blueprint.rule import Rule
from ucity.blueprint.stream import Stream
from ucity.blueprint.text import Text
from ucity.blueprint.view import View


@dataclass(frozen=True, kw_only=True)
class Service:
    """The whole of a service, as its ``service.py`` declares it; its name and sector are those of its folders."""

    serves: tuple[Area, ...]
    title: Text
    summary: Text
    streams: tuple[Stream, ...]
    records: tuple[Records, ...] = ()
    rules: tuple[Rule, ...] = ()
    views: tuple[View, ...] = ()
    source: str = ""
    streams_by_name: dict[str, Stream] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams_by_name", {stream.name: stream for stream in self.streams})
        if len(self.streams_by_name) != len(self.streams):
            raise ValueError("two streams of one service have the same name")
