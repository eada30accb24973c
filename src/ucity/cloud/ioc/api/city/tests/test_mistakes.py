"""Whatever is wrong with a question to the city's API is told in Korean to whoever reads Korean."""

import re
from collections.abc import Iterator
from typing import Any

from running.web import Web
from ucity.cloud.ioc.policy import Scope

HANGUL = re.compile("[가-힣]")
WRONG = ("", "x", "-999999", "9" * 30, "y" * 5000)
PATH = {"service": "air_quality", "stream": "stations", "name": "x", "feed": "x", "id": "1", "kind": "alerts"}


def questions(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each query parameter of the API with values that it may not have, and a parameter that there is not."""
    for path, item in document["paths"].items():
        if "get" in item and path.startswith("/api/v1/"):
            where = re.sub(r"\{(\w+)\}", lambda found: PATH.get(found[1], "x"), path)
            asked = [each for each in item["get"].get("parameters", ()) if each["in"] == "query"]
            yield where, {"such-as-there-is-not": "1"}
            for parameter in asked:
                yield from ((where, {parameter["name"]: wrong}) for wrong in WRONG)


async def test_every_wrong_question_is_told_of_in_korean(web: Web) -> None:
    document = (await web.http.get("/api/v1/openapi.json")).json()
    headers = {"Accept-Language": "ko"} | await web.key(Scope.READ, Scope.MANAGE)
    refused = set()
    for path, query in questions(document):
        answer = await web.http.get(path, params=query, headers=headers)
        if answer.status_code in {400, 422}:
            refused.add((path, *query))
            problem = answer.json()
            assert answer.headers["content-language"] == "ko", (path, query, problem)
            said = [problem["detail"], *(each["detail"] for each in problem.get("errors", ()))]
            assert all(map(HANGUL.search, said)), (path, query, problem)
            assert not any("쓸 수 없습니다 (" in each for each in said), (path, query, problem)
    assert {("/api/v1/journeys", "from"), ("/api/v1/places", "near"), ("/api/v1/live", "bbox")} <= refused
    assert len(refused) > 60


async def test_others_are_told_in_english(web: Web) -> None:
    answer = await web.http.get("/api/v1/journeys", params={"from": "1", "to": "129,35"})
    assert answer.headers["content-language"] == "en"
    assert answer.json()["detail"] == "from: Give LON,LAT in degrees (WGS 84), longitude first, like 127.0,37.5."
