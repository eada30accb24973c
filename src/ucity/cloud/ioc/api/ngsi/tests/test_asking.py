"""Queries through the API: conditions, order, languages, linked entities, GeoJSON, and the same by POST."""

from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, DEFAULT, ERRORS, LINK, prop

GEO = {"Accept": "application/geo+json"}


def place(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


def link(*ids: str, **rest: Any) -> dict[str, Any]:
    return {"type": "Relationship", "object": ids[0] if len(ids) == 1 else list(ids), **rest}


ROOMS: list[dict[str, Any]] = [
    {
        "id": "urn:x:hall",
        "type": "Room",
        "name": {"type": "LanguageProperty", "languageMap": {"ko": "강당", "en": "Hall", "@none": "H"}},
        "temperature": prop(21.5, observedAt="2026-11-24T08:00:00Z"),
        "location": place(129.07, 35.18),
        "scope": "/Busan/Haeundae",
        "heats": link("urn:x:boiler"),
    },
    {
        "id": "urn:x:attic",
        "type": "Room",
        "name": {"type": "LanguageProperty", "languageMap": {"ko": "다락"}},
        "temperature": prop(9, observedAt="2026-11-24T09:00:00Z"),
        "location": place(129.16, 35.16),
        "scope": ["/Busan/Suyeong", "/Old"],
        "heats": link("urn:x:boiler", "urn:x:away"),
    },
    {"id": "urn:x:shed", "type": "Room", "temperature": prop("cold")},
    {"id": "urn:x:boiler", "type": "Device", "power": prop(5), "madeBy": link("urn:x:maker"), "in": link("urn:x:hall")},
    {"id": "urn:x:maker", "type": "Company", "title": prop("Kiturami")},
]


@pytest.fixture
async def rooms(api: httpx.AsyncClient) -> httpx.AsyncClient:
    for each in ROOMS:
        assert (await api.post("/entities", json=each)).status_code == 201
    return api


async def found(api: httpx.AsyncClient, query: str) -> list[str]:
    answer = await api.get(f"/entities?{query}")
    assert answer.status_code == 200, answer.text
    return [each["id"].rpartition(":")[2] for each in answer.json()]


async def test_conditions_select(rooms: httpx.AsyncClient) -> None:
    for query, expected in (
        ("q=temperature>10", ["hall"]),
        ("q=temperature", ["hall", "attic", "shed"]),
        ('q=temperature=="cold"|temperature<10', ["attic", "shed"]),
        ("q=temperature.observedAt>=2026-11-24T08:30:00Z", ["attic"]),
        ('type=Room&q=name[ko]=="강당"', ["hall"]),
        ("type=Room&scopeQ=/Busan/%23", ["hall", "attic"]),
        ("type=Room&scopeQ=/Busan/%2B", ["hall", "attic"]),
        ("type=Room&scopeQ=/Busan/+", ["hall", "attic"]),
        ("type=Room&scopeQ=(/Busan/Suyeong;/Old)", ["attic"]),
        ("georel=near;maxDistance==5000&geometry=Point&coordinates=[129.07,35.2]", ["hall"]),
        ("type=Room&georel=near;minDistance==5000&geometry=Point&coordinates=[129.07,35.2]", ["attic"]),
        (
            "georel=within&geometry=Polygon&coordinates=[[[129,35],[129.1,35],[129.1,35.3],[129,35.3],[129,35]]]",
            ["hall"],
        ),
        ("type=Room&q=heats{power}>4&join=inline", ["hall", "attic"]),
        ("type=Room&q=heats{Device:madeBy{title}}~=^Kit&join=flat&joinLevel=2&pick=id", []),
        ("type=Room&csf=endpoint==%22x%22", ["hall", "attic", "shed"]),
    ):
        if "join=flat" not in query:
            assert await found(rooms, query) == expected, query
    flat = await rooms.get(
        "/entities?type=Room&q=heats{Device:madeBy{title}}~=^Kit&join=flat&joinLevel=2&pick=id,heats,madeBy"
    )
    assert [each["id"] for each in flat.json()] == [f"urn:x:{each}" for each in ("hall", "attic", "boiler", "maker")]


async def test_a_place_is_found_whatever_types_and_however_many_a_thing_has(api: httpx.AsyncClient) -> None:
    long = [f"https://types.example/{n}{uuid4().hex * 50}" for n in range(9)]
    for name, types in (("room", ["Room"]), ("both", ["Room", "Hall"]), ("many", ["Room", *long])):
        thing = {"id": f"urn:x:{name}", "type": types, "location": place(129.07, 35.18)}
        assert (await api.post("/entities", json=thing)).status_code == 201
    near = "georel=near;maxDistance==5000&geometry=Point&coordinates=[129.07,35.2]"
    for asked, expected in (
        ("Room", ["room", "both", "many"]),
        ("Hall", ["both"]),
        (f"Hall,{long[3]}", ["both", "many"]),
        (f"(Room;{long[8]})", ["many"]),
        ("Cellar", []),
    ):
        assert await found(api, f"type={quote(asked)}&{near}") == expected, asked
    assert await found(api, near) == ["room", "both", "many"]


async def test_order_by_values_times_distance_and_language(rooms: httpx.AsyncClient) -> None:
    for query, expected in (
        ("orderBy=temperature", ["attic", "hall", "shed"]),
        ("orderBy=temperature;desc", ["shed", "hall", "attic"]),
        ("orderBy=temperature.observedAt;desc", ["attic", "hall", "shed"]),
        ("orderBy=id", ["attic", "hall", "shed"]),
        ("orderBy=scope", ["hall", "attic", "shed"]),
        ("orderBy=scope;desc", ["attic", "hall", "shed"]),
        ("orderBy=type,id;desc", ["shed", "hall", "attic"]),
        ("orderBy=name[ko]", ["hall", "attic", "shed"]),
        ("orderBy=createdAt,id", ["hall", "attic", "shed"]),
        ("orderBy=location;dist-asc&orderFrom=[129.2,35.1]", ["attic", "hall", "shed"]),
        ("orderBy=location;dist-desc&orderFrom=[129.2,35.1]", ["hall", "attic", "shed"]),
        (
            "orderBy=temperature;desc,location;dist-asc&orderFrom=[[129,35],[129.1,35]]&orderGeometry=LineString",
            ["shed", "hall", "attic"],
        ),
    ):
        assert await found(rooms, f"type=Room&local=true&{query}") == expected, query
        pages = [(await found(rooms, f"type=Room&local=true&limit=1&offset={at}&{query}"))[0] for at in range(3)]
        assert pages == expected, query


async def test_what_is_no_place_comes_after_places_by_its_value(api: httpx.AsyncClient) -> None:
    near, far = place(129.1, 35.1), place(129.2, 35.2)
    spots = {"three": prop(3), "far": far, "none": None, "one": prop(1), "near": near, "beside": near}
    for name, spot in spots.items():
        thing = {"id": f"urn:x:{name}", "type": "Spot"} | ({} if spot is None else {"at": spot})
        assert (await api.post("/entities", json=thing)).status_code == 201
    for query, expected in (
        ("at;dist-asc", ["near", "beside", "far", "one", "three", "none"]),
        ("at;dist-desc", ["far", "near", "beside", "three", "one", "none"]),
        ("at;dist-asc,id", ["beside", "near", "far", "one", "three", "none"]),
    ):
        asked = f"type=Spot&local=true&orderFrom=[129,35]&orderBy={query}"
        assert await found(api, asked) == expected, query


async def test_positions_of_one_geometry_may_have_heights_or_not(api: httpx.AsyncClient) -> None:
    """Clause 4.7.1 and RFC 7946, 3.1.1."""
    path = {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": [[2, 1, 5], [3, 2]]}}
    thing = {"id": "urn:x:path", "type": "Path", "along": path, "location": path}
    assert (await api.post("/entities", json=thing)).status_code == 201
    place = "georel=within&geometry=Polygon&coordinates=[[[0,0,1],[9,0],[9,9],[0,0,1]]]"
    for query, expected in (
        (f"geoproperty=along&{place}", ["path"]),
        (place, ["path"]),
        (place.replace("within", "disjoint"), []),
        ("type=Path&local=true&orderBy=along;dist-asc&orderFrom=[[1,2],[1,3,4]]&orderGeometry=LineString", ["path"]),
    ):
        assert await found(api, query) == expected, query


async def test_what_cannot_be_asked(rooms: httpx.AsyncClient) -> None:
    for query in (
        "orderBy=name&type=Room",
        "orderBy=location;dist-asc&local=true",
        "orderBy=name;up&local=true",
        "orderBy=name&collation=12&local=true",
        "orderBy=name&collation=%22;drop&local=true",
        "type=Room&q=heats{power}",
        "type=Room&q=heats{madeBy{title}}&join=flat",
        "q=createdAt>2026-01-01T00:00:00Z",
        "type=Room&pick=heats{power}",
        "type=Room&pick=heats{power{x}}&join=flat",
        "type=Room&joinLevel=two",
        "type=Room&join=sideways",
        "type=Room&join=flat&joinLevel=0",
        "type=Room&containedBy=boiler",
        "type=Room&lang=e_n",
        "type=Room&geometryProperty=location",
        "type=Room&scopeQ=Busan//x",
        "type=Room&georel=near&geometry=Point&coordinates=[1,2]",
        "type=Room&georel=near;maxDistance==0&geometry=Point&coordinates=[1,2]",
        "type=Room&georel=within&geometry=Point&coordinates=[1]",
        "type=Room&georel=within&geometry=GeometryCollection&coordinates=[]",
        f"type=Room&georel=within&geometry=Point&coordinates=[1,2,1{'0' * 400}]",
        "type=Room&georel=within&geometry=Point",
        "type=Room&csf=x%3D%3D",
        "type=Room&collation=%25%25",
        "type=Room&orderFrom=x",
        "type=Room&orderFrom=[1,2]&orderGeometry=LineString",
    ):
        refused = await rooms.get(f"/entities?{query}")
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), query


async def test_texts_in_one_language(rooms: httpx.AsyncClient) -> None:
    async def name(lang: str, form: str = "normalized") -> Any:
        return (await rooms.get("/entities/urn:x:hall", params={"lang": lang, "format": form})).json()["name"]

    assert await name("ko") == {"type": "Property", "value": "강당", "lang": "ko"}
    assert await name("fr;q=0.9,en-GB;q=0.5", "concise") == {"value": "Hall", "lang": "en"}
    assert await name("fr", "keyValues") == "H"
    listed = (await rooms.get("/entities?type=Room&lang=en&pick=name")).json()
    assert listed == [
        {"name": {"type": "Property", "value": "Hall", "lang": "en"}},
        {"name": {"type": "Property", "value": "다락", "lang": "ko"}},
        {},
    ]


async def test_linked_entities_inside_and_appended(rooms: httpx.AsyncClient) -> None:
    hall = (await rooms.get("/entities/urn:x:hall?join=inline&joinLevel=3")).json()
    boiler = hall["heats"]["entity"]
    assert (boiler["id"], boiler["power"], boiler["madeBy"]["entity"]["title"]) == (
        "urn:x:boiler",
        prop(5),
        prop("Kiturami"),
    )
    assert "entity" not in boiler["in"], "what leads back is not followed again"
    attic = (await rooms.get("/entities/urn:x:attic?join=inline")).json()["heats"]
    assert (attic["object"], [each["id"] for each in attic["entity"]]) == (
        ["urn:x:boiler", "urn:x:away"],
        ["urn:x:boiler"],
    )
    simple = (await rooms.get("/entities/urn:x:attic?join=inline&options=keyValues&pick=heats{power}")).json()
    assert simple == {"heats": [{"power": 5}, "urn:x:away"]}
    flat = (await rooms.get("/entities?type=Room&join=flat&joinLevel=2&containedBy=urn:x:maker")).json()
    assert [each["id"] for each in flat] == [f"urn:x:{each}" for each in ("hall", "attic", "shed", "boiler")]
    one = (await rooms.get("/entities/urn:x:hall?join=flat&omit=heats{power}")).json()
    assert [sorted(each) for each in one] == [
        ["heats", "id", "location", "name", "scope", "temperature", "type"],
        ["id", "in", "madeBy", "type"],
    ]


async def test_relationships_that_lead_to_too_many_are_not_followed(api: httpx.AsyncClient) -> None:
    def leading(name: str, *ids: str) -> dict[str, Any]:
        return {"id": f"urn:x:{name}", "type": "Index", "lists": link(*ids)}

    things = [{"id": f"urn:t:{number}", "type": "Thing"} for number in range(600)]
    assert (await api.post("/entityOperations/create", json=things)).status_code == 201
    some, many = [f"urn:t:{number}" for number in range(9_000)], [f"urn:t:{number}" for number in range(10_001)]
    lists = [leading("some", *some), leading("many", *many), leading("halves", "urn:x:some", "urn:x:rest")]
    for each in (*lists, leading("rest", *many[9_000:])):
        assert (await api.post("/entities", json=each)).status_code == 201
    found = (await api.get("/entities/urn:x:some?join=flat")).json()
    assert len(found) == 601, "ids that lead nowhere are left out"
    for path in (
        "/entities/urn:x:many?join=flat",
        "/entities/urn:x:many?join=inline",
        "/entities?type=Index&join=flat",
    ):
        refused = await api.get(path)
        assert (refused.status_code, refused.json()["type"]) == (403, f"{ERRORS}TooComplexQuery"), path
    assert (await api.get("/entities/urn:x:halves?join=inline&joinLevel=1")).status_code == 200
    assert (await api.get("/entities/urn:x:halves?join=inline&joinLevel=2")).status_code == 403


async def test_features(rooms: httpx.AsyncClient) -> None:
    answer = await rooms.get("/entities/urn:x:hall?options=keyValues&pick=temperature", headers=GEO)
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json() == {
        "id": "urn:x:hall",
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [129.07, 35.18]},
        "properties": {"temperature": 21.5},
        "@context": CORE,
    }
    answer = await rooms.get("/entities?type=Room&geometryProperty=elsewhere", headers={**GEO, "Prefer": 'body="json"'})
    assert LINK.format(CORE) in answer.headers["link"] and "@context" not in answer.json()
    assert [each["geometry"] for each in answer.json()["features"]] == [None] * 3
    flat = (await rooms.get("/entities/urn:x:hall?join=flat", headers=GEO)).json()
    assert [each["id"] for each in flat["features"]] == ["urn:x:hall", "urn:x:boiler"]


async def test_features_are_joined_to_others_as_entities_are(rooms: httpx.AsyncClient) -> None:
    """Clauses 5.7.1.5 and 5.7.2.5: only the form is another."""
    for path in (
        "/entities/urn:x:hall?join=inline&joinLevel=2",
        "/entities/urn:x:hall?join=inline&options=keyValues&pick=id,heats{power}",
        "/entities/urn:x:hall?join=flat&omit=heats{power}",
        "/entities?type=Room&join=inline",
        "/entities?type=Room&join=flat&joinLevel=2&pick=id,heats{power,madeBy{title}}",
    ):
        plain, geo = (await rooms.get(path)).json(), (await rooms.get(path, headers=GEO)).json()
        entities = plain if isinstance(plain, list) else [plain]
        features = geo["features"] if isinstance(plain, list) else [geo]
        assert [{"id": each["id"], **each["properties"]} for each in features] == [
            {"id": each["id"], **each} if "id" in each else {"id": features[at]["id"], **each}
            for at, each in enumerate(entities)
        ], path


async def test_the_same_query_by_post(rooms: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {
        "type": "Query",
        "entities": [
            {"type": "Room", "idPattern": "l$"},
            {"type": "Room", "id": "urn:x:attic", "idPattern": "no"},
            {"type": "Device"},
        ],
        "q": "temperature>1",
        "geoQ": {"georel": "near;maxDistance==90000", "geometry": "Point", "coordinates": [129, 35]},
        "scopeQ": "/Busan/#",
        "pick": ["id", "temperature"],
        "ordering": {"orderBy": ["temperature;desc"]},
        "lang": "ko",
    }
    answer = await rooms.post("/entityOperations/query?local=true&options=keyValues&count=true&limit=1", json=body)
    assert answer.json() == [{"id": "urn:x:hall", "temperature": 21.5}]
    assert answer.headers["ngsild-results-count"] == "2" and 'rel="next"' in answer.headers["link"]
    ld = {"Content-Type": "application/ld+json", "Accept": "application/ld+json"}
    context = {"Kammer": f"{DEFAULT}Room", "warm": f"{DEFAULT}temperature"}
    body = {"type": "Query", "entities": [{"type": "Kammer"}], "pick": ["warm"], "q": "warm==21.5", "@context": context}
    answer = await rooms.post("/entityOperations/query", json=body, headers=ld)
    assert answer.json() == [{"warm": ROOMS[0]["temperature"], "@context": [context, CORE]}]
    features = await rooms.post(
        "/entityOperations/query", json={"type": "Query", "entities": [{"type": "Room"}]}, headers=GEO
    )
    assert features.json()["type"] == "FeatureCollection"
    everything = await rooms.post(
        "/entityOperations/query?options=keyValues", json={"type": "Query", "entities": [{"type": "*"}]}
    )
    assert len(everything.json()) == 5


async def test_bodies_name_several_entities_and_what_they_are_contained_by(rooms: httpx.AsyncClient) -> None:
    """Clauses 5.2.33 (id: a URI or an array of them) and 5.2.23 (containedBy: a text or an array)."""
    two = {"type": "Room", "id": ["urn:x:attic", "urn:x:hall"]}
    for seen in ("urn:x:boiler", ["urn:x:boiler"]):
        body = {"type": "Query", "entities": [two], "pick": ["id"], "join": "flat", "containedBy": seen}
        answer = await rooms.post("/entityOperations/query", json=body)
        assert sorted(each["id"] for each in answer.json()) == two["id"], answer.text


async def test_bodies_that_are_no_query(rooms: httpx.AsyncClient) -> None:
    bodies: tuple[Any, ...] = (
        [],
        {},
        {"type": "Query"},
        {"type": "Entity", "q": "a"},
        {"type": "Query", "q": 5},
        {"type": "Query", "q": ["a"]},
        {"type": "Query", "entities": []},
        {"type": "Query", "entities": [{"id": "urn:x:1"}]},
        {"type": "Query", "entities": [{"type": "Room", "id": 5}]},
        {"type": "Query", "entities": [{"type": "Room", "id": ""}]},
        {"type": "Query", "entities": [{"type": "Room", "id": []}]},
        {"type": "Query", "entities": [{"type": "Room", "id": ["urn:x:hall", "no uri"]}]},
        {"type": "Query", "entities": [{"type": "Room", "idPattern": ["l"]}]},
        {"type": "Query", "entities": [{"type": "Room"}], "pick": "a"},
        {"type": "Query", "entities": [{"type": "Room"}], "attrs": []},
        {"type": "Query", "entities": [{"type": "Room"}], "nonsense": "x"},
        {"type": "Query", "entities": [{"type": "Room"}], "geoQ": "near"},
        {"type": "Query", "entities": [{"type": "Room"}], "geoQ": {"georel": "within"}},
        {"type": "Query", "entities": [{"type": "Room"}], "joinLevel": {}},
        {"type": "Query", "entities": [{"type": "Room"}], "temporalQ": {"timerel": "before"}},
    )
    for body in bodies:
        refused = await rooms.post("/entityOperations/query", json=body)
        assert refused.status_code == 400, body
        assert refused.json()["type"] == f"{ERRORS}BadRequestData", body


async def test_a_visitor_learns_nothing_from_conditions(rooms: httpx.AsyncClient, visitor: httpx.AsyncClient) -> None:
    station = {
        "id": "urn:ngsi-ld:Station:a",
        "type": "Station",
        "name": prop("A"),
        "keeper": prop("Kim"),
        "scope": "/a",
    }
    assert (
        await rooms.post("/entities", json={**station, "pm25": prop(3), "at": link("urn:x:hall")})
    ).status_code == 201
    for query in ('q=keeper=="Kim"', "q=keeper!=1", "type=Station&scopeQ=/a", "q=at{temperature}&join=flat"):
        assert len((await rooms.get(f"/entities?{query}")).json()) >= 1, query
        assert (await visitor.get(f"/entities?{query}")).json() == [], query
    assert len((await visitor.get("/entities?" + urlencode({"q": 'name=="A"'}))).json()) == 1
    joined = (await visitor.get("/entities?type=Station&join=inline")).json()
    assert [sorted(each) for each in joined] == [["id", "name", "pm25", "type"]]
