"""What holds for every entity: it comes back as it was sent, and nothing that is sent breaks the city."""

from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucity.cloud.ioc.api.ngsi.attributes import MERGE, WHOLE
from ucity.cloud.ioc.api.ngsi.contexts import build
from ucity.cloud.ioc.api.ngsi.edits import create, merge
from ucity.cloud.ioc.api.ngsi.entities import read_entity
from ucity.cloud.ioc.api.ngsi.merging import merged_json
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.render import Form, View, render
from ucity.cloud.ioc.api.ngsi.tests.samples import LINK, NULL
from ucity.cloud.ioc.api.ngsi.tests.strategies import CONTEXTS, ENTITIES, JSON, NONSENSE, TEXTS
from ucity.cloud.ioc.store import Document

THING = "/entities/urn:ngsi-ld:Thing:0"
ON_ONE_DATABASE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def stored(sent: dict[str, Any], names: Names) -> Document:
    doc = create(read_entity(sent, names, WHOLE))(None, "2026-11-24T08:00:00Z").document
    assert doc is not None
    return doc


@given(ENTITIES, CONTEXTS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_entity_comes_back_as_it_was_sent_whatever_its_context(
    sent: dict[str, Any], context: dict[str, str]
) -> None:
    names = build([context])
    doc = stored(sent, names)
    assert render(doc, names, View()) == sent
    other = build([])
    assert stored(render(doc, other, View()), other).attrs == doc.attrs, "in full names it says the same"


@given(ENTITIES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_concise_form_loses_nothing(sent: dict[str, Any]) -> None:
    names = build([])
    concise = render(stored(sent, names), names, View(form=Form.CONCISE))
    assert render(stored(concise, names), names, View()) == sent


@given(ENTITIES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_merging_an_entity_into_itself_changes_nothing_but_times(sent: dict[str, Any]) -> None:
    names = build([])
    doc = stored(sent, names)
    fragment = {name: value for name, value in sent.items() if name != "scope"}
    again = merge(read_entity(fragment, names, MERGE))(doc, "2026-11-25T08:00:00Z").document
    assert again is not None and render(again, names, View()) == sent


@given(st.dictionaries(TEXTS, JSON, max_size=4), st.dictionaries(TEXTS, JSON | st.just(NULL), max_size=4))
def test_merge_patch_is_what_rfc_7396_says(old: dict[str, Any], patch: dict[str, Any]) -> None:
    new = merged_json(old, patch)
    for key in old.keys() | patch.keys():
        if key not in patch:
            assert new[key] == old[key]
        elif patch[key] == NULL:
            assert key not in new
        elif not isinstance(patch[key], dict):
            assert new[key] == patch[key]
    assert merged_json(new, patch) == new, "doing it again changes nothing"


@given(ENTITIES)
@ON_ONE_DATABASE
async def test_the_database_keeps_entities_as_they_are(api: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    await api.delete(THING)
    assert (await api.post("/entities", json=sent)).status_code == 201
    assert (await api.get(THING)).json() == sent
    concise = (await api.get(f"{THING}?options=concise")).json()
    assert (await api.put(THING, json=concise)).status_code == 204
    assert (await api.get(THING)).json() == sent


PATHS = st.sampled_from(
    [
        *("/entities", "/entityOperations/create", "/entityOperations/upsert", "/entityOperations/update"),
        *("/entityOperations/merge", "/entityOperations/delete", THING, f"{THING}/attrs", f"{THING}/attrs/speed"),
        *(f"{THING}/attrs/scope", f"{THING}/attrs/location", f"{THING}/attrs/value", "/entities/x/attrs"),
    ]
)
METHODS = st.sampled_from(["POST", "PUT", "PATCH"])
KINDS = st.sampled_from(["application/json", "application/ld+json", "application/merge-patch+json"])


def wrapped(body: Any, path: str) -> Any:
    """The body with what the path needs, so that more of it is read."""
    if "entityOperations" in path and not isinstance(body, list):
        return [body]
    return body


@given(st.tuples(METHODS, PATHS, KINDS), NONSENSE, st.booleans())
@settings(ON_ONE_DATABASE, max_examples=300)
async def test_no_body_breaks_the_city(
    api: httpx.AsyncClient, asked: tuple[str, str, str], body: Any, named: bool
) -> None:
    method, path, kind = asked
    if named and isinstance(body, dict):
        body = {**body, "id": "urn:ngsi-ld:Thing:0", "type": "Thing"}
    query = "" if method != "PATCH" or path != THING or named else "?options=keyValues"
    answer = await api.request(method, path + query, json=wrapped(body, path), headers={"Content-Type": kind})
    assert answer.status_code < 500 or answer.status_code == 504, answer.text
    assert (await api.get(f"{THING}?options=sysAttrs")).status_code in (200, 404), "and what is kept can be shown"
    assert (await api.get(f"{THING}?options=concise")).status_code in (200, 404)
    assert (await api.get(f"{THING}?options=keyValues")).status_code in (200, 404)


NAMES = st.sampled_from(
    [
        *("type", "id", "idPattern", "attrs", "pick", "omit", "limit", "offset", "count", "options", "format", "local"),
        *("datasetId", "x", "q", "scopeQ", "georel", "geometry", "coordinates", "join", "lang", "orderBy", "csf"),
    ]
)
VALUES = st.text(max_size=6) | st.sampled_from(
    [
        "1",
        "true",
        "a,b",
        "(A;B)",
        "urn:x:1",
        "keyValues",
        "@none",
        "\x00",
        "*",
        "a>1",
        "within",
        "Point",
        "[1,2]",
        "flat",
        "/a/#",
    ]
)
ODD = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=10)


@given(st.dictionaries(NAMES, VALUES, max_size=4), ODD)
@settings(ON_ONE_DATABASE, max_examples=200)
async def test_no_query_breaks_the_city(api: httpx.AsyncClient, parameters: dict[str, str], odd: str) -> None:
    for path in ("/entities", THING, f"/entities/{quote(odd, safe='')}"):
        headers = [(b"accept", odd.encode("latin-1")), (b"link", LINK.format(odd).encode("latin-1"))]
        for sent in ([], headers):
            answer = await api.get(path, params=parameters, headers=sent)
            assert answer.status_code < 500 or answer.status_code == 504, answer.text


TEMPORAL = st.sampled_from(
    [
        *("/temporal/entities", "/temporal/entityOperations/query", f"/temporal{THING}/attrs"),
        *(f"/temporal{THING}/attrs/speed/urn:x:1", "/entityOperations/query", "/jsonldContexts"),
    ]
)
AGGREGATED = f"/temporal{THING}?options=aggregatedValues&aggrMethods=avg,min,max,distinctCount,stddev"


@given(TEMPORAL, METHODS, KINDS, NONSENSE, st.sampled_from([None, "Query", "Thing"]))
@settings(ON_ONE_DATABASE, max_examples=150)
async def test_no_body_breaks_history_or_queries(  # noqa: PLR0917 - each is drawn
    api: httpx.AsyncClient, path: str, method: str, kind: str, body: Any, named: str | None
) -> None:
    if named and isinstance(body, dict):
        body = {**body, "id": "urn:ngsi-ld:Thing:0", "type": named}
    answer = await api.request(method, path, json=body, headers={"Content-Type": kind})
    assert answer.status_code < 500 or answer.status_code == 504, answer.text
    for options in ("", "?options=temporalValues", "?options=concise,sysAttrs&lang=en"):
        assert (await api.get(f"/temporal{THING}{options}")).status_code in (200, 206, 404)
    aggregated = await api.get(
        f"/temporal{THING}?options=aggregatedValues&aggrMethods=avg,min,max,distinctCount,stddev"
    )
    assert aggregated.status_code in (200, 404), aggregated.text


TIMES_ASKED = st.sampled_from(
    [
        *("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"),
        *("q", "type", "format"),
    ]
)
ASKED = st.sampled_from(
    [
        *("before", "after", "between", "2026-11-24T08:00:00Z", "2027-01-01T00:00:00Z", "modifiedAt", "1", "avg"),
        *("PT1S", "P9999Y", "a>1", "Thing", "aggregatedValues", "temporalValues", "9" * 12),
    ]
)


@given(st.dictionaries(TIMES_ASKED, ASKED | st.text(max_size=4), max_size=7))
@settings(ON_ONE_DATABASE, max_examples=150)
async def test_no_temporal_query_breaks_the_city(api: httpx.AsyncClient, parameters: dict[str, str]) -> None:
    for path in ("/temporal/entities", f"/temporal{THING}"):
        answer = await api.get(path, params=parameters)
        assert answer.status_code < 500, answer.text
