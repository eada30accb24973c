"""Subscriptions are made, seen, changed and ended as NGSI-LD has it, by whom they belong to."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from running.receiver import Receiver
from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import City, authenticated, subscription
from ucity.cloud.ioc.policy import ANYONE, Principal
from ucity.cloud.ioc.policy import Scope as Permission
from ucity.cloud.ioc.store.documents import rfc3339

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
FULL: dict[str, Any] = {
    "id": "urn:ngsi-ld:Subscription:1",
    "type": "Subscription",
    "subscriptionName": "a",
    "description": "b",
    "entities": [{"type": "(Lamp;Tree)|Bench"}, {"type": "Lamp", "idPattern": "^urn"}],
    "watchedAttributes": ["on", "level"],
    "notificationTrigger": ["entityUpdated", "entityDeleted"],
    "q": "level>1;on==true",
    "geoQ": {"georel": "within", "geometry": "Point", "coordinates": [129, 35], "geoproperty": "at"},
    "scopeQ": "/Busan/#",
    "lang": "ko",
    "throttling": 0.5,
    "datasetId": ["@none", "urn:x:1"],
    "expiresAt": "2999-01-01T00:00:00Z",
    "isActive": True,
    "notification": {
        "pick": ["id", "on"],
        "format": "concise",
        "sysAttrs": True,
        "showChanges": True,
        "join": "flat",
        "joinLevel": 2,
        "endpoint": {
            "uri": "http://127.0.0.1:1/a",
            "accept": "application/ld+json",
            "timeout": 1000,
            "cooldown": 5000,
            "receiverInfo": [{"key": "X-A", "value": "b"}],
            "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}],
        },
    },
}


def at(hours: float) -> str:
    """So many hours from now."""
    return rfc3339(datetime.now(UTC) + timedelta(hours=hours))


async def test_what_was_said_is_shown(quiet: City) -> None:
    where = await quiet.subscribe(FULL)
    assert where == "/subscriptions/urn:ngsi-ld:Subscription:1"
    shown = (await quiet.api.get(where)).json()
    sending = {"timesSent": 0, "timesFailed": 0}
    assert shown.pop("jsonldContext").startswith("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context")
    assert shown == {**FULL, "status": "active", "notification": {**FULL["notification"], **sending}}
    assert {"createdAt", "modifiedAt"} <= (await quiet.api.get(where, params={"options": "sysAttrs"})).json().keys()
    again = await quiet.api.post("/subscriptions", json=FULL)
    assert (again.status_code, again.json()["type"]) == (409, f"{ERRORS}AlreadyExists")


async def test_they_are_listed_page_by_page(quiet: City, receiver: Receiver) -> None:
    made = [(await quiet.subscribe(subscription(receiver))).rpartition("/")[2] for _ in range(3)]
    first = await quiet.api.get("/subscriptions", params={"limit": 2, "count": "true"})
    assert [each["id"] for each in first.json()] == made[:2]
    assert first.headers["ngsild-results-count"] == "3"
    assert 'rel="next"' in first.headers["link"]
    rest = await quiet.api.get("/subscriptions", params={"limit": 2, "offset": 2})
    assert [each["id"] for each in rest.json()] == made[2:]


async def test_members_of_a_fragment_take_the_place_of_those_that_are_there(quiet: City) -> None:
    where = await quiet.subscribe(FULL)
    notification = {"format": "normalized", "endpoint": {"uri": "http://127.0.0.1:2/b"}}
    place = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": [1, 2]}
    fragment = {
        "type": "Subscription",
        "throttling": None,
        "q": "urn:ngsi-ld:null",
        "geoQ": place,
        "notification": notification,
    }
    answer = await quiet.api.patch(where, json=fragment)
    assert answer.status_code == 204
    shown = (await quiet.api.get(where)).json()
    assert "throttling" not in shown
    assert "q" not in shown
    assert shown["geoQ"] == place
    assert shown["notification"] == {**notification, "timesSent": 0, "timesFailed": 0}
    assert shown["watchedAttributes"] == FULL["watchedAttributes"]


PARTS: list[dict[str, Any]] = [
    {"notification": {"format": "normalized"}},
    {"notification": {"endpoint": {"timeout": 7}}},
    {"notification": None},
    {"geoQ": {"coordinates": [3, 4]}},
    {"geoQ": {}},
    {"type": None},
    {"entities": [{"id": "urn:x:1"}]},
    {"watchedAttributes": []},
    {"expiresAt": "2020-01-01T00:00:00Z", "isActive": False},
]


async def test_a_member_of_a_fragment_has_to_be_whole(quiet: City) -> None:
    """Clause 5.8.2.4: the restrictions of 5.2.12 hold for a fragment, too."""
    where = await quiet.subscribe(FULL)
    before = (await quiet.api.get(where)).json()
    for fragment in PARTS:
        refused = await quiet.api.patch(where, json=fragment)
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), fragment
    assert (await quiet.api.get(where)).json() == before


async def test_a_version_of_notifications_has_two_numbers(quiet: City, receiver: Receiver) -> None:
    where = await quiet.subscribe(subscription(receiver, ngsildConformance="1.6"))
    assert (await quiet.api.get(where)).json()["ngsildConformance"] == "1.6"
    for wrong in ("1", "new", "", 1.6, "1.6.x"):
        refused = await quiet.api.post("/subscriptions", json=subscription(receiver, ngsildConformance=wrong))
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), wrong


async def test_a_temporal_query_has_to_be_right_although_it_is_for_registrations(
    quiet: City, receiver: Receiver
) -> None:
    right = {"timerel": "between", "timeAt": at(0), "endTimeAt": at(1), "timeproperty": "modifiedAt", "lastN": 2}
    right |= {"aggrMethods": "min,max", "aggrPeriodDuration": "P1D"}
    where = await quiet.subscribe(subscription(receiver, temporalQ=right))
    assert (await quiet.api.get(where)).json()["temporalQ"] == right
    await quiet.subscribe(subscription(receiver, temporalQ={**right, "aggrMethods": ["min", "max"], "lastN": 2.0}))
    await quiet.subscribe(subscription(receiver, notification={"join": "flat", "joinLevel": 2.0}))
    wrong: list[Any] = [[], {}, {"timerel": "after"}, {"timerel": "x", "timeAt": at(0)}, {**right, "endTimeAt": at(-1)}]
    for each in (*wrong, {**right, "lastN": 0}, {**right, "other": "x"}, {**right, "timeAt": "today"}):
        refused = await quiet.api.post("/subscriptions", json=subscription(receiver, temporalQ=each))
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), each


async def test_names_of_a_fragment_are_those_of_its_own_context(quiet: City, receiver: Receiver) -> None:
    where = await quiet.subscribe(subscription(receiver, watchedAttributes=["on"]))
    context = {"on": "https://example.org/on"}
    body = {"watchedAttributes": ["on"], "@context": context}
    await quiet.api.patch(where, json=body, headers={"Content-Type": "application/ld+json"})
    shown = (await quiet.api.get(where)).json()
    assert shown["watchedAttributes"] == ["https://example.org/on"]
    assert shown["entities"] == [{"type": "Lamp"}]


async def test_a_context_of_a_subscription_gets_an_address_only_if_it_has_none(quiet: City, receiver: Receiver) -> None:
    ld = {"Content-Type": "application/ld+json"}
    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
    made = await quiet.api.post("/jsonldContexts", json={"@context": {"on": "https://example.org/on"}})
    url = f"http://city{made.headers['location']}"
    both = [url, {"level": "https://example.org/level"}]
    shown = []
    for context in ([url, core], url, both, [*both, core]):
        where = await quiet.subscribe({**subscription(receiver), "@context": context}, **ld)
        shown.append((await quiet.api.get(where)).json()["jsonldContext"])
    assert shown[:2] == [url, url]
    [implicit] = (await quiet.api.get("/jsonldContexts?kind=ImplicitlyCreated")).json()
    assert shown[2:] == [implicit, implicit], "the same is kept once"
    assert (await quiet.api.get(implicit)).json() == {"@context": both}


async def test_a_context_of_an_answer_stays_once_a_subscription_names_it(quiet: City, receiver: Receiver) -> None:
    ld = {"Content-Type": "application/ld+json"}

    async def of_an_answer(term: str) -> str:
        body = {"type": "Query", "entities": [{"type": "Lamp"}], "@context": {term: f"https://example.org/{term}"}}
        answer = await quiet.api.post("/entityOperations/query", json=body, headers=ld)
        return str(answer.headers["link"].partition(">")[0].lstrip("<"))

    a, b, c, d, e = [await of_an_answer(term) for term in "abcde"]
    await quiet.subscribe({**subscription(receiver), "@context": a}, **ld)
    await quiet.subscribe({**subscription(receiver), "@context": [b, {"x": "https://example.org/x"}]}, **ld)
    where = await quiet.subscribe(subscription(receiver, jsonldContext=c))
    assert (await quiet.api.patch(where, json={"jsonldContext": d})).status_code == 204
    details = (await quiet.api.get("/jsonldContexts?kind=ImplicitlyCreated&details=true")).json()
    until = {each["URL"]: each.get("expiresAt") for each in details}
    assert [until[each] for each in (a, b, c, d)] == [None] * 4
    assert until[e] is not None, "nobody needs it for longer than a day"


async def test_without_jsonld_context_the_context_of_creation_counts_again(quiet: City, receiver: Receiver) -> None:
    """Clause 5.2.12: it is the default of jsonldContext."""
    ld = {"Content-Type": "application/ld+json"}
    where = await quiet.subscribe({**subscription(receiver), "@context": {"on": "https://example.org/on"}}, **ld)
    before = (await quiet.api.get(where)).json()["jsonldContext"]
    other = await quiet.api.post("/jsonldContexts", json={"@context": {"on": "https://example.org/other"}})
    for named in (f"http://city{other.headers['location']}", None, f"http://city{other.headers['location']}"):
        assert (await quiet.api.patch(where, json={"jsonldContext": named})).status_code == 204
        assert (await quiet.api.get(where)).json()["jsonldContext"] == (named or before)


async def test_what_is_refused_keeps_no_context(quiet: City, receiver: Receiver) -> None:
    await quiet.subscribe(subscription(receiver, id="urn:x:there"))
    wrong = subscription(receiver, timeInterval=-1)
    for number, (body, status) in enumerate([(wrong, 400), (subscription(receiver, id="urn:x:there"), 409)]):
        sent = {**body, "@context": {"on": f"https://example.org/{number}"}}
        refused = await quiet.api.post("/subscriptions", json=sent, headers={"Content-Type": "application/ld+json"})
        assert refused.status_code == status
    assert (await quiet.api.get("/jsonldContexts")).json() == []


async def test_status_follows_time_and_activity(quiet: City, receiver: Receiver) -> None:
    where = await quiet.subscribe(subscription(receiver, isActive=False))

    async def status() -> str:
        return str((await quiet.api.get(where)).json()["status"])

    assert await status() == "paused"
    for fragment, expected in (({"isActive": True}, "active"), ({"isActive": False}, "paused")):
        assert (await quiet.api.patch(where, json=fragment)).status_code == 204
        assert await status() == expected
    document = {"type": "Subscription", "expiresAt": at(-1)}
    await quiet.pool.execute(
        "UPDATE subscription SET document = (document::jsonb || $1::jsonb)::text", json.dumps(document)
    )
    assert await status() == "expired"
    assert (await quiet.api.patch(where, json={"isActive": True})).status_code == 204
    assert await status() == "expired"
    assert (await quiet.api.patch(where, json={"expiresAt": at(-1)})).status_code == 400
    assert (await quiet.api.patch(where, json={"isActive": False})).status_code == 204
    assert await status() == "expired"
    assert (await quiet.api.patch(where, json={"expiresAt": at(1)})).status_code == 204
    assert await status() == "active"


async def test_what_is_ended_is_gone(quiet: City, receiver: Receiver) -> None:
    where = await quiet.subscribe(subscription(receiver))
    assert (await quiet.api.delete(where)).status_code == 204
    for answer in (await quiet.api.get(where), await quiet.api.delete(where), await quiet.api.patch(where, json={})):
        assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    assert (await quiet.api.get("/subscriptions")).json() == []


WRONG: list[dict[str, Any]] = [
    {"type": "Query"},
    {"id": "no uri"},
    {"entities": []},
    {"entities": [{"id": "urn:x:1"}]},
    {"entities": [{"type": "Lamp", "id": []}]},
    {"entities": [{"type": "Lamp", "id": ["urn:x:1", "no uri"]}]},
    {"entities": [{"type": "Lamp", "idPattern": "("}]},
    {"entities": [{"type": "*"}], "localOnly": False},
    {"watchedAttributes": []},
    {"watchedAttributes": ["a b"]},
    {"notificationTrigger": ["never"]},
    {"timeInterval": 0},
    {"timeInterval": 1e11},
    {"throttling": 1e11},
    {"timeInterval": 5, "throttling": 5},
    {"timeInterval": 5, "watchedAttributes": ["on"]},
    {"throttling": -1},
    {"q": "on=="},
    {"q": "in{Street:name}"},
    {"geoQ": {"georel": "near", "geometry": "Point"}},
    {"scopeQ": "??"},
    {"expiresAt": "2020-01-01T00:00:00Z"},
    {"expiresAt": "tomorrow"},
    {"isActive": "yes"},
    {"jsonldContext": "not a uri"},
    {"lang": "?"},
    {"unheard": 1},
    {"description": "urn:ngsi-ld:null"},
    {"notification": {}},
    {"notification": {"endpoint": {}}},
    {"notification": {"endpoint": {"uri": "ftp://example.org"}}},
    {"notification": {"endpoint": {"uri": "mqtt://example.org"}}},
    {"notification": {"endpoint": {"uri": "http://example.org", "accept": "text/html"}}},
    {"notification": {"endpoint": {"uri": "http://example.org", "timeout": 0}}},
    {"notification": {"endpoint": {"uri": "http://a.example", "receiverInfo": [{"key": "Host", "value": "b"}]}}},
    {"notification": {"endpoint": {"uri": "http://a.example", "receiverInfo": [{"key": "A", "value": "b\nC"}]}}},
    {"notification": {"endpoint": {"uri": "http://a.example", "notifierInfo": [{"key": "MQTT-QoS", "value": "3"}]}}},
    {"notification": {"format": "keyValues", "showChanges": True, "endpoint": {"uri": "http://a.example"}}},
    {"notification": {"attributes": [], "endpoint": {"uri": "http://a.example"}}},
    {"notification": {"pick": ["in{name}"], "endpoint": {"uri": "http://a.example"}}},
    {"notification": {"format": "long", "endpoint": {"uri": "http://a.example"}}},
    {"notification": {"joinLevel": 0, "endpoint": {"uri": "http://a.example"}}},
]


async def test_what_cannot_be_is_refused(quiet: City, receiver: Receiver) -> None:
    for members in WRONG:
        answer = await quiet.api.post("/subscriptions", json={**subscription(receiver), **members})
        assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData"), (members, answer.text)
    assert (await quiet.api.get("/subscriptions")).json() == []


async def test_something_to_hear_of_has_to_be_named(quiet: City, receiver: Receiver) -> None:
    body = subscription(receiver)
    del body["entities"]
    assert (await quiet.api.post("/subscriptions", json=body)).status_code == 400
    assert (await quiet.api.post("/subscriptions", json={**body, "localOnly": True})).status_code == 201


async def test_they_belong_to_whom_made_them(quiet: City, services: NgsiServices, receiver: Receiver) -> None:
    where = await quiet.subscribe(subscription(receiver))
    app = ngsi_ld(services)
    statuses = {}
    for name, who in {
        "visitor": ANYONE,
        "reader": Principal("key", "other", "", frozenset({Permission.READ})),
        "writer only": Principal("key", "blind", "", frozenset({Permission.WRITE})),
        "manager": Principal("key", "boss", "", frozenset({Permission.READ, Permission.MANAGE})),
        "stranger": Principal("key", "far", "elsewhere", frozenset({Permission.READ, Permission.MANAGE})),
    }.items():
        transport = httpx.ASGITransport(authenticated(app, who))
        async with httpx.AsyncClient(transport=transport, base_url="http://city/") as client:
            seen = await client.get(where)
            made = await client.post("/subscriptions", json=subscription(receiver))
            statuses[name] = seen.status_code, made.status_code
    assert statuses == {
        "visitor": (401, 401),
        "reader": (404, 201),
        "writer only": (403, 403),
        "manager": (200, 201),
        "stranger": (404, 201),
    }


async def test_addresses_inside_the_network_are_refused(services: NgsiServices, receiver: Receiver) -> None:
    public = NgsiServices(pool=services.pool, committer=services.committer, access=services.access)
    who = Principal("key", "a", "", frozenset({Permission.READ}))
    transport = httpx.ASGITransport(authenticated(ngsi_ld(public), who))
    async with httpx.AsyncClient(transport=transport, base_url="http://city/") as client:
        for uri in (
            "http://127.0.0.1/",
            "http://localhost:9/",
            "http://10.1.2.3/",
            "http://[::1]/",
            "mqtt://192.168.1.1/a",
        ):
            answer = await client.post("/subscriptions", json=subscription(receiver, endpoint={"uri": uri}))
            assert answer.status_code == 400, uri


async def test_a_key_has_so_many_subscriptions(services: NgsiServices, receiver: Receiver) -> None:
    few = ngsi_ld(replace(services, subscriptions_per_key=2))

    def client(name: str) -> httpx.AsyncClient:
        who = Principal("key", name, "", frozenset({Permission.READ}))
        return httpx.AsyncClient(transport=httpx.ASGITransport(authenticated(few, who)), base_url="http://city/")

    async with client("one") as one, client("other") as other:
        made = [await one.post("/subscriptions", json=subscription(receiver)) for _ in range(3)]
        assert [each.status_code for each in made] == [201, 201, 403]
        problem = made[2].json()
        assert problem["title"] == "Too many subscriptions"
        assert "2 subscriptions" in problem["detail"]
        assert (await other.post("/subscriptions", json=subscription(receiver))).status_code == 201
        assert (await one.delete(made[0].headers["location"])).status_code == 204
        assert (await one.post("/subscriptions", json=subscription(receiver))).status_code == 201
