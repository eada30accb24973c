"""What a request asks for: which entities, how they are shown, what is joined to them, which page.

The same is said in the query string of GET and in the body of POST; both are read into a ``Question``.
Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.23, 5.2.33, 5.5.9, 5.7.1, 5.7.2, 6.4.3.2 and 6.5.3.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import attribute_iri
from ucity.cloud.ioc.api.ngsi.conditions import read_order, read_place, read_scopes, reference
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.joining import MOST_LEVEL, Join
from ucity.cloud.ioc.api.ngsi.languages import read_languages
from ucity.cloud.ioc.api.ngsi.lexical import shown, uri
from ucity.cloud.ioc.api.ngsi.media import GEO_JSON
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import Parameters
from ucity.cloud.ioc.api.ngsi.query_language import depth_of, has_attribute, read_query
from ucity.cloud.ioc.api.ngsi.render import View
from ucity.cloud.ioc.api.ngsi.selection import read_attributes, read_members, read_types
from ucity.cloud.ioc.policy.names import LOCATION
from ucity.cloud.ioc.store.query.patterns import compiled
from ucity.cloud.ioc.store.query.terms import Condition, Order, Selection, Selector

_PLAIN = View()
_NO_JOIN = Join()


@dataclass(frozen=True)
class Shown:
    """How entities are shown. ``geometry``: the GeoProperty (IRI) that is a feature's geometry."""

    view: View = field(default_factory=View)
    join: Join = field(default_factory=Join)
    geometry: str = LOCATION


def read_shown(parameters: Parameters, names: Names, media: str) -> Shown:
    """How the request wants entities to be shown in an answer of this media type."""
    if not parameters.given:
        return Shown(_PLAIN, _NO_JOIN)
    join = _join(parameters)
    named = parameters.text("geometryProperty")
    if named is not None and media != GEO_JSON:
        raise BadRequestData(f"geometryProperty goes with Accept: {GEO_JSON} alone.")
    language = parameters.text("lang")
    view = View(
        form=parameters.form(),
        system="sysAttrs" in parameters.options(),
        attributes=read_attributes(parameters.text("attrs"), names),
        pick=read_members(parameters.text("pick"), names, "pick", join_level=join.level),
        omit=read_members(parameters.text("omit"), names, "omit", join_level=join.level),
        datasets=parameters.datasets(),
        languages=None if language is None else read_languages(language),
    )
    return Shown(view, join, LOCATION if named is None else attribute_iri(named, names))


def _join(parameters: Parameters) -> Join:
    kind = parameters.text("join") or "@none"
    if kind not in ("flat", "inline", "@none"):
        raise BadRequestData(f"join is flat, inline or @none, not {shown(kind)}.")
    level = parameters.number("joinLevel", 1)
    if not 1 <= level <= MOST_LEVEL:
        raise BadRequestData(f"joinLevel is from 1 to {MOST_LEVEL}.")
    passed = parameters.text("containedBy")
    seen = frozenset(uri(each, "Each id in containedBy") for each in passed.split(",")) if passed else frozenset()
    return _NO_JOIN if kind == "@none" else Join(kind == "inline", level, seen)


def read_selection(
    parameters: Parameters,
    names: Names,
    *,
    selectors: tuple[Selector, ...] | None = None,
    local: bool = False,
    scope: bool = False,
) -> Selection:
    """Which entities a query means. ``selectors``: those that a body gives, in the place of ``type``, ``id`` and
    ``idPattern``; ``local``: they mean this city's entities alone; ``scope``: it may be among the attributes.

    Raises BadRequestData for a query that means all entities without saying so.
    """
    if selectors is None:
        selectors = read_selectors([parameters.given], names)
        local = parameters.given.get("type") == "*"
    if local and parameters.given.get("local") == "false":
        raise BadRequestData("type=* asks for what is here, and local=false for what is elsewhere.")
    local = local or parameters.flag("local")
    attributes = read_attributes(parameters.text("attrs"), names, scope=scope) or frozenset()
    query = _query(parameters, names)
    place = read_place(parameters.given, names)
    is_narrow = any(each.types for each in selectors) or attributes or place or (query and has_attribute(query))
    if not is_narrow and not local:
        raise BadRequestData("This query is too wide. Give type, attrs, q or georel, or local=true.")
    scopes = parameters.text("scopeQ")
    return Selection(
        selectors=tuple(each for each in selectors if each != Selector()),
        attributes=attributes,
        query=query,
        scopes=None if scopes is None else read_scopes(scopes),
        place=place,
        order=_order(parameters, names, local=local),
        collation=parameters.text("collation"),
    )


def read_selectors(given: list[Mapping[str, Any]], names: Names) -> tuple[Selector, ...]:
    """Each of the objects with ``type``, ``id`` and ``idPattern``."""
    return tuple(_selector(each, names) for each in given)


def _selector(given: Mapping[str, Any], names: Names) -> Selector:
    kind, ids, pattern = (given.get(name) for name in ("type", "id", "idPattern"))
    for name, value in (("type", kind), ("id", ids), ("idPattern", pattern)):
        if value == "":
            raise BadRequestData(f"The parameter {name} is empty.")
    if pattern is not None:
        compiled(pattern)
    return Selector(
        types=() if kind is None or kind == "*" else read_types(kind, names).groups,
        ids=tuple(uri(each, "Each id") for each in ids.split(",")) if ids else (),
        id_pattern=pattern,
    )


def _query(parameters: Parameters, names: Names) -> Condition | None:
    """The condition in ``q``; whatever is said of other brokers has to be well-formed too."""
    if (source := parameters.text("csf")) is not None:
        read_query(source, names)
    expanded = read_attributes(parameters.text("expandValues"), names) or frozenset()
    read_attributes(parameters.text("jsonKeys"), names)
    text = parameters.text("q")
    if text is None:
        return None
    query = read_query(text, names, expanded)
    depth = depth_of(query)
    if depth and depth > _join(parameters).level:
        raise BadRequestData("q looks into linked entities; join and joinLevel have to reach as deep.")
    return query


def _order(parameters: Parameters, names: Names, *, local: bool) -> tuple[Order, ...]:
    coordinates = parameters.text("orderFrom")
    kind = parameters.text("orderGeometry") or "Point"
    origin = None if coordinates is None else reference(kind, coordinates, "orderFrom")
    text = parameters.text("orderBy")
    if text is None:
        return ()
    if not local:
        raise BadRequestData("Entities are only ordered within this city. Ask with local=true.")
    return read_order(text, names, origin)
