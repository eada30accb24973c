"""NGSI-LD in the whole city: what devices send is there, what departments write is kept, the edge lets it through."""

import gzip
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from running.web import STATIONS, Web, eventually
from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, ERRORS, LINK, entity, prop
from ucity.cloud.ioc.policy import Scope

BASE = "/ngsi-ld/v1/entities"


async def test_readings_are_entities_for_anyone(whole: Web) -> None:
    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    place = {"type": "Point", "coordinates": [129.07, 35.18]}
    reading = {"id": "26110", "observedAt": now, "pm25": 12.5, "location": place}
    sent = await whole.http.post(STATIONS, json=[reading], headers=await whole.key(Scope.WRITE))
    assert sent.status_code < 300
    path = f"{BASE}/urn:ngsi-ld:AirQualityObserved:26110"

    async def asked() -> Any:
        return (await whole.http.get(path)).json().get("pm25")

    await eventually(asked, prop(12.5, unitCode="GQ", observedAt=now))
    answer = await whole.http.get(f"{BASE}?type=AirQualityObserved&attrs=pm25&options=keyValues")
    assert [each["pm25"] for each in answer.json()] == [12.5]


async def test_a_department_keeps_entities_of_its_own(web: Web) -> None:
    keeper, reader = await web.key(Scope.READ, Scope.WRITE), await web.key(Scope.READ)
    created = await web.http.post(BASE, json=entity(on=prop(True)), headers=keeper)
    path = f"{BASE}/urn:ngsi-ld:Lamp:1"
    assert (created.status_code, created.headers["location"]) == (201, path)
    for headers, status in ((keeper, 200), (reader, 200), ({}, 404)):
        assert (await web.http.get(path, headers=headers)).status_code == status
    assert (await web.http.delete(path, headers=reader)).status_code == 403
    packed = {**keeper, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = gzip.compress(msgspec.json.encode({"on": prop(False)}))
    assert (await web.http.patch(f"{path}/attrs", content=body, headers=packed)).status_code == 204
    answer = await web.http.get(f"{BASE}?type=Lamp&limit=1&offset=1", headers=reader)
    assert f'<{BASE}?type=Lamp&limit=1&offset=0>; rel="prev"' in answer.headers["link"]
    assert LINK.format(CORE) in answer.headers["link"]


async def test_errors_are_those_of_ngsi_ld(web: Web) -> None:
    missing = await web.http.get(f"{BASE}/urn:x:1")
    assert (missing.status_code, missing.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    assert missing.headers["content-type"] == "application/json"
    stranger = await web.http.post(BASE, json=entity())
    assert stranger.status_code == 401 and "www-authenticate" in stranger.headers


async def test_errors_before_the_api_is_reached_are_its_errors_too(web: Web) -> None:
    """Clause 6.3.3: an error is application/json, whichever part of the city finds it."""
    json = {"Content-Type": "application/json"}
    asked: list[tuple[httpx.Response, int, str]] = [
        (await web.http.get(f"{BASE}?type=a%00"), 400, f"{ERRORS}BadRequestData"),
        (await web.http.get(f"{BASE}/urn:x:%0A1"), 404, f"{ERRORS}ResourceNotFound"),
        (await web.http.get(BASE, headers={"Authorization": "Bearer uck_none"}), 401, "about:blank"),
        (await web.http.post(BASE, content=b" " * (17 << 20), headers=json), 413, "about:blank"),
    ]
    for answer, status, kind in asked:
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.request.url
        assert answer.json()["type"] == kind
