"""What changes an entity: append, update, partial update, merge, delete of attributes."""

from typing import Any

import httpx

from ucity.cloud.ioc.api.ngsi.tests.samples import CAR, DEFAULT, ERRORS, NULL, entity, prop
from ucity.cloud.ioc.store import Pool

LAMP = "/entities/urn:ngsi-ld:Lamp:1"
TEMPERATURE = prop(25, unitCode="CEL", observedAt="2022-03-14T01:59:26.535Z")


async def lamp(api: httpx.AsyncClient, **parameters: str) -> dict[str, Any]:
    got = (await api.get(LAMP, params=parameters)).json()
    assert isinstance(got, dict)
    return got


async def made(api: httpx.AsyncClient, **attributes: Any) -> None:
    assert (await api.post("/entities", json=entity(**attributes))).status_code == 201


async def test_update_replaces_whole_attributes_and_adds_what_is_not_there(api: httpx.AsyncClient) -> None:
    await made(api, temperature=TEMPERATURE, on=prop(True))
    new = prop(100, observedAt="2022-03-14T13:00:00.000Z")
    changed = await api.patch(f"{LAMP}/attrs", json={"temperature": new, "colour": "red", "type": "Thing"})
    assert changed.status_code == 204
    assert await lamp(api) == entity(temperature=new, on=prop(True), colour=prop("red")) | {"type": ["Lamp", "Thing"]}


async def test_update_removes_what_is_null(api: httpx.AsyncClient) -> None:
    await made(api, a=prop(1), b=prop(1, inner=prop(2)), c={"type": "LanguageProperty", "languageMap": {"ko": "가"}})
    sent = {
        "a": prop(NULL),
        "b": prop(3, inner=NULL),
        "c": {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
        "none": NULL,
    }
    assert (await api.patch(f"{LAMP}/attrs", json=sent)).status_code == 204
    assert await lamp(api) == entity(b=prop(3))


async def test_no_type_is_null(api: httpx.AsyncClient) -> None:
    await made(api, a=prop(1))
    for method, path in (("POST", f"{LAMP}/attrs"), ("PATCH", f"{LAMP}/attrs"), ("PATCH", LAMP), ("PUT", LAMP)):
        for kind in (NULL, ["Lamp", NULL]):
            refused = await api.request(method, path, json={"type": kind, "a": prop(2)})
            assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), (method, path)
    for path in ("/entities", "/temporal/entities"):
        refused = await api.post(path, json={"id": "urn:ngsi-ld:Lamp:2", "type": NULL})
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), path
    assert await lamp(api) == entity(a=prop(1))


async def test_update_touches_only_the_instance_of_its_dataset(api: httpx.AsyncClient) -> None:
    await made(api, speed=CAR["speed"])
    gps = prop(60, datasetId="urn:ngsi-ld:Dataset:gps")
    await api.patch(f"{LAMP}/attrs", json={"speed": gps})
    assert (await lamp(api))["speed"] == [CAR["speed"][0], gps]
    await api.patch(f"{LAMP}/attrs", json={"speed": prop(NULL, datasetId="urn:ngsi-ld:Dataset:gps")})
    assert (await lamp(api))["speed"] == CAR["speed"][0]


async def test_append_adds_and_overwrites_unless_told_not_to(api: httpx.AsyncClient) -> None:
    await made(api, a=prop(1), scope="/a")
    assert (await api.post(f"{LAMP}/attrs", json={"a": prop(2), "b": prop(2)})).status_code == 204
    sent = {"a": prop(3), "c": prop(3), "scope": ["/a", "/b"]}
    partly = await api.post(f"{LAMP}/attrs?options=noOverwrite", json=sent)
    assert partly.status_code == 207
    assert partly.json()["updated"] == [f"{DEFAULT}c", "https://uri.etsi.org/ngsi-ld/scope"]
    assert [each["attributeName"] for each in partly.json()["notUpdated"]] == [f"{DEFAULT}a"]
    assert await lamp(api) == entity(a=prop(2), b=prop(2), c=prop(3), scope=["/a", "/b"])


async def test_scope_is_replaced_by_update_only_where_there_is_one(api: httpx.AsyncClient) -> None:
    await made(api)
    await api.patch(f"{LAMP}/attrs", json={"scope": "/a"})
    assert "scope" not in await lamp(api)
    await api.post(f"{LAMP}/attrs", json={"scope": "/a"})
    await api.patch(f"{LAMP}/attrs", json={"scope": "/b"})
    assert (await lamp(api))["scope"] == "/b"
    assert (await api.delete(f"{LAMP}/attrs/scope")).status_code == 204
    assert "scope" not in await lamp(api)


async def test_a_partial_update_changes_the_members_that_it_names(api: httpx.AsyncClient) -> None:
    await made(
        api, temperature={**TEMPERATURE, "accuracy": prop(1), "by": {"type": "Relationship", "object": "urn:x:1"}}
    )
    sent = {"type": "Property", "value": 100, "observedAt": "2022-03-14T13:00:00.000Z", "accuracy": 2, "by": NULL}
    assert (await api.patch(f"{LAMP}/attrs/temperature", json=sent)).status_code == 204
    kept = prop(100, unitCode="CEL", observedAt="2022-03-14T13:00:00.000Z", accuracy=prop(2))
    assert (await lamp(api))["temperature"] == kept
    assert (await api.patch(f"{LAMP}/attrs/temperature", json={"unitCode": NULL})).status_code == 204
    del kept["unitCode"]
    assert (await lamp(api))["temperature"] == kept


IMPOSSIBLE: list[tuple[str, Any, int]] = [
    ("none", {"value": 1}, 404),
    ("temperature", {"value": 1, "datasetId": "urn:x:1"}, 404),
    ("temperature", {"type": "Relationship", "object": "urn:x:1"}, 400),
    ("temperature", {"object": "urn:x:1"}, 400),
    ("temperature", {"value": NULL}, 400),
    ("temperature", NULL, 400),
    ("temperature", 5, 400),
    ("temperature", {"value": None}, 400),
    ("place", {"value": {"type": "Point", "coordinates": [500, 0]}}, 400),
    ("scope", {"value": "/a"}, 400),
    ("a b", {"value": 1}, 400),
    ("value", {"value": 1}, 400),
]


async def test_partial_updates_that_cannot_be(api: httpx.AsyncClient) -> None:
    before = {"temperature": TEMPERATURE, "place": CAR["location"]}
    await made(api, **before)
    for attribute, sent, status in IMPOSSIBLE:
        refused = await api.patch(f"{LAMP}/attrs/{attribute}", json=sent)
        assert refused.status_code == status and refused.json()["type"].startswith(ERRORS), (attribute, sent)
    assert await lamp(api) == entity(**before)


async def test_replacing_an_attribute_leaves_nothing_of_the_old(api: httpx.AsyncClient) -> None:
    await made(api, temperature=TEMPERATURE)
    assert (await api.put(f"{LAMP}/attrs/temperature", json=prop("warm"))).status_code == 204
    assert (await lamp(api))["temperature"] == prop("warm")
    assert (await api.put(f"{LAMP}/attrs/none", json=prop(1))).status_code == 404
    place = {"type": "Point", "coordinates": [129, 35]}
    await api.post(f"{LAMP}/attrs", json={"at": place})
    assert (await api.put(f"{LAMP}/attrs/at", json={**place, "coordinates": [1, 2]})).status_code == 204
    assert (await api.put(f"{LAMP}/attrs/temperature", json={"value": 1, "quality": 0.9})).status_code == 204
    for no_attribute in (prop(NULL), {}, [], [prop(1)], 5, "warm", {"warm": True}, {"quality": prop(1)}):
        refused = await api.put(f"{LAMP}/attrs/temperature", json=no_attribute)
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), no_attribute


async def test_deleting_attributes_by_dataset_or_all_at_once(api: httpx.AsyncClient) -> None:
    await made(api, speed=CAR["speed"], on=prop(True))
    gps = {"datasetId": "urn:ngsi-ld:Dataset:gps"}
    assert (await api.delete(f"{LAMP}/attrs/speed")).status_code == 204
    assert (await lamp(api))["speed"] == CAR["speed"][1]
    assert (await api.delete(f"{LAMP}/attrs/speed")).status_code == 404
    assert (await api.delete(f"{LAMP}/attrs/speed", params=gps)).status_code == 204
    assert (await api.delete(f"{LAMP}/attrs/speed", params={"deleteAll": "true"})).status_code == 404
    assert (await api.delete(f"{LAMP}/attrs/on", params={"deleteAll": "true"})).status_code == 204
    assert await lamp(api) == entity()
    assert (await api.delete(f"{LAMP}/attrs/on", params={"deleteAll": "maybe"})).status_code == 400


async def test_merge_goes_into_values_and_attributes(api: httpx.AsyncClient) -> None:
    await made(
        api,
        temperature=TEMPERATURE,
        address=prop({"street": "Straße des 17. Juni", "city": "Berlin", "country": "Germany"}),
        papers={"type": "JsonProperty", "json": {"a": 1, "b": {"c": 2}}},
        name={"type": "LanguageProperty", "languageMap": {"ko": "등", "en": "lamp"}},
        gone=prop(1),
    )
    sent = {
        "temperature": {"value": 100, "observedAt": "2022-03-14T13:00:00.000Z", "accuracy": prop(1)},
        "address": prop({"street": "Pariser Platz", "country": NULL}),
        "papers": {"json": {"b": {"c": NULL, "d": 3}}},
        "name": {"languageMap": {"en": NULL, "fr": "lampe"}},
        "gone": NULL,
        "new": prop({"a": 1, "b": NULL}),
        "type": "Thing",
        "scope": "/a",
    }
    merged = await api.patch(LAMP, json=sent, headers={"Content-Type": "application/merge-patch+json"})
    assert merged.status_code == 204
    assert await lamp(api) == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": ["Lamp", "Thing"],
        "temperature": prop(100, unitCode="CEL", observedAt="2022-03-14T13:00:00.000Z", accuracy=prop(1)),
        "address": prop({"street": "Pariser Platz", "city": "Berlin"}),
        "papers": {"type": "JsonProperty", "json": {"a": 1, "b": {"d": 3}}},
        "name": {"type": "LanguageProperty", "languageMap": {"ko": "등", "fr": "lampe"}},
        "new": prop({"a": 1}),
        "scope": "/a",
    }


async def test_merge_may_name_parts_of_attributes_alone(api: httpx.AsyncClient) -> None:
    await made(api, temperature=TEMPERATURE)
    for sent in ({"unitCode": "FAH"}, {"accuracy": prop(1)}, {"accuracy": {"unitCode": "P1"}}):
        assert (await api.patch(LAMP, json={"temperature": sent})).status_code == 204
    assert (await lamp(api))["temperature"] == {**TEMPERATURE, "unitCode": "FAH", "accuracy": prop(1, unitCode="P1")}
    assert (await api.patch(LAMP, json={"temperature": {"accuracy": NULL}})).status_code == 204
    assert (await lamp(api))["temperature"] == {**TEMPERATURE, "unitCode": "FAH"}
    assert (await api.patch(LAMP, json={"absent": {"unitCode": "CEL"}})).status_code == 400
    assert (await api.patch(LAMP, json={"temperature": {"object": "urn:x:1"}})).status_code == 400


async def test_merge_in_simplified_form_keeps_the_kinds_of_attributes(api: httpx.AsyncClient) -> None:
    await made(api, **{name: CAR[name] for name in CAR if name not in ("id", "type", "scope", "speed")})
    sent = {
        "isParked": "urn:ngsi-ld:Parking:8",
        "location": {"type": "Point", "coordinates": [129.1, 35.2]},
        "street": "Suyeong-ro",
        "category": {"vocab": "public"},
        "papers": {"json": {"id": 6}},
        "tread": [1, 2],
        "route": ["urn:x:3"],
        "passes": NULL,
        "fresh": 5,
        "where": {"type": "Point", "coordinates": [0, 0]},
    }
    assert (await api.patch(f"{LAMP}?options=keyValues&lang=en", json=sent)).status_code == 204
    got = await lamp(api)
    assert got["isParked"] == {**CAR["isParked"], "object": "urn:ngsi-ld:Parking:8"}
    assert got["location"]["value"]["coordinates"] == [129.1, 35.2]
    assert got["street"]["languageMap"] == {"ko": "중앙대로", "en": "Suyeong-ro"}
    assert got["category"]["vocab"] == "public"
    assert got["papers"]["json"] == {**CAR["papers"]["json"], "id": 6}
    assert (got["tread"]["valueList"], got["route"]["objectList"]) == ([1, 2], [{"object": "urn:x:3"}])
    assert "passes" not in got
    assert (got["fresh"], got["where"]["type"]) == (prop(5), "GeoProperty")
    assert (await api.patch(f"{LAMP}?format=keyValues", json={"isParked": 5})).status_code == 400
    for wrong in ("options=keyValues&lang=?", "lang=?", "lang="):
        assert (await api.patch(f"{LAMP}?{wrong}", json={"fresh": 6})).status_code == 400, wrong


async def test_merge_in_simplified_form_of_attributes_with_several_instances(api: httpx.AsyncClient) -> None:
    """Clauses 4.5.4 and 5.6.17.4: one instance for each datasetId, of the kind that the attribute has."""
    gps = {"datasetId": "urn:d:gps"}
    links = [{"type": "Relationship", "object": "urn:x:1"}, {"type": "Relationship", "object": "urn:x:2", **gps}]
    await made(api, speed=[prop(55, unitCode="KMH"), prop(54, **gps)], leads=links, whole=prop({"dataset": 5}))
    sent = {
        "speed": {"dataset": {"@none": 56, "urn:d:gps": NULL, "urn:d:radar": 57}},
        "leads": {"dataset": {"urn:d:gps": "urn:x:3"}},
        "whole": {"dataset": 6},
        "fresh": {"dataset": {"urn:d:gps": {"languageMap": {"en": "x"}}}},
    }
    assert (await api.patch(f"{LAMP}?options=keyValues", json=sent)).status_code == 204
    got = await lamp(api)
    assert got["speed"] == [prop(56, unitCode="KMH"), prop(57, datasetId="urn:d:radar")]
    assert got["leads"] == [links[0], {**links[1], "object": "urn:x:3"}]
    assert got["whole"] == prop({"dataset": 6})
    assert got["fresh"] == {"type": "LanguageProperty", "languageMap": {"en": "x"}, **gps}
    simplified = (await api.get(f"{LAMP}?options=keyValues")).json()
    assert (await api.patch(f"{LAMP}?options=keyValues", json=simplified)).status_code == 204
    assert await lamp(api) == got, "what is read in simplified form can be merged in simplified form"


async def test_merge_with_a_common_time(api: httpx.AsyncClient) -> None:
    await made(
        api, a=prop(1, observedAt="2022-01-01T00:00:00Z"), b=prop(1), c=prop(1, observedAt="2022-01-01T00:00:00Z")
    )
    time, own = "2026-11-24T08:00:00Z", "2025-01-01T00:00:00Z"
    sent = {"a": prop(2), "b": prop(2), "c": prop(2, observedAt=own)}
    assert (await api.patch(LAMP, json=sent, params={"observedAt": time})).status_code == 204
    assert await lamp(api) == entity(a=prop(2, observedAt=time), b=prop(2), c=prop(2, observedAt=own))
    assert (await api.patch(LAMP, json=sent, params={"observedAt": "now"})).status_code == 400


async def test_changes_of_what_is_not_there(api: httpx.AsyncClient, pool: Pool) -> None:
    body = {"p": prop(1)}
    for answer in (
        await api.patch(LAMP, json=body),
        await api.put(LAMP, json={"type": "Lamp"}),
        await api.post(f"{LAMP}/attrs", json=body),
        await api.patch(f"{LAMP}/attrs", json=body),
        await api.patch(f"{LAMP}/attrs/p", json=prop(1)),
        await api.put(f"{LAMP}/attrs/p", json=prop(1)),
        await api.delete(f"{LAMP}/attrs/p"),
        await api.delete(LAMP),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    assert await pool.fetchval("SELECT count(*) FROM entity") == 0, "nothing is left behind by them"
    await made(api)
    assert (await api.patch(f"{LAMP}/attrs?type=Other", json=body)).status_code == 404
    assert (await api.patch(f"{LAMP}/attrs?type=Other|Lamp", json=body)).status_code == 204


async def test_every_change_goes_into_history_and_a_repeat_into_none(api: httpx.AsyncClient, pool: Pool) -> None:
    observed = prop(1, observedAt="2026-11-24T08:00:00Z")
    await made(api, a=observed)
    for attribute in (observed, observed, {**observed, "value": 2}, prop(3, observedAt="2026-11-24T09:00:00Z")):
        assert (await api.patch(f"{LAMP}/attrs", json={"a": attribute})).status_code == 204
    rows = await pool.fetch("SELECT number FROM observation ORDER BY observed_at, recorded_at")
    assert [row["number"] for row in rows] == [1, 2, 3]
