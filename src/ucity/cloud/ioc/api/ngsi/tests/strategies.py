"""Random entities, contexts and nonsense, for property tests."""

from typing import Any

from hypothesis import strategies as st

from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, NULL

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8).filter(lambda text: text != NULL)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 6))
WORDS = st.sampled_from(["speed", "colour", "온도", "on", "name2", "long_name", "Ä", "refersTo"])
URIS = st.sampled_from(
    [f"urn:ngsi-ld:Thing:{number}" for number in range(5)] + ["http://a.example/x?y#z", "urn:도시:1"]
)
TIMES = st.sampled_from(["2026-11-24T08:00:00Z", "2020-02-29T23:59:59.123456Z", "1999-12-31T00:00:00.5Z"])
_MEANT = st.sampled_from(["type", "@type", "value", "object", "datasetId", "dataset"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | NUMBERS | TEXTS | st.just("Property"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | WORDS | _MEANT, inner, max_size=3),
    max_leaves=8,
)
_FLAT_POSITIONS = st.tuples(
    st.floats(-180, 180).map(lambda x: round(x, 5)), st.floats(-90, 90).map(lambda x: round(x, 5))
)
POSITIONS = _FLAT_POSITIONS | _FLAT_POSITIONS.map(lambda at: (*at, 12.5))
POINTS = POSITIONS.map(lambda at: {"type": "Point", "coordinates": list(at)})
LINES = st.lists(POSITIONS, min_size=2, max_size=4).map(
    lambda at: {"type": "LineString", "coordinates": [list(each) for each in at]}
)
LANGUAGES = st.dictionaries(
    st.sampled_from(["ko", "en", "fr-CH", "@none"]), TEXTS | st.lists(TEXTS, max_size=2), min_size=1, max_size=3
)


def _kind(kind: str, holder: str, values: st.SearchStrategy[Any], **extra: st.SearchStrategy[Any]) -> Any:
    optional = {"observedAt": TIMES, **extra}
    return st.fixed_dictionaries({"type": st.just(kind), holder: values}, optional=optional)


_FLAT: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _kind("Property", "value", JSON, unitCode=st.just("CEL"), valueType=WORDS),
    _kind("GeoProperty", "value", POINTS | LINES),
    _kind(
        "Relationship",
        "object",
        URIS | st.lists(URIS, min_size=1, max_size=3),
        objectType=WORDS | st.lists(WORDS, min_size=1),
    ),
    _kind("LanguageProperty", "languageMap", LANGUAGES),
    _kind("VocabProperty", "vocab", WORDS | st.lists(WORDS, min_size=1, max_size=2)),
    _kind("JsonProperty", "json", st.dictionaries(TEXTS | st.just("@context"), JSON | st.none(), max_size=3)),
    _kind("ListProperty", "valueList", st.lists(JSON, max_size=3), unitCode=st.just("CEL")),
    _kind("ListRelationship", "objectList", st.lists(st.fixed_dictionaries({"object": URIS}), max_size=3)),
)
INSTANCES = st.tuples(_FLAT, st.dictionaries(WORDS, _FLAT, max_size=2)).map(lambda parts: {**parts[1], **parts[0]})
"""Attributes of every kind in normalized form, some with sub-attributes."""


def _several(instances: list[dict[str, Any]]) -> Any:
    given = [{**each, "datasetId": f"urn:set:{number}"} if number else each for number, each in enumerate(instances)]
    return given[0] if len(given) == 1 else given


ATTRIBUTES = st.lists(INSTANCES, min_size=1, max_size=3).map(_several)
ENTITIES = st.builds(
    lambda types, attributes, scope: {
        "id": "urn:ngsi-ld:Thing:0",
        "type": types,
        **attributes,
        **({"scope": scope} if scope else {}),
    },
    WORDS | st.lists(WORDS, min_size=2, max_size=3, unique=True),
    st.dictionaries(WORDS, ATTRIBUTES, max_size=4),
    st.none() | st.sampled_from(["/Busan", ["/Busan/Haeundae", "a/b"]]),
)
CONTEXTS = st.dictionaries(
    WORDS | st.just("a"),
    st.sampled_from([f"http://a.example/{number}" for number in range(20)] + ["http://a.example/"]),
    max_size=6,
).filter(lambda context: len(set(context.values())) == len(context))

_MEMBERS = st.sampled_from(
    [
        *("id", "type", "@id", "@type", "@context", "scope", "expiresAt", "location", "createdAt", "speed", "a:b"),
        *("value", "object", "languageMap", "vocab", "json", "valueList", "objectList", "datasetId", "observedAt"),
        *("unitCode", "objectType", "valueType", "ngsildproof", "entityIdSealed", "@none", "coordinates", ""),
    ]
)
_WORTHS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
    WORDS,
    URIS,
    TIMES,
    st.sampled_from([NULL, CORE, "@none", "Property", "GeoProperty", "Relationship", "Point", "Polygon", "/a", "\x00"]),
    st.sampled_from(["LanguageProperty", "VocabProperty", "JsonProperty", "ListProperty", "ListRelationship"]),
)
NONSENSE: st.SearchStrategy[Any] = st.recursive(
    _WORTHS | INSTANCES | POINTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_MEMBERS | st.text(max_size=3), inner, max_size=5),
    max_leaves=15,
)
"""JSON that speaks the language of NGSI-LD without making sense."""
