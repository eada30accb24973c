"""Queries of histories, by what the clauses and the examples of the specification say of each part of them."""

from typing import Any

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi import temporal_filter
from ucity.cloud.ioc.api.ngsi.tests.samples import DEFAULT, ERRORS, prop
from ucity.cloud.ioc.store import Pool

BUSES = "/temporal/entities"
MANY = """
WITH made AS (
    INSERT INTO entity (id, types, attrs, created_at, modified_at, deleted_at, edited)
    SELECT 'urn:x:many-' || n, ARRAY[$1], '{}', now(), now(), now(), true FROM generate_series(1, 6000) AS n
    RETURNING key, id
)
INSERT INTO observation (entity, attr, observed_at, recorded_at, number)
SELECT made.key, attribute.id, '2026-11-24T04:00:00Z', now(), split_part(made.id, '-', 2)::int % divisor
FROM made, (VALUES ($2, 10000), ($3, 6000)) AS kept (name, divisor) JOIN attribute USING (name)
"""
"""6,000 histories: speeds from 1 to 6,000 and loads of the same, but for the last, which is 0."""


def at(hour: int) -> str:
    return f"2026-11-24T{hour:02}:00:00Z"


@pytest.fixture
async def buses(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """Three histories: one with a speed and a brand that has no time, one in a scope for some time, one without."""
    scopes = [prop(["/Busan/Sasang"], observedAt=at(1)), prop(["/Busan/Sasang", "/Fleet"], observedAt=at(9))]
    for each in (
        {"id": "urn:x:a", "type": "Bus", "speed": [prop(10, observedAt=at(3))], "brand": prop("Volvo")},
        {"id": "urn:x:b", "type": "Bus", "speed": [prop(20, observedAt=at(4))], "scope": scopes},
        {"id": "urn:x:c", "type": "Bus", "load": [prop(5, observedAt=at(5))], "brand": prop("Hyundai")},
    ):
        assert (await api.post(BUSES, json=each)).status_code == 201
    return api


async def found(api: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get(BUSES, params={"type": "Bus", "timerel": "after", "timeAt": at(2), **query})
    assert answer.status_code == 200, answer.text
    entities: list[dict[str, Any]] = answer.json()
    return entities


async def test_members_are_picked_of_what_was_selected_without_them(buses: httpx.AsyncClient) -> None:
    """Clause 5.7.4.5: entities are reduced to members; attrs alone select by them."""
    assert await found(buses, pick="id") == [{"id": "urn:x:a"}, {"id": "urn:x:b"}, {"id": "urn:x:c"}]
    assert [each["id"] for each in await found(buses, pick="id,speed")] == ["urn:x:a", "urn:x:b", "urn:x:c"]
    assert [each["id"] for each in await found(buses, attrs="speed")] == ["urn:x:a", "urn:x:b"]
    assert [set(each) for each in await found(buses, attrs="speed", omit="speed,type")] == [{"id"}, {"id"}]
    page = await buses.get(
        BUSES, params={"type": "Bus", "timerel": "after", "timeAt": at(2), "pick": "id", "limit": 2, "count": "true"}
    )
    assert (
        len(page.json()) == 2 and page.headers["ngsild-results-count"] == "3" and 'rel="next"' in page.headers["link"]
    )
    assert await found(buses, pick="id", format="aggregatedValues", aggrMethods="max", q="speed>10") == [
        {"id": "urn:x:b"}
    ]


async def test_entities_are_ordered_by_id_as_elsewhere(buses: httpx.AsyncClient) -> None:
    """Clauses 4.23 and 5.7.4.4."""
    for name in ("B2", "b1"):
        sent = {"id": f"urn:x:{name}", "type": "Bus", "speed": [prop(1, observedAt=at(3))]}
        assert (await buses.post(BUSES, json=sent)).status_code == 201
    asked = {"local": "true", "pick": "id", "attrs": "speed"}
    ids = [each["id"].removeprefix("urn:x:") for each in await found(buses, orderBy="id", **asked)]
    assert ids == ["a", "b", "b1", "B2"]
    back = await found(buses, orderBy="id;desc", **asked)
    assert [each["id"].removeprefix("urn:x:") for each in back] == ids[::-1]
    query = {"type": "Bus", "timerel": "after", "timeAt": at(2), "orderBy": "id", **asked}
    refused = await buses.get(BUSES, params={**query, "collation": "!!"})
    assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData")


async def test_what_has_no_time_of_observation_holds_at_any_time(buses: httpx.AsyncClient) -> None:
    """Annex C.5.5: vehicles of a brand, and the evolution of their speed alone."""
    volvos = await found(buses, q='brand!="Hyundai"', attrs="speed,brand", options="temporalValues")
    assert volvos == [{"id": "urn:x:a", "type": "Bus", "speed": {"type": "Property", "values": [[10, at(3)]]}}]
    assert [each["id"] for each in await found(buses, q="brand==Hyundai;load==5")] == ["urn:x:c"]
    later = {"brand": prop("Daewoo", observedAt=at(1))}
    assert (await buses.post(f"{BUSES}/urn:x:c/attrs", json=later)).status_code == 204
    assert await found(buses, q="brand==Hyundai") == [], "now it evolves, and was not observed in that time"


async def test_scopes_are_valid_until_others_are_set(buses: httpx.AsyncClient) -> None:
    """Clause 4.18 and annex C.5.16."""
    query = {"attrs": "speed,scope", "options": "temporalValues", "timerel": "between", "endTimeAt": at(8)}
    (bus,) = await found(buses, scopeQ='"/Busan/Sasang"', **query)
    assert bus["scope"] == {"type": "Property", "values": [["/Busan/Sasang", at(1)]]}
    assert bus["speed"]["values"] == [[20, at(4)]]
    assert await found(buses, scopeQ="/Fleet", **query) == []
    both = (await found(buses, scopeQ="/Fleet", attrs="scope,speed", options="temporalValues"))[0]["scope"]
    assert both["values"] == [["/Busan/Sasang", at(1)], [["/Busan/Sasang", "/Fleet"], at(9)]]
    assert await found(buses, scopeQ="/Busan/#", timerel="before", timeAt=at(1)) == []


async def test_entities_in_a_scope_of_which_something_was_deleted(api: httpx.AsyncClient) -> None:
    for number, scope in enumerate(("/Fleet", ["/Fleet", "/Busan"], "/Busan")):
        bus = {"id": f"urn:x:{number}", "type": "Bus", "scope": scope, "speed": prop(number)}
        assert (await api.post("/entities", json=bus)).status_code == 201
        assert (await api.delete(f"/entities/urn:x:{number}/attrs/speed")).status_code == 204
    deleted = {"timeproperty": "deletedAt", "pick": "id"}
    assert await found(api, scopeQ="/Fleet", **deleted) == [{"id": "urn:x:0"}, {"id": "urn:x:1"}]
    until = {"timerel": "between", "endTimeAt": "2999-01-01T00:00:00Z"}
    assert await found(api, scopeQ="/Busan", **deleted, **until) == [{"id": "urn:x:1"}, {"id": "urn:x:2"}]


async def test_a_scope_that_was_set_with_the_current_state(api: httpx.AsyncClient) -> None:
    lamp = {"id": "urn:x:lamp", "type": "Lamp", "scope": "/Busan", "power": prop(5, observedAt="2999-01-01T00:00:00Z")}
    assert (await api.post("/entities", json=lamp)).status_code == 201
    query = "type=Lamp&timerel=after&timeAt=2998-01-01T00:00:00Z&scopeQ=/Busan&pick=id,scope&options=temporalValues"
    (told,) = (await api.get(f"{BUSES}?{query}")).json()
    assert [value for value, _ in told["scope"]["values"]] == ["/Busan"]
    assert (await api.delete("/entities/urn:x:lamp/attrs/scope")).status_code == 204
    assert (await api.get(f"{BUSES}?{query}")).json() == []


async def test_types_are_added_with_attributes(buses: httpx.AsyncClient) -> None:
    """Clause 5.6.12."""
    more = {"type": ["Bus", "Tram"], "load": [prop(1, observedAt=at(6))]}
    assert (await buses.post(f"{BUSES}/urn:x:a/attrs", json=more)).status_code == 204
    assert (await buses.get(f"{BUSES}/urn:x:a?pick=type")).json() == {"type": ["Bus", "Tram"]}
    assert (await buses.post(f"{BUSES}/urn:x:none/attrs", json=more)).status_code == 404


async def test_histories_come_in_the_version_that_is_preferred(api: httpx.AsyncClient) -> None:
    """Clauses 6.18.3.2 and 6.19.3.1."""
    texts = {"type": "LanguageProperty", "languageMap": {"ko": "네"}, "observedAt": at(1)}
    route = {"type": "ListRelationship", "objectList": ["urn:x:1"], "observedAt": at(2)}
    evolution = {"id": "urn:x:a", "type": ["Bus", "Tram"], "says": texts, "route": [route], "scope": "/Busan"}
    assert (await api.post(BUSES, json=evolution)).status_code == 201
    one = f"{BUSES}/urn:x:a"

    async def shown(path: str, version: str) -> Any:
        answer = await api.get(path, headers={"Prefer": f"ngsi-ld={version}"})
        assert (answer.status_code, answer.headers["preference-applied"]) == (203, f"ngsi-ld={version}")
        return answer.json()

    middle = await shown(one, "1.4")
    assert (middle["route"][0]["type"], middle["route"][0]["object"]) == ("Relationship", ["urn:x:1"])
    assert middle["says"][0]["languageMap"] == {"ko": "네"} and "scope" in middle
    third = await shown(f"{one}?options=temporalValues", "1.3")
    assert third["says"] == {"type": "Property", "values": [[{"ko": "네"}, at(1)]]}
    assert "scope" not in third and third["type"] == ["Bus", "Tram"]
    (first,) = await shown(f"{BUSES}?type=Bus&timerel=after&timeAt={at(0)}&attrs=says", "1.0")
    assert first["type"] == "Bus"
    counts = await shown(f"{one}?attrs=route&options=aggregatedValues&aggrMethods=totalCount", "1.7")
    assert counts["route"]["type"] == "Relationship"
    same = await api.get(f"{one}?pick=id", headers={"Prefer": "ngsi-ld=1.8"})
    assert (same.status_code, same.headers["preference-applied"]) == (200, "ngsi-ld=1.8")
    assert "preference-applied" not in (await api.get(one)).headers


async def test_numbers_are_held_against_histories_of_any_number(buses: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute(MANY, *(f"{DEFAULT}{name}" for name in ("Bus", "speed", "load")))
    await buses.post(f"{BUSES}/urn:x:many-7/attrs", json={"speed": [prop([50, 200], observedAt=at(3))]})
    await buses.post(f"{BUSES}/urn:x:many-8/attrs", json={"speed": [prop("200", observedAt=at(3))]})
    await buses.post(f"{BUSES}/urn:x:many-9/attrs", json={"speed": [prop(200, observedAt=at(1))]})
    await buses.post(f"{BUSES}/urn:x:many-10/attrs", json={"limit": prop(200)})

    async def ids(q: str) -> list[str]:
        answer = await buses.get(
            BUSES, params={"type": "Bus", "timerel": "after", "timeAt": at(2), "q": q, "pick": "id", "count": "true"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["ngsild-results-count"] == str(len(answer.json()))
        return [each["id"].removeprefix("urn:x:") for each in answer.json()]

    assert await ids("speed>=5999") == ["many-5999", "many-6000"]
    assert await ids("speed==5999..7000;load!=0") == ["many-5999"]
    assert await ids("speed==200") == ["many-7", "many-200"], (
        "one of a list is enough, a text and what was before are not"
    )
    assert await ids("speed==1,20") == ["b", "many-1", "many-20"]
    assert await ids("limit>100") == ["many-10"], "it holds at any time"
    assert await ids("speed>5000;speed<10") == []
    wide = await buses.get(BUSES, params={"type": "Bus", "timerel": "after", "timeAt": at(2), "q": "speed"})
    assert (wide.status_code, wide.json()["type"]) == (403, f"{ERRORS}TooComplexQuery")


async def test_a_text_with_nul_is_no_condition(buses: httpx.AsyncClient) -> None:
    query = {"type": "Bus", "q": 'brand=="\\u0000"'}
    for path, time in (("/entities", {}), (BUSES, {"timerel": "after", "timeAt": at(2)})):
        refused = await buses.get(path, params={**query, **time})
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), path


async def test_what_is_no_collation_is_refused_without_an_order_too(buses: httpx.AsyncClient) -> None:
    query = {"type": "Bus", "timerel": "after", "timeAt": at(2), "collation": "%%"}
    refused = await buses.get(BUSES, params=query)
    assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData")


async def test_texts_are_held_against_histories_of_any_number(buses: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute(MANY, *(f"{DEFAULT}{name}" for name in ("Bus", "speed", "load")))
    await pool.execute("UPDATE observation SET text = 'n' || number, number = NULL WHERE number > 100")
    says = {"type": "LanguageProperty", "languageMap": {"ko": "n200", "en": "x"}, "observedAt": at(3)}
    linked = {"type": "Relationship", "object": "n:200", "observedAt": at(3)}
    for number, speed in ((7, prop(["x", "n200"], observedAt=at(3))), (8, says), (9, linked), (10, prop("n200"))):
        sent = {"speed": [{**speed, "datasetId": "urn:d:2"}]}
        assert (await buses.post(f"{BUSES}/urn:x:many-{number}/attrs", json=sent)).status_code == 204
    await buses.post(f"{BUSES}/urn:x:many-11/attrs", json={"speed": [prop("n200", observedAt=at(1))]})

    async def ids(q: str) -> list[str]:
        return [each["id"].removeprefix("urn:x:") for each in await found(buses, q=q, pick="id", limit=9)]

    assert await ids('speed=="n200"') == ["many-7", "many-8", "many-200"], "what was at another time is not"
    assert await ids('speed=="n:200","n6000"') == ["many-9", "many-6000"]
    assert await ids('speed=="n200",20') == ["b", "many-7", "many-8", "many-20", "many-200"]
    assert await ids('speed=="n200";load!="n200"') == ["many-7", "many-8"]


async def test_no_more_is_looked_at_than_a_query_may(buses: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"type": "Bus", "timerel": "after", "timeAt": at(2)}
    monkeypatch.setattr(temporal_filter, "_TOGETHER", 1)
    for most, asked, status in (
        # Of two entities with speeds each is looked at three times: for what changed, what ever did, and what there is.
        (6, {"q": "speed!=1"}, 200),
        (5, {"q": "speed!=1"}, 403),
        (2, {"scopeQ": "/Fleet"}, 200),
        (1, {"scopeQ": "/Fleet"}, 403),
        (1, {"attrs": "scope"}, 403),
    ):
        monkeypatch.setattr(temporal_filter, "_MOST_INSTANCES", most)
        answer = await buses.get(BUSES, params=query | asked)
        assert answer.status_code == status, (most, asked, answer.text)
        assert status == 200 or answer.json()["type"] == f"{ERRORS}TooComplexQuery"


async def test_the_history_of_what_is_there_begins_anew_once_it_was_deleted(api: httpx.AsyncClient) -> None:
    """Clause 5.6.16 removes the evolution, and 5.7.3 knows of whatever entity there is."""
    car, query = (
        f"{BUSES}/urn:x:car",
        {"type": "Vehicle", "timeproperty": "modifiedAt", "timerel": "after", "timeAt": at(2)},
    )
    assert (await api.post("/entities", json={"id": "urn:x:car", "type": "Vehicle", "speed": 1})).status_code == 201
    assert (await api.delete(car)).status_code == 204
    assert (await api.get(car)).json() == {"id": "urn:x:car", "type": "Vehicle"}
    assert (await api.get(BUSES, params=query)).json() == []
    await api.patch("/entities/urn:x:car/attrs", json={"speed": 2})
    assert [each["value"] for each in (await api.get(car)).json()["speed"]] == [2]
