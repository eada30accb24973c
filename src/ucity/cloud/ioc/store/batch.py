"""What goes into one commit, and what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ucity.blueprint import Event, Readings, Rows


@dataclass(frozen=True, kw_only=True)
class Position:
    """Moves a log's or a rule's place: it must stand at ``after``, and stands at ``seq`` once the commit is done.

    ``incarnation`` tells a log from another of the same name that was made anew and counts from 1 again.
    """

    name: str
    after: int
    seq: int
    incarnation: str = ""


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A reading that failed validation, as it arrived. ``reason`` is a stable code, ``detail`` a sentence."""

    received_at: datetime
    door: str
    sender: str
    stream: str
    payload: bytes
    reason: str
    detail: str
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """Current state of one thing.

    ``types`` and the names in ``attrs`` are expanded IRIs. ``attrs`` holds NGSI-LD attributes in normalized form with
    their createdAt and modifiedAt; a list where an attribute has several instances (datasetId).
    """

    id: str
    types: list[str]
    attrs: dict[str, Any]
    tenant: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of one document, computed under its lock. ``apply`` is pure: the document as it stands, or None, to the
    document as it shall be, or None to delete; returning the same object changes nothing. It may raise UcityError."""

    tenant: str
    id: str
    apply: Callable[[Document | None], Document | None]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Everything that one transaction stores. ``rule`` names the rule whose events these are; ``at`` is the time that
    the edits themselves write into documents, None when they write none."""

    readings: tuple[Readings, ...] = ()
    edits: tuple[Edit, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    events: tuple[Event, ...] = ()
    records: tuple[Rows, ...] = ()
    rule: str = ""
    position: Position | None = None
    at: datetime | None = None


@dataclass(kw_only=True)
class Committed:
    """What became of the readings: ``values`` were stored, ``repeats`` were there already."""

    values: int = 0
    repeats: int = 0
