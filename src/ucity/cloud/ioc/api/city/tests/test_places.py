"""The API for places: by name, near a point, at a point; wrong questions are told what is wrong."""

import asyncio
from functools import partial

import msgspec
import pytest

from running.web import Web
from ucity.cloud.routing.places.fill import fill, own_places

SEOMYEON = {"name": {"ko": "서면", "en": "Seomyeon"}, "kind": "station", "code": "119"}


def feature(id_: str, lon: float, **properties: object) -> dict[str, object]:
    point = {"type": "Point", "coordinates": [lon, 35.158]}
    return {"type": "Feature", "id": id_, "properties": properties, "geometry": point}


async def given(web: Web, *features: dict[str, object]) -> None:
    file = web.settings.data / "places.geojson"
    file.write_bytes(msgspec.json.encode({"type": "FeatureCollection", "features": features}))
    await taken_in(web)


async def taken_in(web: Web) -> None:
    await fill(web.pool, "city", partial(own_places, web.settings.data), lambda lons, _: [None for _ in lons])


async def test_a_place_is_found_by_name_and_by_position(web: Web) -> None:
    await given(web, feature("metro:119", 129.059, **SEOMYEON), feature("m", 129.1, name="서면시장", also=["큰 시장"]))
    answer = await web.http.get("/api/v1/places", params={"q": "ㅅㅁ", "near": "129.1,35.158", "lang": "en"})
    first, second = answer.json()["places"]
    assert first["id"] == "metro:119"
    assert (first["label"], first["kind"], first["code"]) == ("Seomyeon", "station", "119")
    assert first["metres"] == pytest.approx(3728, abs=20)
    assert second["names"] == {"ko": "서면시장", "en": "Seomyeonsijang"}
    assert [each["id"] for each in (await web.http.get("/api/v1/places?q=큰시장")).json()["places"]] == ["m"]

    at = (await web.http.get("/api/v1/places/at?point=129.0591,35.1581&lang=ko")).json()
    assert at["label"] == "서면"
    assert [each["id"] for each in at["stops"]] == ["metro:119"]
    assert (await web.http.get("/api/v1/places/at?point=0,0")).json()["nearest"] is None


async def test_places_that_are_taken_out_of_the_file_are_forgotten(web: Web) -> None:
    await given(web, feature("a", 129.059, **SEOMYEON))
    await given(web)
    assert (await web.http.get("/api/v1/places?q=서면")).json() == {"places": []}


@pytest.mark.parametrize(
    "properties",
    [{}, {"name": ""}, {"name": 7}, {"name": "x", "kind": "hole"}, {"name": "x", "also": "y"}, {"name": {"ko": None}}],
)
async def test_a_file_that_is_wrong_leaves_what_was_known(web: Web, properties: dict[str, object]) -> None:
    await given(web, feature("a", 129.059, **SEOMYEON))
    await given(web, feature("b", 129.059, **properties))
    assert len((await web.http.get("/api/v1/places?q=서면")).json()["places"]) == 1
    await asyncio.to_thread((web.settings.data / "places.geojson").write_text, "{")
    await taken_in(web)
    assert len((await web.http.get("/api/v1/places?q=서면")).json()["places"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=x&near=1",
        "q=x&near=nan,1",
        "q=x&near=200,1",
        "q=x&limit=0",
        "q=x&limit=51",
        f"q={'x' * 201}",
        "q=x&near=,",
    ],
)
async def test_a_wrong_question_is_told_so(web: Web, query: str) -> None:
    answer = await web.http.get(f"/api/v1/places?{query}")
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("question", ["%", "💩", "' OR 1=1", "\ud7ff"])
async def test_any_text_is_answered(web: Web, question: str) -> None:
    answer = await web.http.get("/api/v1/places", params={"q": question})
    assert answer.status_code == 200
    assert answer.json() == {"places": []}
