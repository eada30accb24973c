"""Names and contexts: what a short name stands for, and which short name an IRI gets."""

from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ucity.cloud.ioc.api.ngsi.contexts import Contexts, build
from ucity.cloud.ioc.api.ngsi.core_context import CORE_URL, core_terms, is_core_url
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.fetch import Fetcher
from ucity.cloud.ioc.policy.names import DEFAULT, NGSI_LD

WORDS = st.from_regex(r"[a-z][a-zA-Z0-9]{0,6}", fullmatch=True)
IRIS = st.sampled_from([f"http://{host}.example/{tail}" for host in "ab" for tail in ("", "x", "x#", "x/y", "speed")])


CONTEXTS = Contexts(Fetcher())


@pytest.fixture
def contexts() -> Contexts:
    return CONTEXTS


def test_the_core_knows_its_own_terms_and_appends_others_to_the_default() -> None:
    names = build([])
    assert names.expand("location") == f"{NGSI_LD}location"
    assert names.expand("description") == "http://purl.org/dc/terms/description"
    assert names.expand("pm25") == f"{DEFAULT}pm25"
    assert names.compact(f"{DEFAULT}pm25") == "pm25"
    assert names.compact(f"{DEFAULT}location") == f"{DEFAULT}location", "location alone means something else"
    assert len(core_terms()) == 205


async def test_what_a_user_says_of_a_core_term_does_not_count(contexts: Contexts) -> None:
    names = await contexts.names([CORE_URL, {"location": "http://a.example/place", "pm25": "http://a.example/pm25"}])
    assert names.expand("location") == f"{NGSI_LD}location"
    assert names.expand("pm25") == "http://a.example/pm25"
    assert names.compact("http://a.example/pm25") == "pm25"


async def test_prefixes_work_both_ways(contexts: Contexts) -> None:
    names = await contexts.names({"a": "http://a.example/", "long": {"@id": "a:long", "@type": "@id"}})
    assert names.expand("a:x") == "http://a.example/x"
    assert names.compact("http://a.example/x") == "a:x"
    assert names.compact("http://a.example/long") == "long"
    assert names.compact("http://b.example/x") == "http://b.example/x"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("http://a.example/temperature", "temp:a"),
        ("http://a.example/temperature/", "http://a.example/temperature/a"),
        ({"@id": "http://a.example/temperature/"}, "temp:a"),
        ({"@id": "http://a.example/t", "@prefix": True}, "http://a.example/ta"),
        ("_:", "temp:a"),
    ],
)
async def test_only_a_term_that_json_ld_takes_for_a_prefix_is_one(
    contexts: Contexts, definition: Any, expected: str
) -> None:
    """JSON-LD 1.1, 4.1.5: one whose IRI ends with a delimiter, given as a text, or one that says so."""
    names = await contexts.names({"temp": definition})
    assert names.expand("temp:a") == expected
    assert names.expand("ngsi-ld:x") == f"{NGSI_LD}x"


async def test_definitions_from_several_objects_are_taken_in_order(contexts: Contexts) -> None:
    names = await contexts.names([{"p": "http://a.example/1"}, {"p": "http://a.example/2"}])
    assert names.expand("p") == "http://a.example/2"


@pytest.mark.parametrize(
    "context",
    [
        5,
        *("", "x", "ftp://a.example/c", "http://", [""]),
        *("http://a.example:99999/c", "http://[bad/c", "http://a.example:port/c", "http://:80/c"),
        [None],
        [["http://a.example"]],
        {"p": 5},
        {"p": {"@id": "http://a.example/p", "@context": {"q": "http://a.example/q"}}},
        *(
            {"@import": 5},
            {"@import": "x"},
            {"@import": "http://[x"},
            {"@import": None},
            {"@import": ["http://a.example"]},
        ),
        {"p": {"@id": "q"}, "q": {"@id": "p"}},
        {"p": {"@id": 5}},
        {"": "http://a.example/"},
        {"n": None, "n:x": {"@type": "@id"}},
        {"p": {"@id": "http://a.example/p", "@container": "nonsense"}},
    ],
)
async def test_what_is_no_context_is_refused(contexts: Contexts, context: Any) -> None:
    with pytest.raises(BadRequestData):
        await contexts.names(context)


async def test_a_term_that_stands_for_nothing_is_no_name(contexts: Contexts) -> None:
    names = await contexts.names({"nothing": None, "kind": "@type", "blank": "_:b"})
    for name in ("nothing", "kind", "blank", "id", "type"):
        with pytest.raises(BadRequestData):
            names.expand(name)


async def test_keywords_about_values_change_no_name(contexts: Contexts) -> None:
    context = {"@version": 1.1, "@language": None, "@vocab": None, "@protected": True, "@x": "y", "p": {"@id": "@odd"}}
    names = await contexts.names(context)
    assert names.expand("p") == f"{DEFAULT}p"


@given(st.dictionaries(WORDS, IRIS, max_size=6), st.lists(WORDS, max_size=6))
@example({"id": "http://a.example/"}, [])  # the core's id stands for a keyword, which is no prefix
@settings(max_examples=200, deadline=None)
def test_every_name_comes_back_as_one_that_stands_for_the_same(terms: dict[str, str], others: list[str]) -> None:
    names = build([terms])
    for name in (*terms, *others, *(f"{term}:x" for term in terms)):
        if name in ("id", "type"):
            continue
        iri = names.expand(name)
        assert names.expand(names.compact(iri)) == iri


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | IRIS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                WORDS | st.sampled_from(["@id", "@type", "@vocab", "@container", "@reverse", "@prefix", "@base", "@x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
async def test_no_context_breaks_more_than_its_request(context: Any) -> None:
    given = context if isinstance(context, list) else [context]
    assume(not any(isinstance(each, str) and each.startswith("http") for each in given))
    try:
        names = await CONTEXTS.names(context)
    except BadRequestData:
        return
    assert names.expand("location") == f"{NGSI_LD}location"


@pytest.mark.parametrize("version", ["", *(f"-v1.{minor}" for minor in range(3, 10))])
async def test_every_version_of_the_core_is_there_and_comes_to_the_same(contexts: Contexts, version: str) -> None:
    older = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
    mine = {"lamp": "http://a.example/lamp", "avg": "http://a.example/avg", "scope": "http://a.example/scope"}
    assert await contexts.names(older) is contexts.core
    for both in ([mine, older], [older, mine]):
        names = await contexts.names(both)
        assert names.expand("lamp") == "http://a.example/lamp"
        assert {term: names.expand(term) for term in core_terms()} == core_terms()


@pytest.mark.parametrize(
    "name", ["v1/ngsi-ld-core-context-v9.7", "v1/ngsi-ld-core-context-v1.2", "v1/ngsi-ld-core-contexts", "v2/core"]
)
def test_what_is_called_like_the_core_is_a_context_like_any_other(name: str) -> None:
    assert is_core_url(CORE_URL)
    for scheme in ("https", "http", "ftp"):
        assert not is_core_url(f"{scheme}://uri.etsi.org/ngsi-ld/{name}.jsonld")
    assert not is_core_url(f"ftp{CORE_URL.removeprefix('https')}")
