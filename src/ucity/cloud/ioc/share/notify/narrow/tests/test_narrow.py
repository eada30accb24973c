"""Whatever is narrowed down: all that a change concerns is found, and little else is looked at."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.cloud.ioc.policy.names import LOCATION, SCOPE
from ucity.cloud.ioc.share.notify.narrow import FEW, Shelf
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.query.matching import matches
from ucity.cloud.ioc.store.query.terms import (
    CREATED,
    All,
    Condition,
    Either,
    Link,
    Operator,
    Path,
    Place,
    Range,
    ScopePattern,
    Scopes,
    Selection,
    Term,
    Value,
)

NAMES = ("urn:p:a", "urn:p:b", "urn:p:c")
DAYS = ("2026-11-24", "2026-11-25")
TYPE = "urn:t:A"


def _degrees(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda degrees: round(degrees, 5))


_NUMBERS = st.integers(-4, 4) | st.floats(-4, 4) | st.sampled_from((1e308, -1e308, 10**400, 0.1, 2**60))
_TEXTS = st.sampled_from(("x", "y", "xy", "", *DAYS))
_WORTHS = _NUMBERS | _TEXTS | st.booleans()
_VALUES = _NUMBERS | _WORTHS | st.lists(_WORTHS, max_size=3) | st.dictionaries(st.sampled_from(("m", "n")), _WORTHS)
_COORDINATES = st.tuples(_degrees(-180, 180), _degrees(-90, 90)) | st.tuples(_degrees(129, 129.01), _degrees(35, 35.01))
_POINTS = _COORDINATES.map(lambda at: {"type": "Point", "coordinates": list(at)})


def _rectangle(one: tuple[float, float], other: tuple[float, float]) -> dict[str, Any]:
    (west, south), (east, north) = one, other
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


_PLACES = _POINTS | st.builds(_rectangle, _COORDINATES, _COORDINATES).filter(
    lambda it: all(a[0] != b[0] and a[1] != b[1] for a, b in [it["coordinates"][0][::2][:2]])
)
_PLAIN = _VALUES.map(lambda value: {"type": "Property", "value": value})
_ATTRIBUTES = st.one_of(
    _PLAIN,
    st.builds(lambda outer, inner: {**outer, NAMES[0]: inner}, _PLAIN, _PLAIN),
    _TEXTS.map(lambda text: {"type": "Relationship", "object": text}),
    st.dictionaries(st.sampled_from(("en", "ko")), _TEXTS).map(
        lambda it: {"type": "LanguageProperty", "languageMap": it}
    ),
    _PLACES.map(lambda value: {"type": "GeoProperty", "value": value}),
)
_SCOPES = st.lists(st.sampled_from(("/x", "/x/y", "x/y/z", "/w/y")), min_size=1, max_size=2)
_DOCUMENTS = st.builds(
    lambda attrs, scopes, place: Document(
        id="urn:e:1",
        types=[TYPE],
        attrs=attrs
        | ({SCOPE: {"type": "Property", "value": scopes}} if scopes else {})
        | ({LOCATION: {"type": "GeoProperty", "value": place}} if place else {}),
        created_at=datetime(2026, 11, 24, tzinfo=UTC),
    ),
    st.dictionaries(st.sampled_from(NAMES), _ATTRIBUTES | st.lists(_PLAIN | _ATTRIBUTES, min_size=2, max_size=3)),
    st.none() | _SCOPES,
    st.none() | _PLACES,
)

_PATHS = st.builds(
    Path,
    attribute=st.sampled_from((*NAMES, CREATED)),
    inner=st.sampled_from(((), (), (), (NAMES[0],))),
    trail=st.sampled_from(((), (), (), (), ("m",), ("en",), ("*",))),
    links=st.sampled_from(((), (), (), (Link(NAMES[1]),))),
)
_KNOWN = st.one_of(
    st.floats(-4, 4).map(Value),
    st.integers(-4, 4).map(lambda number: Value(float(number))),
    _TEXTS.map(Value),
    st.booleans().map(lambda flag: Value(value=flag)),
    st.sampled_from(DAYS).map(lambda text: Value(date.fromisoformat(text))),
)
_RANGES = st.one_of(
    st.tuples(st.floats(-5, 5), st.floats(-5, 5)).map(lambda it: Range(*(Value(each) for each in it))),
    st.sampled_from((Range(Value(-1e308), Value(1e308)), Range(Value(0.1), Value(0.1)), Range(Value("x"), Value("y")))),
)
_ORDERS: tuple[Operator, ...] = (">", ">=", "<", "<=")
_TERMS = st.one_of(
    st.builds(Term, _PATHS),
    st.builds(
        Term, _PATHS, st.sampled_from(("==", "==", "!=")), st.lists(_KNOWN | _RANGES, min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Term, _PATHS, st.sampled_from(_ORDERS), st.tuples(st.floats(-4, 4).map(Value) | _KNOWN)),
    st.builds(Term, _PATHS, st.sampled_from(("~=", "!~=")), st.just((Value("x"),))),
)
_CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    _TERMS,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from((All, Either)),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=5,
)
_PATTERNS = st.builds(
    ScopePattern, st.lists(st.sampled_from(("x", "y", "w", None)), max_size=3).map(tuple), st.booleans()
).filter(lambda pattern: bool(pattern.levels) or pattern.below)
_GEOQUERIES = st.builds(
    Place,
    st.sampled_from((LOCATION, NAMES[0])),
    st.sampled_from(("near", "within", "contains", "intersects", "equals", "disjoint", "overlaps")),
    _PLACES,
    st.floats(0.1, 5e6),
    st.booleans(),
)
_SELECTIONS = st.builds(
    Selection,
    query=st.none() | _CONDITIONS,
    scopes=st.none()
    | st.lists(st.lists(_PATTERNS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple).map(Scopes),
    place=st.none() | _GEOQUERIES,
)


@settings(max_examples=200)
@given(st.lists(_SELECTIONS, min_size=1, max_size=12), st.lists(_DOCUMENTS, max_size=4), st.sampled_from((0, 0, 3)))
def test_all_that_are_meant_are_found(selections: list[Selection], documents: list[Document], few: int) -> None:
    shelf = Shelf(few)
    for key, selection in enumerate(selections):
        shelf.put(key, selection)
    for gone in range(0, len(selections), 3):
        shelf.remove(gone)
    there = [key for key in range(len(selections)) if key % 3]
    for document in documents:
        found = shelf.find(document)
        assert found <= set(there)
        linked = {"x": document}.get
        assert {key for key in there if matches(selections[key], document, linked)} <= found


def test_who_asks_for_something_wrong_is_found_by_all() -> None:
    shelf = Shelf(0)
    shelf.put(1, Selection(place=Place(LOCATION, "within", {"type": "Nowhere", "coordinates": "?"})))
    assert shelf.find(_at(129, 35)) == {1}


def test_a_document_with_something_wrong_in_it_finds_all() -> None:
    shelf = Shelf(0)
    for key in range(3):
        shelf.put(key, _around(key))
    wrong = {"type": "GeoProperty", "value": {"type": "Nowhere", "coordinates": "?"}}
    assert shelf.find(Document(id="urn:e:1", types=[TYPE], attrs={LOCATION: wrong})) == {0, 1, 2}


@given(st.lists(_SELECTIONS, max_size=12))
def test_what_is_taken_out_leaves_nothing_behind(selections: list[Selection]) -> None:
    shelf = Shelf(0)
    for key, selection in enumerate(selections):
        shelf.put(key, selection)
    for key in range(len(selections)):
        shelf.remove(key)
    assert not shelf
    assert not shelf._trays


def _with_value(value: object) -> Document:
    return Document(id="urn:e:1", types=[TYPE], attrs={NAMES[0]: {"type": "Property", "value": value}})


def _at(lon: float, lat: float) -> Document:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}
    return Document(id="urn:e:1", types=[TYPE], attrs={LOCATION: place})


def _of_value(operator: Operator, value: Value | Range) -> Selection:
    return Selection(query=Term(Path(attribute=NAMES[0]), operator, (value,)))


def _around(number: int, metres: float = 0.0) -> Selection:
    west, south = 129 + number % 50 * 0.01, 35 + number // 50 * 0.01
    if metres:
        place = Place(LOCATION, "near", {"type": "Point", "coordinates": [west, south]}, metres)
    else:
        place = Place(LOCATION, "within", _rectangle((west, south), (west + 0.008, south + 0.008)))
    return Selection(place=place)


def _often(number: int) -> Selection:
    """What many ask for alike, and what one alone does besides."""
    alike = Term(Path(attribute=NAMES[1]), "==", (Value("on"),))
    return Selection(query=All((alike, Term(Path(attribute=NAMES[0]), "==", (Value(float(number)),)))))


def _on(value: float) -> Document:
    document = _with_value(value)
    return Document(
        id=document.id, types=[TYPE], attrs=document.attrs | {NAMES[1]: {"type": "Property", "value": "on"}}
    )


@pytest.mark.parametrize(
    ("selection_of", "document"),
    [
        (lambda n: _of_value("==", Value(f"urn:x:{n}")), _with_value("urn:x:500")),
        (lambda n: _of_value(">", Value(float(n))), _with_value(3)),
        (lambda n: _of_value("<=", Value(float(n))), _with_value(997)),
        (lambda n: _of_value("==", Range(Value(n / 100), Value(n / 100 + 0.02))), _with_value(5.005)),
        (_around, _at(129.1234, 35.0634)),
        (lambda n: _around(n, 300.0), _at(129.1201, 35.0601)),
        (
            lambda n: Selection(scopes=Scopes(((ScopePattern(("Busan", f"place{n}"), below=True),),))),
            Document(id="urn:e:1", types=[TYPE], attrs={SCOPE: {"type": "Property", "value": ["/Busan/place7/Park"]}}),
        ),
        (_often, _on(500)),
    ],
    ids=["equal", "above", "below", "between", "within", "near", "scope", "two conditions"],
)
def test_of_a_thousand_few_are_looked_at_that_are_not_meant(
    selection_of: Callable[[int], Selection], document: Document
) -> None:
    shelf = Shelf()
    selections = [selection_of(number) for number in range(1000)]
    for key, selection in enumerate(selections):
        shelf.put(key, selection)
    meant = {key for key, selection in enumerate(selections) if matches(selection, document)}
    found = shelf.find(document)
    assert 1 <= len(meant) <= 3
    assert meant <= found
    assert len(found - meant) <= FEW + 2
