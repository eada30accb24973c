"""Rules: pure functions over new readings, whose effects are stored exactly once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from ucity.blueprint.readings import Readings
from ucity.blueprint.records import Records, Rows
from ucity.blueprint.stream import Stream

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, for people to see. ``key`` identifies it within its rule: the same key is told once."""

    key: str
    kind: str
    at: datetime
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What a rule wants stored. It is committed in the same transaction as the rule's place in the change feed."""

    readings: tuple[Readings, ...] = ()
    events: tuple[Event, ...] = ()
    records: tuple[Rows, ...] = ()


NOTHING = Effects()


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a rule receives.

    ``new``: the readings that have just been stored.
    ``around``: frame of the same stream, of the subjects in ``new``, from the rule's ``window`` before the earliest
    new reading to ``window`` after the latest, both included, in order of subject and time; the new ones are in it. Of
    measures it has those of the rule's ``around``.
    ``also``: frames of the other streams that the rule asked for, over the same span, all subjects, in the same order.
    ``zone``: the city's time zone, in which its days begin and end.

    In ``around`` and ``also`` only the newest version of each reading stands, and ``lon`` and ``lat`` of a thing that
    does not move are those of its current state wherever the reading itself gave no place.
    """

    new: Readings
    around: "pl.DataFrame"
    zone: tzinfo
    also: "Mapping[str, pl.DataFrame]" = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``on``: the stream whose new readings wake it; ``then``: the pure function; ``also``: other streams it reads.

    ``writes``: the derived streams whose readings it returns, ``records``: the tables whose rows it returns; each is
    written by exactly one rule, so that every figure can be followed back to raw readings. ``on`` and ``also`` may be
    derived streams too: rules form a chain, which never comes back to a stream that it started from.
    ``around``: the only measures of ``on`` that it looks at in ``Given.around``; None for all of them. What is not read
    costs nothing: texts most of all.
    ``name`` is the rule's place-keeper in the change feed: renaming it starts the rule anew.
    """

    name: str
    on: Stream
    then: Callable[[Given], Effects]
    window: timedelta = timedelta(0)
    around: tuple[str, ...] | None = None
    also: tuple[Stream, ...] = ()
    writes: tuple[Stream, ...] = ()
    records: tuple[Records, ...] = ()
