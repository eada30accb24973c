"""What a query asks of entities, as data: conditions on attributes, scopes, places, and the order of the answer.

The same conditions are compiled to SQL (``compile``) and decided in the process for one document (``matching``); a test
holds the two equal. Names are expanded (IRIs) throughout.
Source: ETSI GS CIM 009 V1.9.1, clauses 4.9 (query), 4.10 (geoquery), 4.17 (types), 4.19 (scopes), 4.23 (ordering).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

CREATED, MODIFIED = "createdAt", "modifiedAt"
"""Heads of paths that mean the entity's own times, which are no attributes."""

Operator = Literal["==", "!=", ">", ">=", "<", "<=", "~=", "!~="]


@dataclass(frozen=True)
class Link:
    """A Relationship to follow, to entities of any of these types or, without any, of all."""

    attribute: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Path:
    """Where the target value lies. ``links`` are followed first, from entity to entity; then come ``attribute``, its
    sub-attributes ``inner``, and of the last either a ``member`` that is no attribute (``observedAt`` ...)
    or what ``trail`` leads to inside its value: names of JSON members, or for a LanguageProperty one language or ``*``.
    """

    attribute: str
    inner: tuple[str, ...] = ()
    member: str | None = None
    trail: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Value:
    """One value to compare with. What differs in kind from the target is unequal to it, and in no order with it."""

    value: float | str | bool | datetime | date | time

    @property
    def kind(self) -> str:
        """number, text, flag, moment, day or hour."""
        return next(name for kind, name in _KINDS if isinstance(self.value, kind))


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "flag"),
    (float, "number"),
    (str, "text"),
    (datetime, "moment"),
    (date, "day"),
    (time, "hour"),
)


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``, both included and of one kind."""

    low: Value
    high: Value


@dataclass(frozen=True)
class Term:
    """A condition on the target value of a path: that it exists (no ``operator``), or how it compares with any of
    ``operands``. Of a pattern, the operand is a regular expression that matches somewhere in the text."""

    path: Path
    operator: Operator | None = None
    operands: tuple[Value | Range, ...] = ()


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Either:
    """Any part holds."""

    parts: "tuple[Condition, ...]"


Condition = Term | All | Either


@dataclass(frozen=True)
class ScopePattern:
    """Scopes of these ``levels``, in which None stands for any one; with ``below``, what lies below them besides."""

    levels: tuple[str | None, ...]
    below: bool = False

    @property
    def expression(self) -> str:
        """The regular expression that such a scope matches whole."""
        if not self.levels:
            return ".+"
        levels = "/".join("[^/]+" if level is None else level for level in self.levels)
        return f"/?{levels}(/.*)?" if self.below else f"/?{levels}"


@dataclass(frozen=True)
class Scopes:
    """A scope query: any of the groups, and of a group all."""

    groups: tuple[tuple[ScopePattern, ...], ...]


Relation = Literal["near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"]


@dataclass(frozen=True)
class Place:
    """A geoquery: how the geometries of ``attribute`` lie to ``geometry`` (GeoJSON, WGS 84). ``metres``: for near, the
    distance, at most which or, with ``beyond``, more than which it is."""

    attribute: str
    relation: Relation
    geometry: Mapping[str, Any] = field(hash=False)
    metres: float = 0.0
    beyond: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """One thing to order by: the target value of a path, ``id`` or ``type``; or how far a GeoProperty is from
    ``origin`` (GeoJSON). What does not have it comes last either way."""

    path: Path | Literal["id", "type"]
    descending: bool = False
    origin: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, kw_only=True)
class Selector:
    """Entities of any of these groups of types, and of all types in it; with one of these ids; with an id in which the
    regular expression matches. Empty means that it does not matter."""

    types: tuple[tuple[str, ...], ...] = ()
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Entities for which all of this is so: any of ``selectors`` fits (with none, every entity does), it has any of
    ``attributes``, and the query, scope query and geoquery hold."""

    selectors: tuple[Selector, ...] = ()
    attributes: frozenset[str] = frozenset()
    query: Condition | None = None
    scopes: Scopes | None = None
    place: Place | None = None
    order: tuple[Order, ...] = ()
    collation: str | None = None
