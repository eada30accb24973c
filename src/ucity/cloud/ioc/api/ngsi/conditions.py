"""What else a query may state: scopes, how places lie, and the order of the answer.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.10 (geoquery), 4.19 (scopes) and 4.23 (ordering).
"""

import math
import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from ucity.cloud.ioc.api.ngsi.attributes import attribute_iri
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.geometry import geometry
from ucity.cloud.ioc.api.ngsi.lexical import shown, unquoted
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.query_language import read_query
from ucity.cloud.ioc.policy.names import LOCATION, SCOPE
from ucity.cloud.ioc.store.query.terms import Order, Path, Place, Relation, ScopePattern, Scopes, Term

_LEVEL = r"(?:[^\W\d_]\w*|\+)"
_SCOPE = re.compile(rf"/?{_LEVEL}(?:/{_LEVEL})*(?:/#)?|/#")
_ALTERNATIVE = re.compile(r"\(([^()|,]+)\)|([^()|,;]+)")
_NEAR = re.compile(r"near;(maxDistance|minDistance)==([0-9.eE+-]+)")
_DIRECTIONS = ("asc", "desc", "dist-asc", "dist-desc")
_MOST_ORDERS = 10


def read_scopes(text: str) -> Scopes:
    """A scope query like ``/Town/+/Parks/#`` or ``(/Town;/Country)|/World``."""
    groups: list[tuple[ScopePattern, ...]] = []
    text, at = unquoted(text), 0
    while True:
        found = _ALTERNATIVE.match(text, at)
        if found is None:
            raise BadRequestData(f"scopeQ is like /A/B, (/A;/B)|/C or /A/#, not {shown(text)}.")
        groups.append(tuple(_scope_pattern(each) for each in (found[1] or found[2]).split(";")))
        at = found.end()
        if at == len(text):
            return Scopes(tuple(groups))
        if text[at] not in ",|":
            raise BadRequestData(f"scopeQ is like /A/B, (/A;/B)|/C or /A/#, not {shown(text)}.")
        at += 1


def _scope_pattern(text: str) -> ScopePattern:
    """The scopes that one specification means."""
    if not _SCOPE.fullmatch(text):
        raise BadRequestData(f"A scope in scopeQ is like /A/B, /A/+/C or /A/#, not {shown(text)}.")
    levels = text.removesuffix("/#").removeprefix("/")
    return ScopePattern(
        tuple(None if level == "+" else level for level in levels.split("/")) if levels else (), text.endswith("/#")
    )


def read_place(given: Mapping[str, Any], names: Names) -> Place | None:
    """A geoquery of ``georel``, ``geometry``, ``coordinates`` (JSON, or a text of it) and ``geoproperty``; None when
    there is none."""
    if not {"georel", "geometry", "coordinates"} & given.keys():
        return None
    missing = [name for name in ("georel", "geometry", "coordinates") if not given.get(name)]
    if missing:
        raise BadRequestData(f"A geoquery has georel, geometry and coordinates; {missing[0]} is missing.")
    relation, metres, beyond = _relation(given["georel"])
    attribute = given.get("geoproperty")
    return Place(
        attribute_iri(attribute, names) if attribute is not None else LOCATION,
        relation,
        reference(given["geometry"], given["coordinates"], "The reference geometry"),
        metres,
        beyond,
    )


def _relation(text: Any) -> tuple[Relation, float, bool]:
    if not isinstance(text, str):
        raise BadRequestData(f"georel is a text, not {shown(text)}.")
    found = _NEAR.fullmatch(text)
    if found is None:
        if text in get_args(Relation) and text != "near":
            relation: Relation = text  # type: ignore[assignment]  # it was just found among them
            return relation, 0.0, False
        raise BadRequestData(
            f"georel is near;maxDistance==METRES or one of {', '.join(get_args(Relation))}, not {shown(text)}."
        )
    try:
        metres = float(found[2])
    except ValueError:
        metres = math.nan
    if not 0 < metres < math.inf:
        raise BadRequestData(f"A distance in georel is a number of metres above 0, not {shown(found[2])}.")
    return "near", metres, found[1] == "minDistance"


def reference(kind: Any, coordinates: Any, what: str) -> dict[str, Any]:
    """A geometry given as its type and its coordinates, these as JSON or as a text of it."""
    if isinstance(coordinates, str):
        try:
            coordinates = msgspec.json.decode(coordinates)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise BadRequestData(f"{what}: {shown(coordinates)} is no JSON array of coordinates.") from None
    return geometry({"type": kind, "coordinates": coordinates}, what)


def read_order(given: str, names: Names, origin: Mapping[str, Any] | None) -> tuple[Order, ...]:
    """What ``orderBy`` asks for; ``origin`` is the geometry from which distances count."""
    elements = given.split(",")
    if len(elements) > _MOST_ORDERS:
        raise BadRequestData(f"orderBy takes at most {_MOST_ORDERS} names.")
    return tuple(_order(each, names, origin) for each in elements)


def _order(text: str, names: Names, origin: Mapping[str, Any] | None) -> Order:
    name, _, direction = text.partition(";")
    if direction not in ("", *_DIRECTIONS) or (text.endswith(";")):
        raise BadRequestData(
            f"A name in orderBy is followed by one of ;{', ;'.join(_DIRECTIONS)}, not {shown(direction)}."
        )
    path = _order_path(name, names)
    if not direction.startswith("dist"):
        return Order(path=path, descending=direction == "desc")
    if origin is None:
        raise BadRequestData("Ordering by distance needs orderFrom, the coordinates from which it counts.")
    if not isinstance(path, Path) or path.inner or path.member or path.trail:
        raise BadRequestData(f"There is no distance to {shown(name)}, which is no GeoProperty.")
    return Order(path=path, descending=direction == "dist-desc", origin=origin)


def _order_path(name: str, names: Names) -> Any:
    if name in ("id", "type"):
        return name
    if name == "scope":
        # Kept as an array whatever their number: those of one come first, as a text is before an array (4.23.2).
        return Path(attribute=SCOPE)
    found = read_query(name, names)
    if not isinstance(found, Term) or found.operator or found.path.links:
        raise BadRequestData(f"orderBy takes id, type, scope and paths to attributes, not {shown(name)}.")
    return found.path
