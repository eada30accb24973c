"""What the city's services declare, held against what clients write through NGSI-LD.

Types that no service declares take anything. Of a declared type, what its streams tell has to be as they declare it, so
that maps, indices and rules can rely on it; what a rule computes cannot be written by anyone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ucity.blueprint import UNITS, Catalogue, Kind, Measure, Stream
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import shown
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, type_iri
from ucity.cloud.ioc.store import Document
from ucity.errors import Forbidden

AHEAD = timedelta(minutes=5)
"""How far an observation may lie ahead of the city's clock: as for readings."""
LONGEST_TEXT = 256

Check = Callable[[Mapping[str, Any]], str | None]
"""An attribute to what it has to be, when it is not."""


@dataclass
class _Type:
    """``start``: how ids of its things begin. ``checks``: attributes (IRIs) that streams tell. ``units``: attributes
    to the unitCode of their numbers."""

    start: str
    computed: set[str] = field(default_factory=set)
    checks: dict[str, Check] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


class DeclaredTypes:
    """Rules for documents of declared types."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._types: dict[str, _Type] = {}
        for declared in catalogue.streams.values():
            self._take(declared.stream)
        for each in self._types.values():
            each.computed -= each.checks.keys()

    def _take(self, stream: Stream) -> None:
        of = self._types.setdefault(type_iri(stream.entity_type), _Type(stream.entity_id("")))
        for measure in stream.measures:
            code = UNITS[measure.unit].cefact if measure.unit else None
            if code and code != "C62":
                of.units[attribute_iri(measure.key)] = code
        if stream.derived:
            of.computed |= {attribute_iri(key) for key in stream.by_key}
            return
        of.checks[LOCATION] = _place
        of.checks |= {attribute_iri(label): _text(()) for label in stream.labels}
        of.checks |= {attribute_iri(measure.key): self._measure(measure) for measure in stream.measures}

    def computed(self, types: Iterable[str]) -> frozenset[str]:
        """Attributes (IRIs) of entities of these types that only rules write."""
        return frozenset(iri for each in types if each in self._types for iri in self._types[each].computed)

    def unit_code(self, types: Iterable[str], attribute: str) -> str | None:
        """The unitCode of what the streams tell of an attribute of entities of these types; None when it has none."""
        return next((self._types[each].units.get(attribute) for each in types if each in self._types), None)

    def check(self, before: Document | None, after: Document | None) -> None:
        """Raise Forbidden or BadRequestData when an edit does what the declarations rule out."""
        if after is None:
            return
        for iri, of in self._types.items():
            if iri in after.types or (before and iri in before.types):
                # What an entity had before it was of this type is as good as new.
                _check(of, before.attrs if before and iri in before.types else {}, after.attrs)
            if after.id.startswith(of.start) and iri not in after.types:
                raise BadRequestData(f"Ids that begin with {of.start} are for things of the type {iri}.")

    def _measure(self, measure: Measure) -> Check:
        kind = _number(measure) if measure.kind is Kind.NUMBER else _text(measure.options)

        def check(attribute: Mapping[str, Any]) -> str | None:
            observed_at = attribute.get("observedAt")
            if observed_at and datetime.fromisoformat(observed_at).astimezone(UTC) > self._clock() + AHEAD:
                return f"observed in the past, not at {observed_at}"
            return kind(attribute)

        return check


def _check(of: _Type, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for iri in of.computed:
        if old.get(iri) != new.get(iri):
            raise Forbidden(f"{iri} is computed by a rule of the city; nobody may write it.")
    for iri, check in of.checks.items():
        attribute = new.get(iri)
        if attribute is None or attribute is old.get(iri):
            continue
        if not isinstance(attribute, dict) or "datasetId" in attribute:
            raise BadRequestData(f"A service of the city declares {iri}: it has one instance, without a datasetId.")
        if problem := check(attribute):
            raise BadRequestData(f"A service of the city declares {iri}: it has to be {problem}.")


def _place(attribute: Mapping[str, Any]) -> str | None:
    return None if attribute["type"] == "GeoProperty" else "a GeoProperty"


def _text(options: tuple[str, ...]) -> Check:
    def check(attribute: Mapping[str, Any]) -> str | None:
        value = attribute.get("value")
        if attribute["type"] != "Property" or not isinstance(value, str) or len(value) > LONGEST_TEXT:
            return f"a Property with a text of at most {LONGEST_TEXT} characters"
        return None if not options or value in options else f"one of {', '.join(options)}, not {shown(value)}"

    return check


def _number(measure: Measure) -> Check:
    low, high = measure.valid or (float("-inf"), float("inf"))
    unit_code = UNITS[measure.unit].cefact if measure.unit else None

    def check(attribute: Mapping[str, Any]) -> str | None:
        value = attribute.get("value")
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
        if attribute["type"] != "Property" or not low <= number <= high:
            return f"a Property with a number from {low:g} to {high:g} in {measure.unit}, not {shown(value)}"
        if attribute.get("unitCode", unit_code) != unit_code:
            return f"in {measure.unit}, whose unitCode is {unit_code}"
        return None

    return check
