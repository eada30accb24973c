"""What the city's services declare, held against what clients write through NGSI-LD.

Types that no service declares take anything. Of a declared type, an attribute that a stream measures has to be what the
stream declares, so that maps, indices and rules can rely on it; one that a rule computes cannot be written by anyone.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ucity.blueprint import UNITS, Catalogue, Kind, Measure
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import shown
from ucity.cloud.ioc.policy.names import attribute_iri, type_iri
from ucity.cloud.ioc.store import Document
from ucity.errors import Forbidden

AHEAD = timedelta(minutes=5)
"""How far an observation may lie ahead of the city's clock: as for readings."""


class DeclaredTypes:
    """Rules for documents of declared types."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._measures: dict[str, dict[str, Measure]] = {}
        self._computed: dict[str, frozenset[str]] = {}
        for declared in catalogue.streams.values():
            stream, of = declared.stream, type_iri(declared.stream.entity_type)
            measures = {attribute_iri(measure.key): measure for measure in stream.measures}
            if stream.derived:
                self._computed[of] = self._computed.get(of, frozenset()) | measures.keys()
            else:
                self._measures.setdefault(of, {}).update(measures)
        for of, names in self._computed.items():
            self._computed[of] = names - self._measures.get(of, {}).keys()

    def computed(self, types: Iterable[str]) -> frozenset[str]:
        """Attributes (IRIs) of entities of these types that only rules write."""
        found: frozenset[str] = frozenset()
        for each in types:
            found |= self._computed.get(each, frozenset())
        return found

    def check(self, before: Document | None, after: Document | None) -> None:
        """Raise Forbidden or BadRequestData when an edit does what the declarations rule out."""
        if after is None:
            return
        for of in dict.fromkeys([*after.types, *(before.types if before else ())]):
            # What an entity had before it was of this type is as good as new.
            old = before.attrs if before and of in before.types else {}
            for iri in self._computed.get(of, ()):
                if old.get(iri) != after.attrs.get(iri):
                    raise Forbidden(f"{iri} is computed by a rule of the city; nobody may write it.")
            for iri, measure in self._measures.get(of, {}).items():
                if iri in after.attrs and after.attrs[iri] is not old.get(iri):
                    self._check_measure(iri, after.attrs[iri], measure)

    def _check_measure(self, iri: str, attribute: Any, measure: Measure) -> None:
        if not isinstance(attribute, dict) or attribute["type"] != "Property" or "datasetId" in attribute:
            raise BadRequestData(f"{iri} is measured by the city: it is one Property, without a datasetId.")
        value, problem = attribute["value"], None
        if measure.kind is Kind.NUMBER:
            problem = _number_problem(value, attribute.get("unitCode"), measure)
        elif not isinstance(value, str) or len(value) > 256 or (measure.options and value not in measure.options):
            problem = f"one of {', '.join(measure.options)}" if measure.options else "a text of at most 256 characters"
        if problem:
            raise BadRequestData(f"{iri} is measured by the city: it has to be {problem}, not {shown(value)}.")
        self._check_time(iri, attribute.get("observedAt"))

    def _check_time(self, iri: str, observed_at: str | None) -> None:
        if observed_at and datetime.fromisoformat(observed_at).astimezone(UTC) > self._clock() + AHEAD:
            raise BadRequestData(f"{iri} was observed at {observed_at}, which is still to come.")


def _number_problem(value: Any, unit_code: str | None, measure: Measure) -> str | None:
    low, high = measure.valid or (float("-inf"), float("inf"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return f"a number from {low:g} to {high:g} in {measure.unit}"
    expected = UNITS[measure.unit].cefact if measure.unit else None
    if unit_code is not None and unit_code != expected:
        return f"in {measure.unit}, whose unitCode is {expected}"
    return None
