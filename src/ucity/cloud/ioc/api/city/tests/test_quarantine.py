"""The quarantine over HTTP: to look at, to mend and replay, to dismiss."""

import json
from datetime import UTC, datetime
from typing import Any

from running.web import STATIONS, Web, eventually
from ucity.cloud.ioc.policy import Scope

QUARANTINE = "/api/v1/quarantine"
NOW = datetime.now(UTC).isoformat()


async def send(web: Web, *items: dict[str, Any]) -> None:
    await web.http.post(STATIONS, json=list(items), headers=await web.key(Scope.WRITE))


async def test_only_who_manages_the_city_sees_it(web: Web) -> None:
    for headers, status in (
        ({}, 401),
        (await web.key(Scope.READ, Scope.WRITE), 403),
        (await web.key(Scope.MANAGE), 200),
    ):
        assert (await web.http.get(QUARANTINE, headers=headers)).status_code == status


async def test_entries_are_listed_and_shown_with_what_arrived(web: Web) -> None:
    boss = await web.key(Scope.MANAGE)
    await send(web, {"id": "a"}, {"id": "b", "observedAt": NOW, "pm25": -1})
    found = (await web.http.get(QUARANTINE, headers=boss)).json()["entries"]
    assert [(each["reason"], each["stream"], each["door"]) for each in found] == [
        ("no_time", "air_quality/stations", "http"),
        ("out_of_range", "air_quality/stations", "http"),
    ]
    assert "payload" not in found[0]
    whole = (await web.http.get(f"{QUARANTINE}/{found[0]['id']}", headers=boss)).json()
    assert (whole["payload"], whole["state"]) == ({"id": "a"}, "waiting")
    page = (await web.http.get(QUARANTINE, params={"after": found[0]["id"]}, headers=boss)).json()["entries"]
    assert page == found[1:]
    assert (await web.http.get(f"{QUARANTINE}/999", headers=boss)).status_code == 404
    assert (await web.http.get(f"{QUARANTINE}/{2**63}", headers=boss)).status_code == 422


async def test_what_is_sent_again_is_counted_not_kept_twice(web: Web) -> None:
    boss = await web.key(Scope.MANAGE)
    bad = {"id": "a", "observedAt": NOW, "pm25": -1}
    writer = await web.key(Scope.WRITE)
    for items in ([bad, bad], [bad], [{**bad, "pm25": -2}]):
        await web.http.post(STATIONS, json=items, headers=writer)
    found = (await web.http.get(QUARANTINE, headers=boss)).json()["entries"]
    assert [entry["times"] for entry in found] == [3, 1]
    assert found[0]["receivedAt"] < found[0]["lastReceivedAt"]
    await web.http.post(f"{QUARANTINE}/{found[0]['id']}/dismiss", headers=boss)
    await web.http.post(STATIONS, json=[bad], headers=writer)
    assert [entry["times"] for entry in (await web.http.get(QUARANTINE, headers=boss)).json()["entries"]] == [1, 1]


async def test_a_mended_reading_is_taken_in_and_closes_all_its_entries(whole: Web) -> None:
    boss = await whole.key(Scope.MANAGE)
    await send(whole, {"id": "a", "observedAt": NOW, "pm25": -1, "pm10": "x"})
    first, second = (each["id"] for each in (await whole.http.get(QUARANTINE, headers=boss)).json()["entries"])
    still = await whole.http.post(f"{QUARANTINE}/{first}/replay", headers=boss)
    assert (still.status_code, len(still.json()["rejected"])) == (422, 2)
    mended = {"id": "a", "observedAt": NOW, "pm25": 1, "pm10": 2}
    done = await whole.http.post(f"{QUARANTINE}/{first}/replay", json=mended, headers=boss)
    assert (done.status_code, done.json()) == (200, {"closed": 2})

    async def current() -> Any:
        return [row["pm10"] for row in (await whole.http.get("/api/v1/streams/air_quality/stations/current")).json()]

    await eventually(current, [2])
    assert (await whole.http.get(QUARANTINE, headers=boss)).json()["entries"] == []
    closed = (await whole.http.get(f"{QUARANTINE}/{second}", headers=boss)).json()
    assert (closed["state"], closed["closedBy"][:4]) == ("replayed", "key:")
    assert (await whole.http.post(f"{QUARANTINE}/{first}/replay", headers=boss)).status_code == 409


async def test_a_dismissed_entry_waits_no_longer_and_stays(web: Web) -> None:
    boss = await web.key(Scope.MANAGE)
    await send(web, {"id": "a"})
    (entry,) = (await web.http.get(QUARANTINE, headers=boss)).json()["entries"]
    for closed in (1, 0):
        answer = await web.http.post(f"{QUARANTINE}/{entry['id']}/dismiss", headers=boss)
        assert answer.json() == {"closed": closed}
    dismissed = (await web.http.get(QUARANTINE, params={"state": "dismissed"}, headers=boss)).json()["entries"]
    assert [each["id"] for each in dismissed] == [entry["id"]]


async def test_what_is_no_json_is_shown_as_text_and_cannot_be_replayed_as_it_is(web: Web) -> None:
    boss = await web.key(Scope.MANAGE)
    lines = json.dumps({"id": "a", "observedAt": NOW, "pm25": 1}) + "\n{oops"
    headers = await web.key(Scope.WRITE) | {"Content-Type": "application/x-ndjson"}
    await web.http.post(STATIONS, content=lines, headers=headers)
    (entry,) = (await web.http.get(QUARANTINE, headers=boss)).json()["entries"]
    assert (await web.http.get(f"{QUARANTINE}/{entry['id']}", headers=boss)).json()["payload"] == "{oops"
    assert (await web.http.post(f"{QUARANTINE}/{entry['id']}/replay", headers=boss)).status_code == 400
