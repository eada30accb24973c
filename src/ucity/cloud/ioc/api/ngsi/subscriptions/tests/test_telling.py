"""Who subscribes is told of what was asked for, in the form that was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import polars as pl
import pytest

from running.receiver import Receiver
from running.web import eventually
from ucity.blueprint import Readings
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import (
    CATALOGUE,
    STATIONS,
    City,
    Clients,
    authenticated,
    has_received,
    lamp,
    subscription,
    telling,
)
from ucity.cloud.ioc.policy import ANYONE, Access
from ucity.cloud.ioc.policy import Scope as Permission
from ucity.cloud.ioc.store import Batch, notices
from ucity.cloud.ioc.store.housekeeping import TOLD_KEPT, tidy
from ucity.cloud.ioc.store.subscriptions import sweep

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"


async def test_a_new_entity_and_a_change_are_told(city: City, receiver: Receiver) -> None:
    where = await city.subscribe(subscription(receiver))
    await city.write(lamp(on=True))
    (first,) = await city.told(receiver, 1)
    assert first["type"] == "Notification"
    assert where.endswith(first["subscriptionId"])
    assert first["data"] == [lamp(on={"type": "Property", "value": True})]
    assert receiver.at()[0].headers["content-type"] == "application/json"
    assert CORE in receiver.at()[0].headers["link"]
    await city.write(lamp(on=False))
    assert [each["data"][0]["on"]["value"] for each in await city.told(receiver, 2)] == [True, False]


async def test_a_tenant_of_an_open_city_is_told_of_its_own(
    quiet: City, services: NgsiServices, receiver: Receiver, migrated_database: str
) -> None:
    access = Access(CATALOGUE, open=True)
    transport = httpx.ASGITransport(authenticated(ngsi_ld(replace(services, access=access)), ANYONE))
    ours, theirs = {"NGSILD-Tenant": "ours"}, {"NGSILD-Tenant": "theirs"}
    async with (
        telling(quiet, migrated_database, access=access),
        httpx.AsyncClient(transport=transport, base_url="http://city/") as api,
    ):
        assert (await api.post("/subscriptions", json=subscription(receiver), headers=ours)).status_code == 201
        for number, tenant in enumerate((theirs, {}, ours)):
            assert (await api.post("/entities", json=lamp(on=number), headers=tenant)).status_code == 201
        (told,) = await quiet.told(receiver, 1)
    assert told["data"][0]["on"]["value"] == 2
    assert receiver.at()[0].headers["ngsild-tenant"] == "ours"


@pytest.mark.parametrize("number", [1e20, 10**25, -(2**63) - 1, 1e300])
async def test_a_number_of_more_than_64_bits_is_told_and_taken_away(
    city: City, receiver: Receiver, number: float
) -> None:
    await city.subscribe(subscription(receiver, notificationTrigger=["entityCreated", "entityDeleted"]))
    await city.write(lamp(level=number))
    assert (await city.told(receiver, 1))[0]["data"][0]["level"]["value"] == pytest.approx(number)
    assert (await city.api.get("/entities/urn:ngsi-ld:Lamp:1")).json()["level"]["value"] == pytest.approx(number)
    assert (await city.api.delete("/entities/urn:ngsi-ld:Lamp:1")).status_code == 204
    await city.told(receiver, 2)


async def test_what_does_not_change_is_not_told(city: City, receiver: Receiver) -> None:
    await city.write(lamp(on=True))
    await city.subscribe(subscription(receiver))
    await city.write(lamp(on=True))
    await city.write({"id": "urn:ngsi-ld:Tree:1", "type": "Tree", "height": 3})
    await city.told(receiver, 0)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"watchedAttributes": ["level"]}, [2, 3]),
        ({"q": "level>2"}, [3]),
        ({"entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:2"}]}, []),
        ({"entities": [{"type": "Lamp", "id": ["urn:ngsi-ld:Lamp:2", "urn:ngsi-ld:Lamp:1"]}]}, [2, 2, 3]),
        ({"entities": [{"type": "Lamp", "idPattern": "Lamp:1$"}]}, [2, 2, 3]),
        ({"entities": [{"type": "(Lamp;Tree)"}]}, []),
        ({"scopeQ": "/Busan/#"}, []),
        ({"geoQ": {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": [129, 35]}}, [2, 2, 3]),
        ({"geoQ": {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[128,35]"}}, []),
        ({"notificationTrigger": ["entityCreated"]}, []),
        ({"notificationTrigger": ["attributeCreated"]}, [2]),
        ({"isActive": False}, []),
    ],
)
async def test_filters(city: City, receiver: Receiver, members: dict[str, Any], expected: list[int]) -> None:
    place = {"type": "Point", "coordinates": [129, 35]}
    await city.write(lamp(name="a", location=place))
    await city.subscribe(subscription(receiver, **members))
    for change in ({"level": 2}, {"name": "b"}, {"level": 3}):
        await city.write(lamp(**change))
    told = await city.told(receiver, len(expected))
    assert [each["data"][0]["level"]["value"] for each in told] == expected


async def test_formats(city: City, receiver: Receiver) -> None:
    for form in ("normalized", "concise", "simplified", "keyValues"):
        await city.subscribe(
            subscription(
                receiver,
                endpoint={"uri": receiver.url(f"/{form}")},
                notification={"format": form, "endpoint": {"uri": receiver.url(f"/{form}")}},
            )
        )
    await city.write(lamp(level={"type": "Property", "value": 1, "unitCode": "P1"}))
    found = {
        form: (await city.told(receiver, 1, f"/{form}"))[0]["data"][0]["level"]
        for form in ("normalized", "concise", "simplified", "keyValues")
    }
    assert found == {
        "normalized": {"type": "Property", "value": 1, "unitCode": "P1"},
        "concise": {"value": 1, "unitCode": "P1"},
        "simplified": 1,
        "keyValues": 1,
    }


async def test_members_are_chosen_and_system_attributes_added(city: City, receiver: Receiver) -> None:
    await city.subscribe(
        subscription(
            receiver, notification={"pick": ["id", "level"], "sysAttrs": True, "endpoint": {"uri": receiver.url()}}
        )
    )
    await city.write(lamp(level=1, name="a"))
    ((told,),) = [each["data"] for each in await city.told(receiver, 1)]
    assert told.keys() == {"id", "level", "createdAt", "modifiedAt"}
    assert "modifiedAt" in told["level"]


async def test_changes_are_shown(city: City, receiver: Receiver) -> None:
    other = {"type": "Property", "value": 7, "datasetId": "urn:x:other"}
    level = [{"type": "Property", "value": 1}, other]
    await city.write(lamp(level=level, on={"type": "Relationship", "object": "urn:x:1"}))
    await city.subscribe(
        subscription(
            receiver,
            notificationTrigger=["entityUpdated", "entityDeleted"],
            notification={"showChanges": True, "endpoint": {"uri": receiver.url()}},
        )
    )
    await city.write(lamp(level=2, on={"type": "Relationship", "object": "urn:x:2"}))
    await city.api.delete("/entities/urn:ngsi-ld:Lamp:1/attrs/on")
    await city.api.delete("/entities/urn:ngsi-ld:Lamp:1")
    changed, less, gone = [each["data"][0] for each in await city.told(receiver, 3)]
    assert changed["level"] == [{"type": "Property", "value": 2, "previousValue": 1}, other], "one of two changed"
    assert changed["on"] == {"type": "Relationship", "object": "urn:x:2", "previousObject": "urn:x:1"}
    assert less["on"] == {"type": "Relationship", "object": "urn:ngsi-ld:null", "previousObject": "urn:x:2"}
    assert less["level"] == [{"type": "Property", "value": 2}, other]
    assert gone.keys() == {"id", "type", "deletedAt", "level"}
    assert gone["level"] == [
        {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 2},
        {**other, "value": "urn:ngsi-ld:null", "previousValue": 7},
    ]


async def test_what_is_gone_is_told_in_short(city: City, receiver: Receiver) -> None:
    await city.write(lamp(level=1, on=True))
    await city.subscribe(subscription(receiver, notificationTrigger=["attributeDeleted", "entityDeleted"]))
    await city.api.delete("/entities/urn:ngsi-ld:Lamp:1/attrs/on")
    await city.write(lamp(level=2))
    await city.api.delete("/entities/urn:ngsi-ld:Lamp:1")
    less, gone = [each["data"][0] for each in await city.told(receiver, 2)]
    assert less["on"] == "urn:ngsi-ld:null"
    assert gone.keys() == {"id", "type", "deletedAt"}


async def test_json_ld_and_geojson(city: City, receiver: Receiver) -> None:
    kinds = {"ld": "application/ld+json", "geo": "application/geo+json"}
    for name, media in kinds.items():
        await city.subscribe(
            subscription(receiver, notification={"endpoint": {"uri": receiver.url(f"/{name}"), "accept": media}})
        )
    await city.write(lamp(location={"type": "Point", "coordinates": [129, 35]}))
    (linked,) = await city.told(receiver, 1, "/ld")
    assert linked["@context"] == CORE
    (placed,) = await city.told(receiver, 1, "/geo")
    assert placed["data"]["type"] == "FeatureCollection"
    assert placed["data"]["features"][0]["geometry"] == {"type": "Point", "coordinates": [129, 35]}
    assert [receiver.at(f"/{name}")[0].headers["content-type"] for name in kinds] == list(kinds.values())


async def test_linked_entities_are_joined_and_looked_into(city: City, receiver: Receiver) -> None:
    await city.write({"id": "urn:ngsi-ld:Street:1", "type": "Street", "name": "a"})
    await city.subscribe(
        subscription(
            receiver,
            q='in{Street:name}=="a"',
            notification={"join": "inline", "format": "keyValues", "endpoint": {"uri": receiver.url()}},
        )
    )
    for number in (1, 2):
        await city.write(lamp(number, **{"in": {"type": "Relationship", "object": f"urn:ngsi-ld:Street:{number}"}}))
    (told,) = await city.told(receiver, 1)
    assert told["data"][0]["in"] == {"id": "urn:ngsi-ld:Street:1", "type": "Street", "name": "a"}


async def test_information_for_the_receiver_goes_along(city: City, receiver: Receiver) -> None:
    info = [{"key": "Authorization", "value": "Bearer x"}, {"key": "X-Of", "value": "a"}]
    await city.subscribe(subscription(receiver, endpoint={"receiverInfo": info}))
    await city.write(lamp(on=True))
    await city.told(receiver, 1)
    headers = receiver.at()[0].headers
    assert (headers["authorization"], headers["x-of"]) == ("Bearer x", "a")


async def test_names_are_those_of_the_context_of_the_subscription(city: City, receiver: Receiver) -> None:
    context = {"Lamp": "https://example.org/Lamp", "level": "https://example.org/level"}
    body = subscription(receiver, watchedAttributes=["level"]) | {"@context": context}
    answer = await city.api.post("/subscriptions", json=body, headers={"Content-Type": "application/ld+json"})
    assert answer.status_code == 201, answer.text
    await city.write({"id": "urn:x:1", "type": "https://example.org/Lamp", "https://example.org/level": 1})
    ((told,),) = [each["data"] for each in await city.told(receiver, 1)]
    assert told == {"id": "urn:x:1", "type": "Lamp", "level": {"type": "Property", "value": 1}}
    hosted = receiver.at()[0].headers["link"].partition("<")[2].partition(">")[0]
    served = await city.api.get(hosted.removeprefix("http://city"))
    assert served.json() == {"@context": context}


async def test_notifications_are_in_the_context_that_the_subscription_names(city: City, receiver: Receiver) -> None:
    made = await city.api.post("/jsonldContexts", json={"@context": {"Leuchte": "https://example.org/Lamp"}})
    url = f"http://city{made.headers['location']}"
    context = {"Lamp": "https://example.org/Lamp"}
    body = subscription(receiver, jsonldContext=url) | {"@context": context}
    where = await city.subscribe(body, **{"Content-Type": "application/ld+json"})
    entity = {"id": "urn:x:1", "type": "https://example.org/Lamp"}
    await city.write({**entity, "level": 1})
    await city.told(receiver, 1)
    assert (await city.api.patch(where, json={"jsonldContext": "urn:ngsi-ld:null"})).status_code == 204
    await city.write({**entity, "level": 2})
    await city.told(receiver, 2)
    assert [each["type"] for each in receiver.data()] == ["Leuchte", "Lamp"]
    assert f"<{url}>" in receiver.at()[0].headers["link"]


async def test_readings_are_told_of(city: City, receiver: Receiver) -> None:
    await city.subscribe(subscription(receiver, entities=[{"type": "Station"}], q="pm25>10"))
    for hour, value in ((1, 9.0), (3, 12.0), (2, 50.0)):
        time = datetime(2026, 11, 24, hour, tzinfo=UTC)
        row = {"subject": "a", "observed_at": time, "pm25": value}
        frame = pl.DataFrame([row], schema=columns_of(STATIONS), orient="row")
        await city.committer.commit(Batch(readings=(Readings("environment/test", STATIONS, frame),)))
    ((told,),) = [each["data"] for each in await city.told(receiver, 1)]
    assert (told["pm25"]["value"], told["pm25"]["observedAt"]) == (12.0, "2026-11-24T03:00:00Z")


async def test_what_the_owner_may_no_longer_see_is_not_sent(
    quiet: City, receiver: Receiver, migrated_database: str
) -> None:
    await quiet.subscribe(subscription(receiver))
    await quiet.write(lamp(level=1))
    (key,) = await quiet.credentials.keys()
    await quiet.credentials.revoke_key(key.id)
    async with telling(quiet, migrated_database):
        await eventually(lambda: quiet.pool.fetchval("SELECT count(*) FROM notice"), 0)
        await quiet.told(receiver, 0)


async def test_a_key_that_is_revoked_is_told_of_nothing_from_then_on(
    city: City, clients: Clients, receiver: Receiver
) -> None:
    """Also where what it may see was found a moment ago."""
    await city.subscribe(subscription(receiver, endpoint={"uri": receiver.url("/ends")}))
    others = clients((await city.credentials.make_key("other", scopes=[Permission.READ]))[0])
    assert (await others.post("/subscriptions", json=subscription(receiver))).status_code == 201
    await city.write(lamp(level=1))
    await city.told(receiver, 1, "/ends")
    await city.told(receiver, 1)
    mine = next(key for key in await city.credentials.keys() if key.name == "test")
    await city.credentials.revoke_key(mine.id)
    await city.write(lamp(level=2))
    await city.told(receiver, 2)
    await city.told(receiver, 1, "/ends")


async def test_of_two_workers_one_tells_and_the_other_takes_over(
    quiet: City, receiver: Receiver, migrated_database: str
) -> None:
    await quiet.subscribe(subscription(receiver))
    async with telling(quiet, migrated_database):
        async with telling(quiet, migrated_database):
            for level in range(10):
                await quiet.write(lamp(level=level))
            await quiet.told(receiver, 10)
        for level in range(10, 13):
            await quiet.write(lamp(level=level))
        told = await quiet.told(receiver, 13)
    assert [each["data"][0]["level"]["value"] for each in told] == list(range(13))


async def test_what_nobody_needs_of_subscriptions_is_swept_up(
    quiet: City, receiver: Receiver, migrated_database: str
) -> None:
    for path in ("/a", "/b"):
        await quiet.subscribe(subscription(receiver, endpoint={"uri": receiver.url(path)}))
    await quiet.write(lamp(level=1))
    where = f"/subscriptions/{(await quiet.api.get('/subscriptions')).json()[0]['id']}"
    await quiet.api.delete(where)
    await sweep(quiet.pool, datetime.now(UTC))
    assert await quiet.pool.fetchval("SELECT count(*) FROM subscription") == 1
    (row,) = await quiet.pool.fetch("SELECT endpoint FROM notice_endpoint")
    assert row["endpoint"].startswith(receiver.url("/b"))
    async with telling(quiet, migrated_database):
        await quiet.told(receiver, 1, "/b")


async def test_changes_are_kept_for_as_long_as_somebody_has_to_be_told(city: City, receiver: Receiver) -> None:
    receiver.status["/notify"] = 503
    await city.subscribe(subscription(receiver))
    await city.write(lamp(level=1))
    await eventually(lambda: has_received(receiver, 1), True)
    kept = "SELECT count(*) FROM change WHERE altered IS NOT NULL"
    for waits in (1, 0):
        await tidy(city.pool, CATALOGUE, datetime.now(UTC) + TOLD_KEPT - timedelta(hours=1))
        assert await city.pool.fetchval(kept) == waits
        receiver.status.clear()
        await eventually(lambda: city.pool.fetchval("SELECT count(*) FROM notice"), 0)


async def test_nobody_keeps_the_feed_by_hearing_of_changes_seldom(city: City, receiver: Receiver) -> None:
    where = await city.subscribe(subscription(receiver, throttling=1_000_000))
    await city.write(lamp(level=1))
    await city.told(receiver, 1)
    await city.write(lamp(level=2))
    await eventually(lambda: city.pool.fetchval("SELECT count(*) FROM notice"), 1)
    await tidy(city.pool, CATALOGUE, datetime.now(UTC) + TOLD_KEPT + timedelta(hours=1))
    assert await city.pool.fetchval("SELECT count(*) FROM change WHERE altered IS NOT NULL") == 0
    patched = await city.api.patch(where, json={"throttling": "urn:ngsi-ld:null"})
    assert patched.status_code == 204
    await city.write(lamp(level=3))
    await eventually(lambda: city.pool.fetchval("SELECT count(*) FROM notice"), 0)
    assert receiver.data()[-1]["level"]["value"] == 3


async def test_in_a_full_queue_the_last_change_of_each_entity_waits(
    quiet: City, receiver: Receiver, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices.Notices, "full", _always_full)
    receiver.status["/notify"] = 503
    await quiet.subscribe(subscription(receiver))
    async with telling(quiet, migrated_database):
        await quiet.write(lamp(0, level=0))
        await eventually(lambda: has_received(receiver, 1), True)
        for level in range(1, 9):
            await quiet.write(lamp(level % 2, level=level))
        await eventually(lambda: quiet.pool.fetchval("SELECT cardinality(entities) FROM notice"), 2)
        receiver.received.clear()
        receiver.status.clear()
        (told,) = await quiet.told(receiver, 1)
    assert {each["id"][-1]: each["level"]["value"] for each in told["data"]} == {"0": 8, "1": 7}


async def _always_full(them: notices.Notices) -> frozenset[str]:
    """As if every queue that there is were full."""
    return frozenset(row["endpoint"] for row in await them._pool.fetch("SELECT endpoint FROM subscription"))


async def test_a_notification_in_an_older_version(city: City, receiver: Receiver) -> None:
    members = {"notification": {"showChanges": True, "sysAttrs": False}, "ngsildConformance": "1.3"}
    await city.subscribe(subscription(receiver, **members))
    label = {"type": "LanguageProperty", "languageMap": {"ko": "등"}}
    await city.write(lamp(label=label, mode={"type": "VocabProperty", "vocab": "night"}, scope="/Busan"))
    (first,) = await city.told(receiver, 1)
    mode = {"type": "Property", "value": "night"}
    assert first["data"] == [lamp(label={"type": "Property", "value": {"ko": "등"}}, mode=mode)]
    await city.write(lamp(mode={"type": "VocabProperty", "vocab": "day"}))
    later = (await city.told(receiver, 2))[1]
    assert later["data"][0]["mode"] == {"type": "Property", "value": "day", "previousValue": "night"}


async def test_a_periodic_notification_in_an_older_version(city: City, receiver: Receiver) -> None:
    await city.write(lamp(papers={"type": "JsonProperty", "json": {"a": 1}}))
    await city.subscribe(subscription(receiver, timeInterval=600, ngsildConformance="1.7"))
    await city.pool.execute("UPDATE subscription SET due_at = now()")

    async def count() -> int:
        return len(receiver.at())

    await eventually(count, 1)
    assert receiver.at()[0].body["data"] == [lamp(papers={"type": "Property", "value": {"a": 1}})]
