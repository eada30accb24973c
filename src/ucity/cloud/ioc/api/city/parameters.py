"""Query parameters that no endpoint knows are refused: a misspelt filter that is ignored answers another question."""

import difflib
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request

from ucity.errors import BadInput


def refuse_unknown(request: Request) -> None:
    """Raise BadInput for a query parameter that the endpoint's OpenAPI does not tell of."""
    known = _known(request.app, request.scope["route"].path, request.method.lower())
    for name in request.query_params:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(sorted(known)) or 'none'}."
            raise BadInput(f"There is no query parameter {name[:64]!r} here. {hint}")


@lru_cache(1024)
def _known(api: FastAPI, path: str, method: str) -> frozenset[str]:
    document: dict[str, Any] = api.openapi()["paths"].get(path, {}).get(method, {})
    return frozenset(each["name"] for each in document.get("parameters", ()) if each["in"] == "query")
