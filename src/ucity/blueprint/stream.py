"""What a service's devices send: streams of readings, and the measures in them.

Everything about a stream follows from its declaration: validation, storage, retention, sharing, NGSI-LD type.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from ucity.blueprint.sharing import Sharing
from ucity.blueprint.text import Text
from ucity.blueprint.unit import UNITS

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""Of streams, and of records and their columns."""
_ATTRIBUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,63}")


class Kind(StrEnum):
    """What type of value a measure holds."""

    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One quantity that a reading carries.

    ``key``: the attribute's name, in the column, in the API and in NGSI-LD.
    ``unit``: UCUM code of a number, e.g. ``ug/m3``; ``1`` for counts and indices. None for text.
    ``valid``: lowest and highest possible value of a number, both included, in ``unit``.
    ``options``: the only texts allowed, or empty for any text of at most 256 characters.
    ``read``: dotted path of the value in a device's message; the key when not given.
    """

    key: str
    title: Text
    kind: Kind = Kind.NUMBER
    unit: str | None = None
    valid: tuple[float, float] | None = None
    options: tuple[str, ...] = ()
    read: str | None = None

    def __post_init__(self) -> None:
        if not _ATTRIBUTE.fullmatch(self.key):
            raise ValueError(f"measure key {self.key!r} is not a letter followed by letters, digits and _")
        if self.kind is Kind.NUMBER and self.unit not in UNITS:
            raise ValueError(f"measure {self.key}: unit {self.unit!r} is not in ucity.blueprint.unit.UNITS")
        if self.kind is Kind.NUMBER and self.valid is None:
            raise ValueError(f"measure {self.key}: a number declares its valid range")
        if self.kind is Kind.TEXT and (self.unit or self.valid):
            raise ValueError(f"measure {self.key}: a text has neither unit nor range")

    @property
    def path(self) -> tuple[str, ...]:
        """Keys to follow in a device's message."""
        return tuple((self.read or self.key).split("."))


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Readings of one kind, about things of one kind.

    ``entity_type``: NGSI-LD type of the thing that a reading is about.
    ``subject``: path, in a message, of the thing's own identifier within its type; a device that sends for itself
    alone may leave it out.
    ``identity``: path of a reading's own identifier where it has one (a toll passage). Without it a reading is
    identified by what it is about and when: ``(subject, observedAt)``.
    ``labels``: text attributes that describe the thing (its name); kept as current state, without history.
    ``moves``: the thing changes its place, so each reading carries its own and the track is kept.
    ``every``: how often a reading is expected; a longer silence is a gap.
    ``keep``: how long readings are kept; None for ever.
    ``remember``: how long after its time a reading may still arrive, and repeats of it be recognised.
    ``derived``: computed by a rule, or, where it has no measures, told by feeds alone; no door accepts it.
    """

    name: str
    entity_type: str
    title: Text
    measures: tuple[Measure, ...]
    subject: str = "id"
    identity: str | None = None
    labels: tuple[str, ...] = ()
    moves: bool = False
    every: timedelta | None = None
    keep: timedelta | None = None
    remember: timedelta | None = None
    sharing: Sharing = Sharing.PRIVATE
    bucket: timedelta | None = None
    derived: bool = False
    by_key: dict[str, Measure] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"stream name {self.name!r} is not lower case letters, digits and _")
        if not _ATTRIBUTE.fullmatch(self.entity_type):
            raise ValueError(f"stream {self.name}: entity type {self.entity_type!r} is not a plain name")
        keys = [measure.key for measure in self.measures]
        if len(set(keys)) != len(keys) or set(keys) & {*self.labels, "location", "id", "type"}:
            raise ValueError(f"stream {self.name}: measure keys repeat, or clash with labels, id, type or location")
        if self.sharing is Sharing.AGGREGATED and self.bucket is None:
            raise ValueError(f"stream {self.name}: AGGREGATED needs a bucket")
        object.__setattr__(self, "by_key", dict(zip(keys, self.measures, strict=True)))

    def entity_id(self, subject: str) -> str:
        """NGSI-LD identifier of the thing that ``subject`` names."""
        return f"urn:ngsi-ld:{self.entity_type}:{subject}"
