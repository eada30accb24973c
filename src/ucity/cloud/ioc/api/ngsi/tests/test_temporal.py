"""How entities evolved: written, read in every form, corrected, taken away."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, ERRORS, LINK, NULL, prop

CAR = "/temporal/entities/urn:x:car"
QUERY = "timerel=after&timeAt=2026-11-24T00:00:00Z"


def at(hour: int, minute: int = 0) -> str:
    return f"2026-11-24T{hour:02}:{minute:02}:00Z"


EVOLUTION: dict[str, Any] = {
    "id": "urn:x:car",
    "type": "Vehicle",
    "speed": [prop(10 * hour, observedAt=at(hour)) for hour in range(1, 7)],
    "name": prop("a", observedAt=at(1)),
    "on": [prop(hour % 2 == 0, observedAt=at(hour)) for hour in range(1, 5)],
    "driver": [
        {"type": "Relationship", "object": "urn:x:kim", "observedAt": at(1)},
        {"type": "Relationship", "object": "urn:x:lee", "observedAt": at(3), "datasetId": "urn:d:2"},
    ],
    "says": {"type": "LanguageProperty", "languageMap": {"ko": "네", "en": "yes"}, "observedAt": at(2)},
    "location": [
        {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [129 + hour / 10, 35]},
            "observedAt": at(hour),
        }
        for hour in (1, 2)
    ],
}


@pytest.fixture
async def car(api: httpx.AsyncClient) -> httpx.AsyncClient:
    made = await api.post("/temporal/entities", json=EVOLUTION)
    assert (made.status_code, made.headers["location"]) == (201, CAR)
    return api


def plain(instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "instanceId"} for each in instances]


async def test_what_was_added_is_there_and_current_state_is_not_made_of_it(car: httpx.AsyncClient) -> None:
    answer = await car.get(CAR)
    got = answer.json()
    assert LINK.format(CORE) in answer.headers["link"]
    assert plain(got["speed"]) == EVOLUTION["speed"] and plain(got["driver"]) == EVOLUTION["driver"]
    assert plain(got["name"]) == [EVOLUTION["name"]] and plain(got["says"]) == [EVOLUTION["says"]]
    assert plain(got["location"]) == EVOLUTION["location"]
    assert len({each["instanceId"] for each in got["speed"]}) == 6
    assert (await car.get("/entities/urn:x:car")).status_code == 404
    more = {"id": "urn:x:car", "type": ["Vehicle", "Taxi"], "speed": [prop(0, observedAt=at(9))]}
    assert (await car.post("/temporal/entities", json=more)).status_code == 204
    assert (await car.post(f"{CAR}/attrs", json={"speed": [prop(5, observedAt=at(10)), prop(6)]})).status_code == 204
    got = (await car.get(f"{CAR}?pick=type,speed&format=concise")).json()
    assert got["type"] == ["Vehicle", "Taxi"] and got.keys() == {"type", "speed"}
    assert [each["value"] for each in got["speed"]] == [10, 20, 30, 40, 50, 60, 0, 5, 6]


async def test_time_is_limited_and_the_last_are_taken(car: httpx.AsyncClient) -> None:
    async def speeds(query: str) -> list[float]:
        answer = await car.get(f"{CAR}?attrs=speed&{query}")
        assert answer.status_code == 200, answer.text
        return [each["value"] for each in answer.json().get("speed", [])]

    assert await speeds(f"timerel=before&timeAt={at(3)}") == [10, 20]
    assert await speeds(f"timerel=after&timeAt={at(5)}") == [50, 60]
    assert await speeds(f"timerel=between&timeAt={at(2)}&endTimeAt={at(4)}") == [20, 30]
    assert await speeds("lastN=2") == [60, 50]
    assert await speeds(f"timerel=before&timeAt={at(3)}&lastN=1") == [20]
    assert await speeds(f"timerel=after&timeAt={at(7)}") == []
    assert await speeds(f"timerel=after&timeAt={at(0)}&timeproperty=modifiedAt") != []
    assert await speeds("timerel=after&timeAt=2099-01-01T00:00:00Z&timeproperty=createdAt") == []
    drivers = (await car.get(f"{CAR}?attrs=driver&datasetId=urn:d:2")).json()["driver"]
    assert [each["object"] for each in drivers] == ["urn:x:lee"]
    assert len((await car.get(f"{CAR}?attrs=driver&datasetId=@none,urn:d:2")).json()["driver"]) == 2


async def test_values_with_their_times(car: httpx.AsyncClient) -> None:
    got = (await car.get(f"{CAR}?options=temporalValues&timerel=before&timeAt={at(3)}")).json()
    assert got["speed"] == {"type": "Property", "values": [[10, at(1)], [20, at(2)]]}
    assert got["driver"] == {"type": "Relationship", "objects": [["urn:x:kim", at(1)]]}
    assert got["says"] == {
        "type": "LanguageProperty",
        "languageMaps": [[{"languageMap": {"ko": "네", "en": "yes"}}, at(2)]],
    }
    assert got["location"]["values"][0] == [{"type": "Point", "coordinates": [129.1, 35]}, at(1)]
    one = (await car.get(f"{CAR}?format=temporalValues&lang=en&pick=says")).json()
    assert one == {"says": {"type": "Property", "values": [["yes", at(2)]]}}


async def test_aggregates(car: httpx.AsyncClient) -> None:
    between = f"timerel=between&timeAt={at(1)}&endTimeAt={at(7)}&options=aggregatedValues"
    methods = "avg,min,max,sum,sumsq,stddev,totalCount,distinctCount"
    got = (await car.get(f"{CAR}?attrs=speed&{between}&aggrMethods={methods}&aggrPeriodDuration=PT3H")).json()["speed"]
    first, second = [at(1), at(4)], [at(4), at(7)]
    assert got["avg"] == [[20, *first], [50, *second]]
    assert got["min"] == [[10, *first], [40, *second]] and got["max"] == [[30, *first], [60, *second]]
    assert got["sum"] == [[60, *first], [150, *second]] and got["sumsq"][0][0] == 1400
    assert got["totalCount"] == [[3, *first], [3, *second]] and got["distinctCount"][1][0] == 3
    assert got["stddev"][0][0] == pytest.approx(8.165, abs=0.001)
    whole = (await car.get(f"{CAR}?{between}&aggrMethods=max,totalCount")).json()
    assert whole["speed"]["max"] == [[60, at(1), at(7)]]
    assert whole["on"]["max"] == [[1, at(1), at(7)]] and whole["name"]["max"] == [["a", at(1), at(7)]]
    once = {"type": "Relationship", "totalCount": [[1, at(1), at(7)]]}
    assert whole["driver"] == [once, {**once, "datasetId": "urn:d:2"}]
    open_ended = (
        await car.get(f"{CAR}?attrs=speed&options=aggregatedValues&aggrMethods=max&aggrPeriodDuration=PT4H")
    ).json()
    assert open_ended["speed"]["max"] == [[40, at(1), at(5)], [60, at(5), at(9)]]
    refused = await car.get(f"{CAR}?attrs=name&{between}&aggrMethods=avg")
    assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}InvalidRequest")


async def test_queries_select_by_what_was_in_their_time(car: httpx.AsyncClient) -> None:
    bus = {"id": "urn:x:bus", "type": "Bus", "speed": prop(99, observedAt=at(20)), "scope": "/Busan"}
    assert (await car.post("/temporal/entities", json=bus)).status_code == 201

    async def found(query: str) -> list[str]:
        answer = await car.get(f"/temporal/entities?{query}")
        assert answer.status_code == 200, answer.text
        return [each["id"].rpartition(":")[2] for each in answer.json()]

    every = "type=Vehicle,Bus"
    assert await found(f"{every}&{QUERY}") == ["car", "bus"]
    assert await found(f"{every}&timerel=before&timeAt={at(7)}") == ["car"]
    assert await found(f"{every}&{QUERY}&attrs=name") == ["car"]
    assert await found(f"{every}&{QUERY}&q=speed>55") == ["car", "bus"]
    assert await found(f"{every}&timerel=before&timeAt={at(6)}&q=speed>55") == []
    assert await found(f"{every}&timerel=after&timeAt={at(6)}&q=speed==60;speed>=60") == ["car"]
    assert await found(f"{every}&{QUERY}&georel=near;maxDistance==100&geometry=Point&coordinates=[129.2,35]") == ["car"]
    assert (
        await found(
            f"{every}&timerel=before&timeAt={at(2)}&georel=near;maxDistance==100&geometry=Point&coordinates=[129.2,35]"
        )
        == []
    )
    assert await found(f"{every}&timerel=after&timeAt={at(0)}&timeproperty=modifiedAt&scopeQ=/Busan") == ["bus"]
    assert await found(f"local=true&{QUERY}&orderBy=id") == ["bus", "car"]
    assert await found(f"local=true&{QUERY}&orderBy=id&limit=1&offset=1") == ["car"]
    counted = await car.get(f"/temporal/entities?{every}&{QUERY}&count=true&limit=1")
    assert counted.headers["ngsild-results-count"] == "2" and 'rel="next"' in counted.headers["link"]
    body: dict[str, Any] = {
        "type": "Query",
        "entities": [{"type": "Bus"}, {"type": "Vehicle", "idPattern": "car$"}],
        "temporalQ": {"timerel": "between", "timeAt": at(3), "endTimeAt": at(21), "lastN": 1},
        "q": "speed>0",
        "attrs": ["speed"],
    }
    answer = await car.post("/temporal/entityOperations/query?options=temporalValues", json=body)
    assert [each["speed"]["values"] for each in answer.json()] == [[[60, at(6)]], [[99, at(20)]]]
    aggregation: dict[str, Any] = {"aggrMethods": "max", "aggrPeriodDuration": "P1D"}
    for said in (
        {"aggrParams": aggregation},
        {"aggrParams": {**aggregation, "aggrMethods": ["max"]}},
        {"temporalQ": {**body["temporalQ"], **aggregation}},  # clause 5.2.21 has them here, 5.2.44 there
    ):
        answer = await car.post("/temporal/entityOperations/query?format=aggregatedValues", json=body | said)
        assert answer.status_code == 200, answer.text
        assert [each["speed"]["max"][0][0] for each in answer.json()] == [60, 99]


async def test_what_cannot_be_asked(car: httpx.AsyncClient) -> None:
    for query in (
        "type=Vehicle",
        QUERY,
        "type=Vehicle&timerel=after",
        "type=Vehicle&timeAt=2026-11-24T00:00:00Z",
        f"type=Vehicle&timerel=since&timeAt={at(1)}",
        f"type=Vehicle&timerel=between&timeAt={at(1)}",
        f"type=Vehicle&timerel=between&timeAt={at(2)}&endTimeAt={at(1)}",
        f"type=Vehicle&timerel=after&timeAt={at(2)}&endTimeAt={at(3)}",
        "type=Vehicle&timerel=after&timeAt=yesterday",
        f"type=Vehicle&{QUERY}&timeproperty=seenAt",
        f"type=Vehicle&{QUERY}&lastN=0",
        f"type=Vehicle&{QUERY}&options=aggregatedValues",
        f"type=Vehicle&{QUERY}&options=aggregatedValues&aggrMethods=median",
        f"type=Vehicle&{QUERY}&aggrMethods=median",
        f"type=Vehicle&{QUERY}&aggrPeriodDuration=null",
        f"type=Vehicle&{QUERY}&options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=1D",
        f"type=Vehicle&{QUERY}&options=aggregatedValues,temporalValues",
        f"type=Vehicle&{QUERY}&orderBy=id",
        f"type=Vehicle&local=true&{QUERY}&orderBy=speed",
        f"type=Vehicle&{QUERY}&q=driver{{name}}",
        f"type=Vehicle&{QUERY}&pick=driver{{name}}",
    ):
        refused = await car.get(f"/temporal/entities?{query}")
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), query
    assert (await car.get("/temporal/entities/urn:x:none")).status_code == 404
    assert (await car.get(f"{CAR}?timerel=after")).status_code == 400
    geo = await car.get(CAR, headers={"Accept": "application/geo+json"})
    assert (geo.status_code, geo.json()["available"]) == (406, ["application/json", "application/ld+json"])


async def test_instances_are_corrected_and_removed(car: httpx.AsyncClient) -> None:
    async def speeds() -> dict[float, dict[str, Any]]:
        return {each["value"]: each for each in (await car.get(f"{CAR}?attrs=speed&options=sysAttrs")).json()["speed"]}

    before = await speeds()
    wrong = before[20]
    path = f"{CAR}/attrs/speed/{wrong['instanceId']}"
    sent = {"speed": [prop(21, observedAt=at(2, 30), unitCode="KMH")]}
    assert (await car.patch(path, json=sent)).status_code == 204
    now = (await speeds())[21]
    assert (now["instanceId"], now["createdAt"], now["unitCode"]) == (wrong["instanceId"], wrong["createdAt"], "KMH")
    assert now["modifiedAt"] > wrong["modifiedAt"] and 20 not in await speeds()
    assert (await car.patch(path, json={"speed": [prop(22, observedAt=at(2))]})).status_code == 204
    assert (await speeds())[22]["createdAt"] == wrong["createdAt"]
    assert (await car.delete(path)).status_code == 204
    assert sorted(await speeds()) == [10, 30, 40, 50, 60]
    for other in (
        path,
        f"{CAR}/attrs/speed/urn:x:odd",
        f"{CAR}/attrs/none/{wrong['instanceId']}",
        f"{CAR}2/attrs/speed/urn:x:y",
    ):
        assert (await car.delete(other)).status_code == 404, other
    assert (await car.delete(f"{CAR}/attrs/speed/odd")).status_code == 400
    assert (await car.patch(path, json={"name": [prop("x")]})).status_code == 400
    assert (await car.patch(path, json=sent)).status_code == 404


async def test_an_instance_has_one_id_of_its_own(car: httpx.AsyncClient) -> None:
    old = prop(5, observedAt="1969-07-20T20:17:40.25Z", datasetId="urn:d:2")
    assert (await car.post(f"{CAR}/attrs", json={"speed": old})).status_code == 204
    speeds = (await car.get(f"{CAR}?attrs=speed")).json()["speed"]
    for each in speeds:
        start, _, number = each["instanceId"].rpartition("-")
        for other in (f"0{number}", f"-{2**64 - int(number, 16):x}", f"0x{number}", "f" * 40, number.upper() + "A", ""):
            assert (await car.delete(f"{CAR}/attrs/speed/{start}-{other}")).status_code == 404, other
        far = each["instanceId"].replace(start.split("-")[-1], "9" * 30)
        assert (await car.delete(f"{CAR}/attrs/speed/{far}")).status_code == 404
    assert (await car.get(f"{CAR}?attrs=speed")).json()["speed"] == speeds
    for each in speeds:
        assert (await car.delete(f"{CAR}/attrs/speed/{each['instanceId']}")).status_code == 204
    assert "speed" not in (await car.get(CAR)).json()


async def test_an_instance_that_was_corrected_to_another_time_keeps_its_id_alone(car: httpx.AsyncClient) -> None:
    first, second = (await car.get(f"{CAR}?attrs=speed")).json()["speed"][:2]
    moved = first["instanceId"].split("-"), second["instanceId"].split("-")
    later = str((int(moved[0][-2]) + int(moved[1][-2])) // 2)
    of_its_time = "-".join([*moved[0][:-2], later, moved[0][-1]])
    between = datetime.fromtimestamp(int(later) / 1e6, UTC).isoformat().replace("+00:00", "Z")
    path = f"{CAR}/attrs/speed"
    assert (await car.patch(f"{path}/{first['instanceId']}", json={"speed": prop(11, observedAt=between)})).is_success
    assert (await car.delete(f"{path}/{of_its_time}")).status_code == 404
    assert (await car.delete(f"{path}/{first['instanceId']}")).status_code == 204


async def test_a_corrected_instance_counts_from_when_it_was_created(car: httpx.AsyncClient) -> None:
    entity = {"type": "Vehicle", "attrs": "name", "timeproperty": "createdAt"}

    async def found(relation: str, time: datetime) -> list[str]:
        query = {**entity, "timerel": relation, "timeAt": time.isoformat().replace("+00:00", "Z")}
        answer = await car.get("/temporal/entities", params={**query, "count": "true"})
        assert answer.headers["ngsild-results-count"] == str(len(answer.json()))
        return [each["name"][0]["value"] for each in answer.json()]

    between = datetime.now(UTC)
    (name,) = (await car.get(CAR, params={"attrs": "name"})).json()["name"]
    path = f"{CAR}/attrs/name/{name['instanceId']}"
    for value in ("b", "c"):
        assert (await car.patch(path, json={"name": prop(value, observedAt=at(1))})).status_code == 204
        assert (await found("before", between), await found("after", between)) == ([value], [])


async def test_attributes_and_whole_histories_are_removed(car: httpx.AsyncClient) -> None:
    assert (await car.delete(f"{CAR}/attrs/driver")).status_code == 204
    assert [each["object"] for each in (await car.get(CAR)).json()["driver"]] == ["urn:x:lee"]
    assert (await car.delete(f"{CAR}/attrs/driver")).status_code == 404
    assert (await car.delete(f"{CAR}/attrs/driver?datasetId=urn:d:2")).status_code == 204
    assert "driver" not in (await car.get(CAR)).json()
    assert (await car.delete(f"{CAR}/attrs/speed?deleteAll=true")).status_code == 204
    assert (await car.delete(f"{CAR}/attrs/speed?deleteAll=true")).status_code == 404
    assert (await car.delete(CAR)).status_code == 204
    assert ((await car.get(CAR)).status_code, (await car.delete(CAR)).status_code) == (404, 404)
    assert (await car.post("/temporal/entities", json=EVOLUTION)).status_code == 201


async def test_a_history_stays_until_it_is_deleted_itself(api: httpx.AsyncClient) -> None:
    """Clause 5.6.13 removes instances of an attribute, 5.6.16 the evolution: only then nothing is known of it."""
    made = {"id": "urn:x:car", "type": "Vehicle", "speed": [prop(1, observedAt=at(1))]}
    assert (await api.post("/temporal/entities", json=made)).status_code == 201
    assert (await api.delete(f"{CAR}/attrs/speed")).status_code == 204
    assert (await api.get(CAR)).json() == {"id": "urn:x:car", "type": "Vehicle"}
    assert (await api.delete(f"{CAR}/attrs/speed")).status_code == 404
    assert (await api.get(f"/temporal/entities?type=Vehicle&{QUERY}")).json() == []
    assert (await api.post(f"{CAR}/attrs", json={"speed": [prop(2, observedAt=at(2))]})).status_code == 204
    assert plain((await api.get(CAR)).json()["speed"]) == [prop(2, observedAt=at(2))]
    assert (await api.delete(CAR)).status_code == 204
    assert ((await api.get(CAR)).status_code, (await api.delete(CAR)).status_code) == (404, 404)


async def test_a_history_may_begin_without_attributes(api: httpx.AsyncClient) -> None:
    """Clause 5.6.11: otherwise, implementations shall create the provided evolution."""
    bare = {"id": "urn:x:car", "type": "Vehicle"}
    assert [(await api.post("/temporal/entities", json=bare)).status_code for _ in range(2)] == [201, 204]
    assert (await api.get(CAR)).json() == bare
    assert [(await api.delete(CAR)).status_code for _ in range(2)] == [204, 404]


async def test_current_state_leaves_its_history_and_marks_what_is_deleted(api: httpx.AsyncClient) -> None:
    lamp = {"id": "urn:x:lamp", "type": "Lamp", "on": prop(True), "power": prop(5), "scope": "/a"}
    assert (await api.post("/entities", json=lamp)).status_code == 201
    await api.patch("/entities/urn:x:lamp/attrs/power", json={"value": 6})
    await api.delete("/entities/urn:x:lamp/attrs/power")
    path = "/temporal/entities/urn:x:lamp"
    got = (await api.get(f"{path}?options=sysAttrs")).json()
    assert [each["value"] for each in got["power"]] == [5, 6, NULL]
    assert got["power"][2]["deletedAt"] and "deletedAt" not in got
    assert got["scope"][0]["value"] == "/a" and got["scope"][0]["observedAt"] == got["scope"][0]["modifiedAt"]
    assert (await api.get(f"{path}?timerel=after&timeAt=2020-01-01T00:00:00Z")).json().keys() == {
        *("id", "type", "scope")
    }, "what was not observed at a time is not of one, but a scope is valid from when it was set"
    past = "timerel=after&timeAt=2020-01-01T00:00:00Z"
    deleted = (await api.get(f"{path}?{past}&timeproperty=deletedAt")).json()
    assert deleted.keys() == {"id", "type", "power"}
    await api.delete("/entities/urn:x:lamp")
    got = (await api.get(f"{path}?options=sysAttrs")).json()
    assert got["deletedAt"] and got["on"][-1]["value"] == NULL
    assert (await api.get(f"/temporal/entities?type=Lamp&{past}&timeproperty=deletedAt")).json()[0][
        "id"
    ] == "urn:x:lamp"
    assert (await api.post("/entities", json=lamp)).status_code == 201
    assert "deletedAt" not in (await api.get(f"{path}?options=sysAttrs")).json()
    assert (await api.delete(path)).status_code == 204
    assert (await api.get("/entities/urn:x:lamp")).status_code == 200, "what is, is not touched"


async def test_marks_of_every_kind_of_attribute_can_be_shown(api: httpx.AsyncClient) -> None:
    sent = {
        "id": "urn:x:lamp",
        "type": "Lamp",
        "a": {"type": "LanguageProperty", "languageMap": {"en": "x"}},
        "b": {"type": "ListProperty", "valueList": [1]},
        "c": {"type": "ListRelationship", "objectList": ["urn:x:1"]},
        "d": {"type": "VocabProperty", "vocab": "x"},
        "e": {"type": "JsonProperty", "json": {"x": 1}},
        "f": {"type": "Relationship", "object": "urn:x:1"},
    }
    await api.post("/entities", json=sent)
    await api.delete("/entities/urn:x:lamp")
    path = "/temporal/entities/urn:x:lamp"
    got = (await api.get(path)).json()
    assert (got["a"][1]["languageMap"], got["b"][1]["valueList"], got["f"][1]["object"]) == (
        {"@none": NULL},
        [NULL],
        NULL,
    )
    for query in ("options=concise", "options=temporalValues", "lang=en", "options=temporalValues&lang=en"):
        assert (await api.get(f"{path}?{query}")).status_code == 200, query


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"id": "urn:x:car"},
        {"type": "Vehicle"},
        {"id": "urn:x:car", "type": "Vehicle", "speed": NULL},
        {"id": "urn:x:car", "type": "Vehicle", "speed": [prop(1), 5, {"type": "Odd"}], "location": prop(1)},
        {"id": "urn:x:car", "type": "Vehicle", "speed": [prop(1, observedAt="now")]},
        {"id": "urn:x:car", "type": "Vehicle", "scope": [{"type": "Property"}]},
        {"id": "urn:x:car", "type": "Vehicle", "scope": []},
        {"id": "urn:x:car", "type": "Vehicle", "scope": [{"value": "//"}]},
    ],
)
async def test_bodies_that_are_no_history(api: httpx.AsyncClient, body: Any) -> None:
    refused = await api.post("/temporal/entities", json=body)
    assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData")
    assert (await api.post(f"{CAR}/attrs", json={"speed": prop(1)})).status_code == 404
