"""Query parameters that no endpoint knows are refused: a misspelt filter that is ignored answers another question."""

import difflib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request

from ucity.blueprint import Text
from ucity.errors import BadInput


def refuse_unknown(request: Request) -> None:
    """Raise BadInput for a query parameter that the endpoint's OpenAPI does not tell of."""
    known = _known(request.app, request.scope["route"].path, request.method.lower())
    for name in request.query_params:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise BadInput(_unknown(name[:64], near[0]) if near else _unknown_among(name[:64], sorted(known)))


def _unknown(name: str, near: str) -> Text:
    return {
        "ko": f"여기에는 질의 매개변수 {name!r}이(가) 없습니다. {near}을(를) 찾으셨나요?",
        "en": f"There is no query parameter {name!r} here. Did you mean {near}?",
    }


def _unknown_among(name: str, known: Sequence[str]) -> Text:
    return {
        "ko": f"여기에는 질의 매개변수 {name!r}이(가) 없습니다. 쓸 수 있는 것: {', '.join(known) or '없음'}.",
        "en": f"There is no query parameter {name!r} here. It takes {', '.join(known) or 'none'}.",
    }


@lru_cache(1024)
def _known(api: FastAPI, path: str, method: str) -> frozenset[str]:
    document: dict[str, Any] = api.openapi()["paths"].get(path, {}).get(method, {})
    return frozenset(each["name"] for each in document.get("parameters", ()) if each["in"] == "query")
