"""Entities in the form of older versions of NGSI-LD, for clients that prefer it."""

from typing import Any

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi.conformance import preferred
from ucity.cloud.ioc.api.ngsi.tests.samples import CAR

WHERE = f"/entities/{CAR['id']}"


def prefer(version: str) -> dict[str, str]:
    """The header."""
    return {"Prefer": f"ngsi-ld={version}"}


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (None, None),
        ("", None),
        ("body=json", None),
        ("ngsi-ld=new", None),
        ("ngsi-ld", None),
        ("ngsi-ld=1.8", (1, 8)),
        ('body=json, NGSI-LD = "1.6.1"', (1, 6)),
        ("ngsi-ld=2.0", (1, 9)),
        ("other-ngsi-ld=1.3", None),
    ],
)
def test_the_version_in_the_header(header: str | None, version: tuple[int, int] | None) -> None:
    assert preferred(header) == version


async def test_what_each_version_does_not_know(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json={**CAR, "type": ["Vehicle", "Car"], "expiresAt": "2999-01-01T00:00:00Z"})

    async def shown(version: str) -> dict[str, Any]:
        answer = await api.get(WHERE, params={"options": "sysAttrs"}, headers=prefer(version))
        assert answer.status_code == 203
        assert answer.headers["preference-applied"] == f"ngsi-ld={version}"
        found: dict[str, Any] = answer.json()
        return found

    newer = await shown("1.8")
    assert "expiresAt" not in newer
    assert newer["category"]["type"] == "VocabProperty"
    middle = await shown("1.4")
    assert (middle["category"]["type"], middle["category"]["value"]) == ("Property", CAR["category"]["vocab"])
    assert (middle["papers"]["type"], middle["papers"]["value"]) == ("Property", CAR["papers"]["json"])
    assert (middle["tread"]["type"], middle["tread"]["value"]) == ("Property", CAR["tread"]["valueList"])
    assert (middle["route"]["type"], middle["route"]["object"]) == ("Relationship", ["urn:x:1", "urn:x:2"])
    assert "objectType" not in middle["isParked"]
    assert middle["street"]["languageMap"] == CAR["street"]["languageMap"]
    assert middle["scope"] == CAR["scope"]
    third = await shown("1.3")
    assert (third["street"]["type"], third["street"]["value"]) == ("Property", CAR["street"]["languageMap"])
    assert "scope" not in third
    assert len(third["speed"]) == 2
    assert third["type"] == ["Vehicle", "Car"]
    first = await shown("1.0")
    assert first["type"] == "Vehicle"
    assert (first["speed"]["value"], set(first["speed"])) == (55, {"type", "value", "createdAt", "modifiedAt"})
    assert first["isParked"]["certainty"]["value"] == 0.9


async def test_a_preference_that_changes_nothing(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json={"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "on": True})
    for version, said in (("1.8", "1.8"), ("1.9", "1.9"), ("2.4", "1.9")):
        answer = await api.get("/entities/urn:ngsi-ld:Lamp:1", headers=prefer(version))
        assert (answer.status_code, answer.headers["preference-applied"]) == (200, f"ngsi-ld={said}")
    plain = await api.get("/entities/urn:ngsi-ld:Lamp:1", headers={"Prefer": "respond-async"})
    assert "preference-applied" not in plain.headers


async def test_queries_and_every_form(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=CAR)
    for form, papers in (
        ("normalized", {"type": "Property", "value": CAR["papers"]["json"]}),
        ("concise", CAR["papers"]["json"]),
        ("simplified", CAR["papers"]["json"]),
    ):
        params = {"type": "Vehicle", "format": form}
        answer = await api.get("/entities", params=params, headers=prefer("1.7"))
        assert (answer.status_code, answer.headers["preference-applied"]) == (203, "ngsi-ld=1.7")
        assert answer.json()[0]["papers"] == papers
    body = {"type": "Query", "entities": [{"type": "Vehicle"}]}
    linked = {**prefer("1.7"), "Accept": "application/ld+json"}
    posted = await api.post("/entityOperations/query", json=body, headers=linked)
    assert (posted.status_code, posted.json()[0]["papers"]["type"]) == (203, "Property")
    assert "@context" in posted.json()[0]
