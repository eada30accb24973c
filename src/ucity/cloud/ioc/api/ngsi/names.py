"""Short names to IRIs and back, by one JSON-LD context. Pure, and fast: each is a look-up once it was seen.

Names are resolved as JSON-LD resolves terms (JSON-LD 1.1 API, IRI Expansion and IRI Compaction), but for names alone:
an entity as a whole never goes through a JSON-LD processor. docs/adr/0005 tells why.
"""

from collections.abc import Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.core_context import CORE_PREFIXES
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import is_uri, shown

_REMEMBERED = 20_000
_NO_IRI = ("@", "_:")
"""What a keyword and a blank node begin with."""


class Names:
    """One processed context. ``terms``: term to IRI, None for a term that stands for nothing. ``prefixes``: those that
    may stand before a colon. ``vocabulary``: what any other name is appended to."""

    def __init__(self, terms: Mapping[str, str | None], prefixes: Mapping[str, str], vocabulary: str) -> None:
        self._terms = terms
        self._vocabulary = vocabulary
        self._prefixes = prefixes
        # The core's own shorten nothing: a name that has no term is to be given in full (clause 5.5.7).
        short = ((iri, prefix) for prefix, iri in prefixes.items() if prefix not in CORE_PREFIXES and is_uri(f"{iri}x"))
        self._shortening = sorted(short, key=lambda pair: -len(pair[0]))
        self._short = _inverse(terms)
        self._expanded: dict[str, str] = {}
        self._compacted: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._terms)

    def expand(self, name: str) -> str:
        """The IRI of a name. Raises BadRequestData when the context gives it none."""
        found = self._expanded.get(name)
        if found is None:
            found = self._expand(name)
            _remember(self._expanded, name, found)
        return found

    def _expand(self, name: str) -> str:
        if name in self._terms:
            iri = self._terms[name]
            if iri is None or iri.startswith(_NO_IRI):
                raise BadRequestData(f"The @context gives {shown(name)} no IRI that a type or an attribute could have.")
            return iri
        prefix, colon, rest = name.partition(":")
        if not colon:
            return self._vocabulary + name
        base = self._prefixes.get(prefix)
        return name if base is None or rest.startswith("//") else f"{base}{rest}"

    def compact(self, iri: str) -> str:
        """The shortest name that expands to this IRI; the IRI itself where there is none."""
        found = self._compacted.get(iri)
        if found is None:
            found = self._compact(iri)
            _remember(self._compacted, iri, found)
        return found

    def _compact(self, iri: str) -> str:
        if iri in self._short:
            return self._short[iri]
        if iri.startswith(self._vocabulary) and self._comes_back(iri.removeprefix(self._vocabulary), iri):
            return iri.removeprefix(self._vocabulary)
        for base, prefix in self._shortening:
            if iri.startswith(base) and self._comes_back(short := f"{prefix}:{iri.removeprefix(base)}", iri):
                return short
        return iri

    def _comes_back(self, short: str, iri: str) -> bool:
        return bool(short) and not short.endswith(":") and short not in self._terms and self._expand(short) == iri


def _inverse(terms: Mapping[str, str | None]) -> dict[str, str]:
    """IRI to the shortest of its terms, the first in the alphabet of those of the same length."""
    ordered = sorted(terms, key=lambda term: (len(term), term))
    return {iri: term for term in reversed(ordered) if (iri := terms[term])}


def _remember(where: dict[str, str], key: str, value: str) -> None:
    # Names come from clients, so what is remembered has to be bounded.
    if len(where) >= _REMEMBERED:
        where.clear()
    where[key] = value


def processed(active: Mapping[str, Any]) -> Names:
    """Names of an active context as pyld gives it, which knows the terms that are prefixes (JSON-LD 1.1, 4.1.5)."""
    mappings = active["mappings"]
    terms = {term: None if mapping.get("reverse") else mapping["@id"] for term, mapping in mappings.items()}
    prefixes = {
        term: iri
        for term, mapping in mappings.items()
        if mapping.get("_prefix") and (iri := terms[term]) and not iri.startswith(_NO_IRI)
    }
    return Names(terms, prefixes, active["@vocab"])
