"""The query language read from texts, and decided alike by the database and in the process."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucity.cloud.ioc.api.ngsi import edits
from ucity.cloud.ioc.api.ngsi.attributes import WHOLE
from ucity.cloud.ioc.api.ngsi.conditions import read_place, read_scopes
from ucity.cloud.ioc.api.ngsi.contexts import build
from ucity.cloud.ioc.api.ngsi.entities import read_entity
from ucity.cloud.ioc.api.ngsi.query_language import read_query
from ucity.cloud.ioc.api.ngsi.tests.samples import DEFAULT
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool
from ucity.cloud.ioc.store.entities import Finder
from ucity.cloud.ioc.store.query.matching import matches
from ucity.cloud.ioc.store.query.terms import (
    All,
    Condition,
    Either,
    Link,
    Path,
    Range,
    Selection,
    Selector,
    Term,
    Value,
)
from ucity.cloud.ioc.store.rows import attribute_numbers
from ucity.cloud.ioc.store.search import Page, search
from ucity.cloud.ioc.store.sought import fill as fill_index
from ucity.cloud.ioc.store.sought import note
from ucity.errors import BadInput

NAMES = build([])
NOW = "2026-11-24T08:00:00.250000Z"


def path(attribute: str, *inner: str, **rest: Any) -> Path:
    return Path(attribute=DEFAULT + attribute, inner=tuple(DEFAULT + each for each in inner), **rest)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("temperature", Term(path("temperature"))),
        ("temperature==20", Term(path("temperature"), "==", (Value(20.0),))),
        ("brandName!=Mercedes-Benz", Term(path("brandName"), "!=", (Value("Mercedes-Benz"),))),
        ('brandName!="Mer\\u0063edes"', Term(path("brandName"), "!=", (Value("Mercedes"),))),
        ("isParked==urn:ngsi-ld:Parking:1", Term(path("isParked"), "==", (Value("urn:ngsi-ld:Parking:1"),))),
        ("on==true", Term(path("on"), "==", (Value(value=True),))),
        ("a==1.5e1..20", Term(path("a"), "==", (Range(Value(15.0), Value(20.0)),))),
        ('a!="x","y"', Term(path("a"), "!=", (Value("x"), Value("y")))),
        ('a=="x".."z",1', Term(path("a"), "==", (Range(Value("x"), Value("z")), Value(1.0)))),
        ("a>=2026-11-24", Term(path("a"), ">=", (Value(date(2026, 11, 24)),))),
        ("a<12:30:00Z", Term(path("a"), "<", (Value(time(12, 30)),))),
        (
            "a.observedAt>=2017-12-24T12:00:00Z",
            Term(path("a", member="observedAt"), ">=", (Value(datetime(2017, 12, 24, 12, tzinfo=UTC)),)),
        ),
        ("a.b.unitCode", Term(path("a", "b", member="unitCode"))),
        (
            "sensor.rawdata[airquality.PM20]<=40",
            Term(path("sensor", "rawdata", trail=("airquality", "PM20")), "<=", (Value(40.0),)),
        ),
        ('color[en-GB]=="red"', Term(path("color", trail=("en-GB",)), "==", (Value("red"),))),
        ('color[*]=="red"', Term(path("color", trail=("*",)), "==", (Value("red"),))),
        ("name~=^a(b|;c)[|;)]$", Term(path("name"), "~=", (Value("^a(b|;c)[|;)]$"),))),
        ('name!~="a;b|c"', Term(path("name"), "!~=", (Value("a;b|c"),))),
        ("sensor{humidity}==40", Term(path("humidity", links=(Link(DEFAULT + "sensor"),)), "==", (Value(40.0),))),
        (
            "a{B,C:d{e.f}}",
            Term(path("e", "f", links=(Link(DEFAULT + "a", (DEFAULT + "B", DEFAULT + "C")), Link(DEFAULT + "d")))),
        ),
        (
            "createdAt>2026-01-01T00:00:00Z",
            Term(Path(attribute="createdAt"), ">", (Value(datetime(2026, 1, 1, tzinfo=UTC)),)),
        ),
    ],
)
def test_terms_mean_what_the_specification_says(text: str, meant: Term) -> None:
    assert read_query(text, NAMES) == meant


def test_and_binds_closer_than_or() -> None:
    a, b, c = (Term(path(name)) for name in "abc")
    assert read_query("a;b|c", NAMES) == Either((All((a, b)), c))
    assert read_query("a;(b|c)", NAMES) == All((a, Either((b, c))))
    assert read_query("((a;b)|c)", NAMES) == Either((All((a, b)), c))
    assert read_query("a~=x;b", NAMES) == All((Term(path("a"), "~=", (Value("x"),)), b))


@pytest.mark.parametrize(
    "text",
    [
        *("", "a==", "a=1", "a;", "|a", "(a", "a)", "a==b c", 'a=="x', "a==1..", "a==1..true", "a>1,2", "a>1..2", "1a"),
        *("a>true", "a<=false", 'a=="\\u0000"', 'a=="b\\u0000".."c"'),
        *("a[", "a[]", "a[b", "a.", "a{", "a{b", "a{b}}", "a==1e999", "a==2026-02-30", "a~=(", "a~=", "a~=\\1", "a b"),
        *(
            "a~=(?<x>b)",
            'a=="\\x"',
            "type==1",
            "value",
            "observedAt",
            "a.value",
            "(" * 50 + "a" + ")" * 50,
            ";".join("a" * 300),
        ),
    ],
)
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_query(text, NAMES)


def test_values_of_names_are_expanded_where_that_is_asked_for() -> None:
    asked = frozenset({DEFAULT + "gender"})
    assert read_query("gender==Male", NAMES, asked) == Term(path("gender"), "==", (Value(DEFAULT + "Male"),))


# --- the database and the process decide alike -----------------------------------------------------------------------

WORDS = ("a", "b", "c")
TEXTS = st.sampled_from(
    [
        *("red", "Red", "blue", "", "20", "urn:t:0", "urn:t:1", "가", "2026-11-24", "2026-11-24T08:00:00Z", "12:00:00"),
        *("2026-11-24T08:00:00.5Z", "2026-02-30T00:00:00Z", "12:00:00.5Z", "2026-13-01", DEFAULT + "red"),
    ]
)
NUMBERS = st.sampled_from([0, 1, 1.0, -1, 20, 20.5, 0.1, 1e300, 9007199254740993])
SCALARS = TEXTS | NUMBERS | st.booleans()
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WORDS, "en", "@value"]), inner, max_size=3)
    ),
    max_leaves=4,
)
IDS = st.sampled_from([f"urn:t:{number}" for number in range(4)])
MAPS = st.dictionaries(
    st.sampled_from(["en", "de", "@none"]), TEXTS | st.lists(TEXTS, max_size=2), min_size=1, max_size=2
)
PLACES = st.builds(
    lambda lon, lat: {"type": "Point", "coordinates": [lon, lat]},
    st.sampled_from([129.0, 129.1, 129.2]),
    st.sampled_from([35.0, 35.1, 35.2]),
)
SQUARES = st.builds(
    lambda place, size: {
        "type": "Polygon",
        "coordinates": [
            [
                [place["coordinates"][0] + x * size, place["coordinates"][1] + y * size]
                for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
            ]
        ],
    },
    PLACES,
    st.sampled_from([0.05, 0.1]),
)
LINES = st.lists(PLACES, min_size=2, max_size=3).map(
    lambda places: {"type": "LineString", "coordinates": [each["coordinates"] for each in places]}
)
SHAPES = PLACES | SQUARES | LINES
KINDS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("Property"), "value": VALUES},
        optional={"observedAt": st.sampled_from([NOW, "2026-11-24T08:00:00Z"]), "unitCode": st.just("CEL")},
    ),
    st.fixed_dictionaries({"type": st.just("Relationship"), "object": IDS | st.lists(IDS, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"type": st.just("ListRelationship"), "objectList": st.lists(IDS, max_size=2)}),
    st.fixed_dictionaries({"type": st.just("LanguageProperty"), "languageMap": MAPS}),
    st.fixed_dictionaries({"type": st.just("VocabProperty"), "vocab": st.sampled_from(["red", ["red", "blue"]])}),
    st.fixed_dictionaries(
        {
            "type": st.just("JsonProperty"),
            "json": st.dictionaries(st.sampled_from(WORDS), VALUES | st.none(), max_size=2),
        }
    ),
    st.fixed_dictionaries({"type": st.just("ListProperty"), "valueList": st.lists(SCALARS, max_size=2)}),
    st.fixed_dictionaries({"type": st.just("GeoProperty"), "value": SHAPES}),
)
INSTANCES = st.tuples(KINDS, st.dictionaries(st.sampled_from(WORDS), KINDS, max_size=1)).map(
    lambda both: {**both[1], **both[0]}
)
ATTRIBUTES = st.lists(INSTANCES, min_size=1, max_size=2).map(
    lambda many: many[0] if len(many) == 1 else [many[0], {**many[1], "datasetId": "urn:d:1"}]
)
ENTITIES = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["A", "B", ["A", "B"]])},
        optional={
            **{word: ATTRIBUTES for word in WORDS},
            "location": st.fixed_dictionaries({"type": st.just("GeoProperty"), "value": SHAPES}),
            "scope": st.lists(st.sampled_from(["/x", "/x/y", "/x/y/z", "w/y"]), min_size=1, max_size=2),
        },
    ),
    min_size=1,
    max_size=4,
).map(lambda many: [{**each, "id": f"urn:t:{number}"} for number, each in enumerate(many)])

PATHS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["a.b", "b.a", "a.observedAt", "a.unitCode", "createdAt", "a.datasetId", "b.c.observedAt"]),
    st.sampled_from(["a[b]", "a[a.b]", "a[en]", "b[*]", "c[@none]", "a.b[a]", "a{b}", "a{B:b}", "b{a{c}}", "c{a[en]}"]),
)
OPERANDS = st.sampled_from(
    [
        *('"red"', "20", "1", "0.1", "true", "false", "urn:t:1", "2026-11-24", "2026-11-24T08:00:00Z", "12:00:00Z"),
        *('""', "1e300", f'"{NOW}"', NOW, '"가"', "urn:d:1", '"CEL"', DEFAULT + "red"),
    ]
)
ORDERED = OPERANDS.filter(lambda text: text not in ("true", "false"))
LISTS = st.lists(
    OPERANDS | st.sampled_from(['"a".."s"', "0..20", "2026-01-01T00:00:00Z..2026-12-31T00:00:00Z"]),
    min_size=1,
    max_size=2,
).map(",".join)
PATTERNS = st.sampled_from(["^r", "e", "(?i)RED$", "^[[:alpha:]]+$", "\\d{2}", "red|blue", "^$", "urn:.:1", "가"]).map(
    lambda text: f'"{text}"'
)
TERMS = st.one_of(
    PATHS,
    st.builds("{}{}{}".format, PATHS, st.sampled_from(["==", "!="]), LISTS),
    st.builds("{}{}{}".format, PATHS, st.sampled_from([">", ">=", "<", "<="]), ORDERED),
    st.builds("{}{}{}".format, PATHS, st.sampled_from(["~=", "!~="]), PATTERNS),
)
QUERIES = st.recursive(
    TERMS, lambda inner: st.builds("({}{}{})".format, inner, st.sampled_from([";", "|"]), inner), max_leaves=4
)
SCOPES = st.sampled_from(["/x", "/x/#", "/#", "/x/+", "(/x;w/y)", "/+/y", "/w/y|/x/y/z", "(/x/#;/x/y)"])
RELATIONS = st.sampled_from(
    [
        "near;maxDistance==12000",
        "near;minDistance==12000",
        "within",
        "contains",
        "intersects",
        "equals",
        "disjoint",
        "overlaps",
    ]
)
GEOQUERIES = st.builds(
    lambda relation, shape, attribute: {
        "georel": relation,
        "geometry": shape["type"],
        "coordinates": shape["coordinates"],
        **attribute,
    },
    RELATIONS,
    SHAPES,
    st.sampled_from([{}, {"geoproperty": "a"}]),
)
SELECTORS = st.sampled_from(
    [
        (),
        (Selector(types=((DEFAULT + "A",),)),),
        (Selector(types=((DEFAULT + "A", DEFAULT + "B"),), id_pattern="[02]$"), Selector(ids=("urn:t:1", "urn:t:3"))),
    ]
)
OPEN = {DEFAULT + "A": frozenset({DEFAULT + "a", DEFAULT + "c"}), DEFAULT + "B": frozenset({DEFAULT + "b"})}
PREDICATES = st.sampled_from([Predicate("test", "", None), Predicate("test", "", OPEN)])


def created(sent: Mapping[str, Any]) -> Edit:
    change = edits.create(read_entity(sent, NAMES, WHOLE))
    return Edit(tenant="", id=sent["id"], apply=lambda doc: change(doc, NOW).document)


async def index_values(pool: Pool, *names: str) -> None:
    """Have the index of values know these attributes."""
    iris = {DEFAULT + name for name in names}
    await attribute_numbers(pool, iris)
    await note(pool, iris)
    await fill_index(pool, datetime.now(UTC))
    assert await pool.fetchval("SELECT count(*) FROM sought WHERE ready") == len(names)


async def fill(pool: Pool, committer: Committer, entities: list[dict[str, Any]]) -> None:
    await pool.execute("DELETE FROM entity")
    await committer.commit(Batch(edits=tuple(created(each) for each in entities)))


def selection_of(
    query: Condition | None, scopes: str | None, place: dict[str, Any] | None, selectors: tuple[Selector, ...]
) -> Selection:
    return Selection(
        selectors=selectors,
        query=query,
        scopes=read_scopes(scopes) if scopes else None,
        place=read_place(place, NAMES) if place else None,
    )


@given(
    ENTITIES,
    st.lists(
        st.tuples(st.none() | QUERIES, st.none() | SCOPES, st.none() | GEOQUERIES, SELECTORS), min_size=1, max_size=12
    ),
    PREDICATES,
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_database_and_the_process_decide_alike(
    pool: Pool,
    committer: Committer,
    entities: list[dict[str, Any]],
    asked: list[tuple[str | None, str | None, dict[str, Any] | None, tuple[Selector, ...]]],
    predicate: Predicate,
) -> None:
    # Of a the database looks at the documents alone.
    await index_values(pool, "b", "c")
    await fill(pool, committer, entities)
    docs = await Finder(pool).find_all(predicate, [each["id"] for each in entities])
    for text, scopes, place, selectors in asked:
        query = read_query(text, NAMES) if text else None
        selection = selection_of(query, scopes, place, selectors)
        found = await search(pool, predicate, selection, Page(99, counted=True))
        expected = {id_ for id_, doc in docs.items() if matches(selection, doc, docs.get)}
        assert {each.id for each in found.documents} == expected, (text, scopes, place)
        assert found.total == len(expected)


@given(st.text(alphabet='ab.[]{}();|=!<>~,"*1\\:TZ- ', max_size=25))
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_query_or_is_refused(text: str) -> None:
    with suppress(BadInput):
        read_query(text, NAMES)


def lamp(doc: Mapping[str, Any]) -> Document:
    found = edits.create(read_entity({"id": "urn:t:0", "type": "A", **doc}, NAMES, WHOLE))(None, NOW).document
    assert found is not None
    return found


COLORS = {"type": "LanguageProperty", "languageMap": {"en": "black", "fr": ["chat", "rouge"]}}


@pytest.mark.parametrize(
    ("attribute", "text", "expected"),
    [
        (["blue", "red"], 'a=="red"', True),
        (["blue", "red"], 'a!="red"', False),
        (["blue", "green"], 'a!="red","black"', True),
        (15, "a==10..20", True),
        (9, "a!=10..20", True),
        (20, "a!=10..20", False),
        (20, 'a=="20"', False),
        (20, 'a!="20"', True),
        ("x", "a>1", False),
        (True, "a==1", False),
        ("red", "b!=1", False),
        (COLORS, 'a=="rouge"', True),
        (COLORS, 'a[en]=="rouge"', False),
        (COLORS, 'a[fr]!="noir"', True),
        (COLORS, 'a[*]!="black"', False),
        ({"type": "Relationship", "object": "urn:x:1"}, "a==urn:x:1", True),
        ({"type": "Relationship", "object": "urn:x:1"}, 'a=="urn:x:1"', True),
        ({"type": "Relationship", "object": "urn:x:1"}, 'a~="urn"', False),
        ({"type": "JsonProperty", "json": {"value": "late"}}, 'a[value]=="late"', True),
        ({"city": {"name": "Busan"}}, 'a[city.name]~="^Bu"', True),
        ({"city": {"name": "Busan"}}, "a[city.code]", False),
        ("2026-11-24T08:00:00.500Z", "a==2026-11-24T08:00:00.5Z", True),
        ({"type": "Property", "value": {"@type": "Date", "@value": "2026-11-24"}}, "a>2026-11-23", True),
    ],
)
def test_comparisons_mean_what_the_specification_says(attribute: Any, text: str, expected: bool) -> None:
    assert matches(Selection(query=read_query(text, NAMES)), lamp({"a": attribute})) is expected
